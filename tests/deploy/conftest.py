"""A small repository, a bucket on the emulator, and a desk that deploys one into the other."""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from google.cloud import storage
from rich.console import Console

from atvos import environments
from atvos.deploy.bucket import Bucket
from atvos.deploy.deploying import Desk
from local.environment import PROJECT
from local.stack import Stack
from tests.deploy.repository import OWNER, Tree


@pytest.fixture(autouse=True)
def _git_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No git configuration of who runs the tests has a say."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")


@pytest.fixture
def bucket(emulators: Stack) -> Bucket:
    """An empty bucket that no other test has."""
    client = storage.Client(project=PROJECT)
    made = client.create_bucket(f"composer-{uuid.uuid4().hex[:12]}")
    return Bucket(client, made.name)


@pytest.fixture
def tree(tmp_path: Path, bucket: Bucket) -> Tree:
    """The repository, with one commit."""
    return Tree.make(tmp_path / "repository", bucket.name)


@dataclass
class Said:
    """What is printed."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        """All of it."""
        return self.stream.getvalue()


@pytest.fixture
def said() -> Said:
    """What the desk prints."""
    return Said()


DeskOf = Callable[..., Desk]


@pytest.fixture
def desk_of(tree: Tree, said: Said) -> DeskOf:
    """Makes desks for an environment: the import of DAG files is their only check."""

    def make(name: str = "dev", owner: str = OWNER) -> Desk:
        environment = environments.load(name, folder=tree.root / "environments")
        console = Console(file=said.stream, width=200, highlight=False)
        return Desk(tree.root, environment, owner, console, checks=())

    return make
