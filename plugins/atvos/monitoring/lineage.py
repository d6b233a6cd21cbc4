"""Which tables date which: a table that is late makes those late that are dated by it."""

from __future__ import annotations

from collections.abc import Mapping

from atvos import models
from atvos.contract import Layer, Table
from atvos.models import Model


def watched(feeds: Mapping[str, Table], marts: Mapping[str, Model]) -> dict[str, Table]:
    """The tables that metrics are published for, by name: no views, and none of operations."""
    tables = {**feeds, **{name: mart for name, mart in marts.items() if not mart.is_view}}
    return {name: table for name, table in sorted(tables.items()) if table.layer is not Layer.OPS}


def sources(table: Table, tables: Mapping[str, Table]) -> tuple[str, ...]:
    """Names of the tables that date ``table``, directly or not, sorted."""
    found: set[str] = set()
    waiting = [table]
    while waiting:
        names = _dating(waiting.pop(), tables)
        waiting += [tables[name] for name in names - found]
        found |= names
    return tuple(sorted(found))


def readers(name: str, tables: Mapping[str, Table]) -> tuple[str, ...]:
    """Names of the tables that the table ``name`` dates, directly or not, sorted."""
    return tuple(other for other, table in tables.items() if name in sources(table, tables))


def _dating(table: Table, tables: Mapping[str, Table]) -> set[str]:
    """The tables that a build takes its date from: see ``atvos.builds``."""
    if not isinstance(table, Model):
        return set()
    back = {source.partition(".")[2] for source in table.look_back_days}
    read = {*models.source_feeds(table), *models.source_models(table)} & tables.keys()
    timed = {name for name in read if tables[name].event_time}
    return timed - back or timed or read
