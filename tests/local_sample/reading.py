"""Reads a sample's objects back, with the standard library and none of the generator's code.

Deliberately plain: everything in memory, one record at a time. What is to be expected in an
object stands in the feed's contract, which is read as the YAML that it is.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.sample import SampleObject

CONTRACTS = Path(__file__).parents[2] / "dags" / "contracts"
FEEDS = (
    "vehicles",
    "telemetry_events",
    "trips",
    "km_bulletins",
    "contract_measurements",
    "occurrences",
    "app_logs",
)


@cache
def contract(feed: str) -> dict[str, Any]:
    """The contract as a document; custom properties are a mapping in ``custom``."""
    document: dict[str, Any] = yaml.safe_load((CONTRACTS / f"{feed}.odcs.yaml").read_text("utf-8"))
    return with_custom(document)


def with_custom(node: dict[str, Any]) -> dict[str, Any]:
    """The node with its custom properties as a mapping."""
    pairs = node.get("customProperties", [])
    return node | {"custom": {pair["property"]: pair["value"] for pair in pairs}}


def source_format(item: SampleObject) -> dict[str, Any]:
    """How the contract says that an object of this name is written."""
    formats = contract(item.feed)["custom"]["sourceFormat"]
    for one in formats if isinstance(formats, list) else [formats]:
        if item.name.endswith(tuple(one.get("suffixes", [""]))):
            found: dict[str, Any] = one
            return found
    raise AssertionError(item.name)


def records(item: SampleObject) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Every record with the codes of what is wrong with it as a whole."""
    data, damaged = unpacked(item)
    form = source_format(item)
    if form["format"] == "csv":
        yield from _csv_records(data, form)
    elif form["format"] == "json_array":
        for element in json.loads(data):
            yield (element, []) if isinstance(element, dict) else ({}, ["not_an_object"])
    else:
        *lines, rest = data.split(b"\n")
        for line in lines if damaged else [*lines, rest]:
            if line.strip():
                yield _json_record(line)
        if damaged:
            yield {}, ["unreadable"]


def unpacked(item: SampleObject) -> tuple[bytes, bool]:
    """The object's bytes, as far as they can be had, and whether some are lost."""
    if not item.content.startswith(b"\x1f\x8b"):
        return item.content, False
    try:
        return gzip.decompress(item.content), False
    except EOFError:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(item.content), True


def _json_record(line: bytes) -> tuple[dict[str, Any], list[str]]:
    try:
        record = json.loads(line.decode())
    except UnicodeDecodeError:
        return {}, ["encoding"]
    except json.JSONDecodeError:
        return {}, ["malformed_json"]
    return (record, []) if isinstance(record, dict) else ({}, ["not_an_object"])


def _csv_records(data: bytes, form: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Rows by the names in the header; a byte that is no UTF-8 is a lone surrogate."""
    text = data.decode(form["encoding"], "surrogateescape").removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form["delimiter"], strict=True)
    header = next(reader)
    try:
        for row in reader:
            if any("\udc80" <= sign <= "\udcff" for field in row for sign in field):
                yield {}, ["encoding"]
            elif len(row) != len(header):
                yield {}, ["ragged_row"]
            else:
                yield dict(zip(header, row, strict=True)), []
    except csv.Error:  # the end was reached inside quotes
        yield {}, ["unbalanced_quote"]
