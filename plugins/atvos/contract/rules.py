"""What must hold between the columns of a table, the parts of a feed, and several feeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from itertools import chain

from atvos.contract.columns import RESERVED_COLUMNS
from atvos.contract.document import Node
from atvos.contract.errors import Problem
from atvos.contract.model import Column, Feed, LoadMode, LogicalType, SourceFormat


def check_columns(schema: Node, columns: tuple[Column, ...]) -> None:
    """Names, key and partition of a table, and the columns that are derived from others."""
    names = [column.name for column in columns if column.name]
    if not columns and not schema.has("properties"):
        schema.problem("properties", schema.raw.get("properties"), "a list of columns")
    for name in sorted({n for n in names if names.count(n) > 1}):
        schema.problem("properties", name, "column names that differ")
    for name in sorted(RESERVED_COLUMNS.intersection(names)):
        schema.problem(f"properties[{name}].name", name, "a name the platform does not use itself")
    if columns:
        _check_key(schema, columns)
    _check_partition(schema, columns)
    _check_derived(schema, columns)


def _check_key(schema: Node, columns: tuple[Column, ...]) -> None:
    keyed = [c for c in columns if c.key_position is not None]
    positions = sorted(c.key_position or 0 for c in keyed)
    if 0 not in positions and (positions != list(range(1, len(positions) + 1)) or not positions):
        schema.problem(
            "properties.primaryKeyPosition",
            positions,
            "positions 1, 2, … on the columns with primaryKey: true",
        )
    for column in keyed:
        attribute = f"properties[{column.name}].primaryKey"
        if column.derived_from is not None:
            valid = f"false; the key is {column.derived_from}, from which it is derived"
            schema.problem(attribute, True, valid)
        elif column.physical_type == "FLOAT64":
            schema.problem(
                attribute, True, "false, or NUMERIC(15, 3): doubles are never just equal"
            )


def _check_partition(schema: Node, columns: tuple[Column, ...]) -> None:
    partitions = [c for c in columns if c.partitioned]
    if len(partitions) > 1:
        schema.problem("properties.partitioned", [c.name for c in partitions], "one column at most")
    for column in partitions:
        if column.type is not LogicalType.DATE:
            attribute = f"properties[{column.name}].partitioned"
            schema.problem(attribute, column.type.value, "a column of type date")
        elif not column.required:
            valid = "true, as the table is partitioned by it"
            schema.problem(f"properties[{column.name}].required", False, valid)


def _check_derived(schema: Node, columns: tuple[Column, ...]) -> None:
    timestamps = {c.name: c for c in columns if c.type is LogicalType.TIMESTAMP}
    for column in columns:
        if column.derived_from is None:
            continue
        attribute = f"properties[{column.name}].customProperties.derivedFrom"
        origin = timestamps.get(column.derived_from)
        if origin is None or column.type is not LogicalType.DATE:
            schema.problem(
                attribute,
                column.derived_from,
                "on a date column, the name of a timestamp column: "
                + (", ".join(sorted(timestamps)) or "there is none"),
            )
        elif column.required and not origin.required:
            valid = f"true, as {column.name} is required and derived from it"
            schema.problem(f"properties[{origin.name}].required", False, valid)


def check_feed(root: Node, feed: Feed) -> None:
    """What the feed's columns, source, load mode and time limits ask of each other."""
    _check_sources(root, feed)
    _check_load_mode(root, feed)
    event_time = feed.by_name.get(feed.event_time or "")
    if event_time is not None and not event_time.required:
        attribute = f"schema[{feed.name}].properties[{event_time.name}].required"
        root.problem(attribute, False, "true, as freshness is measured on it")
    limits = {"maxFutureMinutes": feed.max_future, "maxLateDays": feed.max_late}
    for name, limit in limits.items():
        if limit is not None and feed.event_time is None:
            root.problem(
                f"customProperties.{name}",
                limit / timedelta(minutes=1) if name == "maxFutureMinutes" else limit.days,
                "none, or an SLA freshness element that is a timestamp or date column",
            )


def _check_sources(root: Node, feed: Feed) -> None:
    place = f"schema[{feed.name}].properties"
    _check_origins(root, place, feed.read_columns)
    for column in feed.read_columns:
        attribute = f"{place}[{column.name}]"
        if column.items is not None:
            _check_origins(root, f"{attribute}.items.properties", column.items.fields)
        if any(source.format is SourceFormat.CSV for source in feed.sources):
            _check_csv_source(root, attribute, column)
        for header in (source.header for source in feed.sources if source.header):
            for name in chain.from_iterable(column.sources):
                if name not in header:
                    valid = "a name in sourceFormat.header: " + ", ".join(header)
                    root.problem(attribute, name, valid)


def _check_origins(root: Node, place: str, columns: tuple[Column, ...]) -> None:
    """No two columns read the same, nor one a value that another reads something within."""
    owners: dict[object, str] = {}
    through = {
        path[:end]: c.name for c in columns for path in c.sources for end in range(len(path))
    }
    for column in columns:
        custom = f"{place}[{column.name}].customProperties"
        origin = (column.sources, column.source_pattern)
        if origin in owners and column.source_pattern is not None:
            valid = f"another pattern than that of {owners[origin]}"
            root.problem(f"{custom}.sourcePattern", column.source_pattern, valid)
        elif origin in owners:
            valid = f"another attribute than that of {owners[origin]}"
            root.problem(f"{custom}.sourceName", list(chain.from_iterable(column.sources)), valid)
        owners.setdefault(origin, column.name)
        for path in column.sources:
            if path in through and path:
                valid = (
                    f"an attribute that holds no object; {through[path]} is read within this one"
                )
                root.problem(f"{custom}.sourceName", list(path), valid)


def _check_csv_source(root: Node, attribute: str, column: Column) -> None:
    """A CSV field holds one text, and nothing within it."""
    if column.type is LogicalType.ARRAY:
        valid = "a type without parts, or JSON objects alone: the feed has CSV ones"
        root.problem(f"{attribute}.logicalType", column.type.value, valid)
    for path in column.sources:
        if len(path) > 1:
            valid = "sourceName, or JSON objects alone: the feed has CSV ones"
            root.problem(f"{attribute}.customProperties.sourcePath", list(path), valid)


def _check_load_mode(root: Node, feed: Feed) -> None:
    partitioned = f"schema[{feed.name}].properties"
    for column in feed.columns:
        if column.reference is not None and feed.load_mode is not LoadMode.APPEND_FIRST:
            root.problem(
                f"{partitioned}[{column.name}].relationships",
                f"{column.reference.table}.{column.reference.column}",
                f"none, as with loadMode {feed.load_mode.value} no row can wait until the key that "
                "it refers to is there; append_first rows can",
            )
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT:
        if feed.partition is not None:
            root.problem(
                "customProperties.loadMode", feed.load_mode.value, "no partitioned column with it"
            )
    elif feed.partition is None:
        root.problem(
            f"{partitioned}.partitioned",
            "no partitioned column",
            f"one date column with partitioned: true, as loadMode {feed.load_mode.value} "
            "merges by partition",
        )
    elif feed.partition_in_key:
        return
    elif feed.load_mode is LoadMode.APPEND_FIRST:
        root.problem(
            f"{partitioned}[{feed.partition.name}].partitioned",
            feed.partition.name,
            "a key column, or one derived from a key column: otherwise a duplicate "
            "hides in another partition",
        )
    elif feed.max_late is None:
        root.problem(
            "customProperties.maxLateDays",
            None,
            "a number of days: how far back the earlier row of a key can stand",
        )


def check_references(feeds: Mapping[str, Feed], refused: Collection[str]) -> list[Problem]:
    """Relationships that lead nowhere, among ``feeds``.

    ``refused`` are tables whose own contract is at fault: nothing is said about those.
    """
    keys = sorted(f"{feed.name}.{feed.key[0]}" for feed in feeds.values() if len(feed.key) == 1)
    problems = []
    for feed in feeds.values():
        for column in feed.columns:
            target = column.reference
            if target is None or target.table in refused:
                continue
            other = feeds.get(target.table)
            if other is None or other.key != (target.column,):
                attribute = f"schema[{feed.name}].properties[{column.name}].relationships.to"
                valid = "the key of a feed, one of " + ", ".join(keys)
                problems.append(
                    Problem(feed.path, attribute, f"{target.table}.{target.column}", valid)
                )
    return problems
