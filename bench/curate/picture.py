"""Draws time and memory against the number of records, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_STYLES = {
    # Okabe and Ito's colours, which the colour-blind tell apart; dashes for the second thread.
    "ours-1": ("#0072B2", "-", 2.6),
    "ours-2": ("#0072B2", "--", 2.6),
    "duckdb-equal-1": ("#D55E00", "-", 1.6),
    "duckdb-equal-2": ("#D55E00", "--", 1.6),
    "duckdb-plain-1": ("#009E73", "-", 1.6),
    "duckdb-plain-2": ("#009E73", "--", 1.6),
    "polars": ("#CC79A7", "-", 1.6),
    "textbook": ("#E69F00", "-", 1.6),
    "floor": ("#777777", ":", 1.6),
}
_PANELS = (("wall_s", "seconds"), ("peak_mb", "peak memory (MB)"))
_APART = 0.035
"""Labels may stand as close as this, as a share of the axis."""


def draw(rows: Sequence[Mapping[str, Any]], sizes: Mapping[str, int], file: Path) -> None:
    """Write the picture (PNG); ``sizes`` has the records of the cases that are drawn."""
    import matplotlib  # noqa: PLC0415  only where a picture is drawn

    matplotlib.use("Agg")
    from matplotlib import pyplot  # noqa: PLC0415

    figure, axes = pyplot.subplots(1, 2, figsize=(13, 6))
    for axis, (measure, title) in zip(axes, _PANELS, strict=True):
        ends = {}
        for name, (colour, dashes, width) in _STYLES.items():
            points = sorted(
                (sizes[row["case"]], row[measure])
                for row in rows
                if row["contender"] == name and row["case"] in sizes and row[measure]
            )
            if points:
                axis.plot(*zip(*points, strict=True), color=colour, ls=dashes, lw=width, marker="o")
                ends[name] = points[-1]
        axis.set(xscale="log", yscale="log", xlabel="records", title=title)
        _label(axis, ends)
        axis.set_xticks(list(sizes.values()), list(sizes))
        axis.minorticks_off()
        axis.yaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda y, _: f"{y:g}"))
        axis.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
        axis.set_xlim(min(sizes.values()) * 0.8, max(sizes.values()) * 4)
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)


def _label(axis: Any, ends: Mapping[str, tuple[int, float]]) -> None:
    """A name at the end of each line, moved up where it would cover another."""
    low, high = axis.get_ylim()
    factor = (high / low) ** _APART
    taken: dict[int, float] = {}
    for name, (x, y) in sorted(ends.items(), key=lambda item: item[1][1]):
        at = max(y, taken.get(x, 0.0) * factor)
        axis.annotate(
            name,
            (x, y),
            xytext=(x * 1.12, at),
            textcoords="data",
            color=_STYLES[name][0],
            va="center",
            fontsize=9,
        )
        taken[x] = at
