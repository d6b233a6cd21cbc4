"""Contracts and batch folders for the tests of the curate job."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from atvos.batch import Batch, BatchStats, ObjectVersion
from atvos.contract import Feed, load_feed
from curate.pipeline import run

NOW = datetime(2025, 6, 10, 12, tzinfo=UTC)
TELEMETRY = Path(__file__).parents[2] / "dags/contracts/telemetry_events.odcs.yaml"


def column(name: str, kind: str, physical: str | None = None, **options: Any) -> dict[str, Any]:
    """One property of a contract.

    ``custom`` and ``limits`` are its custom properties and its logicalTypeOptions; other
    keywords are the standard's own attributes.
    """
    custom = options.pop("custom", {})
    usual = {
        "string": "STRING",
        "integer": "INT64",
        "number": "FLOAT64",
        "boolean": "BOOL",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
    }
    return {
        "name": name,
        "logicalType": kind,
        "physicalType": physical or usual[kind],
        "description": f"{name} of a test.",
        "logicalTypeOptions": options.pop("limits", {}),
        "customProperties": [{"property": k, "value": v} for k, v in custom.items()],
        **options,
    }


def item(kind: str, physical: str | None = None, **options: Any) -> dict[str, Any]:
    """The element of an array; arguments are those of ``column``."""
    made = column("", kind, physical or {"object": "STRUCT"}.get(kind), **options)
    empty = ("name", "description", *(name for name in made if made[name] in ({}, [])))
    return {name: value for name, value in made.items() if name not in empty}


def array(name: str, items: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """A property that is an array of such elements."""
    made = column(name, "array", "ARRAY", items=dict(items), **options)
    del made["logicalTypeOptions"]
    return made


def contract(
    name: str,
    columns: Sequence[Mapping[str, Any]],
    event_time: str | None = None,
    **custom: Any,
) -> str:
    """The YAML of a contract; ``custom`` are its custom properties."""
    properties = {"tier": 3, "loadMode": "replace_snapshot", "sourceFormat": {"format": "ndjson"}}
    properties |= custom
    element = f"{name}.{event_time}" if event_time else name
    document = {
        "kind": "DataContract",
        "apiVersion": "v3.2.0",
        "id": name,
        "name": name,
        "version": "1.0.0",
        "status": "active",
        "description": {"purpose": "A feed of the tests."},
        "team": {"name": "tests"},
        "support": [{"channel": "#tests", "tool": "teams"}],
        "schema": [{"name": name, "physicalType": "table", "properties": list(columns)}],
        "slaProperties": [{"property": "freshness", "value": 1, "unit": "h", "element": element}],
        "customProperties": [{"property": k, "value": v} for k, v in properties.items()],
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def key(name: str, kind: str = "string", **options: Any) -> dict[str, Any]:
    """A property that is the whole primary key."""
    return column(name, kind, primaryKey=True, primaryKeyPosition=1, **options)


def feed_of(folder: Path, text: str) -> Feed:
    """The feed of a contract's YAML."""
    file = folder / f"{yaml.safe_load(text)['name']}.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    return load_feed(file)


@dataclass(frozen=True)
class Outcome:
    """What the job wrote into a batch's folder."""

    folder: Path

    @property
    def stats(self) -> BatchStats:
        """The batch's stats."""
        return BatchStats.from_json((self.folder / "stats.json").read_text(encoding="utf-8"))

    @property
    def objects(self) -> dict[str, dict[str, Any]]:
        """The object stats by object name."""
        text = (self.folder / "objects.ndjson").read_text(encoding="utf-8")
        return {item["object"]: item for item in map(json.loads, text.splitlines())}

    @property
    def rows(self) -> pl.DataFrame:
        """All valid rows, ordered by object and position."""
        return self._read(self.stats.rows_uris)

    @property
    def rejects(self) -> pl.DataFrame:
        """All rejects, ordered by object and position."""
        return self._read(self.stats.rejects_uris)

    def counts(self, name: str) -> tuple[int, int, int, int]:
        """Rows read, valid, rejected and duplicate of an object."""
        item = self.objects[name]
        read, valid, rejected, duplicate = (
            item[f"rows_{what}"] for what in ("read", "valid", "rejected", "duplicate")
        )
        return read, valid, rejected, duplicate

    def _read(self, files: Sequence[str]) -> pl.DataFrame:
        if not files:
            return pl.DataFrame()
        frame = pl.concat([pl.read_parquet(file) for file in files])
        return frame.sort("source_object", "source_position")


def make_batch(
    folder: Path, contract_text: str, objects: Mapping[str, bytes], now: datetime = NOW
) -> Path:
    """A batch folder whose objects are files; they landed a minute apart, in order."""
    feed = feed_of(_made(folder / "contracts"), contract_text)
    landing = _made(folder / "landing")
    versions = []
    for number, (name, content) in enumerate(objects.items()):
        (landing / name).write_bytes(content)
        landed = now - timedelta(minutes=len(objects) - number)
        versions.append(ObjectVersion(str(landing), name, number + 1, len(content), "", landed))
    batch = Batch(feed.name, now, tuple(versions))
    place = _made(folder / batch.batch_id)
    (place / "manifest.json").write_text(batch.to_json(), encoding="utf-8")
    (place / f"{feed.name}.odcs.yaml").write_text(contract_text, encoding="utf-8")
    return place


def curate(folder: Path, contract_text: str, objects: Mapping[str, bytes], *flags: str) -> Outcome:
    """Run the job on a batch of these objects, by name."""
    place = make_batch(folder, contract_text, objects)
    assert run(["--batch", str(place), *flags]) == 0
    return Outcome(place)


def event(device: str = "V-1", second: int = 0, **changes: Any) -> dict[str, Any]:
    """A valid telemetry event of 1 June 2025, with some attributes changed."""
    return {
        "deviceId": device,
        "timestamp": f"2025-06-01T10:00:{second:02d}Z",
        "tipoVeiculo": "urbano",
        "odometroKm": 1000.5,
        "custoVariavel": 12.5,
        "custoFixo": 3,
        "viagemId": "T1",
    } | changes


def ndjson(*records: object) -> bytes:
    """The records as NDJSON."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def day(text: str) -> date:
    """The date of an ISO text."""
    return date.fromisoformat(text)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
