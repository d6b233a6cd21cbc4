"""Reads contract files into the typed model, and refuses what the platform cannot keep.

Only the attributes that the platform uses are looked at here, which keeps it cheap enough
for DAG parsing. ``atvos.contract.odcs`` adds the standard's own JSON schema.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from atvos.contract.calendar import read_calendar
from atvos.contract.checks import read_checks
from atvos.contract.columns import read_column
from atvos.contract.deadline import read_deadline
from atvos.contract.document import Node, text_of
from atvos.contract.errors import ContractError, Problem
from atvos.contract.model import Column, Feed, Layer, LoadMode, LogicalType, Table
from atvos.contract.parse_cache import ParseCache
from atvos.contract.row_rules import read_row_rules
from atvos.contract.rules import check_columns, check_feed, check_references
from atvos.contract.sources import read_sources

SUFFIX = ".odcs.yaml"
API_VERSION = "v3.2.0"
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "mo": 30 * 86400, "y": 365 * 86400}
_NAME = r"[a-z][a-z0-9_]{0,47}"
_CRON_FIELD = r"[0-9A-Za-z*/,-]+"
_SCHEDULE = rf"@(continuous|hourly|daily|weekly|monthly)|{_CRON_FIELD}( {_CRON_FIELD}){{4}}"
_TABLE = "table"
_MAX_CLUSTERING = 4
"""Columns by which BigQuery clusters at most."""
_TABLE_PROPERTIES = ("tier", "clusterBy")
_PROMISES = ("sloCalendar", "deadline")
_FEED_PROPERTIES = (
    *_TABLE_PROPERTIES,
    "sourceFormat",
    "loadMode",
    "schedule",
    "maxFutureMinutes",
    "maxLateDays",
    "minValidRatio",
    "maxDuplicateRatio",
    "rowRules",
    *_PROMISES,
)


def contract_files(folders: Sequence[Path]) -> list[Path]:
    """Every contract file in the folders, sorted by name; absent folders are empty."""
    return sorted(
        (file for folder in folders for file in folder.glob(f"*{SUFFIX}")), key=lambda f: f.name
    )


def load_feeds(folders: Sequence[Path], cache: Path | None = None) -> dict[str, Feed]:
    """All feeds of the folders by name. ContractError lists the problems of all files.

    What feeds say about each other is checked here alone, as a feed by itself cannot know.
    ``cache`` is a folder of this machine in which to remember what the files say.
    """
    remembered = ParseCache(cache) if cache else None
    feeds: dict[str, Feed] = {}
    problems: list[Problem] = []
    refused: set[str] = set()
    for file in contract_files(folders):
        try:
            feed = load_feed(file, remembered)
        except ContractError as error:
            problems.extend(error.problems)
            refused.add(file.name.removesuffix(SUFFIX))
            continue
        if feed.name in feeds:
            valid = f"a name that {feeds[feed.name].path} does not have"
            problems.append(Problem(file, "name", feed.name, valid))
            continue
        feeds[feed.name] = feed
    problems.extend(check_references(feeds, refused))
    if problems:
        raise ContractError(problems)
    return feeds


def load_feed(file: Path, cache: ParseCache | None = None) -> Feed:
    """The feed that ``file`` describes. ContractError with every problem found."""
    texts = str(file), text_of(file)
    return cache.derive(Feed, _feed_of, *texts) if cache else _feed_of(*texts)


def _feed_of(path: str, text: str) -> Feed:
    file = Path(path)
    root = Node.parse(file, text)
    custom = root.custom(_FEED_PROPERTIES)
    table = _read_table(root, custom, Layer.CURATED)
    feed = Feed(
        **{name: getattr(table, name) for name in Table.__dataclass_fields__},
        sources=read_sources(custom),
        load_mode=LoadMode(custom.choice("loadMode", [mode.value for mode in LoadMode])),
        schedule=custom.optional_text(
            "schedule", "@continuous or a cron expression like 0 6 * * *", _SCHEDULE
        )
        or "@continuous",
        max_future=_span(custom, "maxFutureMinutes", "minutes", 1440),
        max_late=_span(custom, "maxLateDays", "days", 3660),
        min_valid_ratio=_ratio(custom, "minValidRatio", 0.95),
        max_duplicate_ratio=_ratio(custom, "maxDuplicateRatio", 0.01),
        row_rules=read_row_rules(custom, table.columns),
    )
    if table.name and file.name != f"{table.name}{SUFFIX}":
        root.problem("name", table.name, f"the file's name without {SUFFIX}")
    # Between parts that are broken themselves every rule is: it would say nothing new.
    if root.sound:
        check_feed(root, feed)
    root.finish()
    return feed


def load_table(
    file: Path, text: str, layer: Layer, name: str, properties: Sequence[str]
) -> tuple[Table, Node]:
    """The table that the ``text`` of ``file`` describes, and its custom properties.

    ``name`` is the one that the table must have, ``properties`` are custom ones that the
    caller knows besides a table's. The caller reads them from the node and calls its
    ``finish``.
    """
    root = Node.parse(file, text)
    custom = root.custom((*_TABLE_PROPERTIES, *properties, *_PROMISES))
    table = _read_table(root, custom, layer)
    if table.name and table.name != name:
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
    if not channels and not root.raw.get("support"):
        root.problem("support", root.raw.get("support"), "a list with one channel at least")
    support = channels[0].text("channel", "where the owner is reached") if channels else ""
    schemas = list(root.children("schema", "a list with one object"))
    given = root.raw.get("schema", [])
    if isinstance(given, list) and len(given) != 1:
        root.problem("schema", f"{len(given)} objects", "exactly one object")
    schema = schemas[0] if schemas else Node(root.file, {}, "schema", [])
    if schemas and name and schema.raw.get("name") != name:
        schema.problem("name", schema.raw.get("name"), f"{name}, the contract's name")
    tier = custom.number("tier", "1 (paged), 2 or 3", 1, 3, whole=True)
    if tier is None and not custom.has("tier"):
        custom.problem("tier", None, "1 (paged), 2 or 3")
    properties = list(schema.children("properties", "a list of columns"))
    from_file = layer is Layer.CURATED
    columns = _clustered(custom, tuple(read_column(node, from_file) for node in properties))
    check_columns(schema, columns)
    event_time, slo, retention = _read_sla(root, name, columns)
    kinds = (_TABLE,) if layer is Layer.CURATED else (_TABLE, "view")
    return Table(
        name=name,
        path=root.file,
        version=version,
        physical_type=schema.choice("physicalType", kinds, _TABLE),
        layer=layer,
        tier=int(tier or 3),
        purpose=purpose,
        columns=columns,
        checks=read_checks(schema, properties, columns),
        owner=owner,
        support=support,
        event_time=event_time,
        freshness_slo=slo,
        retention=retention,
        calendar=read_calendar(custom),
        deadline=read_deadline(custom),
    )


def _clustered(custom: Node, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    names = custom.texts("clusterBy", "a list of up to four column names that differ")
    known = {c.name for c in columns if c.physical_type not in ("FLOAT64", "ARRAY")}
    for name in names:
        if columns and name not in known:
            custom.problem("clusterBy", name, "one of " + ", ".join(sorted(known)))
    if len(names) > _MAX_CLUSTERING or len(set(names)) < len(names):
        custom.problem("clusterBy", list(names), "a list of up to four column names that differ")
    return tuple(
        dataclasses.replace(c, cluster_position=names.index(c.name)) if c.name in names else c
        for c in columns
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
        if kind in spans:
            root.problem(f"slaProperties[{kind}]", "given twice", "given once")
        value = node.number("value", "a number above 0, up to 10000", 1e-9, 10_000)
        unit = node.choice("unit", list(_UNITS))
        spans[str(kind)] = timedelta(seconds=(value or 1) * _UNITS[unit])
        if kind == "freshness" and name and columns:
            dated = [c.name for c in columns if c.type in (LogicalType.DATE, LogicalType.TIMESTAMP)]
            valid = [f"{name}.{column}" for column in dated] + [name]
            event_time = node.choice("element", valid).partition(".")[2] or None
    if "freshness" not in spans:
        root.problem(
            "slaProperties",
            "no freshness",
            "{property: freshness, value: 5, unit: m, element: <table>.<event time column>}",
        )
    return event_time, spans.get("freshness", timedelta(days=1)), spans.get("retention")


def _span(custom: Node, attribute: str, unit: str, most: int) -> timedelta | None:
    value = custom.number(attribute, f"a number of {unit} from 0 to {most}", 0, most)
    return None if value is None else timedelta(**{unit: value})


def _ratio(custom: Node, attribute: str, default: float) -> float:
    value = custom.number(attribute, "a ratio from 0 to 1", 0, 1)
    return default if value is None else value
