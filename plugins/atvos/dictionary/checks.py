"""The table of a page's quality checks: what must hold, how it is measured, what a failure does."""

from __future__ import annotations

from collections.abc import Iterator

from atvos import quality
from atvos.batch import BatchStats
from atvos.contract import Check, Feed, Severity, Table
from atvos.dictionary import markdown, wording
from atvos.dictionary.markdown import code, codes, text

_EFFECTS = {Severity.ERROR: "stops the publish", Severity.WARNING: "is reported"}
_NULLS = "null_values:"


def check_table(table: Table) -> str:
    """All checks, those that ``required`` and the key promise and those of a batch among them."""
    rows = [*_required(table), *_own(table)]
    if isinstance(table, Feed):
        rows += _of_batches(table)
    if not rows:
        return "None."
    return markdown.table(["Check", "What must hold", "Measured", "A failure"], rows)


def _required(table: Table) -> Iterator[list[str]]:
    """One row in place of one for each required column."""
    columns = [c for check in table.checks if check.name.startswith(_NULLS) for c in check.columns]
    if columns:
        promise = f"Required columns have values: {codes(columns)}"
        yield [code("null_values"), promise, "null values = 0", _EFFECTS[Severity.ERROR]]


def _own(table: Table) -> Iterator[list[str]]:
    for check in table.checks:
        if not check.name.startswith(_NULLS):
            effect = _EFFECTS[check.severity]
            yield [code(check.name), _promise(check), wording.comparison(check), effect]


def _promise(check: Check) -> str:
    columns = f" ({codes(check.columns)})" if check.columns else ""
    return text(check.description[:1].upper() + check.description[1:]) + columns


def _of_batches(feed: Feed) -> Iterator[list[str]]:
    """What the curate job's counts decide."""
    for result in quality.batch_results(feed, _nothing(feed)):
        measured = "counts of the curate job"
        yield [
            code(result.name),
            text(f"{_title(result.name)}: {result.expected}"),
            measured,
            _EFFECTS[result.severity],
        ]


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _nothing(feed: Feed) -> BatchStats:
    """An empty batch: the checks and their limits are the same for every batch."""
    return BatchStats(
        feed=feed.name,
        batch_id="",
        rows_uris=(),
        rejects_uris=(),
        objects_uri="",
        rows_read=0,
        rows_valid=0,
        rows_rejected=0,
        rows_duplicate=0,
        unreadable_objects=0,
        reasons={},
        event_dates=(),
        last_event_at=None,
    )
