"""The page of a feed or a model."""

from __future__ import annotations

from collections.abc import Iterator

from atvos import names, tables
from atvos.contract import Column, Feed, Table
from atvos.dictionary import diagrams, markdown, places, wording
from atvos.dictionary.catalog import Catalog, is_classified
from atvos.dictionary.checks import check_table
from atvos.dictionary.lineage import ColumnRef
from atvos.dictionary.markdown import BREAK, code, codes, text
from atvos.models import Model


def table_page(catalog: Catalog, name: str) -> str:
    """The page of the table that is read as ``name``."""
    table = catalog.tables[name]
    here, _ = places.place(catalog, name)
    limitations = catalog.limitations.get(name, "")
    return markdown.page(
        f"# {name}",
        text(table.purpose),
        f"**Limitations.** {text(limitations)}" if limitations else "",
        markdown.table(["Property", "Value"], _properties(catalog, name, table, here)),
        "## Columns",
        _columns(catalog, name, table, here),
        "## Lineage",
        diagrams.neighbourhood(catalog, name, here),
        _neighbours(catalog, name, here),
        _origins(catalog, name, table, here),
        "## Quality checks",
        check_table(table),
        *(_rejects(table, here) if isinstance(table, Feed) else ()),
    )


def _properties(catalog: Catalog, name: str, table: Table, here: str) -> Iterator[list[str]]:
    yield ["Owner", f"{text(table.owner)}, reached at {code(table.support)}"]
    yield ["Tier", wording.TIERS[table.tier]]
    yield ["Freshness", _freshness(table)]
    yield ["Retention", wording.retention(table.retention)]
    if isinstance(table, Feed):
        yield from _loading(table)
    if isinstance(table, Model):
        yield from _building(catalog, table, here)
    yield ["Key", codes(table.key) or "none"]
    if table.partition is not None:
        day = code(table.partition.name)
        yield ["Partitioned by", f"{day}; queries must say which days they read"]
    if table.cluster:
        yield ["Clustered by", codes(table.cluster)]
    personal = [ref for ref in catalog.personal if ref.table == name]
    yield ["Personal data", _personal(catalog, personal, here)]
    yield ["Contract", f"{code(_file(table))}, version {table.version}"]


def _freshness(table: Table) -> str:
    without = "object" if isinstance(table, Feed) else "event of its sources"
    newest = f"newest {code(table.event_time) if table.event_time else without}"
    return f"{newest} at most {wording.span(table.freshness_slo)} old"


def _loading(feed: Feed) -> Iterator[list[str]]:
    yield ["Loaded by", f"{code(names.ingest_dag(feed.name))}, schedule {code(feed.schedule)}"]
    yield ["Load mode", f"{code(feed.load_mode)}: {wording.LOAD_MODES[feed.load_mode]}"]
    forms = (f"{codes(s.suffixes) or 'any name'}: {wording.source(s)}" for s in feed.sources)
    prefix = code(f"gs://<landing>/{names.landing_prefix(feed.name)}")
    yield ["Objects", BREAK.join([f"below {prefix}", *forms])]
    if feed.max_future is not None:
        yield ["Refused as future", f"more than {wording.span(feed.max_future)} after the batch"]
    if feed.max_late is not None:
        yield ["Refused as late", f"more than {wording.span(feed.max_late)} before the batch"]


def _building(catalog: Catalog, model: Model, here: str) -> Iterator[list[str]]:
    dag = code(names.transform_dag(model.group))
    if model.is_view:
        yield ["View", "computed whenever it is read"]
        return
    yield ["Built by", f"{dag}, when a source is published, into {code(model.table_name)}"]
    if model.partition is None:
        yield ["Period", "built as a whole"]
        return
    yield ["Period", wording.PERIODS[model.period]]
    yield ["Rebuilt days", f"{model.rebuild_days}, when a source without partitions changes"]
    for source, days in model.look_back:
        yield ["Look-back", f"{days} days into {places.to_table(catalog, source, here)}"]


def _personal(catalog: Catalog, refs: list[ColumnRef], here: str) -> str:
    if not refs:
        return "none"
    columns = ", ".join(places.to_column(catalog, ref, here, ref.column) for ref in refs)
    return f"{columns}; see {markdown.link('personal data', places.PERSONAL, here)}"


def _file(table: Table) -> str:
    """The contract's file as the repository has it, wherever that is checked out."""
    kept = 2 if isinstance(table, Feed) else 3
    folder = "dags" if isinstance(table, Feed) else "sql"
    return "/".join([folder, *table.path.parts[-kept:]])


def _columns(catalog: Catalog, name: str, table: Table, here: str) -> str:
    header = ["Column", "Type", "Required", "Meaning"]
    rows = [_column_row(catalog, name, column, here) for column in _with_parts(table.columns)]
    if not isinstance(table, Feed):
        return markdown.table(header, rows)
    sources = [BREAK.join(wording.origin(c)) for _, c in _with_parts(table.columns)]
    own = {column.name for column in table.columns}
    added = [
        [code(f.name), code(f.type), "yes" if f.required else "", text(f.description), "platform"]
        for f in tables.curated(table).fields
        if f.name not in own
    ]
    rows = [[*row, source] for row, source in zip(rows, sources, strict=True)]
    return markdown.table([*header, "In the file"], [*rows, *added])


def _with_parts(columns: tuple[Column, ...]) -> Iterator[tuple[str, Column]]:
    """Columns, and behind each array of structs the fields of its elements, by path."""
    for column in columns:
        yield column.name, column
        for field in column.items.fields if column.items else ():
            yield f"{column.name}.{field.name}", field


def _column_row(catalog: Catalog, name: str, column: tuple[str, Column], here: str) -> list[str]:
    path, what = column
    element = what.items
    kind = f"ARRAY<{element.physical_type}>" if element else what.physical_type
    required = "yes" if what.required else ""
    label = f"{markdown.anchor(path)}{code(path)}"
    return [label, code(kind), required, BREAK.join(_meaning(catalog, name, what, here))]


def _meaning(catalog: Catalog, name: str, column: Column, here: str) -> Iterator[str]:
    yield text(column.description)
    yield from wording.limits(column)
    if column.items is not None:
        yield from wording.limits(column.items)
    if column.reference is not None:
        target = ColumnRef(names.curated_table(column.reference.table), column.reference.column)
        yield f"Refers to {places.to_column(catalog, target, here)}."
    protections = sorted(column.protections)
    if protections or is_classified(column):
        how = "; ".join(wording.PROTECTIONS[p] for p in protections)
        yield f"**Personal data:** {how}."
    elif ColumnRef(name, column.name) in catalog.personal:
        yield "**Derived from personal data.**"


def _neighbours(catalog: Catalog, name: str, here: str) -> str:
    upstream = places.to_ends(catalog, catalog.upstream(name), "source", here)
    downstream = places.to_ends(catalog, catalog.downstream(name), "target", here)
    if name in catalog.feeds:
        upstream = ["objects of the landing bucket", *upstream]
    return f"- Upstream: {', '.join(upstream)}\n- Downstream: {', '.join(downstream) or 'none'}"


def _origins(catalog: Catalog, name: str, table: Table, here: str) -> str:
    if not isinstance(table, Model):
        return ""
    rows = []
    for column in table.columns:
        ref = ColumnRef(name, column.name)
        origin = places.to_origin(catalog, catalog.origins[ref], here)
        rows.append([places.to_column(catalog, ref, here, column.name), origin])
    return markdown.table(["Column", "Computed from"], rows)


def _rejects(feed: Feed, here: str) -> Iterator[str]:
    spec = tables.quarantine(feed)
    codes_page = markdown.link("reason codes", places.CURATE, here, "judgement-of-one-record")
    yield "## Rejects"
    yield (
        f"Records that the contract refuses are kept in {code(spec.table)} for"
        f" {spec.partition_expiration_days} days, with all {codes_page}, the object, the position"
        f" in it, and {_line(feed, here)}."
    )
    if feed.row_rules:
        rules = "\n".join(
            f"- {code(f'rule:{rule.name}')}: {code(str(rule))}" for rule in feed.row_rules
        )
        yield f"Rules between columns:\n\n{rules}"
    references = [column for column in feed.columns if column.reference is not None]
    if references:
        pending, dag = names.pending_table(feed.name), names.replay_dag(feed.name)
        yield (
            f"Rows whose {codes(c.name for c in references)} is not there yet wait in"
            f" {code(pending)}; {code(dag)} lets them go on."
        )


def _line(feed: Feed, here: str) -> str:
    if not feed.protections:
        return "the original line"
    redacted = markdown.link("without its personal data", places.CURATE, here, "personal-data")
    return f"the line {redacted}"
