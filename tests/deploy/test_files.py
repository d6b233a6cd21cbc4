"""What is deployed, where it lands, and what is remembered of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from atvos.deploy import files, manifest
from atvos.deploy.manifest import Entry, Manifest, Origin
from atvos.deploy.repository import Repository
from local.layout import REPOSITORY

NOW = datetime(2026, 9, 10, 12, 30, 15, 250_000, tzinfo=UTC)
ORIGIN = Origin("0f1e2d3c4b5a69788796a5b4c3d2e1f0a1b2c3d4", "ana@example.com", NOW)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dags/ingest.py", "dags/ingest.py"),
        ("dags/contracts/trips.odcs.yaml", "dags/contracts/trips.odcs.yaml"),
        ("plugins/atvos/web/static/style.css", "plugins/atvos/web/static/style.css"),
        ("sql/marts/rpt_d1/query.sql", "dags/sql/marts/rpt_d1/query.sql"),
        ("sql/marts/tests/query.sql", "dags/sql/marts/tests/query.sql"),
        ("sql/marts/rpt_d1/tests/case/expect.yaml", None),
        ("dags/release.json", None),
        ("dags/__pycache__/ingest.cpython-311.pyc", None),
        ("tests/dags/test_shapes.py", None),
        ("README.md", None),
    ],
)
def test_each_file_has_its_place_or_stays_at_home(path: str, expected: str | None) -> None:
    assert files.destination(path) == expected


def test_this_repository_is_laid_out_as_composer_wants_it(tmp_path: Path) -> None:
    found = Repository(REPOSITORY).lay_out(tmp_path)
    expected = {
        "dags/ingest.py",
        "dags/.airflowignore",
        "dags/contracts/telemetry_events.odcs.yaml",
        "dags/sql/marts/fct_km_divergence/query.sql",
        "dags/sql/marts/fct_km_divergence/model.yaml",
        "plugins/.airflowignore",
        "plugins/atvos/__init__.py",
        "plugins/atvos/web/templates/base.html",
        "plugins/atvos_plugin.py",
    }
    assert expected - set(found) == set()
    assert {name for name in found if not name.startswith(files.PLACES)} == set()
    assert [name for name in found if "/tests/" in name or "__pycache__" in name] == []
    assert "dags/release.json" not in found
    original = REPOSITORY / "sql" / "marts" / "rpt_d1" / "query.sql"
    assert "SELECT" in found["dags/sql/marts/rpt_d1/query.sql"].read_text()
    assert original.is_file(), "the working tree is left alone"


def test_a_manifest_survives_its_record() -> None:
    entries = [Entry.of("dags/a.py", b"a"), Entry.of("plugins/b.py", b"b")]
    made = manifest.new(ORIGIN, entries, {"a": "dags/a.py"}, "before", "older")
    assert Manifest.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_manifest_has_a_release_of_its_own() -> None:
    old = Entry.of(files.RELEASE, b"another commit")
    made = manifest.new(ORIGIN, [old], {}, None)
    assert made.files == (Entry.of(files.RELEASE, ORIGIN.release()),)
    assert json.loads(ORIGIN.release()) == {
        "commit": ORIGIN.commit,
        "deployed_at": "2026-09-10T12:30:15.250000+00:00",
        "deployed_by": "ana@example.com",
    }


def test_deploys_are_sorted_by_time_when_sorted_by_name() -> None:
    later = Origin("0" * 40, "ana", NOW + timedelta(milliseconds=1))
    assert ORIGIN.deploy_id == "20260910-123015250-0f1e2d3c4b5a"
    assert sorted([later.deploy_id, ORIGIN.deploy_id]) == [ORIGIN.deploy_id, later.deploy_id]


def test_the_md5_is_the_one_that_cloud_storage_says() -> None:
    assert Entry.of("dags/a.py", b"hello").md5 == "XUFAKrxLKna5cZ2REBfFkg=="
