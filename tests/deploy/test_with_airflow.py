"""Deploys to a bucket that a real Airflow is fed from."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from google.cloud import storage
from rich.console import Console
from typer.testing import CliRunner, Result

from atvos import environments
from atvos.deploy import command
from atvos.deploy.bucket import Bucket
from atvos.deploy.deploying import Desk
from atvos.deploy.history import History, State
from atvos.deploy.watch import Patience
from atvos.names import release_tag
from atvos.oncall.airflow_api import Airflow
from local.environment import PROJECT
from local.stack import Stack
from tests.deploy.airflow import ON_SERVER, fed_from
from tests.deploy.repository import DAG_FILE, OWNER, Tree

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

# The folder is a second behind the bucket; a look at a file takes no longer.
PATIENCE = Patience(settle=3, limit=60, pause=0.5)


@pytest.fixture(scope="module")
def bucket(emulators: Stack) -> Bucket:
    """The bucket of this module's Airflow."""
    client = storage.Client(project=PROJECT)
    return Bucket(client, client.create_bucket(f"composer-{uuid.uuid4().hex[:12]}").name)


@pytest.fixture(scope="module")
def url(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Airflow."""
    with fed_from(bucket, tmp_path_factory.mktemp("airflow")) as address:
        yield address


@pytest.fixture
def airflow(url: str) -> Airflow:
    """A client of it."""
    return Airflow(url)


@pytest.fixture
def tree(tmp_path: Path, bucket: Bucket) -> Tree:
    """A repository that was never deployed."""
    return Tree.make(tmp_path / "repository", bucket.name)


def _atvos(tree: Tree, url: str, *arguments: str) -> Result:
    """What `atvos deploy` does from that repository."""
    found = environments.load("dev", folder=tree.root / "environments")
    assert found.composer is not None
    composer = replace(found.composer, airflow_url=url)

    def desk(_name: str) -> Desk:
        console = Console(soft_wrap=True, highlight=False)
        environment = replace(found, composer=composer)
        return Desk(tree.root, environment, OWNER, console, checks=(), patience=PATIENCE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "_desk", desk)
        return CliRunner().invoke(command.app, [*arguments, "--env", "dev", "--timeout", "60"])


def test_a_deploy_is_taken_a_broken_one_is_taken_back_and_a_good_one_can_be_too(
    tree: Tree, url: str, bucket: Bucket, airflow: Airflow
) -> None:
    """One story: an Airflow costs half a minute to start, and each part needs the one before."""
    good = tree.git("rev-parse", "HEAD")
    done = _atvos(tree, url)
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert "waiting until Airflow has read 2 DAGs" in done.output
    assert airflow.dags_tagged(release_tag(good)) == {"first", "second"}

    text = DAG_FILE.format(dag_id="first")
    broken = f"import os\nif os.environ.get({ON_SERVER!r}):\n    raise LookupError('no key here')\n"
    bad = tree.commit({"dags/first.py": text + broken, "sql/marts/rpt_d1/query.sql": "SELECT 2\n"})
    failed = _atvos(tree, url)
    assert failed.exit_code == 1, failed.output
    assert "dags/first.py cannot be imported" in failed.stderr
    assert "LookupError: no key here" in failed.stderr
    assert "is in place again, and Airflow has read it" in failed.stderr
    assert airflow.import_failures() == []
    assert airflow.dags_tagged(release_tag(good)) == {"first", "second"}
    assert airflow.dags_tagged(release_tag(bad)) == set()
    query = bucket.client.bucket(bucket.name).blob("dags/sql/marts/rpt_d1/query.sql")
    assert query.download_as_text() == "SELECT 1\n"
    assert list(History(bucket).states().values()) == [State.ROLLED_BACK, State.LIVE]

    third = {"dags/first.py": text, "dags/third.py": DAG_FILE.format(dag_id="third")}
    better = tree.commit(third)
    assert _atvos(tree, url).exit_code == 0
    assert airflow.dags_tagged(release_tag(better)) == {"first", "second", "third"}
    back = _atvos(tree, url, "rollback")
    assert back.exit_code == 0, back.output
    assert airflow.dags_tagged(release_tag(good)) == {"first", "second"}
