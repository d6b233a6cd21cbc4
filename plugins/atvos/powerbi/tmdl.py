"""Reads TMDL, the text form of a semantic model, into objects with their lines.

It knows what ``tmdl_grammar`` lists and refuses everything else, so that no check passes over
what it did not understand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from atvos.powerbi.report_places import near
from atvos.powerbi.tmdl_grammar import GRAMMAR, UNNAMED, child_kind, valid_words

_NAME = r"'(?:[^']|'')*'|[^\s=:']+"
_OBJECT = re.compile(rf"(?P<word>\w+)(?:\s+(?P<name>{_NAME}))?(?:\s*=(?P<value>.*))?$")
_PROPERTY = re.compile(r"(?P<word>\w+)(?:\s*(?P<mark>[:=])(?P<value>.*))?$")
_REF = re.compile(rf"ref\s+(?P<word>\w+)\s+(?P<name>{_NAME})$")
_PARTS = re.compile(rf"(?P<table>'(?:[^']|'')*'|[^\s.']+)\.(?P<column>{_NAME})$")


class TmdlError(ValueError):
    """A file that the reader does not understand; says file, line, what it found, what is valid."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a property says, and on which line it starts."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Node:
    """One object. ``value`` is what its ``=`` gives, empty where it has none."""

    kind: str
    name: str
    file: Path
    line: int
    description: str
    value: Value
    properties: Mapping[str, Value]
    children: tuple[Node, ...]
    refs: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"

    def of(self, kind: str) -> list[Node]:
        """Its children of one kind."""
        return [child for child in self.children if child.kind == kind]

    def text(self, name: str, default: str = "") -> str:
        """A property's text."""
        return self.properties[name].text if name in self.properties else default

    def notes(self) -> dict[str, str]:
        """Texts of its annotations by name."""
        return {each.name: each.value.text for each in self.of("annotation")}

    def flag(self, name: str) -> bool:
        """Whether a property is there and not ``false``."""
        return self.text(name, "false") != "false"


def read(file: Path) -> Node:
    """The objects of a file, as the children of one node. TmdlError, or OSError."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return _Reader(file, lines).file_node()


def unquoted(name: str) -> str:
    """A name without its quotes.

    >>> unquoted("'Km d''água'")
    "Km d'água"
    """
    quoted = len(name) > 1 and name[0] == name[-1] == "'"
    return name[1:-1].replace("''", "'") if quoted else name


def column_of(text: str) -> tuple[str, str] | None:
    """Table and column of ``table.column``, None where it is no such thing."""
    found = _PARTS.match(text)
    return (unquoted(found["table"]), unquoted(found["column"])) if found else None


@dataclass
class _Reader:
    file: Path
    lines: list[str]
    at: int = 0

    def file_node(self) -> Node:
        return self._node("", "", 1, "", Value("", 1), depth=-1)

    def _error(self, found: str, valid: str) -> TmdlError:
        return TmdlError(f"{self.file}:{self.at + 1}: found {found!r}; valid: {valid}")

    def _node(
        self, kind: str, name: str, line: int, description: str, value: Value, depth: int
    ) -> Node:
        """The object whose own line is read; reads what stands below it, one tab deeper."""
        properties: dict[str, Value] = {}
        children: list[Node] = []
        refs: list[tuple[str, str]] = []
        words: list[str] = []
        while (text := self._next(depth + 1)) is not None:
            if text.startswith("///"):
                words.append(text[3:].strip())
                self.at += 1
                continue
            ref = _REF.match(text)
            if ref and kind in ("", "model"):
                refs.append((ref["word"], unquoted(ref["name"])))
                self.at += 1
                continue
            child = self._child(kind, text, " ".join(words), depth + 1)
            words = []
            if child is not None:
                children.append(child)
            else:
                word, read_value = self._property(kind, text, depth + 1)
                if word in properties:
                    raise self._error(word, "each property once")
                properties[word] = read_value
        if words:
            raise self._error("///", "an object below its description")
        return Node(
            *(kind, name, self.file, line, description, value),
            *(properties, tuple(children), tuple(refs)),
        )

    def _child(self, parent: str, text: str, description: str, depth: int) -> Node | None:
        """The object that the line starts, None where it starts none."""
        found = _OBJECT.match(text)
        kind = child_kind(parent, found["word"]) if found else None
        if found is None or kind is None:
            return None
        if found["name"] is None and kind.removeprefix("translated_") not in UNNAMED:
            raise self._error(text, f"{found['word']} and a name")
        line = self.at + 1
        value = Value("", line)
        self.at += 1
        if found["value"] is not None:
            if GRAMMAR[kind].default is None:
                self.at -= 1
                raise self._error(text, f"{found['word']} without =")
            value = self._expression(found["value"].strip(), depth + 2)
        name = unquoted(found["name"] or "")
        return self._node(kind, name, line, description, value, depth)

    def _property(self, kind: str, text: str, depth: int) -> tuple[str, Value]:
        found = _PROPERTY.match(text)
        word = found["word"] if found else text.split(maxsplit=1)[0]
        if found is None or word not in GRAMMAR[kind].properties:
            raise self._error(word, near(word, valid_words(kind)))
        line = self.at + 1
        self.at += 1
        if found["mark"] is None:
            return word, Value("true", line)
        if found["mark"] == "=":
            return word, self._expression(found["value"].strip(), depth + 1)
        return word, Value(_plain(found["value"].strip()), line)

    def _expression(self, first: str, depth: int) -> Value:
        """What stands behind ``=``: the rest of the line, or the deeper lines below it."""
        if first:
            return Value(first, self.at)
        start = self.at
        block: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and not line.startswith("\t" * depth):
                break
            block.append(line)
            self.at += 1
        while block and not block[-1].strip():
            block.pop()
        if not block:
            raise self._error("=", "an expression, on the line or deeper below it")
        shared = min(len(each) - len(each.lstrip("\t")) for each in block if each.strip())
        return Value("\n".join(each[shared:] for each in block), start + 1)

    def _next(self, depth: int) -> str | None:
        """The next line at ``depth`` tabs, None where the object ends."""
        while self.at < len(self.lines) and not self.lines[self.at].strip():
            self.at += 1
        if self.at == len(self.lines):
            return None
        line = self.lines[self.at]
        tabs = len(line) - len(line.lstrip("\t"))
        if tabs > depth or line[tabs] == " ":
            raise self._error(line.strip(), f"{depth} tabs before it, no spaces")
        return line[depth:].rstrip() if tabs == depth else None


def _plain(text: str) -> str:
    """A property's text without the quotes that it has where it starts with one."""
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1].replace('""', '"') if quoted else text
