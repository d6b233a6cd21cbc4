"""How tables hang together, and where personal data goes."""

from pathlib import Path

import pytest

from atvos.dictionary import files
from atvos.dictionary.catalog import Catalog, Edge
from atvos.dictionary.lineage import ColumnRef, LineageError

DRIVER = ColumnRef("curated.rides", "driver_hash")
STOPS = ColumnRef("curated.rides", "stops")


def test_models_are_made_from_what_they_read_and_feeds_refer_to_feeds(catalog: Catalog) -> None:
    assert catalog.edges == (
        Edge("curated.buses", "curated.rides", is_reference=True),
        Edge("curated.rides", "marts.fct_ride"),
        Edge("marts.fct_ride", "marts.rpt_ride"),
        Edge("ops.object_ledger", "ops.landings"),
    )


def test_around_a_table_are_all_that_lead_to_it_and_away_from_it(catalog: Catalog) -> None:
    assert catalog.around("marts.fct_ride") == catalog.edges[:3]
    assert catalog.around("ops.landings") == catalog.edges[3:]


def test_personal_data_is_carried_through_every_model(catalog: Catalog) -> None:
    driver = ColumnRef("marts.fct_ride", "driver")
    assert catalog.personal == {
        DRIVER: frozenset(),
        STOPS: frozenset(),
        driver: frozenset({DRIVER}),
        ColumnRef("marts.fct_ride", "stops"): frozenset({STOPS}),
        ColumnRef("marts.rpt_ride", "drivers"): frozenset({driver}),
    }


def test_personal_data_does_not_come_with_other_columns_of_the_table(catalog: Catalog) -> None:
    assert ColumnRef("marts.rpt_ride", "km") not in catalog.personal
    assert ColumnRef("marts.rpt_ride", "rides") not in catalog.personal


def test_what_the_contract_classifies_is_personal_data_wherever_it_comes_from(
    repository: Path,
) -> None:
    model = repository / "sql" / "marts" / "fct_ride" / "model.yaml"
    secret = "classification: pii, customProperties: [{property: protection, value: hash}]}"
    model.write_text(
        model.read_text().replace("description: The ride.}", f"description: R, {secret}")
    )
    found = files.load(repository / "contracts", repository / "sql").personal
    assert found[ColumnRef("marts.fct_ride", "ride")] == frozenset()


def test_a_column_whose_origin_cannot_be_told_is_named_with_its_query(repository: Path) -> None:
    query = repository / "sql" / "marts" / "fct_ride" / "query.sql"
    query.write_text(query.read_text().replace("r.km,", "r.kilometres AS km,"))
    with pytest.raises(LineageError) as error:
        files.load(repository / "contracts", repository / "sql")
    assert str(error.value).startswith(f"{query}: ")
    assert "kilometres" in str(error.value)


def test_a_column_that_the_query_does_not_return_is_named(repository: Path) -> None:
    query = repository / "sql" / "marts" / "fct_ride" / "query.sql"
    query.write_text(query.read_text().replace("r.km,", ""))
    with pytest.raises(LineageError) as error:
        files.load(repository / "contracts", repository / "sql")
    returned = "day, ride, driver, stops, kind"
    assert str(error.value) == (
        f"{query}: column km: found none, or several; the query returns {returned}"
    )
