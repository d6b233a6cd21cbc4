"""The words of a DAX expression: strings, names of tables, columns in brackets, functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a token is."""

    STRING = "string"
    TABLE = "quoted table"
    BRACKET = "bracket"
    WORD = "word"
    NUMBER = "number"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``text`` is without quotes and brackets, ``line`` counts from 0."""

    kind: Kind
    text: str
    line: int


class DaxError(ValueError):
    """A text that is no DAX. ``line`` counts from 0."""

    def __init__(self, line: int, found: str, valid: str) -> None:
        super().__init__(f"found {found!r}; valid: {valid}")
        self.line, self.found, self.valid = line, found, valid


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>//[^\n]*|--[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:[^"]|"")*")
    |(?P<table>'(?:[^']|'')*')
    |(?P<bracket>\[(?:[^\]]|\]\])*\])
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d][\w.]*)
    |(?P<sign><>|<=|>=|==|&&|\|\||[-+*/^&=<>(){},;])""",
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "string": (Kind.STRING, '"'),
    "table": (Kind.TABLE, "'"),
    "bracket": (Kind.BRACKET, "]"),
}


def tokens(text: str) -> Iterator[Token]:
    """The tokens of an expression, comments left out. DaxError where something is none."""
    at = 0
    while at < len(text):
        line = text.count("\n", 0, at)
        found = _TOKEN.match(text, at)
        if found is None:
            raise DaxError(
                line, text[at : at + 12].split("\n", maxsplit=1)[0], "DAX, with what is open closed"
            )
        at = found.end()
        name = str(found.lastgroup)
        if name in _KINDS:
            kind, end = _KINDS[name]
            yield Token(kind, found[name][1:-1].replace(end * 2, end), line)
        elif name not in ("space", "comment"):
            yield Token(Kind(name), found[name], line)


def balance(found: list[Token]) -> None:
    """DaxError where a bracket is not closed, or closes nothing."""
    pairs = {")": "(", "}": "{"}
    opened: list[Token] = []
    for token in found:
        if token.kind is not Kind.SIGN:
            continue
        if token.text in pairs.values():
            opened.append(token)
        elif token.text in pairs and (not opened or opened.pop().text != pairs[token.text]):
            raise DaxError(token.line, token.text, f"{pairs[token.text]} before it")
    if opened:
        close = {value: key for key, value in pairs.items()}[opened[-1].text]
        raise DaxError(opened[-1].line, opened[-1].text, f"{close} behind it")
