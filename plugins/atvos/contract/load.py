"""Reads contract files into the typed model, and refuses what the platform cannot keep.

Only the attributes that the platform uses are looked at here, which keeps it cheap enough
for DAG parsing. ``atvos.contract.odcs`` adds the standard's own JSON schema.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from atvos.contract.columns import RESERVED_COLUMNS, read_column
from atvos.contract.document import Node
from atvos.contract.errors import ContractError, Problem
from atvos.contract.model import (
    Check,
    Column,
    Feed,
    Layer,
    LoadMode,
    LogicalType,
    Operator,
    Severity,
    Source,
    SourceFormat,
    Table,
)

SUFFIX = ".odcs.yaml"
API_VERSION = "v3.2.0"
METRICS = ("nullValues", "invalidValues", "duplicateValues", "rowCount")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "mo": 30 * 86400, "y": 365 * 86400}
_NAME = r"[a-z][a-z0-9_]{0,47}"
_TABLE_PROPERTIES = ("tier", "clusterBy")
_FEED_PROPERTIES = (
    *_TABLE_PROPERTIES,
    "sourceFormat",
    "loadMode",
    "schedule",
    "maxFutureMinutes",
    "maxLateDays",
    "minValidRatio",
    "maxDuplicateRatio",
)


def contract_files(folders: Sequence[Path]) -> list[Path]:
    """Every contract file in the folders, sorted by name; absent folders are empty."""
    return sorted(
        (file for folder in folders for file in folder.glob(f"*{SUFFIX}")), key=lambda f: f.name
    )


def load_feeds(folders: Sequence[Path]) -> dict[str, Feed]:
    """All feeds of the folders by name. ContractError lists the problems of all files."""
    feeds: dict[str, Feed] = {}
    problems: list[Problem] = []
    for file in contract_files(folders):
        try:
            feed = load_feed(file)
        except ContractError as error:
            problems.extend(error.problems)
            continue
        if feed.name in feeds:
            valid = f"a name that {feeds[feed.name].path} does not have"
            problems.append(Problem(file, "name", feed.name, valid))
        feeds[feed.name] = feed
    if problems:
        raise ContractError(problems)
    return feeds


def load_feed(file: Path) -> Feed:
    """The feed that ``file`` describes. ContractError with every problem found."""
    root = Node.parse(file)
    custom = root.custom(_FEED_PROPERTIES)
    table = _read_table(root, custom, Layer.CURATED)
    columns = tuple(_with_source(column) for column in table.columns)
    feed = Feed(
        **{
            f.name: getattr(table, f.name)
            for f in dataclasses.fields(Table)
            if f.name not in ("columns",)
        },
        columns=columns,
        sources=_read_sources(custom),
        load_mode=LoadMode(custom.choice("loadMode", [mode.value for mode in LoadMode])),
        schedule=custom.optional_text("schedule", "a cron expression or @continuous")
        or "@continuous",
        max_future=_span(custom, "maxFutureMinutes", "minutes"),
        max_late=_span(custom, "maxLateDays", "days"),
        min_valid_ratio=_ratio(custom, "minValidRatio", 0.95),
        max_duplicate_ratio=_ratio(custom, "maxDuplicateRatio", 0.01),
    )
    if table.name and file.name != f"{table.name}{SUFFIX}":
        root.problem("name", table.name, f"the file's name without {SUFFIX}")
    _check_feed(root, feed)
    root.finish()
    return feed


def load_table(file: Path, layer: Layer, name: str) -> tuple[Table, Node]:
    """The table that ``file`` describes, and the custom properties that are not a table's.

    ``name`` is the one that the table must have. The caller reads what it needs from the
    node and calls its ``finish``.
    """
    root = Node.parse(file)
    custom = root.custom((*_TABLE_PROPERTIES, "group", "rebuildDays"))
    table = _read_table(root, custom, layer)
    if table.name != name:
        root.problem("name", table.name, f"{name}, the folder's name")
    return table, custom


def _read_table(root: Node, custom: Node, layer: Layer) -> Table:
    if root.raw.get("kind") != "DataContract":
        root.problem("kind", root.raw.get("kind"), "DataContract")
    if root.raw.get("apiVersion") != API_VERSION:
        root.problem("apiVersion", root.raw.get("apiVersion"), API_VERSION)
    name = root.text("name", "a name like telemetry_events", _NAME)
    version = root.text("version", "a semantic version like 1.0.0", r"\d+\.\d+\.\d+")
    purpose = root.child("description", "a mapping with purpose").text(
        "purpose", "a sentence that says what the rows are"
    )
    owner = root.child("team", "a mapping with name").text("name", "the team that owns the table")
    channels = list(root.children("support", "a list with channel and url", "channel"))
    if not channels:
        root.problem("support", root.raw.get("support"), "a list with one channel at least")
    support = channels[0].text("channel", "where the owner is reached") if channels else ""
    schemas = list(root.children("schema", "a list with one object"))
    if len(schemas) != 1:
        root.problem("schema", f"{len(schemas)} objects", "exactly one object")
    schema = schemas[0] if schemas else Node(root.file, {}, "schema", [])
    if schemas and schema.raw.get("name") != name:
        schema.problem("name", schema.raw.get("name"), f"{name}, the contract's name")
    tier = custom.number("tier", "1 (paged), 2 or 3", 1, 3, whole=True)
    if tier is None and not custom.has("tier"):
        custom.problem("tier", None, "1 (paged), 2 or 3")
    columns = tuple(read_column(node) for node in schema.children("properties", "a list"))
    columns = _clustered(custom, columns)
    _check_columns(schema, columns)
    event_time, slo, retention = _read_sla(root, name, columns)
    return Table(
        name=name,
        path=root.file,
        version=version,
        layer=layer,
        tier=int(tier or 3),
        purpose=purpose,
        columns=columns,
        checks=_read_checks(schema, columns),
        owner=owner,
        support=support,
        event_time=event_time,
        freshness_slo=slo,
        retention=retention,
    )


def _clustered(custom: Node, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    names = custom.texts("clusterBy", "a list of up to four column names")
    known = {column.name for column in columns}
    for name in names:
        if name not in known:
            custom.problem("clusterBy", name, "one of " + ", ".join(sorted(known)))
    if len(names) > 4:
        custom.problem("clusterBy", list(names), "a list of up to four column names")
    return tuple(
        dataclasses.replace(c, cluster_position=names.index(c.name) if c.name in names else None)
        for c in columns
    )


def _check_columns(schema: Node, columns: tuple[Column, ...]) -> None:
    names = [column.name for column in columns]
    if not names:
        schema.problem("properties", schema.raw.get("properties"), "a list of columns")
    for name in {n for n in names if names.count(n) > 1}:
        schema.problem("properties", name, "column names that differ")
    for name in sorted(RESERVED_COLUMNS.intersection(names)):
        schema.problem(f"properties[{name}].name", name, "a name the platform does not use itself")
    positions = sorted(c.key_position for c in columns if c.key_position is not None)
    if positions != list(range(1, len(positions) + 1)) or not positions:
        schema.problem(
            "properties.primaryKeyPosition",
            positions,
            "positions 1, 2, … on the columns with primaryKey: true",
        )
    partitions = [c for c in columns if c.partitioned]
    if len(partitions) > 1:
        schema.problem("properties.partitioned", [c.name for c in partitions], "one column at most")
    for column in partitions:
        if column.type is not LogicalType.DATE:
            schema.problem(
                f"properties[{column.name}].partitioned", column.type.value, "a column of type date"
            )
    timestamps = {c.name: c for c in columns if c.type is LogicalType.TIMESTAMP}
    for column in columns:
        if column.derived_from is None:
            continue
        if column.derived_from not in timestamps or column.type is not LogicalType.DATE:
            schema.problem(
                f"properties[{column.name}].customProperties.derivedFrom",
                column.derived_from,
                "on a date column, the name of a timestamp column: "
                + (", ".join(sorted(timestamps)) or "there is none"),
            )
        elif timestamps[column.derived_from].derived_from is not None:
            schema.problem(
                f"properties[{column.name}].customProperties.derivedFrom",
                column.derived_from,
                "a column that is read from the file",
            )


def _read_sla(
    root: Node, name: str, columns: tuple[Column, ...]
) -> tuple[str | None, timedelta, timedelta | None]:
    spans: dict[str, timedelta] = {}
    event_time: str | None = None
    for node in root.children("slaProperties", "a list of property, value, unit", "property"):
        kind = node.raw.get("property")
        if kind not in ("freshness", "retention"):
            continue
        value = node.number("value", "a number above 0", low=1e-9)
        unit = node.choice("unit", list(_UNITS))
        spans[str(kind)] = timedelta(seconds=(value or 1) * _UNITS[unit])
        if kind == "freshness":
            dated = [
                c.name for c in columns if c.type in (LogicalType.DATE, LogicalType.TIMESTAMP)
            ]
            valid = [f"{name}.{column}" for column in dated] + [name]
            event_time = node.choice("element", valid).partition(".")[2] or None
    if "freshness" not in spans:
        root.problem(
            "slaProperties",
            "no freshness",
            "{property: freshness, value: 5, unit: m, element: <table>.<event time column>}",
        )
    return event_time, spans.get("freshness", timedelta(days=1)), spans.get("retention")


def _read_sources(custom: Node) -> tuple[Source, ...]:
    """The formats that objects may have; the first whose suffix the name ends with counts."""
    if isinstance(custom.raw.get("sourceFormat"), list):
        nodes = list(custom.children("sourceFormat", "a list of mappings", "format"))
    else:
        nodes = [custom.child("sourceFormat", "a mapping with format, or a list of them")]
    sources = tuple(_read_source(node) for node in nodes)
    for node, source in zip(nodes[:-1], sources[:-1], strict=True):
        if not source.suffixes:
            node.problem("suffixes", None, "a list like [.csv, .csv.gz] on all but the last format")
    if sources and sources[-1].suffixes:
        nodes[-1].problem("suffixes", list(sources[-1].suffixes), "none on the last format")
    return sources


def _read_source(node: Node) -> Source:
    form = SourceFormat(node.choice("format", [f.value for f in SourceFormat]))
    for attribute in node.raw:
        valid = ("format", "suffixes", "encoding", "delimiter", "decimalMark", "header")
        if attribute not in valid:
            node.problem(str(attribute), node.raw[attribute], "one of " + ", ".join(valid))
        elif form is not SourceFormat.CSV and attribute in valid[3:]:
            node.problem(attribute, node.raw[attribute], "only where format is csv")
    encoding = node.choice("encoding", ["utf-8", "latin-1"], "utf-8")
    if form is not SourceFormat.CSV and encoding != "utf-8":
        node.problem("encoding", encoding, "utf-8, as JSON is always written")
    delimiter = node.choice("delimiter", [",", ";", "\t", "|"], ",")
    decimal_mark = node.choice("decimalMark", [".", ","], ".")
    header = node.texts("header", "a list of column names, where the file has no header line")
    return Source(
        format=form,
        suffixes=node.texts("suffixes", "a list like [.csv, .csv.gz]"),
        encoding=encoding,
        delimiter=delimiter,
        decimal_mark=decimal_mark,
        header=header or None,
    )


def _with_source(column: Column) -> Column:
    if column.derived_from is not None or column.sources:
        return column
    return dataclasses.replace(column, sources=(column.name,))


def _span(custom: Node, attribute: str, unit: str) -> timedelta | None:
    value = custom.number(attribute, f"a number of {unit}, 0 or more", low=0)
    return None if value is None else timedelta(**{unit: value})


def _ratio(custom: Node, attribute: str, default: float) -> float:
    value = custom.number(attribute, "a ratio from 0 to 1", 0, 1)
    return default if value is None else value


def _check_feed(root: Node, feed: Feed) -> None:
    for header in (source.header for source in feed.sources if source.header):
        for column in feed.read_columns:
            for name in column.sources:
                if name not in header:
                    root.problem(
                        f"schema[{feed.name}].properties[{column.name}]",
                        name,
                        "a name in sourceFormat.header: " + ", ".join(header),
                    )
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT:
        if feed.partition is not None:
            root.problem(
                "customProperties.loadMode", feed.load_mode.value, "no partitioned column with it"
            )
        return
    if feed.partition is None:
        root.problem(
            f"schema[{feed.name}].properties.partitioned",
            "no partitioned column",
            f"one date column with partitioned: true, as loadMode {feed.load_mode.value} "
            "merges by partition",
        )
    elif not feed.partition_in_key:
        if feed.load_mode is LoadMode.APPEND_FIRST:
            root.problem(
                f"schema[{feed.name}].properties[{feed.partition.name}].partitioned",
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
    if (feed.max_future or feed.max_late) and feed.event_time is None:
        root.problem(
            "customProperties.maxFutureMinutes",
            "no event time",
            "an SLA freshness element that is a timestamp or date column",
        )


def _read_checks(schema: Node, columns: tuple[Column, ...]) -> tuple[Check, ...]:
    checks = [*_derived_checks(columns)]
    checks += [_read_check(node, ()) for node in schema.children("quality", "a list of checks")]
    for node in schema.children("properties", "a list"):
        column = str(node.raw.get("name"))
        checks += [_read_check(q, (column,)) for q in node.children("quality", "a list of checks")]
    names = [check.name for check in checks]
    for name in sorted({n for n in names if names.count(n) > 1}):
        schema.problem("quality.name", name, "names that differ, unlike those derived from keys")
    known = {column.name for column in columns}
    for check in checks:
        for column in check.columns:
            if column not in known:
                schema.problem(
                    f"quality[{check.name}].arguments",
                    column,
                    "one of " + ", ".join(sorted(known)),
                )
    return tuple(checks)


def _derived_checks(columns: tuple[Column, ...]) -> list[Check]:
    """What ``required`` and ``primaryKey`` promise, checked on every batch."""
    keyed = sorted((c for c in columns if c.key_position), key=lambda c: c.key_position or 0)
    checks = [
        Check(
            name=f"null_values:{column.name}",
            metric="nullValues",
            operator=Operator.MUST_BE,
            bounds=(0,),
            columns=(column.name,),
            description=f"{column.name} is required",
        )
        for column in columns
        if column.required
    ]
    if keyed:
        checks.append(
            Check(
                name="duplicate_values:key",
                metric="duplicateValues",
                operator=Operator.MUST_BE,
                bounds=(0,),
                columns=tuple(c.name for c in keyed),
                description="the key is unique",
            )
        )
    return checks


def _read_check(node: Node, columns: tuple[str, ...]) -> Check:
    operators = {operator.value for operator in Operator}
    given = [attribute for attribute in node.raw if attribute in operators]
    if len(given) != 1:
        node.problem("(operator)", given, "exactly one of " + ", ".join(sorted(operators)))
    operator = Operator(given[0]) if given else Operator.MUST_BE
    value = node.raw.get(operator.value)
    values = value if isinstance(value, list) else [value]
    expected = 2 if operator is Operator.BETWEEN else 1
    bounds = tuple(float(v) for v in values if isinstance(v, int | float))
    if len(bounds) != expected or len(values) != expected:
        node.problem(operator.value, value, "two numbers" if expected == 2 else "a number")
        bounds = (0.0,) * expected
    kind = node.choice("type", ["library", "sql"], "library")
    metric = "sql" if kind == "sql" else node.choice("metric", METRICS)
    arguments = node.child("arguments", "a mapping")
    columns = columns or arguments.texts("properties", "a list of column names")
    if metric in ("nullValues", "invalidValues", "duplicateValues") and not columns:
        node.problem("arguments.properties", None, "a list of column names")
    pattern = arguments.optional_text("pattern", "a regular expression")
    valid_values = arguments.texts("validValues", "a list of values")
    if metric == "invalidValues" and (pattern is None) == (not valid_values):
        node.problem("arguments", arguments.raw, "validValues or pattern, one of the two")
    query = None
    if metric == "sql":
        query = node.text("query", "SELECT … FROM ${table}, giving one number")
        if query and "${table}" not in query:
            node.problem("query", query, "a query that reads ${table}")
    return Check(
        name=node.text("name", "a short name like odometer_is_plausible", r"[a-z][a-z0-9_:]*"),
        metric=metric,
        operator=operator,
        bounds=bounds,
        columns=columns,
        percent=node.choice("unit", ["rows", "percent"], "rows") == "percent",
        severity=Severity(node.choice("severity", [s.value for s in Severity], "error")),
        description=node.text("description", "a sentence that says what must hold"),
        query=query,
        valid_values=valid_values,
        pattern=pattern,
    )
