"""The curate job beside DuckDB on the same records, which are generated below .local/bench.

Every output is held against what the generator knows: the values of all valid rows, every reject
with its reasons, the number of duplicates. Each contender is a process, start-up included, and they
run by turns. ``duckdb-equal`` keeps bad lines and all their reasons as the job does, but no byte
positions; ``duckdb-plain`` is its JSON reader, which loses the bad line. The number at a name's end
is that of threads, or of the job's worker processes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from bench.curate.data import ensure, make_batch
from bench.curate.measure import Cost, run
from bench.curate.outcome import Outcome, differences
from bench.curate.recipe import Case, millions
from local.layout import DEFAULT_STATE_DIR, PLUGINS, REPOSITORY

MAIN = REPOSITORY / "beam_jobs" / "curate" / "main.py"
OURS = "ours-1"
CONTENDERS = (
    *(OURS, "ours-2"),
    *("duckdb-equal-1", "duckdb-equal-2", "duckdb-plain-1", "duckdb-plain-2"),
)
_WORKERS = ("--direct_running_mode", "multi_processing", "--direct_num_workers")


def main() -> None:
    """Measure by turns, check every output, print the table and write the JSON file."""
    parser = argparse.ArgumentParser(
        prog="bench.curate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--sizes", default=[0.2, 2, 8], type=_sizes, help="millions of records (0.2,2,8)"
    )
    parser.add_argument("--repetitions", type=int, default=3, help="of each contender (3)")
    parser.add_argument(
        "--only", nargs="+", choices=CONTENDERS, default=CONTENDERS, help="contenders (all)"
    )
    parser.add_argument("--json", type=Path, default=DEFAULT_STATE_DIR / "bench.json")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for size in given.sizes:
        rows += measure(millions(size), given.only, given.repetitions)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(table(rows))
    print(f"written to {given.json}")


def _sizes(text: str) -> list[float]:
    return [float(size) for size in text.split(",")]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as text, a line each; ``x ours`` is the wall time as a multiple of the job's."""
    ours = {row["case"]: row["wall_s"] for row in rows if row["contender"] == OURS}
    titles = ("wall s", "CPU s", "peak MB", "rows/s", "x ours")
    lines = [f"{'case':<12}{'contender':<16}" + "".join(f"{t:>10}" for t in titles) + "  correct"]
    for row in rows:
        ratio = f"{row['wall_s'] / ours[row['case']]:.2f}" if row["case"] in ours else "-"
        figures = (row["wall_s"], row["cpu_s"], row["peak_mb"], row["rows_per_s"], ratio)
        said = "yes" if row["correct"] is True else row["correct"]
        start = f"{row['case']:<12}{row['contender']:<16}"
        lines.append(start + "".join(f"{figure:>10}" for figure in figures) + f"  {said}")
    return "\n".join(lines)


def measure(case: Case, contenders: Sequence[str], repetitions: int) -> list[dict[str, Any]]:
    """A row for each contender."""
    files, right = ensure(case, DEFAULT_STATE_DIR / "bench")
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    correct: dict[str, bool | str] = {}
    for _ in range(repetitions):
        for name in contenders:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                print(f"{case.name}: {name}", file=sys.stderr)
                cost, correct[name] = _once(name, files, right, Path(folder))
                costs[name].append(cost)
    return [_row(case, name, costs[name], correct[name]) for name in contenders]


def _once(name: str, files: Path, right: Outcome, folder: Path) -> tuple[Cost, bool | str]:
    out = folder / "out"
    command = [sys.executable, "-W", "ignore"]
    if name.startswith("ours"):
        make_batch(files, out)
        command += [str(MAIN), "--batch", str(out)]
        workers = name.rpartition("-")[2]
        command += [*_WORKERS, workers] if workers != "1" else []
    else:
        _, mode, threads = name.split("-")
        command += ["-m", "bench.curate.peers.duck", str(files), str(out), mode, threads]
    path = os.pathsep.join(map(str, (REPOSITORY, PLUGINS, MAIN.parent)))
    cost = run(command, {**os.environ, "PYTHONPATH": path}, folder / "log")
    if cost.error:
        return cost, cost.error
    wrong = differences(right, outcome(out))
    shutil.rmtree(out)
    return cost, "; ".join(wrong) or True


def outcome(out: Path) -> Outcome:
    """What a contender wrote below ``out``."""
    rows = pl.concat(
        [pl.read_parquet(file, hive_partitioning=True) for file in _files(out, "rows")]
    )
    rejects = pl.concat([pl.read_parquet(file) for file in _files(out, "rejects")])
    if (out / "stats.json").exists():
        duplicates = json.loads((out / "stats.json").read_text(encoding="utf-8"))["rows_duplicate"]
    else:
        duplicates = int((out / "good.txt").read_text(encoding="utf-8")) - rows.height
    return Outcome.of(rows, rejects, duplicates)


def _files(out: Path, name: str) -> list[Path]:
    return sorted((out / name).rglob("*.parquet"))


def _row(case: Case, name: str, costs: list[Cost], correct: bool | str) -> dict[str, Any]:
    wall = median(cost.wall_s for cost in costs)
    return {
        "case": case.name,
        "contender": name,
        "wall_s": round(wall, 2),
        "cpu_s": round(median(cost.cpu_s for cost in costs), 2),
        "peak_mb": round(median(cost.peak_mb for cost in costs)),
        "rows_per_s": round(case.rows / wall),
        "correct": correct,
    }


if __name__ == "__main__":
    main()
