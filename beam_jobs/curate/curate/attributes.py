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

    def __init__(self, node: Node, path: SourcePath = ()) -> None:
        self._readers = [
            (f"f{i}", _Object(child, (*path, name)))
            if child.attributes
            else (f"f{i}", _Leaf(child, (*path, name)))
            for i, (name, child) in enumerate(node.attributes.items())
        ]
        kind: Any = msgspec.Raw | msgspec.UnsetType
        fields = [(field, kind, msgspec.UNSET) for field, _ in self._readers]
        names = dict(zip((field for field, _ in self._readers), node.attributes, strict=True))
        self._decoder = msgspec.json.Decoder(msgspec.defstruct("Attributes", fields, rename=names))

    def read(self, raw: bytes) -> Found:
        """The values of the object; msgspec.ValidationError where it is none."""
        found: Found = {}
        self._fill(found, raw)
        return found

    def add(self, found: Found, raw: bytes) -> None:
        """Add what the value holds; marks of another type where it is no object nor null."""
        try:
            self._fill(found, raw)
        except msgspec.ValidationError:
            if bytes(raw) != _NULL:
                self.mark(found)

    def mark(self, found: Found) -> None:
        """Add a mark of another type for everything that is read."""
        for _, reader in self._readers:
            reader.mark(found)

    def _fill(self, found: Found, raw: bytes) -> None:
        record = self._decoder.decode(raw)
        for field, reader in self._readers:
            value = getattr(record, field)
            if value is not msgspec.UNSET:
                reader.add(found, value)


class _Leaf:
    """Reads values that columns read themselves."""

    def __init__(self, node: Node, path: SourcePath) -> None:
        self._path = path
        self._is_array = node.item is not None
        self._element = _Object(node.elements) if node.elements else None

    def add(self, found: Found, raw: bytes) -> None:
        """Add the value itself."""
        found[self._path] = self._array(raw) if self._is_array else _scalar(raw)

    def mark(self, found: Found) -> None:
        """Add a mark of another type for the value."""
        found[self._path] = OTHER_TYPE

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
