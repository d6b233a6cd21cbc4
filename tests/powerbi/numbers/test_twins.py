"""Every measure has a SQL twin that was written beside its DAX, and reads the same marts."""

import re

import pytest

from atvos.powerbi import model
from local.layout import REPOSITORY
from tests.powerbi.numbers.twins import Twin, digest, load

TWINS = load()
MODEL = model.load(REPOSITORY / "powerbi" / "Atvos.SemanticModel")
MEASURES = {name: m for table in MODEL.tables.values() for name, m in table.measures.items()}
_TABLE = re.compile(r"\b(?:marts|ops)\.(\w+)")
_COLUMN = re.compile(r"(\w+)\s*\[\w+\]|COUNTROWS \( (\w+) \)")
_MEASURE = re.compile(r"(?<![\w'])\[([^\]]+)\]")
MADE_IN_POWER_BI = {"calendario", "plano", "transportadora", "dim_unit"}
"""Tables that filter, or hold what the reader chose: over all rows they change nothing."""


def test_every_measure_has_a_twin() -> None:
    assert TWINS.keys() == MEASURES.keys()


@pytest.mark.parametrize("twin", TWINS.values(), ids=lambda twin: twin.file.stem)
def test_a_twin_was_written_beside_the_dax_that_is_there(twin: Twin) -> None:
    found = digest(MEASURES[twin.measure])
    assert twin.dax == found, (
        f"the DAX of {twin.measure!r} has changed: compare {twin.file.name} with it, then write "
        f"{found} into its second line"
    )


def tables_of(name: str) -> set[str]:
    """The tables that a measure reads, those of the measures that it uses included."""
    expression = MEASURES[name].expression
    own = {a or b for a, b in _COLUMN.findall(expression)} & MODEL.tables.keys()
    used = {found for found in _MEASURE.findall(expression) if found in MEASURES}
    return own.union(*map(tables_of, used)) - MADE_IN_POWER_BI


@pytest.mark.parametrize("twin", TWINS.values(), ids=lambda twin: twin.file.stem)
def test_a_twin_reads_the_tables_of_its_measure(twin: Twin) -> None:
    read = set(_TABLE.findall(twin.sql))
    # What a measure says of the reader's choice needs no table.
    wanted = tables_of(twin.measure) if read else set()
    filters_only = {"dim_vehicle"} - read
    assert read == wanted - filters_only
