"""Errors against the contracts, and in what refreshes load."""

from tests.powerbi.model.planted import D1, DAY, D, Planted, T

CONTRACTS = (
    Planted("a column that BigQuery lacks", D1, "sourceColumn: km\n", "sourceColumn: kmm\n", "km"),
    Planted("a type that does not fit", D1, "dataType: int64", "dataType: string", "int64"),
    Planted("a name that is not BigQuery's", D1, "column viagens\n", "column trips\n", "viagens"),
    Planted("another description", DAY, "/// The day in São Paulo.", "/// The day.", "São Paulo"),
    Planted("another purpose", DAY, "/// Distance that each vehicle", "/// What each", "Distance"),
    Planted(
        "a column that nobody explains",
        D1,
        "annotation Atvos_LeftOut_nivel",
        "annotation Atvos_LeftOut_km",
        "nivel",
    ),
    Planted(
        "a table that no mart is",
        f"{T}transportadora.tmdl",
        '"dim_vehicle"',
        '"dim_vehicles"',
        "dim_vehicle",
    ),
    Planted(
        "another view",
        D1,
        'Name = "rpt_d1"',
        'Name = "fct_occurrence"',
        "rpt_d1 alone",
        everywhere=True,
    ),
    Planted(
        "another dataset",
        f"{T}freshness.tmdl",
        "Name = OpsDataset",
        "Name = MartsDataset",
        "OpsDataset",
    ),
    Planted(
        "another mode", f"{T}freshness.tmdl", "mode: directQuery", "mode: import", "directQuery"
    ),
    Planted(
        "a column that is not loaded", D1, '"viagens",', "", "Table.SelectColumns", everywhere=True
    ),
    Planted(
        "an amount as floating point",
        D1,
        '{"km", Currency.Type},',
        "",
        "Currency.Type",
        everywhere=True,
    ),
    Planted(
        "a filter on no column", D1, "each [nivel] =", "each [nivell] =", "nivel", everywhere=True
    ),
)

REFRESH = (
    Planted("another window", D1, "rollingWindowPeriods: 36", "rollingWindowPeriods: 12", "36"),
    Planted("days", D1, "incrementalGranularity: month", "incrementalGranularity: day", "month"),
    Planted(
        "a policy with another query",
        D1,
        'each [nivel] = "veiculo"',
        'each [nivel] = "v"',
        "the same query",
    ),
    Planted(
        "a datetime against a date", DAY, ">= Date.From(RangeStart)", ">= RangeStart", "Date.From"
    ),
    Planted(
        "no filter of DirectQuery",
        f"{T}fct_service_hour.tmdl",
        "each [log_date] >= ServiceHistoryStart",
        "each true",
        "Table.SelectRows",
    ),
    Planted(
        "no filter of a list",
        f"{T}transportadora.tmdl",
        "each [mes] >= Primeiro",
        "each true",
        "Table.SelectRows",
    ),
    Planted(
        "RangeStart as a date", f"{D}expressions.tmdl", 'Type="DateTime"', 'Type="Date"', "DateTime"
    ),
    Planted(
        "a mart more in the list",
        f"{T}transportadora.tmdl",
        'Name = "fct_fleet_month_cost"',
        'Name = "fct_vehicle_day"',
        "refresh.DERIVED",
    ),
)
