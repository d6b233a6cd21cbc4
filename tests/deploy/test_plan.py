"""The order of a deploy, which needs no bucket."""

from atvos.deploy import plan
from atvos.deploy.manifest import Entry
from atvos.deploy.plan import Action, Phase


def _entries(*paths: str) -> list[Entry]:
    return [Entry.of(path, path.encode()) for path in paths]


def _order(wanted: list[Entry], found: dict[str, str | None]) -> list[tuple[str, str]]:
    return [(step.action.value, step.path) for step in plan.make(wanted, found).steps]


def test_a_file_comes_after_all_that_it_reads() -> None:
    wanted = _entries(
        "dags/release.json",
        "dags/ingest.py",
        "plugins/atvos/__init__.py",
        "dags/sql/marts/rpt_d1/query.sql",
        "dags/contracts/trips.odcs.yaml",
        "dags/.airflowignore",
    )
    assert [path for _, path in _order(wanted, {})] == [
        "dags/.airflowignore",
        "dags/contracts/trips.odcs.yaml",
        "dags/sql/marts/rpt_d1/query.sql",
        "plugins/atvos/__init__.py",
        "dags/ingest.py",
        "dags/release.json",
    ]


def test_a_stale_file_is_removed_last_and_what_reads_goes_before_what_is_read() -> None:
    found: dict[str, str | None] = {
        "dags/contracts/old.odcs.yaml": "x",
        "plugins/atvos/old.py": "x",
        "dags/old.py": "x",
    }
    assert _order(_entries("dags/new.py", "dags/release.json"), found) == [
        ("add", "dags/new.py"),
        ("add", "dags/release.json"),
        ("remove", "dags/old.py"),
        ("remove", "plugins/atvos/old.py"),
        ("remove", "dags/contracts/old.odcs.yaml"),
    ]


def test_only_what_differs_is_written() -> None:
    same, other = _entries("dags/same.py", "dags/other.py")
    made = plan.make([same, other], {"dags/same.py": same.md5, "dags/other.py": "another"})
    assert [(step.action, step.path) for step in made.steps] == [(Action.CHANGE, "dags/other.py")]
    assert made.unchanged == 1


def test_an_object_without_an_md5_is_written_again() -> None:
    (entry,) = _entries("dags/composed.py")
    assert plan.make([entry], {entry.path: None}).count(Action.CHANGE) == 1


def test_what_composer_itself_put_there_stays() -> None:
    found: dict[str, str | None] = {
        "dags/airflow_monitoring.py": "x",
        "dags/": "x",
        "plugins/empty/": "x",
    }
    assert plan.make([], found).steps == ()


def test_a_new_release_of_the_same_files_changes_no_code() -> None:
    release, dag = _entries("dags/release.json", "dags/a.py")
    made = plan.make([release, dag], {"dags/a.py": dag.md5, "dags/release.json": "another"})
    assert not made.changes_code
    assert plan.make([release, dag], {}).changes_code


def test_steps_are_grouped_by_phase() -> None:
    made = plan.make(_entries("dags/a.py", "dags/b.py", "plugins/c.py"), {})
    assert [(phase, len(steps)) for phase, steps in made.phases] == [
        (Phase.PLUGINS, 1),
        (Phase.DAGS, 2),
    ]
