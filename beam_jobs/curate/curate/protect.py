"""Puts the protected form in the place of personal data."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

import polars as pl

from atvos.contract import Column, Feed, Protection
from curate.lists import fold, unfold
from curate.values import BLANKS
from curate.vectors import mapped

# No apostrophe: it may be part of a query, and what follows it would be left.
_QUERY = re.compile(rf'\?[^{BLANKS}"]*')


class Protector:
    """Protects what a feed's contract says is personal data.

    ``key`` is needed where a column is hashed: ValueError without.
    """

    def __init__(self, feed: Feed, key: bytes | None) -> None:
        if Protection.HASH in feed.protections and not key:
            raise ValueError(f"{feed.name} has columns with protection: hash, and there is no key")
        self._columns = [column for column in feed.columns if column.protections]
        self._key = key or b""

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with its personal data protected."""
        return frame.with_columns(
            self._series(column, frame.get_column(column.name)) for column in self._columns
        )

    def text(self, protection: Protection, text: str) -> str:
        """The protected form of a text."""
        if protection is Protection.STRIP_QUERY:
            return _QUERY.sub("", text)
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    def _series(self, column: Column, values: pl.Series) -> pl.Series:
        if column.items is not None:
            elements, lengths = unfold(values)
            return fold(self._series(column.items, elements), lengths).alias(column.name)
        if column.fields:
            return self._fields(column.fields, values.struct.unnest())
        if column.protection is None:
            return values
        texts = values.unique().drop_nulls()
        return mapped(values, {text: self.text(column.protection, text) for text in texts})

    def _fields(self, fields: Sequence[Column], frame: pl.DataFrame) -> pl.Series:
        series = [self._series(field, frame.get_column(field.name)) for field in fields]
        return pl.DataFrame(series).to_struct()
