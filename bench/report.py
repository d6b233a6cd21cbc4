"""What was measured, as rows, a table, and a sentence on what is promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_OF_BARE = 1.5
MOST_OF_DAG_FACTORY = 0.5
"""What parsing may cost, as shares of what the other two cost; promised for many DAGs."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a contender cost (s, median), or why that is not known.

    ``seconds`` includes ``import_seconds``, for what the file imports besides Airflow.
    ``ratio`` is to bare Airflow objects.
    """

    case: int
    contender: str
    seconds: float | None = None
    import_seconds: float | None = None
    ratio: float | None = None
    error: str | None = None


def table(rows: Sequence[Row]) -> str:
    """The rows as text, a line each."""
    titles = ("seconds", "imports", "ms/DAG", "x bare")
    lines = [f"{'DAGs':>5}  {'contender':<18}" + "".join(f"{title:>9}" for title in titles)]
    for row in rows:
        start = f"{row.case:>5}  {row.contender:<18}"
        if row.seconds is None or row.import_seconds is None or row.ratio is None:
            lines.append(f"{start}  {row.error}")
            continue
        each = 1000 * row.seconds / row.case
        lines.append(
            f"{start}{row.seconds:>9.3f}{row.import_seconds:>9.3f}{each:>9.2f}{row.ratio:>9.2f}"
        )
    return "\n".join(lines)


def verdict(rows: Sequence[Row], ours: str, dag_factory: str) -> list[str]:
    """What the largest case says of the two promises, as far as it was measured."""
    largest = max(row.case for row in rows)
    ratios = {row.contender: row.ratio for row in rows if row.case == largest}
    cost, theirs = ratios[ours], ratios[dag_factory]
    if cost is None:
        return []
    said = [f"{largest} DAGs: {cost:.2f} of bare Airflow (promised: at most {MOST_OF_BARE})"]
    if theirs is not None:
        share = cost / theirs
        said.append(
            f"{largest} DAGs: {share:.2f} of dag-factory (promised: below {MOST_OF_DAG_FACTORY})"
        )
    return said
