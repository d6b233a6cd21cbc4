"""Runs the contenders of a case by turns, and holds what they wrote against what is right."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from bench.curate.contenders import MAIN, Contender, Kept
from bench.curate.data import ensure, make_batch
from bench.curate.measure import Cost, run
from bench.curate.outcome import Outcome, differences
from bench.curate.recipe import Case
from local.layout import PLUGINS, REPOSITORY

Correct = bool | str
"""True, or a sentence: what is wrong, what failed, or what was not kept."""


def measure(
    case: Case, contenders: Sequence[Contender], repetitions: int, cache: Path
) -> list[dict[str, Any]]:
    """A row for each contender."""
    print(f"{case.name}: generating, unless it is there", file=sys.stderr)
    files, right = ensure(case, cache)
    costs: dict[str, list[Cost]] = {item.name: [] for item in contenders}
    correct: dict[str, list[Correct]] = {item.name: [] for item in contenders}
    for turn in range(repetitions):
        for item in contenders:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                cost, said = once(item, files, right, Path(folder))
            seconds = f"{cost.wall_s:7.2f} s"
            print(f"{case.name} {turn + 1}/{repetitions}: {seconds} {item.name}", file=sys.stderr)
            costs[item.name].append(cost)
            correct[item.name].append(said)
    return [row(case, item, costs[item.name], correct[item.name]) for item in contenders]


def once(item: Contender, files: Path, right: Outcome, folder: Path) -> tuple[Cost, Correct]:
    """What one run costs, and whether what it wrote is right."""
    out = folder / "out"
    if item.is_job:
        make_batch(files, out)
    command = [sys.executable, "-W", "ignore", *item.command(files, out)]
    path = os.pathsep.join(map(str, (REPOSITORY, PLUGINS, MAIN.parent)))
    cost = run(command, {**os.environ, "PYTHONPATH": path}, folder / "log")
    if cost.error:
        return cost, f"failed: {cost.error}"
    try:
        return cost, judged(item, right, out)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        return cost, f"wrote what cannot be read: {error}"


def judged(item: Contender, right: Outcome, out: Path) -> Correct:
    """Whether what a contender wrote is right, as far as it kept it."""
    if item.kept is Kept.NOTHING:
        return item.lacks
    bare = item.kept is Kept.ROWS
    wrong = differences(right, outcome(out, bare=bare), bare=bare)
    if wrong:
        return "WRONG: " + "; ".join(wrong)
    return f"rows right; {item.lacks}" if bare else True


def outcome(out: Path, *, bare: bool = False) -> Outcome:
    """What a contender wrote below ``out``; ``bare``: of its rows alone."""
    rows = pl.concat(
        [pl.read_parquet(file, hive_partitioning=True) for file in _files(out, "rows")]
    )
    if bare:
        return Outcome.of(rows, None, None)
    rejects = pl.concat([pl.read_parquet(file) for file in _files(out, "rejects")])
    stats = out / "stats.json"
    if stats.exists():
        duplicates = int(json.loads(stats.read_text(encoding="utf-8"))["rows_duplicate"])
    else:
        duplicates = int((out / "good.txt").read_text(encoding="utf-8")) - rows.height
    return Outcome.of(rows, rejects, duplicates)


def _files(out: Path, name: str) -> list[Path]:
    return sorted((out / name).rglob("*.parquet"))


def row(
    case: Case, item: Contender, costs: Sequence[Cost], correct: Sequence[Correct]
) -> dict[str, Any]:
    """The medians, and what is to be said of the output: the worst of all repetitions."""
    failed = any(cost.error for cost in costs)
    wall = median(cost.wall_s for cost in costs)
    said = next((text for text in correct if text is not True and text != correct[0]), correct[0])
    return {
        "case": case.name,
        "contender": item.name,
        "wall_s": None if failed else round(wall, 2),
        "cpu_s": None if failed else round(median(cost.cpu_s for cost in costs), 2),
        "peak_mb": None if failed else round(median(cost.peak_mb for cost in costs)),
        "rows_per_s": None if failed else round(case.rows / wall),
        "correct": said,
    }
