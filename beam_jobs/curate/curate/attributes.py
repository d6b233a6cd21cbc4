"""Finds the values that a contract reads of a JSON object."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from atvos.contract import SourcePath, reasons
from curate.shape import Node
from curate.values import RefusedError

OTHER_TYPE = object()
"""Stands for a value of no type that a column has."""

Found = dict[SourcePath, object]
"""Values by where they stand; an array of objects is a list of such."""

_VALUE = msgspec.json.Decoder()
_ANY = msgspec.json.Decoder(msgspec.Raw)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_NULL = b"null"


class JsonAttributes:
    """Finds what is read of a JSON object; what else it has is only skipped.

    A number that no double holds is read as infinite.
    """

    def __init__(self, node: Node) -> None:
        self._object = _Object(node)

    def read(self, line: bytes) -> Found:
        """The values; RefusedError where the line is no JSON object."""
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise RefusedError(reasons.ENCODING, f"no UTF-8 from byte {error.start} on") from None
        try:
            return self._object.read(line)
        except msgspec.ValidationError:
            raise RefusedError(*_no_object(line)) from None
        except (msgspec.DecodeError, RecursionError) as error:
            raise RefusedError(reasons.MALFORMED_JSON, str(error)) from None


class _Object:
    """Reads the attributes of objects."""

    def __init__(self, node: Node) -> None:
        self._readers = [
            (f"f{i}", name, _Object(child) if child.attributes else _Leaf(child))
            for i, (name, child) in enumerate(node.attributes.items())
        ]
        kind: Any = msgspec.Raw | msgspec.UnsetType
        fields = [(field, kind, msgspec.UNSET) for field, _, _ in self._readers]
        names = {field: name for field, name, _ in self._readers}
        self._decoder = msgspec.json.Decoder(msgspec.defstruct("Attributes", fields, rename=names))

    def read(self, raw: bytes) -> Found:
        """The values of the object; msgspec.ValidationError where it is none."""
        record = self._decoder.decode(raw)
        found: Found = {}
        for field, name, reader in self._readers:
            value = getattr(record, field)
            if value is not msgspec.UNSET:
                found |= {(name, *path): part for path, part in reader.parts(value).items()}
        return found

    def parts(self, raw: bytes) -> Found:
        """What the value holds; marks of another type where it is neither object nor null."""
        try:
            return self.read(raw)
        except msgspec.ValidationError:
            return {} if bytes(raw) == _NULL else self.marked()

    def marked(self) -> Found:
        """A mark of another type for everything that is read."""
        return {
            (name, *path): mark
            for _, name, reader in self._readers
            for path, mark in reader.marked().items()
        }


class _Leaf:
    """Reads values that columns read themselves."""

    def __init__(self, node: Node) -> None:
        self._is_array = node.item is not None
        self._element = _Object(node.elements) if node.elements else None

    def parts(self, raw: bytes) -> Found:
        """The value itself."""
        return {(): self._array(raw) if self._is_array else _scalar(raw)}

    def marked(self) -> Found:
        """A mark of another type for the value."""
        return {(): OTHER_TYPE}

    def _array(self, raw: bytes) -> object:
        try:
            elements = _LIST.decode(raw)
        except msgspec.ValidationError:
            return None if bytes(raw) == _NULL else OTHER_TYPE
        if self._element is None:
            return [_scalar(element) for element in elements]
        return [self._fields(element, self._element) for element in elements]

    def _fields(self, raw: bytes, element: _Object) -> object:
        try:
            return element.read(raw)
        except msgspec.ValidationError:
            return OTHER_TYPE


def _scalar(raw: bytes) -> object:
    try:
        return _VALUE.decode(raw)
    except msgspec.ValidationError:
        text = bytes(raw)
        if text[:1] in b"[{":
            return OTHER_TYPE
        return -math.inf if text.startswith(b"-") else math.inf


def _no_object(line: bytes) -> tuple[str, str]:
    """The reason against a text that is no JSON object, and what happened."""
    try:
        _ANY.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        return reasons.MALFORMED_JSON, str(error)
    return reasons.NOT_AN_OBJECT, "JSON, but no object"
