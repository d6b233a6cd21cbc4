"""What ``atvos backfill`` refuses before it asks BigQuery, and what it shows and does after."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from atvos import names, settings, tables
from atvos.builds import view_sql
from atvos.cli import app
from atvos.contract import load_feeds
from atvos.models import load_models
from local.client import Client
from tests.atvos.desk import query
from tests.atvos.examples import CONTRACTS, SQL

MODEL = load_models(SQL)["fct_occurrence"]
DAYS = ("--from", "2025-06-01", "--to", "2025-06-02")


def backfill(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backfill", *arguments, "--reason", "why", "--owner", "ana"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fct_nothing", *DAYS), "no mart 'fct_nothing'; valid: dim_unit, dim_vehicle, fct_"),
        (("telemetry_events", *DAYS), "telemetry_events is a feed: what was read once is replayed"),
        (("curated.trips", *DAYS), "curated.trips is a feed"),
        (("freshness", *DAYS), "no mart 'freshness'; valid: dim_unit"),
        (("rpt_d1",), "rpt_d1 is partitioned; valid: --from and --to, as 2025-06-01"),
        (("rpt_d1", "--from", "2025-06-01"), "rpt_d1 is partitioned; valid: --from and --to"),
        (("dim_unit", *DAYS), "dim_unit has no partitions; valid: neither --from nor --to"),
        (("rpt_d1", "--from", "2025-06-02", "--to", "2025-06-01"), "--to=2025-06-01 is before"),
        (("rpt_d1", "--from", "1.6.2025", "--to", "2025-06-01"), "does not match the format"),
    ],
)
def test_what_cannot_be_built_is_refused_with_what_can(
    arguments: tuple[str, ...], message: str
) -> None:
    found = backfill(*arguments)
    assert found.exit_code == 2
    assert message in " ".join(found.output.replace("│", " ").split())


def test_a_reason_must_be_given() -> None:
    found = CliRunner().invoke(app, ["backfill", "rpt_d1", *DAYS])
    assert found.exit_code == 2
    assert "--reason" in found.output


@pytest.fixture
def occurrence(client: Client) -> Iterator[Client]:
    """The emulator with the sources of a mart, and one occurrence."""
    feeds = load_feeds([CONTRACTS])
    specs = [tables.curated(feeds[name]) for name in ("occurrences", "vehicles")]
    query(client.bigquery, tables.prepare_script(specs, settings.load()))
    values = {
        "unidade": "UAT",
        "frota": "1",
        "data": "2025-06-01",
        "evento": f"pane {uuid.uuid4().hex}",
        "transportadora": "Sertran",
        "categoria": "Gestão",
        "status": "Planejado",
        "batch_id": "0a",
        "published_at": "2025-06-01T00:00:00Z",
    }
    rows = ", ".join(json.dumps(value, ensure_ascii=False) for value in values.values())
    query(client.bigquery, f"INSERT INTO curated.occurrences ({', '.join(values)}) VALUES ({rows})")
    yield client
    query(client.bigquery, "DELETE FROM curated.occurrences WHERE data = '2025-06-01'")


def test_a_dry_run_shows_partitions_and_bytes_and_writes_nothing(occurrence: Client) -> None:
    found = backfill("fct_occurrence", *DAYS, "--dry-run")
    assert found.exit_code == 0, found.output
    assert "partitions  2 (day, days 2025-06-01 to 2025-06-02)" in found.output
    assert "GB as BigQuery estimates" in found.output
    assert found.output.endswith("dry run: nothing was written\n")


def test_the_mart_has_the_rows_afterwards_and_a_record_of_who_asked(occurrence: Client) -> None:
    found = backfill("marts.fct_occurrence", *DAYS)
    assert found.exit_code == 0, found.output
    assert "published 1 rows; recorded in ops.backfills" in found.output
    rows = query(occurrence.bigquery, f"SELECT frota FROM {MODEL.view_name}")
    assert rows == [{"frota": "1"}]
    sql = f"SELECT owner, reason, state FROM {names.BACKFILLS} WHERE table_name = "
    assert query(occurrence.bigquery, f"{sql} '{MODEL.table_name}'") == [
        {"owner": "ana", "reason": "why", "state": "published"}
    ]
    assert view_sql(MODEL).endswith(f"FROM `{MODEL.table_name}`;")


def test_without_a_stack_local_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.layout.DEFAULT_STATE_DIR", tmp_path)
    found = backfill("rpt_d1", *DAYS, "--local")
    assert found.exit_code == 2
    assert f"--local: no stack runs in {tmp_path}; start it: make up" in found.stderr
