"""Finds the values of some attributes in a JSON object."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from atvos.contract import reasons
from curate.values import RefusedError


class JsonAttributes:
    """Finds the values of some attributes in a JSON object; what else it has is only skipped.

    A number that no double holds is read as infinite.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = {f"f{i}": name for i, name in enumerate(names)}
        kind: Any = msgspec.Raw | msgspec.UnsetType
        fields = [(field, kind, msgspec.UNSET) for field in self._names]
        struct = msgspec.defstruct("Attributes", fields, rename=self._names)
        self._object = msgspec.json.Decoder(struct)
        self._any = msgspec.json.Decoder(msgspec.Raw)
        self._value = msgspec.json.Decoder()

    def read(self, line: bytes) -> dict[str, object]:
        """The values by attribute; RefusedError where the line is no JSON object."""
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise RefusedError(reasons.ENCODING) from error
        try:
            found = self._object.decode(line)
            values = {self._names[field]: getattr(found, field) for field in self._names}
            return {n: self._decoded(v) for n, v in values.items() if v is not msgspec.UNSET}
        except msgspec.ValidationError as error:
            raise RefusedError(self._no_object(line)) from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise RefusedError(reasons.MALFORMED_JSON) from error

    def _decoded(self, raw: bytes) -> object:
        try:
            return self._value.decode(raw)
        except msgspec.ValidationError:
            text = bytes(raw)
            if text[:1] in b"[{":
                return []  # of no type that a column has
            return -math.inf if text.startswith(b"-") else math.inf

    def _no_object(self, line: bytes) -> str:
        try:
            self._any.decode(line)
        except (msgspec.DecodeError, RecursionError):
            return reasons.MALFORMED_JSON
        return reasons.NOT_AN_OBJECT
