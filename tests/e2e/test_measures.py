"""What Power BI shows agrees: each measure's SQL twin gives what the generator knows."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from local.client import Client
from local.sample.model import ZONE
from tests.e2e.conftest import Landed
from tests.powerbi.numbers.expected import expected, of_rows
from tests.powerbi.numbers.twins import Twin, load

TWINS = load()
FROM = {
    "fct_occurrence": "marts.fct_occurrence WHERE data >= DATE '2000-01-01'",
    "fct_service_hour": "marts.fct_service_hour WHERE log_date >= DATE '2000-01-01'",
    "dim_vehicle": "marts.dim_vehicle",
    "freshness": "ops.freshness",
}
AGES = "Idade dos dados (h)"
"""Grows between two looks."""


@pytest.fixture(scope="module")
def known(client: Client, landed: Landed) -> dict[str, Any]:
    """What every measure must be: by the answer, else by the rows of the marts."""
    rows = {name: client.rows(f"SELECT * FROM {place}") for name, place in FROM.items()}
    today = datetime.now(ZONE).date()
    answer = expected(landed.answer, landed.settings.vehicles, today)
    return answer | of_rows(rows)


def asked(client: Client, twin: Twin) -> Any:
    """What the twin gives: a value, or one by carrier."""
    rows = client.rows(twin.sql)
    if "transportadora" in rows[0]:
        return {row["transportadora"]: row["value"] for row in rows}
    (row,) = rows
    return row["value"]


def test_every_measure_is_known(known: dict[str, Any]) -> None:
    assert known.keys() == TWINS.keys()


@pytest.mark.parametrize("twin", TWINS.values(), ids=lambda twin: twin.file.stem)
def test_a_twin_gives_what_must_be(client: Client, known: dict[str, Any], twin: Twin) -> None:
    found, wanted = asked(client, twin), known[twin.measure]
    if isinstance(wanted, int | float | Decimal):
        # Rows are rounded to centavos; where that is a tie, the emulator's floats may differ.
        slack = 0.1 if twin.measure == AGES else 0.011 if wanted > 1 else 0
        assert float(found) == pytest.approx(float(wanted), rel=1e-6, abs=slack)
    elif isinstance(wanted, datetime):
        assert abs(found.replace(tzinfo=None) - wanted).total_seconds() < 1
    else:
        assert found == wanted
