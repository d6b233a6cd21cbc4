"""What is generated: the cases, and the faults that their records have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FEED = "telemetry_events"
NOW = datetime(2025, 6, 10, 12, tzinfo=UTC)
"""When the batch was made: the "now" of the rules about time."""
DEVICES = 4000
BAD_SHARE = 0.02
DUPLICATE_SHARE = 0.01
CHUNK_ROWS = 50_000
SEED = 8

NDJSON_FAULTS: dict[str, tuple[str, ...]] = {
    "cut_off": ("malformed_json",),
    "array": ("not_an_object",),
    "no_device": ("missing:device_id",),
    "device_object": ("type:device_id",),
    "device_too_long": ("length:device_id",),
    "unknown_kind": ("enum:tipo_veiculo",),
    "negative": ("range:odometro_km",),
    "number_as_text": ("type:odometro_km",),
    "null_cost": ("missing:custo_variavel",),
    "no_timestamp": ("format:event_timestamp",),
    "future": ("future:event_timestamp",),
    "late": ("late:event_timestamp",),
    "two_faults": ("enum:tipo_veiculo", "range:odometro_km"),
}
"""The kinds of bad lines, and the reasons that the contract gives each."""
_NOT_IN_CSV = ("array", "device_object")
CSV_FAULTS = {kind: why for kind, why in NDJSON_FAULTS.items() if kind not in _NOT_IN_CSV} | {
    "cut_off": ("ragged_row",),
    "number_as_text": ("format:odometro_km",),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A data set: ``rows`` records in ``files`` files of ``format`` (``ndjson`` or ``csv``)."""

    name: str
    rows: int
    files: int = 8
    format: str = "ndjson"
    gzip: bool = True

    @property
    def faults(self) -> dict[str, tuple[str, ...]]:
        """The kinds of bad records of this format, with their reasons."""
        return CSV_FAULTS if self.format == "csv" else NDJSON_FAULTS

    @property
    def suffix(self) -> str:
        """The end of the names of the files."""
        return f".{self.format}{'.gz' if self.gzip else ''}"

    def file_rows(self, number: int) -> int:
        """The records of a file."""
        return self.rows // self.files + (number < self.rows % self.files)

    def fingerprint(self) -> str:
        """Changes with the case and with the code that generates it."""
        here = Path(__file__).parent
        code = b"".join((here / name).read_bytes() for name in ("recipe.py", "generate.py"))
        return hashlib.sha256(code + repr(self).encode()).hexdigest()[:16]


def millions(size: float) -> Case:
    """Compressed NDJSON with that many million records, in 8 files."""
    return Case(f"{size:g}M", round(size * 1_000_000))
