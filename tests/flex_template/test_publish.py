"""`atvos template publish` on the emulator: one spec for each commit, never another one."""

import uuid

import pytest
from typer.testing import CliRunner

from atvos import environments
from atvos.cli import app
from atvos.environments import Environment
from atvos.flex_template.spec import metadata, spec
from local.client import Client
from local.environment import WORK_BUCKET
from local.stack import Stack

IMAGE = "southamerica-east1-docker.pkg.dev/atvos-dados-dev/images/curate"


@pytest.fixture
def client(emulators: Stack) -> Client:
    """A client of the emulators."""
    return Client(emulators)


@pytest.fixture
def commit(client: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    """A commit that no other test has, in an environment whose work bucket is the emulator's."""
    dev = environments.load("dev")
    template = f"gs://{WORK_BUCKET}/templates/curate/{{commit}}.json"
    variables = {
        **dev.variables,
        "ATVOS_DATAFLOW_TEMPLATE": template,
        "ATVOS_PROJECT": "atvoslocal",
    }
    changed = Environment(dev.name, dev.file, variables, dev.composer)
    monkeypatch.setattr(environments, "load", lambda *_: changed)
    return uuid.uuid4().hex + "00000000"


def publish(commit: str, image: str, *options: str) -> tuple[int, str]:
    """Exit code and output."""
    arguments = ["template", "publish", "--env", "dev", "--image", image, "--commit", commit]
    done = CliRunner().invoke(app, [*arguments, *options])
    return done.exit_code, done.output


def test_the_spec_is_where_the_dags_of_that_commit_look_for_it(client: Client, commit: str) -> None:
    name = f"templates/curate/{commit}.json"
    assert publish(commit, f"{IMAGE}:a") == (0, f"published gs://{WORK_BUCKET}/{name}\n")
    blob = client.storage.bucket(WORK_BUCKET).blob(name)
    assert blob.download_as_bytes().decode() == spec(f"{IMAGE}:a", metadata())


def test_publishing_again_changes_nothing_and_another_image_is_refused(
    client: Client, commit: str
) -> None:
    publish(commit, f"{IMAGE}:a")
    code, said = publish(commit, f"{IMAGE}:a")
    assert (code, said.startswith("is there already: gs://")) == (0, True)
    code, said = publish(commit, f"{IMAGE}:b")
    assert code == 2
    assert "is there with another image or metadata" in said
    blob = client.storage.bucket(WORK_BUCKET).blob(f"templates/curate/{commit}.json")
    assert blob.download_as_bytes().decode() == spec(f"{IMAGE}:a", metadata())


def test_a_dry_run_writes_nothing(client: Client, commit: str) -> None:
    code, said = publish(commit, f"{IMAGE}:a", "--dry-run")
    assert code == 0
    assert f'"image": "{IMAGE}:a"' in said
    assert not client.storage.bucket(WORK_BUCKET).blob(f"templates/curate/{commit}.json").exists()


def test_what_is_no_image_is_refused(commit: str) -> None:
    code, said = publish(commit, "curate")
    assert code == 2
    assert "--image: found 'curate'; valid: REGION-docker.pkg.dev" in said
