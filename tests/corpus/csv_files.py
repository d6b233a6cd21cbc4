"""CSV with odd headers, rows, quotes, delimiters, decimal marks and dates."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.recipe import DUPLICATE, Part, Recipe, Shelf, bad, nothing
from tests.corpus.rows import CSV_HEADER, HEADER, between_rows, row

KIND = "csv"
_CSV = Shelf(KIND, "telemetry_events", ".csv")
_NAMES = CSV_HEADER.decode().strip().split(",")
_MAX_LINES = 1_000
"""Lines that a row may span."""


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    yield from _good_headers()
    yield from _bad_headers()
    yield from _headers_amid()
    yield from _ragged()
    yield from _quotes()
    yield from _unbalanced()


def _head(names: list[str], delimiter: str = ",") -> bytes:
    return delimiter.join(names).encode() + b"\n"


def _good_headers() -> Iterator[Recipe]:
    fields = row("h-back").decode().strip().split(",")
    back = Part(",".join(reversed(fields)).encode() + b"\n", values={"device_id": "h-back"})
    yield _CSV.made("header-reordered", nothing(_head(_NAMES[::-1])), back)
    more = [("header-with-more", ["x", *_NAMES]), ("header-with-a-nameless-one", ["", *_NAMES])]
    for name, names in more:
        yield _CSV.made(name, nothing(_head(names)), Part(b"9," + row(f"h-{name}")))
    twice = nothing(_head(["x", "x", *_NAMES]))
    yield _CSV.made("header-doubles-an-ignored-name", twice, Part(b"8,9," + row("h-ignored")))
    around = nothing(_head([f" {name}\t" for name in _NAMES]))
    yield _CSV.made("header-with-blanks-around", around, Part(row("h-blanks")))
    quoted = nothing(_head([f'"{name}"' for name in _NAMES]))
    yield _CSV.made("header-in-quotes", quoted, Part(row("h-quoted")))
    yield _CSV.made("header-after-empty-lines", nothing(b"\n\r\n"), HEADER, Part(row("h-after")))


def _bad_headers() -> Iterator[Recipe]:
    """One reject stands for the whole object, whatever follows."""
    cases = [
        *((f"header-without-{name}", _head([n for n in _NAMES if n != name])) for name in _NAMES),
        *((f"header-doubles-{name}", _head([*_NAMES, name])) for name in _NAMES),
        ("header-in-upper-case", CSV_HEADER.upper()),
        ("header-in-snake-case", CSV_HEADER.replace(b"deviceId", b"device_id")),
        ("header-by-semicolon", _head(_NAMES, ";")),
        ("header-by-tab", _head(_NAMES, "\t")),
        ("header-by-pipe", _head(_NAMES, "|")),
        ("header-of-commas", b",,,,,,\n"),
        ("header-with-a-no-break-space", _head(["\u00a0" + _NAMES[0], *_NAMES[1:]])),
        ("header-with-a-quote-not-closed", b'"' + CSV_HEADER),
        ("title-before-the-header", b"Telemetry of June\n" + CSV_HEADER),
        ("separator-hint-before-the-header", b"sep=,\n" + CSV_HEADER),
        ("comment-before-the-header", b"# exported\n" + CSV_HEADER),
        ("no-header", row("h-none", 1)),
        ("json-in-a-csv", b'{"deviceId": "V-1"}\n'),
    ]
    for name, head in cases:
        yield _CSV.made(name, bad(head + row("h-lost", 2), "header"))


def _headers_amid() -> Iterator[Recipe]:
    codes = ["format:event_timestamp", "enum:tipo_veiculo", "format:odometro_km"]
    codes += ["format:custo_variavel", "format:custo_fixo"]
    yield _CSV.made("header-again-amid", *between_rows("m-again", bad(CSV_HEADER, *codes)))
    total = bad(b"TOTAL,,,3001.5,37.5,9,\n", "missing:event_timestamp", "missing:tipo_veiculo")
    yield _CSV.made("total-row", *between_rows("m-total", total))


def _ragged() -> Iterator[Recipe]:
    good = row("r-x", 30)
    cases = {
        "one-field-less": good.rsplit(b",", 1)[0] + b"\n",
        "one-field-more": good.replace(b"\n", b",9\n"),
        "delimiter-at-the-end": good.replace(b"\n", b",\n"),
        "one-field": b"V-1\n",
        "by-semicolon": good.replace(b",", b";"),
        "comment": b"# V-1\n",
        "thousand-fields": b"," * 999 + b"\n",
        "json": b'{"deviceId": "V-1", "odometroKm": 1}\n',
        "empty-quoted": b'""\n',
        "two-rows-on-a-line": good.replace(b"\n", b",") + good,
    }
    for name, content in cases.items():
        yield _CSV.made(f"ragged-{name}", *between_rows(f"r-{name}", bad(content, "ragged_row")))
    commas = ["missing:device_id", "missing:event_timestamp", "missing:tipo_veiculo"]
    commas += ["missing:odometro_km", "missing:custo_variavel", "missing:custo_fixo"]
    yield _CSV.made("row-of-commas", *between_rows("r-commas", bad(b",,,,,,\n", *commas)))
    unended = row("r-cut", 30).rsplit(b",", 3)[0]
    yield _CSV.made("cut-in-the-last-row", *between_rows("r-cut"), bad(unended, "ragged_row"))


def _quotes() -> Iterator[Recipe]:
    texts = {
        "newline": ('"a\nb"', "a\nb"),
        "crlf": ('"a\r\nb"', "a\r\nb"),
        "delimiter": ('"a,b"', "a,b"),
        "doubled-quote": ('"a""b"', 'a"b'),
        "only-quotes": ('""""', '"'),
        "20-newlines": ('"' + "\n" * 20 + 'x"', "x"),
        "json": ('"{""a"": 1}"', '{"a": 1}'),
        "amid-a-plain-field": ('a"b', 'a"b'),
        "formula": ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        "sql": ("'; DROP TABLE x; --", "'; DROP TABLE x; --"),
        "shell": ("$(reboot)", "$(reboot)"),
        "blank-quoted": ('"  "', None),
    }
    for name, (text, value) in texts.items():
        odd = Part(row(f"q-{name}", 30, viagemId=text), values={"viagem_id": value})
        yield _CSV.made(f"quote-{name}", *between_rows(f"q-{name}", odd))
    long = bad(row("q-long", 30, viagemId='"' + "a\n" * 40 + '"'), "length:viagem_id")
    yield _CSV.made("quote-40-lines", *between_rows("q-long", long))
    head = nothing(_head([*_NAMES, "note"]))
    note = _noted("q-most", "a\n" * (_MAX_LINES - 1))
    yield _CSV.made("quote-of-as-many-lines-as-a-row-may-have", head, Part(note))
    again = Part(note, DUPLICATE)
    yield _CSV.made("quote-of-many-lines-again", head, again, Part(_noted("q-after", "a")))


def _noted(device: str, note: str) -> bytes:
    return row(device).replace(b"\n", f',"{note}"\n'.encode())


def _unbalanced() -> Iterator[Recipe]:
    """The line with the stray quote is lost as one reject; those after it are read."""
    stray = bad(b'"' + row("u-stray", 30), "unbalanced_quote")
    yield _CSV.made("unbalanced-amid", *between_rows("u-amid", stray))
    yield _CSV.made("unbalanced-last", *between_rows("u-last"), stray)
    yield _CSV.made("unbalanced-without-line-end", HEADER, bad(b'"V-1,2025', "unbalanced_quote"))
    yield _CSV.made(
        "unbalanced-lone-quote", *between_rows("u-lone", bad(b'"\n', "unbalanced_quote"))
    )
    many = [Part(row(f"u-many-{n}")) for n in range(3 * _MAX_LINES // 2)]
    yield _CSV.made("unbalanced-before-1500-rows", HEADER, stray, *many)
    head = nothing(_head([*_NAMES, "note"]))
    first, *lines = _noted("u-over", "a\n" * _MAX_LINES).splitlines(keepends=True)
    over = [bad(first, "unbalanced_quote"), *(bad(text, "ragged_row") for text in lines[:-1])]
    end = bad(lines[-1], "unbalanced_quote")
    yield _CSV.made("quote-of-one-line-too-many", head, *over, end)
