"""The SQL twins of the measures: what each must give over all rows, asked of the marts.

A twin's first line names its measure, its second the DAX that it was written beside: who changes
the one has to look at the other.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from atvos.powerbi.model import Measure

FOLDER = Path(__file__).with_name("twins")


@dataclass(frozen=True, slots=True)
class Twin:
    """A measure's query; its one column is ``value``, beside the carrier where there are several.

    ``dax`` is the digest of the expression that it was compared with.
    """

    measure: str
    dax: str
    sql: str
    file: Path


def load() -> dict[str, Twin]:
    """All twins by measure."""
    found = {}
    for file in sorted(FOLDER.glob("*.sql")):
        name, dax, sql = file.read_text(encoding="utf-8").split("\n", 2)
        twin = Twin(name.removeprefix("-- "), dax.removeprefix("-- DAX "), sql, file)
        found[twin.measure] = twin
    return found


def digest(measure: Measure) -> str:
    """Tells one expression from another, however it is laid out."""
    return hashlib.sha256(" ".join(measure.expression.split()).encode()).hexdigest()[:12]
