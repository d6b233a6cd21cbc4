"""What a reject may show of a record with personal data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from atvos.contract import Feed, Protection
from curate.protect import Protector
from curate.shape import Node, shape
from curate.values import BLANKS

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_LEFT_OUT = object()


class Redactor:
    """Writes records anew, with only what the contract reads and personal data protected."""

    def __init__(self, feed: Feed, protector: Protector) -> None:
        self._root = shape(feed.read_columns)
        self._protector = protector

    def line(self, line: bytes) -> bytes | None:
        """The JSON object that the line is, rewritten; None where it is nested too deeply."""
        try:
            return msgspec.json.encode(self._object(msgspec.Raw(line), self._root))
        except RecursionError:  # a little less deep, the judge could read it
            return None

    def row(self, texts: Mapping[str, str]) -> bytes:
        """The fields of a CSV row as a JSON object by header name."""
        shown = {
            name: self._text(node, texts[name].strip(BLANKS))
            for name, node in self._root.attributes.items()
        }
        return msgspec.json.encode(shown)

    def _shown(self, raw: msgspec.Raw, node: Node) -> Any:
        """What is shown of a value; ``_LEFT_OUT`` where that is nothing."""
        if node.attributes:
            return self._object(raw, node)
        if node.item is None:
            return self._value(raw, node)
        try:
            elements = _LIST.decode(raw)
        except msgspec.ValidationError:
            return _LEFT_OUT
        if node.elements is None:
            shown = [self._value(element, node) for element in elements]
        else:
            shown = [self._object(element, node.elements) for element in elements]
        return [None if value is _LEFT_OUT else value for value in shown]

    def _object(self, raw: msgspec.Raw, node: Node) -> Any:
        try:
            found = _OBJECT.decode(raw)
        except msgspec.ValidationError:
            return _LEFT_OUT
        shown = {
            name: self._shown(found[name], child)
            for name, child in node.attributes.items()
            if name in found
        }
        return {name: value for name, value in shown.items() if value is not _LEFT_OUT}

    def _value(self, raw: msgspec.Raw, node: Node) -> Any:
        protection = _protection(node)
        text = bytes(raw).decode()
        if protection is None or text == "null":
            return raw
        if text.startswith('"'):
            return self._protector.text(protection, _TEXT.decode(raw))
        if protection is Protection.STRIP_QUERY:
            return _LEFT_OUT
        return self._protector.text(protection, text)

    def _text(self, node: Node, text: str) -> str:
        protection = _protection(node)
        return self._protector.text(protection, text) if protection and text else text


def _protection(node: Node) -> Protection | None:
    """The strongest protection that a column asks for that reads the value."""
    asked = frozenset[Protection]().union(*(column.protections for column in node.columns))
    return next((protection for protection in Protection if protection in asked), None)
