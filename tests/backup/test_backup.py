"""A backup is put back as it was, into an empty project too; half a backup is none."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from google.cloud import bigquery
from typer.testing import CliRunner, Result

from atvos import names, settings
from atvos.backup import create
from atvos.backup.create import Copier
from atvos.backup.manifest import BackupError, Manifest
from atvos.backup.store import BackupStore
from atvos.cli import app
from atvos.table_work import Order, TableWork
from local.client import Client
from local.environment import WORK_BUCKET
from local.stack import Stack
from tests.atvos.desk import query
from tests.sql.running import MODELS, TABLES, Runner, in_order
from tests.sql.values import Row, filled

OCCURRENCE, VEHICLE = MODELS["fct_occurrence"], MODELS["dim_vehicle"]
DAYS = (date(2025, 6, 1), date(2025, 6, 2))
EMPTY_PROJECT = "atvosempty"


def occurrences(*delays: int) -> list[Row]:
    rows = [
        {
            "unidade": "UAT",
            "transportadora": "Sertran",
            "frota": f"F{number}",
            "evento": "Quebra",
            "data": "2025-06-01",
            "tempo_atraso_min": delay,
            "status": "Concluído",
            "categoria": "Gestão",
            "prazo_baseline": "2025-06-09",
        }
        for number, delay in enumerate(delays)
    ]
    return [filled(row, TABLES["curated.occurrences"].columns, "test") for row in rows]


@pytest.fixture(scope="module")
def runner(emulators: Stack) -> Iterator[Runner]:
    """A mart with partitions and one without, built and published."""
    found = Runner(Client(emulators))
    vehicle = filled(
        {"device_id": "A", "placa": "AAA1A11"}, TABLES["curated.vehicles"].columns, "test"
    )
    sources = {"curated.occurrences": occurrences(5, 7), "curated.vehicles": [vehicle]}
    for model, days in ((VEHICLE, ()), (OCCURRENCE, DAYS)):
        found.empty(model, {name: sources[name] for name in model.sources})
        found.publish(model, days)
    yield found
    for name in (*sources, *(m.view_name for m in (OCCURRENCE, VEHICLE))):
        found.drop(name)
    for model in (OCCURRENCE, VEHICLE):
        found.drop(model.table_name)


@pytest.fixture
def empty_project(monkeypatch: pytest.MonkeyPatch, emulators: Stack) -> bigquery.Client:
    """From now on commands work in a project in which there is nothing."""
    monkeypatch.setenv("ATVOS_PROJECT", EMPTY_PROJECT)
    client = Client(emulators).bigquery
    found = bigquery.Client(project=EMPTY_PROJECT, credentials=client._credentials)
    for dataset in found.list_datasets():
        found.delete_dataset(dataset.dataset_id, delete_contents=True)
    return found


def backup(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backup", *arguments])


def said(result: Result) -> str:
    return " ".join(result.output.split())


def made() -> str:
    """Back the two marts up; the backup's id."""
    result = backup("create", "fct_occurrence", "marts.dim_vehicle")
    assert result.exit_code == 0, result.output
    return said(result).rpartition("backup ")[2].partition(":")[0]


@pytest.fixture(scope="module")
def whole(runner: Runner) -> str:
    """The id of a backup of the two marts."""
    return made()


@pytest.fixture
def kept(runner: Runner, whole: str) -> str:
    """The backup, with the mart as it was then, whatever tests before did with it."""
    if len(runner.published(OCCURRENCE)) != 2:
        rebuild(runner, 5, 7)
    return whole


def rebuild(runner: Runner, *delays: int) -> None:
    """Build the mart with other occurrences."""
    runner.fill("curated.occurrences", occurrences(*delays))
    runner.publish(OCCURRENCE, DAYS)


def restored(client: bigquery.Client, model: Any) -> list[Row]:
    columns = ", ".join(f"CAST({c.name} AS {c.physical_type}) AS {c.name}" for c in model.columns)
    return in_order(query(client, f"SELECT {columns} FROM `{model.view_name}`"))


def test_marts_are_restored_into_an_empty_project(
    runner: Runner, kept: str, empty_project: bigquery.Client
) -> None:
    before = [in_order(runner.published(model)) for model in (OCCURRENCE, VEHICLE)]
    assert [len(rows) for rows in before] == [2, 1]
    result = backup("restore", kept, "--reason", "the project was lost", "--owner", "ana")
    assert result.exit_code == 0, result.output
    assert "restored 2 marts" in said(result)
    assert [restored(empty_project, model) for model in (OCCURRENCE, VEHICLE)] == before
    records = query(
        empty_project,
        f"SELECT table_name, owner, reason, state, row_count FROM `{names.BACKFILLS}` "
        "WHERE started_date > '2025-01-01' ORDER BY table_name",
    )
    reason = f"restore of {kept}: the project was lost"
    assert [tuple(row.values()) for row in records] == [
        ("models.dim_vehicle_v1", "ana", reason, "published", 1),
        ("models.fct_occurrence_v1", "ana", reason, "published", 2),
    ]
    changes = query(
        empty_project,
        f"SELECT table_name, days FROM `{names.TABLE_CHANGES}` WHERE kind = 'restore' "
        "AND changed_date > '2025-01-01' ORDER BY table_name",
    )
    assert [(row["table_name"], row["days"]) for row in changes] == [
        ("marts.dim_vehicle", []),
        ("marts.fct_occurrence", [DAYS[0]]),
    ]
    locks = query(empty_project, f"SELECT COUNT(*) AS n FROM `{names.LOCKS}`")
    assert locks[0]["n"] == 0


def test_rows_that_are_there_are_removed_only_when_that_is_said(runner: Runner, kept: str) -> None:
    before = in_order(runner.published(OCCURRENCE))
    rebuild(runner, 9, 9, 9)
    result = backup("restore", kept, "fct_occurrence", "--reason", "x")
    assert result.exit_code == 2
    assert "models.fct_occurrence_v1 has 3 rows; valid: --replace" in said(result)
    assert len(runner.published(OCCURRENCE)) == 3
    result = backup("restore", kept, "fct_occurrence", "--reason", "x", "--replace")
    assert result.exit_code == 0, result.output
    assert in_order(runner.published(OCCURRENCE)) == before


def test_a_dry_run_writes_nothing(runner: Runner, kept: str, emulators: Stack) -> None:
    store = BackupStore(Client(emulators).storage, WORK_BUCKET)
    count = len(list(store.all()))
    assert "fct_occurrence: 2 rows" in said(backup("create", "fct_occurrence", "--dry-run"))
    assert len(list(store.all())) == count
    result = backup("restore", kept, "--reason", "x", "--replace", "--dry-run")
    assert (result.exit_code, said(result)) == (
        0,
        "2 marts can be restored; dry run: nothing was written",
    )


def test_backups_are_listed(kept: str) -> None:
    result = backup("list")
    (line,) = (line for line in result.output.splitlines() if line.startswith(kept))
    assert "local working tree  2 marts  3 rows" in line


def test_a_file_that_is_changed_or_gone_is_seen_before_anything_is_written(
    runner: Runner, kept: str, emulators: Stack
) -> None:
    kept = made()
    bucket = Client(emulators).storage.bucket(WORK_BUCKET)
    folder = names.backup_prefix(kept)
    part = bucket.blob(f"{folder}fct_occurrence/part-00000.parquet")
    content = part.download_as_bytes()
    part.upload_from_string(content[:-1] + bytes([content[-1] ^ 1]))
    bucket.blob(f"{folder}dim_vehicle/part-00000.parquet").delete()
    result = backup("restore", kept, "--reason", "x", "--replace")
    assert result.exit_code == 2
    assert "fct_occurrence/part-00000.parquet is not what was written" in said(result)
    assert "dim_vehicle/part-00000.parquet is gone" in said(result)
    assert len(runner.published(OCCURRENCE)) == 2


def test_rows_that_differ_from_the_manifest_leave_the_mart_as_it_was(
    runner: Runner, kept: str, emulators: Stack
) -> None:
    kept = made()
    bucket = Client(emulators).storage.bucket(WORK_BUCKET)
    blob = bucket.blob(names.backup_prefix(kept) + "manifest.json")
    manifest = json.loads(blob.download_as_text())
    for mart in manifest["marts"]:
        mart["fingerprint"] = "1"
    blob.upload_from_string(json.dumps(manifest))
    result = backup("restore", kept, "fct_occurrence", "--reason", "x", "--replace")
    assert result.exit_code == 2
    assert "fct_occurrence: the files hold 2 rows, fingerprint" in said(result)
    assert len(runner.published(OCCURRENCE)) == 2


def test_while_somebody_holds_the_lock_nothing_is_restored(runner: Runner, kept: str) -> None:
    order = Order(OCCURRENCE, "f" * 20, "backfill", "rui", "prices")
    with TableWork(runner.client.bigquery, settings.load(), order).locked():
        result = backup("restore", kept, "fct_occurrence", "--reason", "x", "--replace")
    assert result.exit_code == 2
    assert "models.fct_occurrence_v1 is locked by rui until" in said(result)


def test_without_a_manifest_there_is_no_backup(runner: Runner, emulators: Stack) -> None:
    lost = "20200101T000000Z-000000"
    bucket = Client(emulators).storage.bucket(WORK_BUCKET)
    bucket.blob(f"{names.backup_prefix(lost)}dim_unit/part-00000.parquet").upload_from_string(b"x")
    assert lost not in backup("list").output
    result = backup("restore", lost, "--reason", "x")
    assert result.exit_code == 2
    assert f"no backup {lost} in work; valid: one of" in said(result)


def test_a_mart_that_changes_while_it_is_copied_is_copied_again(
    runner: Runner, emulators: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(emulators)
    store = BackupStore(client.storage, WORK_BUCKET)
    copier = Copier(client.bigquery, store, settings.load())
    counted = create.fingerprint
    publishes = iter([True, False])

    def published_meanwhile(*arguments: Any) -> tuple[int, str]:
        if next(publishes, False):
            rebuild(runner, 1, 2, 3)
        return counted(*arguments)

    monkeypatch.setattr(create, "fingerprint", published_meanwhile)
    manifest = copier.run([OCCURRENCE], datetime.now(UTC), lambda _: None)
    assert [(copy.rows, len(copy.files)) for copy in manifest.marts] == [(3, 1)]


def test_rows_go_into_several_files(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "PART_ROWS", 1)
    monkeypatch.setattr(create, "_PAGE_ROWS", 1)
    result = backup("create", "fct_occurrence")
    assert "fct_occurrence: 2 rows, 2 files" in said(result)
    backup_id = said(result).rpartition("backup ")[2].partition(":")[0]
    result = backup("restore", backup_id, "--reason", "x", "--replace")
    assert "restored 1 marts" in said(result)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create", "fct_nothing"), "no mart 'fct_nothing'; valid: dim_unit"),
        (("create", "freshness"), "no mart 'freshness'"),
        (("restore", "../x", "--reason", "y"), "backup: found '../x'; valid: like 2026"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    runner: Runner, arguments: tuple[str, ...], message: str
) -> None:
    result = backup(*arguments)
    assert result.exit_code == 2
    assert message in said(result)


SOUND: dict[str, Any] = {
    "format": 1,
    "backup_id": "20261128T053000Z-0f1e2d",
    "created_at": "2026-11-28T05:30:00+00:00",
    "project": "p",
    "environment": "local",
    "commit": None,
    "marts": [
        {
            "mart": "dim_unit",
            "version": "1.0.0",
            "columns": ["unidade"],
            "rows": 1,
            "fingerprint": "1",
            "data_as_of": None,
            "files": [{"name": "part-00000.parquet", "size": 1, "crc32c": "AAAAAA=="}],
        }
    ],
}


def test_a_manifest_is_read_as_it_was_written() -> None:
    found = Manifest.from_json(json.dumps(SOUND), "here")
    assert Manifest.from_json(found.to_json(), "here") == found


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": 2}, "here: format; valid: 1"),
        ({"marts": None}, "here: not a manifest"),
        ({"extra": 1}, "here: not a manifest"),
        ({"created_at": "yesterday"}, "here: not a manifest"),
        ({"backup_id": "x"}, "here: backup_id: found 'x'"),
        (
            {"marts": [{**SOUND["marts"][0], "mart": "x` WHERE TRUE; --"}]},
            "here: found the name 'x` WHERE TRUE; --'; valid: like dim_unit",
        ),
        (
            {"marts": [{**SOUND["marts"][0], "columns": ["a, b"]}]},
            "here: found the name 'a, b'",
        ),
        (
            {
                "marts": [
                    {
                        **SOUND["marts"][0],
                        "files": [{"name": "../../x", "size": 1, "crc32c": ""}],
                    }
                ]
            },
            "here: found the name '../../x'",
        ),
    ],
)
def test_a_manifest_that_is_not_sound_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(BackupError) as refused:
        Manifest.from_json(json.dumps(SOUND | changed), "here")
    assert message in str(refused.value)
