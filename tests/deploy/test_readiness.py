"""What is refused before anything is written, and why."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from atvos import cli, environments
from atvos.deploy import checks, command
from atvos.deploy.bucket import Bucket
from atvos.deploy.checks import CHECKS, Check
from atvos.deploy.deploying import Desk, Wishes
from atvos.deploy.errors import RefusedError
from atvos.deploy.repository import Repository
from local.layout import REPOSITORY
from tests.deploy.conftest import DeskOf, Said
from tests.deploy.repository import DAG_FILE, ENVIRONMENT, Tree

DRY = Wishes(dry_run=True)


def _refused(desk: Desk, wishes: Wishes = DRY, *, skip_checks: bool = False) -> str:
    with pytest.raises(RefusedError) as refused:
        desk.deploy(wishes, skip_checks=skip_checks)
    assert desk.bucket.listed("") == {}
    return str(refused.value)


@pytest.mark.parametrize(
    ("file", "said_of_it"),
    [("dags/first.py", "M dags/first.py"), ("dags/new.py", "?? dags/new.py")],
)
def test_a_dirty_tree_is_refused(desk_of: DeskOf, tree: Tree, file: str, said_of_it: str) -> None:
    tree.write({file: "# changed\n"})
    message = _refused(desk_of())
    assert f"{tree.root} differs from its commit" in message
    assert said_of_it in message


def test_what_is_not_merged_is_refused_where_main_is_wanted(desk_of: DeskOf, tree: Tree) -> None:
    tree.git("switch", "--quiet", "--create", "an-experiment")
    commit = tree.commit({"README.md": "another\n"})
    assert _refused(desk_of("staging")) == f"{commit[:12]} is not on main: merge it first"


def test_the_main_of_the_remote_counts_where_there_is_one(tree: Tree) -> None:
    tree.git("update-ref", "refs/remotes/origin/main", "HEAD")
    Repository(tree.root).require("main")
    tree.commit({"README.md": "not pushed\n"})
    with pytest.raises(RefusedError, match="is not on main"):
        Repository(tree.root).require("main")


def test_prod_gets_a_tagged_version_alone(desk_of: DeskOf, tree: Tree) -> None:
    tree.git("tag", "almost")
    message = _refused(desk_of("prod"))
    assert "has no tag of a version: found almost; valid: one like v1.4.0" in message
    tree.git("tag", "v1.4.0")
    Repository(tree.root).require("tag")


def test_prod_gets_nothing_unchecked(desk_of: DeskOf) -> None:
    message = _refused(desk_of("prod"), skip_checks=True)
    assert message == "--skip-checks: prod gets nothing unchecked"


def test_prod_is_not_deployed_to_unasked(desk_of: DeskOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert "there is no terminal: say --yes" in _refused(desk_of("prod"), Wishes())


def test_a_deploy_that_nobody_can_watch_is_refused(desk_of: DeskOf) -> None:
    message = _refused(desk_of(), Wishes())
    assert "dev.yaml: composer.airflowUrl: found None" in message
    assert "--no-wait" in message


def test_an_environment_without_composer_has_nothing_deployed_to_it(desk_of: DeskOf) -> None:
    desk = desk_of()
    desk.environment = replace(desk.environment, composer=None)
    with pytest.raises(RefusedError, match="composer: found None: nothing is deployed to it"):
        desk.roll_back(DRY, None)


def test_a_dag_file_that_cannot_be_imported_is_named_with_its_error(
    desk_of: DeskOf, tree: Tree
) -> None:
    tree.commit(
        {"dags/first.py": "from airflow.sdk import DAG\nraise ValueError('no such feed')\n"}
    )
    message = _refused(desk_of())
    assert "check failed: dags/first.py cannot be imported" in message
    assert message.endswith("ValueError: no such feed")


def test_a_plugin_that_cannot_be_loaded_is_named_with_its_error(
    desk_of: DeskOf, tree: Tree
) -> None:
    tree.commit({"plugins/page.py": "raise ValueError('no such page')\n"})
    message = _refused(desk_of())
    assert "plugins/page.py cannot be imported" in message
    assert message.endswith("no such page")


def test_a_dag_that_airflow_could_not_tell_apart_is_refused(desk_of: DeskOf, tree: Tree) -> None:
    text = DAG_FILE.format(dag_id="first").partition(", tags=")[0] + "):\n    pass\n"
    commit = tree.commit({"dags/first.py": text})
    message = _refused(desk_of())
    assert message.startswith(
        f"check failed: dags/first.py: tags of DAG first: found []; valid: release-{commit[:12]}"
    )


def test_dag_files_are_imported_where_they_will_lie_with_the_environments_variables(
    desk_of: DeskOf, tree: Tree, said: Said
) -> None:
    tree.commit(
        {
            "dags/first.py": DAG_FILE.format(dag_id="first")
            + 'assert (Path(__file__).parent / "sql/marts/rpt_d1/query.sql").is_file()\n'
            + 'import os\nassert os.environ["ATVOS_ENVIRONMENT"] == "dev"\n'
            + "import atvos\nassert Path(atvos.__file__).parents[2] == Path(__file__).parents[1]\n"
        }
    )
    desk_of().deploy(DRY)
    assert "dry run: nothing was written" in said.text


def test_unchecked_means_that_a_broken_dag_file_is_only_told(
    desk_of: DeskOf, tree: Tree, said: Said, bucket: Bucket
) -> None:
    tree.commit({"dags/first.py": "import airflow\nraise ValueError('no such feed DAG')\n"})
    desk_of().deploy(DRY, skip_checks=True)
    assert "dags/first.py cannot be imported" in said.text
    assert "dry run: nothing was written" in said.text


def test_a_failed_check_is_named_and_shows_what_it_said(tree: Tree) -> None:
    tree.write(
        {"plugins/atvos/__main__.py": "import sys\nprint('dags/x: bad', sys.argv)\nsys.exit(2)\n"}
    )
    with pytest.raises(RefusedError) as refused:
        checks.run(Check("contracts", ("contract", "check")), tree.root, {})
    name, _, shown = str(refused.value).partition("\n")
    assert name == "check failed: contracts (bin/atvos contract check)"
    assert "dags/x: bad" in shown
    assert "'contract', 'check'" in shown


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_is_a_command(check: Check) -> None:
    assert CliRunner().invoke(cli.app, [*check.arguments, "--help"]).exit_code == 0


def test_a_check_of_this_repository_passes_with_the_variables_of_prod() -> None:
    variables = {**environments.load("prod").variables, "ATVOS_COMMIT": "0" * 40}
    checks.run(CHECKS[0], REPOSITORY, variables)


def test_the_template_of_the_commit_must_be_there(
    desk_of: DeskOf, tree: Tree, bucket: Bucket
) -> None:
    text = ENVIRONMENT.format(name="dev", bucket=bucket.name, deploys="any").replace(
        "composer:",
        "  BEAM_RUNNER: DataflowRunner\n"
        "  ATVOS_DATAFLOW_REGION: southamerica-east1\n"
        f"  ATVOS_DATAFLOW_TEMPLATE: gs://{bucket.name}/templates/{{commit}}.json\n"
        "  ATVOS_DATAFLOW_SERVICE_ACCOUNT: curate@example.com\n"
        "  ATVOS_DATAFLOW_TEMP_LOCATION: gs://work/temp\n"
        "  ATVOS_DATAFLOW_SUBNETWORK: regions/r/subnetworks/s\n"
        "composer:",
        1,
    )
    commit = tree.commit({"environments/dev.yaml": text})
    desk = desk_of()
    assert f"gs://{bucket.name}/templates/{commit}.json is not there" in _refused(desk)
    bucket.write(f"templates/{commit}.json", {})
    desk.deploy(DRY)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "--env is missing; valid: dev, prod, staging"),
        (["--env", "nowhere"], "environment 'nowhere' is not there; valid: dev, prod, staging"),
        (["rollback", "--env", "dev", "--no-wait"], "nothing was deployed"),
        (["unlock", "--env", "dev", "--owner-was", "bia"], "nobody holds the lock of dev"),
    ],
)
def test_a_refusal_ends_with_2(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: str
) -> None:
    monkeypatch.setattr(command, "_REPOSITORY", tree.root)
    monkeypatch.setattr(environments, "FOLDER", tree.root / "environments")
    answer = CliRunner().invoke(command.app, arguments)
    assert expected in answer.output
    assert answer.exit_code == 2


def test_the_command_line_deploys_and_tells(
    tree: Tree, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_REPOSITORY", tree.root)
    monkeypatch.setattr("atvos.deploy.deploying.CHECKS", ())
    runner = CliRunner()
    empty = runner.invoke(command.app, ["status", "--env", "dev"])
    assert (empty.exit_code, empty.output.strip()) == (0, "nothing was deployed to dev yet")
    done = runner.invoke(command.app, ["--env", "dev", "--no-wait", "--skip-checks"])
    assert done.exit_code == 0, done.output
    assert "is live" in done.output
    listed = runner.invoke(command.app, ["list", "--env", "dev"])
    assert tree.git("rev-parse", "HEAD")[:12] in listed.output
    bucket.remove("plugins/atvos/page.html")
    drifted = runner.invoke(command.app, ["status", "--env", "dev"])
    assert drifted.exit_code == 1
    assert "to add: plugins/atvos/page.html" in drifted.output


def test_this_repository_can_be_deployed_as_far_as_its_dag_files_go(tmp_path: Path) -> None:
    commit = Repository(REPOSITORY).commit()
    Repository(REPOSITORY).lay_out(tmp_path)
    variables = {**environments.load("prod").variables, "ATVOS_COMMIT": commit}
    dags = checks.read_dags(tmp_path / "bucket", tmp_path, variables)
    assert dags.errors == {}
    checks.require_tag(dags, f"release-{commit[:12]}")
    assert dags.files["heartbeat"] == "dags/operate.py"
    assert dags.files["ingest__telemetry_events"] == "dags/ingest.py"
