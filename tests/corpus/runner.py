"""Lands the corpus, runs the curate job on it, and compares what came of each object."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from atvos.batch import Batch, BatchStats, ObjectVersion
from tests.corpus.book import batches
from tests.corpus.recipe import Recipe, Verdict

CONTRACTS = Path(__file__).parents[2] / "dags/contracts"
_KEY = "of-the-corpus-0123456789abcdef01"


@dataclass(slots=True)
class Found:
    """What the job said of one object: the counts of its stats, and the rows that it wrote."""

    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    rejects: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)


def run(recipes: Sequence[Recipe], folder: Path) -> dict[str, list[str]]:
    """The differences of every recipe, by its label; an empty list where there is none."""
    found: dict[str, list[str]] = {}
    for number, group in enumerate(batches(recipes).values()):
        place = land(group, folder / f"{number:02d}")
        try:
            run_job(place)
            outcome = read(place)
        except Exception as error:  # noqa: BLE001  whatever stops a run is a finding
            crash = f"the job of the whole batch ended with {error!r}"
            found |= {_label(recipe): [crash] for recipe in group}
        else:
            for recipe in group:
                found[_label(recipe)] = list(differences(recipe.verdict, outcome[recipe.object]))
    return found


def _label(recipe: Recipe) -> str:
    return f"{recipe.label} ({recipe.object[:60]!r} of {recipe.feed})"


def land(group: Sequence[Recipe], folder: Path) -> Path:
    """A batch folder whose objects are files that landed a second apart, in order."""
    feed, now = group[0].feed, group[0].now
    landing = folder / "landing"
    versions = []
    for number, recipe in enumerate(group):
        file = landing / recipe.object
        # ".." goes up from a folder only where that folder is there.
        for parent in reversed(file.parents):
            parent.mkdir(exist_ok=True)
        file.write_bytes(recipe.content)
        landed = now - timedelta(seconds=len(group) - number)
        size = len(recipe.content)
        versions.append(ObjectVersion(str(landing), recipe.object, number + 1, size, "", landed))
    batch = Batch(feed, now, tuple(versions))
    place = folder / batch.batch_id
    place.mkdir()
    (place / "manifest.json").write_text(batch.to_json(), encoding="utf-8")
    contract = (CONTRACTS / f"{feed}.odcs.yaml").read_bytes()
    (place / f"{feed}.odcs.yaml").write_bytes(contract)
    return place


def run_job(place: Path) -> None:
    """Run the job on the batch folder; RuntimeError where it does not end well."""
    from curate.pipeline import run as curate  # noqa: PLC0415  imports Beam

    os.environ.setdefault("ATVOS_PII_KEY", _KEY)
    code = curate(["--batch", str(place)])
    if code:
        raise RuntimeError(f"the curate job ended with exit code {code}")


def read(place: Path) -> dict[str, Found]:
    """What the job wrote into the batch folder."""
    stats = BatchStats.from_json((place / "stats.json").read_bytes())
    found: dict[str, Found] = {}
    for text in (place / "objects.ndjson").read_bytes().splitlines():
        item = json.loads(text)
        counts = {name: item[f"rows_{name}"] for name in ("read", "valid", "rejected", "duplicate")}
        reasons = {part["reason"]: part["row_count"] for part in item["reasons"]}
        found[item["object"]] = Found(counts, reasons)
    for file in stats.rows_uris:
        for row in pq.read_table(file).to_pylist():
            found[row["source_object"]].rows[row["source_position"]] = row
    for file in stats.rejects_uris:
        for row in pq.read_table(file).to_pylist():
            reject = (row["source_position"], tuple(sorted(row["reasons"])))
            found[row["source_object"]].rejects.append(reject)
    return found


def differences(due: Verdict, found: Found) -> Iterator[str]:
    """A sentence for each thing that is not as it must be."""
    counts = {
        "read": due.read,
        "valid": len(due.valid),
        "rejected": len(due.rejects),
        "duplicate": due.duplicate,
    }
    if found.counts != counts:
        yield f"counts are {found.counts}, due are {counts}"
    if found.counts["read"] != sum(found.counts[n] for n in ("valid", "rejected", "duplicate")):
        yield f"rows are lost or counted twice: {found.counts}"
    if sorted(found.rows) != sorted(due.valid):
        yield f"valid rows stand at {sorted(found.rows)}, due are {sorted(due.valid)}"
    if sorted(found.rejects) != sorted(due.rejects):
        yield f"rejects are {sorted(found.rejects)}, due are {sorted(due.rejects)}"
    codes = dict(Counter(code for _, reasons in due.rejects for code in reasons))
    if found.reasons != codes:
        yield f"reasons are counted as {found.reasons}, due are {codes}"
    for position, values in due.values:
        row = found.rows.get(position, {})
        for name, value in values.items():
            if row.get(name) != value:
                yield f"{name} at {position} is {row.get(name)!r}, due is {value!r}"
