"""Arrays of whole columns: all their elements one after the other, and how many each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from atvos.contract import SourcePath

_PLAIN = pl.CompatLevel.oldest()


@dataclass(frozen=True, slots=True)
class Lists:
    """The arrays of a column's rows.

    ``present`` is false where a row has none, ``lengths`` counts the elements. ``sources``
    has a series of all elements by where their parts stand, () for the element itself.
    """

    present: npt.NDArray[np.bool_]
    lengths: npt.NDArray[np.int64]
    sources: Mapping[SourcePath, pl.Series | Lists]

    def all_of(self, elements: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """The rows whose elements all have the flag."""
        rows = np.repeat(np.arange(len(self.lengths)), self.lengths)
        good = np.ones(len(self.lengths), np.bool_)
        good[rows[~elements]] = False
        return good


def fold(elements: pl.Series, lengths: npt.NDArray[np.int64]) -> pl.Series:
    """A series of arrays with these elements, so many in each."""
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    values = elements.rechunk().to_arrow(compat_level=_PLAIN)
    return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(offsets, values)))


def unfold(arrays: pl.Series) -> tuple[pl.Series, npt.NDArray[np.int64]]:
    """The elements of arrays that are not null, and how many each has."""
    lengths = arrays.list.len().cast(pl.Int64).to_numpy()
    values = arrays.rechunk().to_arrow(compat_level=_PLAIN).flatten()
    return pl.Series(pl.from_arrow(values)), lengths
