"""Good records in objects whose names attack whoever puts them into a path, a query or a shell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.corpus.recipe import Recipe, Shelf
from tests.corpus.rows import between, between_rows

KIND = "name"
_JSON = Shelf(KIND, "telemetry_events", ".json")
_CSV = Shelf(KIND, "telemetry_events", ".csv")
LONGEST = 1_024
"""Bytes of UTF-8 that Cloud Storage lets a name have."""
_FOLDER = 180
"""Bytes of one folder's name, below what file systems allow."""
HOSTILE = {
    "apostrophe": "it's.json",
    "quotes": 'say "hi".json',
    "backtick": "`id`.json",
    "newline": "two\nlines.json",
    "carriage-return": "two\rlines.json",
    "tab": "a\tb.json",
    "bell": "a\x07b.json",
    "escape-sequence": "\x1b[31mred.json",
    "hash": "a#b.json",
    "hash-number": "a.json#123.json",
    "question-mark": "a?b=c&d=e.json",
    "percent": "a%2F..%2Fb%00.json",
    "percent-format": "%s%n%(x)s.json",
    "braces": "{0.__class__}{{ ds }}.json",
    "dollar": "${HOME}$(reboot).json",
    "log4shell": "${jndi:ldap:127.0.0.1}.json",
    "shell": "; rm -rf . ;.json",
    "pipe": "a | b > c.json",
    "option": "-rf.json",
    "sql": "'; DROP TABLE telemetry_events; --.json",
    "sql-like": "100%_[a-z].json",
    "sql-parameter": "@batch_id ${table}.json",
    "star": "*.json",
    "double-star": "**/[a-z]?.json",
    "backslash": "a\\..\\b.json",
    "drive": "C:\\CON.json",
    "parent": "up/../parent.json",
    "here": "./here/./x.json",
    "double-slash": "a//b.json",
    "hidden": ".json",
    "blank-first": " first.json",
    "blank-last": "last.json ",
    "url": "gs:/other/x.json",
    "markup": "<script>alert(1)<script>.json",
    "emoji": "🚌🚍.json",
    "composed": "caf\u00e9.json",
    "decomposed": "cafe\u0301.json",
    "right-to-left": "\u202egnosj.json",
    "line-separator": "a\u2028b.json",
    "zero-width": "a\u200bb.json",
    "null-word": "null",
    "nan-word": "NaN",
    "csv-in-capitals": "x.CSV",
    "csv-in-the-middle": "x.csv.json",
    "csv-as-a-folder": "x.csv/y",
    "partition": "event_date=2025-06-01/x.json",
    "stats": "stats.json",
    "longest": "/".join(["é" * (_FOLDER // 2)] * 5) + "/" + "n" * (LONGEST - 5 * _FOLDER - 5),
}
"""Names of NDJSON objects."""
HOSTILE_CSV = {
    "newline": "two\nlines.csv",
    "json-in-the-middle": "x.json.csv",
    "only-a-suffix": ".csv",
    "hash": "a#b.csv",
    "sql": "'; DROP TABLE x; --.csv",
    "emoji": "🚌.csv",
}


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    for name, text in HOSTILE.items():
        yield replace(_JSON.made(name, *between(f"o-{name}")), object=text)
    for name, text in HOSTILE_CSV.items():
        yield replace(_CSV.made(name, *between_rows(f"oc-{name}")), object=text)
