"""Byte order marks, line ends, NUL, and texts in another encoding than the promised one."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.recipe import DUPLICATE, Part, Recipe, Shelf, Verdict, bad, nothing
from tests.corpus.rows import CSV_HEADER, HEADER, between, between_rows, line, row, spoiled

KIND = "encoding"
_JSON = Shelf(KIND, "telemetry_events", ".json")
_CSV = Shelf(KIND, "telemetry_events", ".csv")
_BOM = b"\xef\xbb\xbf"
_INVALID = {
    "latin-1": b"Goi\xe2nia",
    "windows-1252-quotes": b"\x93T1\x94",
    "lone-continuation": b"T\x80",
    "overlong-slash": b"T\xc0\xaf",
    "overlong-nul": b"T\xc0\x80",
    "surrogate-in-utf-8": b"T\xed\xa0\x80",
    "beyond-unicode": b"T\xf4\x90\x80\x80",
    "byte-ff": b"T\xff",
    "cut-sequence": b"T\xe2\x82",
}
_VALID = {
    "latin-1-in-utf-8-clothes": "GoiÃ¢nia",
    "replacement-character": "Goi\ufffdnia",
    "emoji": "🚌" * 8,
    "combining": "Goia\u0302nia",
    "right-to-left": "\u202eV-1",
    "zero-width": "V\u200b1",
    "non-characters": "\ufdd0\uffff",
    "line-separators": "a\u2028b\u2029c\u0085d",
    "64-emoji": "🚌" * 64,
}
"""Texts that are valid, whatever a person may think of them."""


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    yield from _invalid()
    yield from _odd_but_valid()
    yield from _marks()
    yield from _line_ends()
    yield from _wide()
    yield from _nothing_there()


def _invalid() -> Iterator[Recipe]:
    for name, text in _INVALID.items():
        good = line(f"e-{name}", 30, viagemId="HERE")
        yield _JSON.made(name, *between(f"e-{name}", bad(good.replace(b"HERE", text), "encoding")))
        good = row(f"ec-{name}", 30, viagemId="HERE")
        parts = between_rows(f"ec-{name}", bad(good.replace(b"HERE", text), "encoding"))
        yield _CSV.made(name, *parts)
    skipped = line("e-skipped", 30, ignored="HERE").replace(b"HERE", b"\xe2")
    yield _JSON.made(
        "latin-1-in-an-ignored-attribute", *between("e-skip", bad(skipped, "encoding"))
    )


def _odd_but_valid() -> Iterator[Recipe]:
    for name, text in _VALID.items():
        due = {"viagem_id": text}
        odd = Part(line(f"v-{name}", 30, viagemId=text), values=due)
        yield _JSON.made(name, *between(f"v-{name}", odd))
        odd = Part(row(f"vc-{name}", 30, viagemId=text), values=due)
        yield _CSV.made(name, *between_rows(f"vc-{name}", odd))
    long = bad(line("v-65", 30, viagemId="🚌" * 65), "length:viagem_id")
    yield _JSON.made("65-emoji", *between("v-65", long))
    escaped = Part(spoiled("v-esc", "viagemId", r'"\ud83d\ude8c"'), values={"viagem_id": "🚌"})
    yield _JSON.made("escaped-pair", *between("v-esc", escaped))
    lone = bad(spoiled("v-lone", "viagemId", r'"\ud83d"'), "malformed_json")
    yield _JSON.made("escaped-lone-surrogate", *between("v-lone", lone))
    nul = Part(spoiled("v-nul", "viagemId", r'"a\u0000b"'), values={"viagem_id": "a\0b"})
    yield _JSON.made("escaped-nul", *between("v-nul", nul))
    raw = bad(line("v-raw", 30, viagemId="HERE").replace(b"HERE", b"a\0b"), "malformed_json")
    yield _JSON.made("raw-nul", *between("v-raw", raw))
    raw = Part(row("v-rawc", 30, viagemId="a\0b"), values={"viagem_id": "a\0b"})
    yield _CSV.made("raw-nul", *between_rows("v-rawc", raw))
    yield _JSON.made("nul-line", *between("v-nul-line", bad(b"\0" * 64 + b"\n", "malformed_json")))
    yield _CSV.made("nul-line", *between_rows("v-nul-row", bad(b"\0" * 64 + b"\n", "ragged_row")))


def _marks() -> Iterator[Recipe]:
    yield _JSON.made("bom-first", nothing(_BOM), *between("b-first"))
    yield _CSV.made("bom-first", nothing(_BOM), *between_rows("b-firstc"))
    again = bad(_BOM + line("b-twice", 30), "malformed_json")
    yield _JSON.made("bom-twice", nothing(_BOM), again, Part(line("b-twice", 1)))
    joined = bad(_BOM + line("b-joined", 30), "malformed_json")
    yield _JSON.made("bom-amid-as-of-joined-files", *between("b-joined", joined))
    yield _CSV.made("bom-twice", nothing(_BOM), bad(_BOM + CSV_HEADER + row("b-c"), "header"))
    quoted = CSV_HEADER.replace(b"deviceId", b'"deviceId"')
    yield _CSV.made("bom-and-a-quoted-header", nothing(_BOM + quoted), Part(row("b-quoted")))


def _line_ends() -> Iterator[Recipe]:
    crlf = [Part(line("l-crlf", n).replace(b"\n", b"\r\n")) for n in (1, 2)]
    yield _JSON.made("crlf", *crlf)
    rows = [Part(row("l-crlfc", n).replace(b"\n", b"\r\n")) for n in (1, 2)]
    yield _CSV.made("crlf", nothing(CSV_HEADER.replace(b"\n", b"\r\n")), *rows)
    yield _CSV.made(
        "crlf-and-lf-mixed", HEADER, Part(rows[0].content, DUPLICATE), Part(row("l-mix"))
    )
    macs = line("l-cr", 1) + line("l-cr", 2)
    yield _JSON.made("lone-cr", bad(macs.replace(b"\n", b"\r"), "malformed_json"))
    mac = (CSV_HEADER + row("l-crc")).replace(b"\n", b"\r")
    yield _CSV.made("lone-cr", bad(mac, "header"))
    amid = row("l-amid", 30, viagemId="a\rb")
    yield _CSV.made("cr-amid-a-field", *between_rows("l-amid", bad(amid, "ragged_row")))
    amid = row("l-quoted", 30, viagemId='"a\rb"')
    yield _CSV.made(
        "cr-in-quotes", *between_rows("l-quoted", Part(amid, values={"viagem_id": "a\rb"}))
    )
    last = Part(line("l-last", 3).rstrip(b"\n"))
    yield _JSON.made("no-last-line-end", *between("l-last"), last)
    yield _CSV.made("no-last-line-end", *between_rows("l-lastc"), Part(row("l-lastc", 3)[:-1]))
    blanks = nothing(b"\n\r\n \t\n\v\f\n")
    yield _JSON.made("blank-lines", *between("l-blank", blanks))
    yield _CSV.made("empty-lines", *between_rows("l-empty", nothing(b"\n\r\n\n")))
    yield _CSV.made("blank-line-is-a-row", *between_rows("l-blankc", bad(b"  \n", "ragged_row")))
    sides = Part(b" \t" + line("l-sides", 30).replace(b"\n", b" \t\r\n"))
    yield _JSON.made("blanks-around-a-line", *between("l-sides", sides))
    nbsp = bad("\u00a0\n".encode(), "malformed_json")
    yield _JSON.made("line-of-a-no-break-space", *between("l-nbsp", nbsp))


def _wide() -> Iterator[Recipe]:
    """UTF-16 and UTF-32 lines are cut at each 0x0A byte, as the specification says."""
    one, two = (line("w", n).decode().rstrip("\n") for n in (1, 2))
    for name, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        first, second = f"{one}\n".encode(name), f"{two}\n".encode(name)
        cut = first.index(b"\n") + 1
        # Little-endian leaves the zero byte of one line end to the next line.
        lines = [mark + first[:cut], first[cut:] + second[: second.index(b"\n") + 1]]
        rest = second[second.index(b"\n") + 1 :]
        codes = ["encoding", "malformed_json"]
        parts = [bad(content, code) for content, code in zip(lines, codes, strict=True)]
        yield _JSON.made(name, *parts, *([bad(rest, "malformed_json")] if rest else []))
        yield _CSV.made(name, bad(mark + (CSV_HEADER + row("w")).decode().encode(name), "header"))
    bare = bad(one.encode("utf-16-le"), "malformed_json")
    yield _JSON.made("utf-16-without-a-mark", bare)
    yield _JSON.made("utf-32", bad(b"\xff\xfe\0\0" + one.encode("utf-32-le"), "encoding"))
    yield _JSON.made("utf-7", bad(b"+AHs-" + one.encode(), "malformed_json"))
    yield _JSON.made("ebcdic", bad(one.encode("cp500"), "encoding"))


def _nothing_there() -> Iterator[Recipe]:
    for shelf in (_JSON, _CSV):
        yield shelf.raw("zero-bytes", b"", Verdict())
        yield shelf.made("only-a-bom", nothing(_BOM))
        yield shelf.made("only-line-ends", nothing(b"\n\r\n\n"))
    yield _CSV.made("only-a-header", HEADER)
    yield _CSV.made("only-a-header-without-end", nothing(CSV_HEADER[:-1]))
    yield _JSON.made("one-brace", bad(b"{", "malformed_json"))
    yield _JSON.made("one-nul", bad(b"\0", "malformed_json"))
    yield _CSV.made("one-nul", bad(b"\0", "header"))
