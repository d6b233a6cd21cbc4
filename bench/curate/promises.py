"""What is promised of the curate job beside its peers, and whether a run held it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """A ratio of two figures of the same run, and its limit.

    ``over`` and ``under`` are (case, contender); ``most``: the ratio may not be larger, else it may
    not be smaller.
    """

    said: str
    measure: str
    over: tuple[str, str]
    under: tuple[str, str]
    limit: float
    most: bool = False

    def verdict(self, rows: Sequence[Row]) -> str:
        """A line with the ratio, as far as it was measured."""
        found = {(row["case"], row["contender"]): row[self.measure] for row in rows}
        over, under = found.get(self.over), found.get(self.under)
        promised = f"promised: at {'most' if self.most else 'least'} {self.limit:g}"
        if not over or not under:
            return f"  ?     {self.said}: not measured ({promised})"
        ratio = over / under
        held = ratio <= self.limit if self.most else ratio >= self.limit
        return f"  {'held ' if held else 'NOT  '} {self.said}: {ratio:.2f} ({promised})"


def _faster(case: str, peer: str, ours: str, limit: float) -> Promise:
    return Promise(f"{case}: {peer} / {ours}, time", "wall_s", (case, peer), (case, ours), limit)


PROMISES = (
    _faster("8M", "duckdb-equal-1", "ours-1", 2),
    _faster("8M", "duckdb-equal-2", "ours-2", 2),
    _faster("8M", "duckdb-plain-1", "ours-1", 1),
    _faster("8M", "duckdb-plain-2", "ours-2", 1),
    _faster("2M", "duckdb-equal-1", "ours-1", 1.2),
    _faster("2M", "duckdb-equal-2", "ours-2", 1.2),
    _faster("2M", "textbook", "ours-1", 10),
    Promise(
        "8M: ours-1 / duckdb-equal-1, memory",
        *("peak_mb", ("8M", "ours-1"), ("8M", "duckdb-equal-1"), 0.25),
        most=True,
    ),
    Promise(
        "ours-1: 8M / 2M, memory", "peak_mb", ("8M", "ours-1"), ("2M", "ours-1"), 1.3, most=True
    ),
    _faster("1GB", "ours-1", "ours-2", 1.3),
    Promise(
        "1MB: ours-1 / import beam, time",
        *("wall_s", ("1MB", "ours-1"), ("1MB", "import beam"), 1.5),
        most=True,
    ),
)


def verdicts(rows: Sequence[Row]) -> list[str]:
    """A line for each promise."""
    return [promise.verdict(rows) for promise in PROMISES]
