"""Which rows an export has: a table of the platform, all of it or some of its days."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from atvos import jobs, names
from atvos.contract import Column, Feed, Table
from atvos.models import Model
from atvos.settings import Settings
from atvos.sql_text import column_list

if TYPE_CHECKING:
    import pyarrow
    from google.cloud import bigquery

EVER = date(2000, 1, 1)
"""From when on there are rows; partitioned tables want to be asked for days."""
FOR_EVER = date(2200, 1, 1)

PAGE_ROWS = 50_000
"""Rows that are held at a time."""


class ExportError(ValueError):
    """What was asked for cannot be exported; nothing was written."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days from ``first`` to ``last``, both included; None for open ends."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """Rows of one table. ``name`` is ``dataset.table`` as people read it."""

    name: str
    table: Table
    span: Span

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the contract describes, in its order."""
        return self.table.columns

    def query(self, settings: Settings) -> dict[str, Any]:
        """The configuration of the query: columns by name, days as parameters."""
        sql = f"SELECT {column_list(c.name for c in self.columns)}\nFROM `{self.name}`"
        parameters = []
        if self.table.partition is not None:
            sql += f"\nWHERE `{self.table.partition.name}` BETWEEN @first AND @last"
            parameters = [
                jobs.date_parameter("first", self.span.first or EVER),
                jobs.date_parameter("last", self.span.last or FOR_EVER),
            ]
        # Feeds are too large to be sorted for nobody.
        if isinstance(self.table, Model) and self.table.key:
            sql += f"\nORDER BY {column_list(self.table.key)}"
        labels = {"step": "export", "environment": settings.environment}
        return jobs.query(sql, labels, settings.maximum_bytes_billed, parameters)

    def batches(self, client: bigquery.Client, settings: Settings) -> Iterator[pyarrow.RecordBatch]:
        """The rows, some at a time. Raises what the client raises."""
        sql, config = jobs.client_form(self.query(settings))
        rows = client.query(sql, job_config=config).result(page_size=PAGE_ROWS)
        if not rows.total_rows:
            yield _empty(rows)
            return
        # Page by page over REST, which the rights to read a table are enough for.
        yield from rows.to_arrow_iterable(bqstorage_client=None)


def _empty(rows: Any) -> pyarrow.RecordBatch:
    """A batch without rows, for a file with columns all the same."""
    import pyarrow

    schema = rows.to_arrow(create_bqstorage_client=False).schema
    return pyarrow.RecordBatch.from_pylist([], schema=schema)


def find(name: str, span: Span, feeds: Mapping[str, Feed], models: Mapping[str, Model]) -> Export:
    """The export of a table, given with or without its dataset. ExportError where it is none."""
    known: dict[str, Table] = {
        **{names.curated_table(feed): table for feed, table in feeds.items()},
        **{model.view_name: model for model in models.values()},
    }
    matching = [full for full in known if name in (full, full.partition(".")[2])]
    if not matching:
        near = difflib.get_close_matches(name, [*known, *(full.split(".")[1] for full in known)])
        raise ExportError(f"no table {name!r}; valid: {', '.join(near or known)}")
    table = known[matching[0]]
    _refuse_span(matching[0], table, span)
    return Export(matching[0], table, span)


def _refuse_span(name: str, table: Table, span: Span) -> None:
    if table.partition is None and (span.first or span.last):
        raise ExportError(f"{name} has no days; valid: neither --from nor --to")
    if span.first and span.last and span.last < span.first:
        raise ExportError(f"--to={span.last} is before --from={span.first}")
