"""Reads how the objects of a feed are written."""

from __future__ import annotations

from atvos.contract.document import Node
from atvos.contract.model import Source, SourceFormat

_CSV_ONLY = ("delimiter", "decimalMark", "header")
_ATTRIBUTES = ("format", "suffixes", "encoding", *_CSV_ONLY)
_SUFFIXES = "a list like [.csv, .csv.gz]"


def read_sources(custom: Node) -> tuple[Source, ...]:
    """The formats that objects may have; the first whose suffix the name ends with counts."""
    if isinstance(custom.raw.get("sourceFormat"), list):
        nodes = list(custom.children("sourceFormat", "a list of mappings", "format"))
        if not custom.raw["sourceFormat"]:
            custom.problem("sourceFormat", [], "a mapping with format, or a list of them")
    else:
        nodes = [custom.child("sourceFormat", "a mapping with format, or a list of them")]
    sources = tuple(_read_source(node) for node in nodes)
    seen: tuple[str, ...] = ()
    for node, source in zip(nodes[:-1], sources[:-1], strict=True):
        if not node.has("suffixes"):
            node.problem("suffixes", None, f"{_SUFFIXES} on all but the last format")
        for suffix in source.suffixes:
            if seen and suffix.endswith(seen):
                node.problem("suffixes", suffix, "an ending that no format before it takes")
        seen += source.suffixes
    if sources and nodes[-1].has("suffixes"):
        nodes[-1].problem("suffixes", list(sources[-1].suffixes), "none on the last format")
    return sources


def _read_source(node: Node) -> Source:
    form = SourceFormat(node.choice("format", [f.value for f in SourceFormat]))
    known = node.raw.get("format") == form.value
    for attribute in node.raw:
        if attribute not in _ATTRIBUTES:
            node.problem(str(attribute), node.raw[attribute], "one of " + ", ".join(_ATTRIBUTES))
        elif known and form is not SourceFormat.CSV and attribute in _CSV_ONLY:
            node.problem(attribute, node.raw[attribute], "only where format is csv")
    encoding = node.choice("encoding", ["utf-8", "latin-1"], "utf-8")
    if known and form is not SourceFormat.CSV and encoding != "utf-8":
        node.problem("encoding", encoding, "utf-8, as JSON is always written")
    header = node.texts("header", "a list of column names, where the file has no header line")
    if len(set(header)) != len(header):
        node.problem("header", list(header), "names that differ")
    suffixes = node.texts("suffixes", _SUFFIXES)
    for suffix in suffixes:
        if not suffix.startswith("."):
            node.problem("suffixes", suffix, "an ending like .csv")
    return Source(
        format=form,
        suffixes=suffixes,
        encoding=encoding,
        delimiter=node.choice("delimiter", [",", ";", "\t", "|"], ","),
        decimal_mark=node.choice("decimalMark", [".", ","], "."),
        header=header or None,
    )
