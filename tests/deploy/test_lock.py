"""The lock, against a stub that keeps preconditions as Cloud Storage does."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core.exceptions import PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from atvos.deploy.bucket import Bucket
from atvos.deploy.errors import RefusedError
from atvos.deploy.lock import NAME, Lock
from tests.deploy.storage_stub import StorageStub, served

COMMIT = "0f1e2d3c4b5a69788796a5b4c3d2e1f0a1b2c3d4"


@pytest.fixture
def stub() -> StorageStub:
    """The storage."""
    return StorageStub()


@pytest.fixture
def bucket(stub: StorageStub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket of the stub."""
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    with served(stub) as url:
        client = storage.Client(
            project="atvoslocal",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": url},
        )
        yield Bucket(client, "b")


def test_only_one_can_create_an_object(bucket: Bucket) -> None:
    bucket.create(NAME, {"owner": "ana"})
    with pytest.raises(PreconditionFailed):
        bucket.create(NAME, {"owner": "bia"})
    assert (bucket.read(NAME) or {})["owner"] == "ana"


def test_who_saw_no_lock_but_comes_second_is_refused_with_the_name_of_the_first(
    bucket: Bucket, stub: StorageStub
) -> None:
    with Lock(bucket, "prod", "ana", COMMIT):
        stub.hidden.add(NAME)  # both have looked before either has written
        with pytest.raises(RefusedError, match=r"ana on .* deploys 0f1e2d3c4b5a to prod"):
            Lock(bucket, "prod", "bia", COMMIT).__enter__()
    assert stub.objects == {}


def test_who_comes_second_to_a_lock_that_has_just_gone_is_told_to_try_again(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object) -> int:
        raise PreconditionFailed("it is there")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(Bucket, "create", taken)
    with pytest.raises(RefusedError, match="another deploy of prod has just ended: run it again"):
        Lock(bucket, "prod", "bia", COMMIT).__enter__()


def test_of_many_at_once_one_gets_it(bucket: Bucket, stub: StorageStub) -> None:
    def attempt(number: int) -> bool:
        try:
            Lock(bucket, "prod", f"engineer {number}", COMMIT).__enter__()
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]
    assert json.loads(stub.objects[NAME][1])["commit"] == COMMIT


def test_the_lock_of_somebody_else_is_not_given_back(bucket: Bucket, stub: StorageStub) -> None:
    with Lock(bucket, "prod", "ana", COMMIT):
        bucket.remove(NAME)
        bucket.create(NAME, {"owner": "bia"})
    assert json.loads(stub.objects[NAME][1]) == {"owner": "bia"}


def test_the_lock_is_given_back_by_who_is_interrupted(bucket: Bucket, stub: StorageStub) -> None:
    def deploy() -> None:
        with Lock(bucket, "prod", "ana", COMMIT):
            assert NAME in stub.objects
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy()
    assert stub.objects == {}
