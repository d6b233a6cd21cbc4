"""The whole job, on batches in a local folder."""

from __future__ import annotations

import gzip
import json
import logging
import os
import random
import subprocess
import sys
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.runners.runner import PipelineRunner

from curate import dedup, pipeline
from curate.folder import Folder, read_batch, read_contract
from curate.job import Job
from curate.pipeline import run
from curate.shuffle import Shuffle
from curate.stats import CountError, finish
from curate.tally import Tally
from tests.curate.helpers import (
    TELEMETRY,
    Outcome,
    column,
    contract,
    curate,
    event,
    key,
    make_batch,
    ndjson,
)

MAIN, PLUGINS = (TELEMETRY.parents[2] / path for path in ("beam_jobs/curate/main.py", "plugins"))
EVENTS = TELEMETRY.read_text(encoding="utf-8")
CSV_HEADER = "deviceId,timestamp,tipoVeiculo,odometroKm,custoVariavel,custoFixo,viagemId\n"
SNAPSHOT = contract("fleet", [key("id", required=True), column("name", "string")])
UPSERT = contract(
    "visits",
    [
        key("id", "integer", required=True),
        column("day", "date", required=True, partitioned=True, partitionKeyPosition=1),
        column("note", "string"),
    ],
    event_time="day",
    loadMode="upsert_latest",
    maxLateDays=400,
)
ARRAY = contract(
    "array", [key("id"), column("n", "integer")], sourceFormat={"format": "json_array"}
)


def csv_event(device: str, second: int = 0, trip: str = "T1") -> str:
    """A valid telemetry event as a CSV row."""
    return f"{device},2025-06-01T10:00:{second:02d}Z,urbano,1000.5,12.5,3,{trip}\n"


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One batch with an object of each kind and state."""
    good = ndjson(*(event("V-1", second) for second in range(40)))
    more = ndjson(*(event("V-2", second) for second in range(40)))
    table = CSV_HEADER + csv_event("V-3") + csv_event("V-3", 1, '"T\n""1"""') + "x,y\n"
    packed = gzip.compress(random.Random(1).randbytes(20_000).hex().encode())
    objects = {
        "plain.json": good,
        "members.json": gzip.compress(more[:4000]) + gzip.compress(more[4000:]),
        "truncated.json.gz": gzip.compress(ndjson(event("V-4")))[:-12],
        "cut.json.gz": gzip.compress(ndjson(event("V-5"))) + packed[:5000],
        "table.csv": b"\xef\xbb\xbf" + table.replace("\n", "\r\n").encode(),
        "table.csv.gz": gzip.compress((CSV_HEADER + csv_event("V-6")).encode()),
        "latin.csv": (CSV_HEADER + csv_event("V-7", trip="até")).encode("latin-1"),
        "header.csv": b"deviceId,timestamp\n1,2\n3,4\n",
        "quote.csv": (CSV_HEADER + '"' + csv_event("V-8") + csv_event("V-8")).encode(),
        "bad.json": ndjson(event(odometroKm=-1, tipoVeiculo=None), [1]) + b"\n{\n \n",
        "empty.json": b"",
        "again.json": good,
    }
    return curate(tmp_path_factory.mktemp("mixed"), EVENTS, objects)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("plain.json", (40, 40, 0, 0)),
        ("members.json", (40, 40, 0, 0)),
        ("truncated.json.gz", (1, 0, 1, 0)),
        ("cut.json.gz", (2, 1, 1, 0)),
        ("table.csv", (3, 2, 1, 0)),
        ("table.csv.gz", (1, 1, 0, 0)),
        ("latin.csv", (1, 0, 1, 0)),
        ("header.csv", (1, 0, 1, 0)),
        ("quote.csv", (2, 1, 1, 0)),
        ("bad.json", (3, 0, 3, 0)),
        ("empty.json", (0, 0, 0, 0)),
        ("again.json", (40, 0, 0, 40)),
    ],
)
def test_each_object_is_accounted_for(
    mixed: Outcome, name: str, counts: tuple[int, int, int, int]
) -> None:
    assert mixed.counts(name) == counts


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("truncated.json.gz", {"unreadable": 1}),
        ("table.csv", {"ragged_row": 1}),
        ("latin.csv", {"encoding": 1}),
        ("header.csv", {"header": 1}),
        ("quote.csv", {"unbalanced_quote": 1}),
        (
            "bad.json",
            {
                "malformed_json": 1,
                "missing:tipo_veiculo": 1,
                "not_an_object": 1,
                "range:odometro_km": 1,
            },
        ),
    ],
)
def test_reasons_are_counted_per_object(mixed: Outcome, name: str, reasons: dict[str, int]) -> None:
    assert mixed.objects[name]["reasons"] == [
        {"reason": reason, "row_count": rows} for reason, rows in reasons.items()
    ]


def test_the_batchs_stats_add_up(mixed: Outcome) -> None:
    stats = mixed.stats
    assert (stats.rows_read, stats.rows_valid) == (134, len(mixed.rows))
    assert stats.rows_read == stats.rows_valid + stats.rows_rejected + stats.rows_duplicate
    assert stats.rows_rejected == len(mixed.rejects)
    assert stats.unreadable_objects == 2
    assert stats.event_dates == (date(2025, 6, 1),)
    assert stats.last_event_at is not None
    assert stats.last_event_at.isoformat() == "2025-06-01T10:00:39+00:00"


def test_object_stats_are_as_bigquery_loads_them(mixed: Outcome) -> None:
    item = mixed.objects["plain.json"]
    assert item["landed_at"].endswith("Z")
    assert item["event_dates"] == ["2025-06-01"]
    assert item["last_event_at"] == "2025-06-01T10:00:39Z"
    assert item["reasons"] == []


def test_rows_are_typed_and_know_where_they_come_from(mixed: Outcome) -> None:
    row = next(row for row in mixed.rows.iter_rows(named=True) if row["device_id"] == "V-6")
    assert row["odometro_km"] == Decimal("1000.500")
    assert row["event_timestamp"].isoformat() == "2025-06-01T10:00:00+00:00"
    assert (row["source_object"], row["source_position"]) == ("table.csv.gz", len(CSV_HEADER))


def test_rows_have_the_contracts_schema(mixed: Outcome) -> None:
    schema = pq.read_schema(mixed.stats.rows_uris[0])
    assert schema.names[:3] == ["device_id", "event_timestamp", "event_date"]
    assert schema.names[-3:] == ["source_object", "source_generation", "source_position"]
    assert schema.field("event_timestamp").type == pa.timestamp("us", tz="UTC")
    assert schema.field("event_date").type == pa.date32()
    assert schema.field("odometro_km").type == pa.decimal128(12, 3)
    assert schema.field("device_id").type == pa.string()


def test_rejects_keep_the_original_line(mixed: Outcome) -> None:
    lines = {
        (row["source_object"], row["source_position"]): (row["line"], row["line_encoding"])
        for row in mixed.rejects.iter_rows(named=True)
    }
    latin = csv_event("V-7", trip="até").strip()
    assert lines["latin.csv", len(CSV_HEADER)] == (latin, "latin-1")
    assert lines["quote.csv", len(CSV_HEADER)] == ('"' + csv_event("V-8").strip(), "utf-8")
    assert lines["header.csv", 0] == ("deviceId,timestamp", "utf-8")


def test_the_first_row_of_a_key_wins_across_objects(tmp_path: Path) -> None:
    objects = {
        "a.json": ndjson(event(custoFixo=1), event(custoFixo=2)),
        "b.json": ndjson(event(custoFixo=3), event("V-2", custoFixo=4)),
    }
    outcome = curate(tmp_path, EVENTS, objects)
    assert outcome.rows["custo_fixo"].to_list() == [1, 4]
    assert outcome.counts("a.json") == (2, 1, 0, 1)
    assert outcome.counts("b.json") == (2, 1, 0, 1)


def test_equal_instants_are_one_key_however_they_are_written(tmp_path: Path) -> None:
    texts = ["2025-06-01T10:00:00", "2025-06-01T13:00:00Z", "2025-06-01 15:00:00.000+02:00"]
    records = [event(timestamp=text, viagemId=None) for text in texts]
    outcome = curate(tmp_path, EVENTS, {"a.json": ndjson(*records)})
    assert outcome.counts("a.json") == (3, 1, 0, 2)


def test_upsert_keeps_the_last_row_even_in_another_partition(tmp_path: Path) -> None:
    objects = {
        "a.json": ndjson({"id": 1, "day": "2025-06-01"}, {"id": 2, "day": "2025-06-01"}),
        "b.json": ndjson({"id": 1, "day": "2025-06-02", "note": "moved"}),
    }
    outcome = curate(tmp_path, UPSERT, objects, "--bucket_bytes", "20")
    assert outcome.rows.select("id", "note").rows() == [(2, None), (1, "moved")]
    assert outcome.counts("a.json") == (2, 1, 0, 1)
    assert outcome.objects["a.json"]["event_dates"] == ["2025-06-01"]
    assert outcome.objects["b.json"]["last_event_at"] == "2025-06-02T00:00:00Z"


def test_a_snapshot_is_its_newest_object(tmp_path: Path) -> None:
    objects = {
        "a.json": ndjson({"id": "gone"}, {"id": "kept", "name": "old"}),
        "b.json": ndjson({"id": "kept", "name": "older"}, {"id": "kept", "name": "new"}, {}),
    }
    outcome = curate(tmp_path, SNAPSHOT, objects)
    assert outcome.rows.select("id", "name").rows() == [("kept", "new")]
    assert outcome.counts("a.json") == (2, 0, 0, 2)
    assert outcome.counts("b.json") == (3, 1, 1, 1)
    assert outcome.stats.rows_uris == (str(outcome.folder / "rows/all-000.parquet"),)
    assert outcome.objects["b.json"]["last_event_at"] == outcome.objects["b.json"]["landed_at"]


def test_a_json_array_is_read_by_element(tmp_path: Path) -> None:
    content = b'[{"id": "a", "n": 1}, 7, {"id": "b"}'
    outcome = curate(tmp_path, ARRAY, {"a.json": content})
    assert outcome.rows.select("id", "n", "source_position").rows() == [
        ("a", 1, 1),
        ("b", None, 25),
    ]
    assert outcome.rejects["reasons"].to_list() == [["not_an_object"], ["unreadable"]]


def test_an_object_that_is_gone_is_one_reject(tmp_path: Path) -> None:
    place = make_batch(tmp_path, EVENTS, {"a.json": ndjson(event()), "b.json": b"x" * 100})
    (tmp_path / "landing/b.json").unlink()
    assert run(["--batch", str(place), "--range_bytes", "10"]) == 0
    assert Outcome(place).counts("b.json") == (1, 0, 1, 0)
    assert Outcome(place).counts("a.json") == (1, 1, 0, 0)


def test_ranges_and_buckets_do_not_change_the_result(tmp_path: Path) -> None:
    events = [event(f"V-{i % 7}", i % 50) for i in range(400)] + [event(odometroKm=-1)]
    objects = {"a.json": ndjson(*events), "b.json": ndjson(*events[:50]) + b"{"}
    whole = curate(tmp_path / "whole", EVENTS, objects)
    finely = curate(
        tmp_path / "finely", EVENTS, objects, "--range_bytes", "999", "--bucket_bytes", "9999"
    )
    assert len(whole.stats.rows_uris) == 1
    assert len(finely.stats.rows_uris) > 3
    assert finely.rows.equals(whole.rows)
    assert finely.rejects.drop("source_bucket").equals(whole.rejects.drop("source_bucket"))
    for name in objects:
        assert finely.counts(name) == whole.counts(name)


def test_keys_are_compared_where_their_hashes_are_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [event(f"V-{i % 7}", i % 50) for i in range(400)]
    objects = {"a.json": ndjson(*events), "b.json": ndjson(*events[:20], event("V-9"))}
    usual = curate(tmp_path / "usual", EVENTS, objects)
    monkeypatch.setattr(dedup, "key_hash", lambda key: pl.struct(key).hash() * 0)
    collided = curate(tmp_path / "collided", EVENTS, objects)
    assert collided.rows.equals(usual.rows)
    assert collided.stats.rows_duplicate == usual.stats.rows_duplicate > 0


@pytest.mark.slow
def test_worker_processes_come_to_the_same(tmp_path: Path) -> None:
    objects = {
        f"{name}.json": ndjson(*(event(f"{name}-{i % 7}", i % 50) for i in range(400)), [])
        for name in "abc"
    }
    alone = curate(tmp_path / "alone", EVENTS, objects)
    place = make_batch(tmp_path / "shared", EVENTS, objects)
    subprocess.run(
        [
            *(sys.executable, str(MAIN), "--batch", str(place), "--range_bytes", "999"),
            *("--direct_num_workers", "2", "--direct_running_mode", "multi_processing"),
        ],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        timeout=100,
    )
    shared = Outcome(place)
    assert shared.rows.equals(alone.rows)
    assert shared.rejects.drop("source_bucket").equals(alone.rejects.drop("source_bucket"))
    assert shared.stats.reasons == alone.stats.reasons
    assert all(shared.counts(name) == alone.counts(name) for name in objects)


def test_only_texts_are_written_with_dictionaries(tmp_path: Path) -> None:
    found = curate(tmp_path, EVENTS, {"a.json": ndjson(event(), event("V-2"))})
    columns = pq.ParquetFile(found.stats.rows_uris[0]).metadata.row_group(0)
    with_dictionary = {
        columns.column(i).path_in_schema
        for i in range(columns.num_columns)
        if columns.column(i).has_dictionary_page
    }
    assert with_dictionary == {"device_id", "tipo_veiculo", "viagem_id", "source_object"}


def test_a_distributed_runner_is_given_bytes_and_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [event(f"V-{i % 7}", i % 60, viagemId=f"T{i % 50}") for i in range(400)]
    objects = {"a.json": ndjson(*events, []), "b.json": ndjson(*events[:30])}
    flags = ("--range_bytes=9999", "--bucket_bytes=9999")
    spilled = curate(tmp_path / "spilled", EVENTS, objects, *flags)
    monkeypatch.setattr(pipeline, "_shuffle", lambda _: nullcontext(Shuffle()))
    sent = curate(tmp_path / "sent", EVENTS, objects, *flags)
    assert len(sent.stats.rows_uris) > 3
    assert sent.rejects.height == 1
    assert sent.rows.equals(spilled.rows)
    assert sent.rejects.drop("source_bucket").equals(spilled.rejects.drop("source_bucket"))
    assert all(sent.counts(name) == spilled.counts(name) for name in objects)


def test_the_same_batch_gives_the_same_files(tmp_path: Path) -> None:
    events = [event(f"V-{i % 7}", i % 50) for i in range(400)]
    place = make_batch(tmp_path, EVENTS, {"a.json": ndjson(*events)})
    contents = []
    for _ in range(2):
        assert run(["--batch", str(place), "--bucket_bytes", "9999"]) == 0
        files = sorted(place.glob("rows/*"))
        contents.append([(file.name, file.read_bytes()) for file in files])
        (place / "stats.json").unlink()
    assert contents[0] == contents[1]


class FailsLater(PipelineRunner):
    """An engine that accepts a job, and fails it afterwards."""

    def run_pipeline(self, pipeline: Any, options: Any) -> Any:  # noqa: ARG002  as Beam calls it
        class Accepted:
            def wait_until_finish(self) -> None:
                raise RuntimeError("the job failed")

        return Accepted()


def test_an_engine_is_waited_for(tmp_path: Path) -> None:
    place = make_batch(tmp_path, EVENTS, {"a.json": ndjson(event())})
    with pytest.raises(RuntimeError, match="the job failed"):
        run(["--batch", str(place), "--runner", f"{__name__}.{FailsLater.__name__}"])


def test_a_batch_that_is_done_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = curate(tmp_path, EVENTS, {"a.json": ndjson(event())})
    (outcome.folder / "manifest.json").unlink()
    with caplog.at_level(logging.INFO):
        assert run(["--batch", str(outcome.folder)]) == 0
    assert "nothing to do" in caplog.text


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (None, "manifest.json"),
        ("{", "manifest.json"),
        ('{"feed": "telemetry_events"}', "lacks or has too much"),
        ("other", "manifest says batch"),
    ],
)
def test_a_broken_manifest_ends_the_job_with_a_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, manifest: str | None, message: str
) -> None:
    place = make_batch(tmp_path, EVENTS, {"a.json": b""})
    file = place / "manifest.json"
    if manifest == "other":
        manifest = json.dumps(json.loads(file.read_text()) | {"batch_id": "0" * 20})
    file.unlink()
    if manifest is not None:
        file.write_text(manifest)
    assert run(["--batch", str(place)]) == 2
    assert message in caplog.text


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--batch is missing"),
        (["--batch", "gs://bucket"], "no gs://bucket/path"),
        (["--batch", "/no/such/folder"], "nor a folder"),
        (["--batch", ".", "--range_bytes", "0"], "--range_bytes=0"),
    ],
)
def test_wrong_options_are_named(
    caplog: pytest.LogCaptureFixture, flags: list[str], message: str
) -> None:
    assert run(flags) == 2
    assert message in caplog.text


def test_rows_that_do_not_reconcile_stop_the_job(tmp_path: Path) -> None:
    folder = Folder(str(make_batch(tmp_path, EVENTS, {"a.json": b""})))
    batch = read_batch(folder)
    tally = Tally()
    tally.of(0).read = 1
    job = Job(batch, read_contract(folder, batch.feed), folder, Shuffle())
    with pytest.raises(CountError, match=r"a\.json#1: 1 rows read"):
        finish(tally, job)
    assert not folder.exists("stats.json")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_memory_does_not_grow_with_the_batch(tmp_path: Path) -> None:
    peaks = [_peak(tmp_path / str(rows), rows) for rows in (200_000, 600_000)]
    assert peaks[1] < peaks[0] * 1.1


def _peak(folder: Path, rows: int) -> int:
    """The peak memory (kB) of a process that curates so many rows in one gzip object.

    Not ru_maxrss, which a process inherits from the one that started it.
    """
    lines = (ndjson(event(f"V-{i % 4000}", i % 60, viagemId=f"T{i}")) for i in range(rows))
    place = make_batch(folder, EVENTS, {"a.json.gz": gzip.compress(b"".join(lines), 1)})
    code = (
        "import sys; from curate.pipeline import run; assert run(sys.argv[1:]) == 0\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    command = [sys.executable, "-c", code, "--batch", str(place), "--bucket_bytes", str(2 << 20)]
    paths = {"PYTHONPATH": ":".join(sys.path)}
    found = subprocess.run(command, check=True, capture_output=True, env=paths).stdout
    return int(found.split()[1])
