"""The same work as a Beam job of the textbook: ``... textbook SOURCE OUTPUT``.

Line by line: read, parse, validate with a tagged output for the rejects, group by key, write
Parquet. It knows the object of a line and not its place, and keeps any one of equal rows.
"""

# Beam's transforms carry no types.
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import apache_beam as beam
import pyarrow as pa
from apache_beam.io.parquetio import WriteToParquet
from apache_beam.metrics.metric import Metrics, MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions

from bench.curate.recipe import NOW

_ZONE = ZoneInfo("America/Sao_Paulo")
_LATEST, _EARLIEST = NOW + timedelta(minutes=5), NOW - timedelta(days=62)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
_LONGEST = 64
_TEXT, _NUMBER = pa.string(), pa.float64()
ROWS = pa.schema(
    [
        ("device_id", _TEXT),
        ("event_timestamp", pa.timestamp("us", "UTC")),
        ("event_date", pa.date32()),
        ("tipo_veiculo", _TEXT),
        ("odometro_km", _NUMBER),
        ("custo_variavel", _NUMBER),
        ("custo_fixo", _NUMBER),
        ("viagem_id", _TEXT),
        ("source_object", _TEXT),
    ]
)
REJECTS = pa.schema([("source_object", _TEXT), ("reasons", pa.list_(_TEXT)), ("line", _TEXT)])


class Validate(beam.DoFn):
    """A row keyed by what must be unique, or a reject."""

    def __init__(self) -> None:
        self._good = Metrics.counter("textbook", "good")

    def process(self, element: tuple[str, str]) -> Iterator[Any]:
        """Judge one line of an object."""
        name, line = element
        row, reasons = judge(line)
        if reasons:
            reject = {"source_object": name, "reasons": reasons, "line": line}
            yield beam.pvalue.TaggedOutput("rejects", reject)
        else:
            self._good.inc()
            key = (row["device_id"], row["event_timestamp"].timestamp(), row["viagem_id"])
            yield key, {**row, "source_object": name}


def judge(line: str) -> tuple[dict[str, Any], list[str]]:
    """The row of a line, and what is wrong with it."""
    try:
        record = json.loads(line)
    except ValueError:
        return {}, ["malformed_json"]
    if not isinstance(record, dict):
        return {}, ["not_an_object"]
    reasons: list[str] = []
    instant = _instant(record.get("timestamp"), reasons)
    row = {
        "device_id": record.get("deviceId"),
        "event_timestamp": instant,
        "event_date": instant and instant.astimezone(_ZONE).date(),
        "tipo_veiculo": record.get("tipoVeiculo"),
        "odometro_km": record.get("odometroKm"),
        "custo_variavel": record.get("custoVariavel"),
        "custo_fixo": record.get("custoFixo"),
        "viagem_id": record.get("viagemId"),
    }
    reasons[:0] = _text(row, "device_id", required=True)
    reasons += _kind(row)
    for name in ("odometro_km", "custo_variavel", "custo_fixo"):
        reasons += _number(row, name)
    return row, [*reasons, *_text(row, "viagem_id", required=False)]


def _text(row: dict[str, Any], name: str, *, required: bool) -> list[str]:
    value = row[name]
    if value is None:
        return [f"missing:{name}"] if required else []
    if not isinstance(value, str):
        return [f"type:{name}"]
    return [f"length:{name}"] if len(value) > _LONGEST or (required and not value) else []


def _kind(row: dict[str, Any]) -> list[str]:
    value = row["tipo_veiculo"]
    if value is None:
        return ["missing:tipo_veiculo"]
    if not isinstance(value, str):
        return ["type:tipo_veiculo"]
    return [] if value in ("urbano", "agricola") else ["enum:tipo_veiculo"]


def _number(row: dict[str, Any], name: str) -> list[str]:
    value = row[name]
    if value is None:
        return [f"missing:{name}"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [f"type:{name}"]
    row[name] = float(value)
    return [f"range:{name}"] if value < 0 else []


def _instant(value: object, reasons: list[str]) -> datetime | None:
    column = "event_timestamp"
    if value is None:
        reasons.append(f"missing:{column}")
    elif not isinstance(value, str):
        reasons.append(f"type:{column}")
    elif not _TIME.fullmatch(value):
        reasons.append(f"format:{column}")
    else:
        return _in_window(value, reasons)
    return None


def _in_window(text: str, reasons: list[str]) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        reasons.append("format:event_timestamp")
        return None
    instant = (found if found.tzinfo else found.replace(tzinfo=_ZONE)).astimezone(UTC)
    if instant > _LATEST:
        reasons.append("future:event_timestamp")
    elif instant < _EARLIEST:
        reasons.append("late:event_timestamp")
    return instant


def _first(keyed: tuple[Any, Iterable[dict[str, Any]]]) -> dict[str, Any]:
    return next(iter(keyed[1]))


def main() -> None:
    """Build the pipeline, run it, and say how many rows were good."""
    source, output = sys.argv[1:3]
    out = Path(output)
    for name in ("rows", "rejects"):
        (out / name).mkdir(parents=True)
    pipeline = beam.Pipeline("FnApiRunner", options=PipelineOptions([]))
    judged = (
        pipeline
        | beam.io.ReadFromTextWithFilename(f"{source}/*")
        | beam.ParDo(Validate()).with_outputs("rejects", main="rows")
    )
    _ = (
        judged.rows
        | beam.GroupByKey()
        | beam.Map(_first)
        | "Rows" >> WriteToParquet(f"{output}/rows/part", ROWS, file_name_suffix=".parquet")
    )
    _ = judged.rejects | "Rejects" >> WriteToParquet(
        f"{output}/rejects/part", REJECTS, file_name_suffix=".parquet"
    )
    result = pipeline.run()
    result.wait_until_finish()
    (counter,) = result.metrics().query(MetricsFilter().with_name("good"))["counters"]
    (out / "good.txt").write_text(str(counter.committed), encoding="utf-8")


if __name__ == "__main__":
    main()
