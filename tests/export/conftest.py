"""A mart with awkward rows on the emulator."""

from collections.abc import Iterator

import pytest

from local.client import Client
from local.stack import Stack
from tests.sql.running import MODELS, Runner
from tests.sql.values import Row, filled

OCCURRENCE = MODELS["fct_occurrence"]
FORMULA = '=HYPERLINK("http://evil";"x")'
ROWS: list[Row] = [
    filled(row, OCCURRENCE.columns, "test")
    for row in (
        {"data": "2025-06-01", "unidade": "UAT", "evento": FORMULA, "tempo_atraso_min": 25},
        {"data": "2025-06-02", "unidade": "UEL", "evento": 'a;b,"c"\nd é', "replanejado": "true"},
    )
]
COST: Row = filled(
    {"mes": "2025-06-01", "frota": "17", "km_mes": 1234.500},
    MODELS["fct_fleet_month_cost"].columns,
    "test",
)


@pytest.fixture
def marts(emulators: Stack) -> Iterator[Runner]:
    """The marts, where people read them."""
    runner = Runner(Client(emulators))
    names = [MODELS[name].view_name for name in ("fct_occurrence", "fct_fleet_month_cost")]
    for name, rows in zip(names, (ROWS, [COST]), strict=True):
        runner.fill(name, rows)
    yield runner
    for name in names:
        runner.drop(name)
