"""What came of a batch, as figures that do not depend on the order of rows, and what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

ROW: dict[str, Any] = {
    "device_id": pl.String,
    "event_timestamp": pl.Int64,
    "event_date": pl.Int32,
    "tipo_veiculo": pl.String,
    "odometro_km": pl.Int64,
    "custo_variavel": pl.Int64,
    "custo_fixo": pl.Int64,
    "viagem_id": pl.String,
}
"""What of a row is compared: µs since 1970, days since 1970, whole ten-thousandths."""
_MONEY = ("odometro_km", "custo_variavel", "custo_fixo")
_WRAP = 1 << 64


@dataclass(frozen=True)
class Outcome:
    """The rows, the rejects by reasons, and the duplicates of a batch, or of a part of it.

    A digest is the sum of a hash of each row, modulo 2^64. ``places`` is the digest of where the
    valid rows and the rejects stood (object, byte), None where that was not kept.
    """

    valid: int = 0
    rows: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    lines: int | None = 0
    duplicates: int | None = 0
    places: int | None = 0

    @classmethod
    def of(
        cls, rows: pl.DataFrame, rejects: pl.DataFrame | None, duplicates: int | None
    ) -> Outcome:
        """The outcome of frames; ``rejects`` has ``reasons`` (a list) and ``line``."""
        why: Counter[str] = Counter()
        lines = None
        if rejects is not None:
            joined = rejects.get_column("reasons").list.join(" + ").value_counts()
            why.update(dict(joined.iter_rows()))
            lines = digest(rejects.select("line", pl.col("reasons").list.join("+")))
        places = None
        if rejects is not None and "source_position" in rows.columns:
            both = [frame.select(_PLACE) for frame in (rows, rejects)]
            places = digest(pl.concat(both))
        return cls(rows.height, digest(_comparable(rows)), why, lines, duplicates, places)

    def __add__(self, other: Outcome) -> Outcome:
        """Both parts together."""
        return Outcome(
            self.valid + other.valid,
            (self.rows + other.rows) % _WRAP,
            self.rejects + other.rejects,
            _sum(self.lines, other.lines),
            _sum(self.duplicates, other.duplicates),
            _sum(self.places, other.places),
        )

    @property
    def rejected(self) -> int:
        """How many rejects there are."""
        return self.rejects.total()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**vars(self), "rejects": dict(self.rejects)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Outcome:
        """The inverse of ``to_dict``."""
        return cls(**{**data, "rejects": Counter(data["rejects"])})


def total(parts: Iterable[Outcome]) -> Outcome:
    """The parts together."""
    return sum(parts, Outcome())


def differences(expected: Outcome, found: Outcome, *, bare: bool = False) -> list[str]:
    """A sentence for each thing that is wrong; ``bare``: only the rows are compared."""
    said = []
    if found.valid != expected.valid:
        said.append(f"{found.valid} valid rows, not {expected.valid}")
    elif found.rows != expected.rows:
        said.append("other values in the valid rows")
    if bare:
        return said
    if found.rejects != expected.rejects:
        wrong = sorted(
            why
            for why in found.rejects | expected.rejects
            if found.rejects[why] != expected.rejects[why]
        )
        said += [
            f"{found.rejects[why]} rejects {why}, not {expected.rejects[why]}" for why in wrong
        ]
    elif found.lines != expected.lines:
        said.append("other lines in the rejects")
    if found.duplicates != expected.duplicates:
        said.append(f"{found.duplicates} duplicates, not {expected.duplicates}")
    if found.places is not None and found.places != expected.places:
        said.append("other places of rows or rejects")
    return said


_PLACE = (
    pl.col("source_object").str.split("/").list.last().alias("object"),
    pl.col("source_position").cast(pl.Int64),
)


def digest(frame: pl.DataFrame) -> int:
    """The sum of the hashes of the rows, modulo 2^64."""
    if frame.is_empty():
        return 0
    return int(np.sum(frame.hash_rows(seed=8).to_numpy(), dtype=np.uint64))


def _comparable(rows: pl.DataFrame) -> pl.DataFrame:
    columns = {
        "event_timestamp": pl.col("event_timestamp").dt.epoch("us"),
        "event_date": pl.col("event_date").cast(pl.Date).cast(pl.Int32),
        **{name: (pl.col(name).cast(pl.Float64) * 10_000).round() for name in _MONEY},
    }
    return rows.select(
        columns.get(name, pl.col(name)).cast(kind).alias(name) for name, kind in ROW.items()
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else (one + other) % _WRAP
