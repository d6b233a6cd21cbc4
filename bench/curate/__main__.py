"""The curate job beside what one would take instead, on the same generated records.

Each contender is a process, start-up included; they run by turns. Every output is held against
what the generator knows: the values of all valid rows, every reject with its reasons, the number
of duplicates. What a contender cannot keep stands in its row. The number at a name's end is
that of threads, or of the job's worker processes. Peak memory is the sum of PSS of all processes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.curate import picture
from bench.curate.contenders import CASES, CONTENDERS, LARGE, MIDDLE, OURS, SMALL, entered
from bench.curate.promises import verdicts
from bench.curate.turns import measure
from local.layout import DEFAULT_STATE_DIR

_CASES = {case.name: case for case in CASES}
_NAMES = [item.name for item in CONTENDERS]


def main() -> None:
    """Measure, print table and promises, and write the JSON file and the picture."""
    given = _arguments()
    rows: list[dict[str, Any]] = []
    for name in given.cases:
        found = entered(_CASES[name], everything=given.all)
        chosen = [item for item in found if item.name in given.only]
        rows += measure(_CASES[name], chosen, given.repetitions, DEFAULT_STATE_DIR / "bench")
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(table(rows))
    print("\n".join(verdicts(rows)))
    sizes = {case.name: case.rows for case in (SMALL, MIDDLE, LARGE)}
    drawn = {name: size for name, size in sizes.items() if name in given.cases}
    if drawn:
        picture.draw(rows, drawn, given.picture)
    print(f"written to {given.json}" + (f" and {given.picture}" if drawn else ""))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench.curate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--cases", nargs="+", choices=_CASES, default=list(_CASES), help="data sets (all)")
    add("--only", nargs="+", choices=_NAMES, default=_NAMES, help="contenders (all)")
    add("--repetitions", type=int, default=3, help="of each contender (3)")
    add("--all", action="store_true", help="the textbook on 8M, too, which takes minutes")
    add("--json", type=Path, default=DEFAULT_STATE_DIR / "bench.json")
    add("--picture", type=Path, default=DEFAULT_STATE_DIR / "bench.png")
    return parser.parse_args()


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as text, a line each; ``x ours`` is the wall time as a multiple of the job's."""
    ours = {row["case"]: row["wall_s"] for row in rows if row["contender"] == OURS.name}
    titles = ("wall s", "CPU s", "peak MB", "rows/s", "x ours")
    lines = [f"{'case':<6}{'contender':<16}" + "".join(f"{t:>10}" for t in titles) + "  correct"]
    for row in rows:
        wall, base = row["wall_s"], ours.get(row["case"])
        ratio = f"{wall / base:.2f}" if wall and base else None
        figures = (wall, row["cpu_s"], row["peak_mb"], row["rows_per_s"], ratio)
        said = "yes" if row["correct"] is True else row["correct"]
        shown = "".join(f"{'-' if figure is None else figure:>10}" for figure in figures)
        lines.append(f"{row['case']:<6}{row['contender']:<16}{shown}  {said}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
