"""Every rule of the loader refuses a contract that breaks it, and says what would be valid."""

from pathlib import Path
from typing import Any

import pytest

from atvos import contract
from atvos.contract import odcs
from tests.contract.broken_values import VALUES
from tests.contract.editing import (
    ABSENT,
    BASE,
    COLUMNS,
    CUSTOM,
    FREE,
    Broken,
    at,
    column,
    custom,
    edited,
    written,
)


def csv(attribute: str, value: Any) -> dict[str, Any]:
    return {f"{CUSTOM}/sourceFormat/value/csv/{attribute}": value}


CHECK = "schema/readings/quality/kinds_are_known"
SOURCE_NAME = at("device", "customProperties/sourceName/value")
HEADER = ["deviceId", "day", "time", "kind", "km", "price", "seats", "due", "good"]
KEYED = {"primaryKey": True, "primaryKeyPosition": 3}
ALONE = {at("device", "relationships"): ABSENT}
"""No reference, as only append_first can have one."""

LATEST = {**custom("loadMode", "upsert_latest"), **ALONE}
AT_ARRIVAL = {"slaProperties/freshness/element": "readings"}
"""Freshness without an event time."""

NO_LIMITS = {f"{CUSTOM}/maxFutureMinutes": ABSENT, f"{CUSTOM}/maxLateDays": ABSENT}
DUE_PARTITION = {
    at("read_date", "partitioned"): False,
    at("due", "partitioned"): True,
    at("due", "required"): True,
}
"""Partitioned by a day that has nothing to do with the key."""

TABLE = [
    Broken({"kind": "Contract"}, "kind", "Contract", "DataContract", "DataContract"),
    Broken({"apiVersion": "v3.1.0"}, "apiVersion", "v3.1.0", "v3.2.0", "v3.2.0"),
    Broken({"name": "Read-ings"}, "name", "Read-ings", "telemetry_events"),
    Broken({"name": "x" * 49}, "name", "x" * 49, "telemetry_events"),
    Broken({"version": 1.0}, "version", 1.0, "1.0.0", "1.0.0"),
    Broken({"description": "Readings."}, "description", "Readings.", "a mapping with purpose"),
    Broken({"description/purpose": " "}, "description.purpose", " ", "a sentence"),
    Broken({"team/name": ABSENT}, "team.name", None, "the team"),
    Broken({"support": ABSENT}, "support", None, "a list with one channel"),
    Broken({"support": "#data"}, "support", "#data", "a list with channel"),
    Broken({"support/#data/channel": 7}, "support[7].channel", 7, "where the owner is reached"),
    Broken({"schema": ABSENT}, "schema", "0 objects", "exactly one object"),
    Broken({"schema": {}}, "schema", {}, "a list with one object"),
    Broken({"schema/more": {"name": "more"}}, "schema", "2 objects", "exactly one object"),
    Broken({"schema": ["readings"]}, "schema[0]", "readings", "a list with one object"),
    Broken(
        {"schema/readings/name": "other"}, "schema[other].name", "other", "readings", "readings"
    ),
    Broken({COLUMNS: ABSENT}, "schema[readings].properties", None, "a list of columns"),
    Broken({COLUMNS: "device"}, "schema[readings].properties", "device", "a list of columns"),
    Broken({f"{CUSTOM}/tier": ABSENT}, "customProperties.tier", None, "1 (paged), 2 or 3"),
    Broken(custom("tier", 4), "customProperties.tier", 4, "1 (paged), 2 or 3"),
    Broken(custom("tier", True), "customProperties.tier", True, "1 (paged), 2 or 3"),
    Broken(custom("clusterBy", ["km2"]), "customProperties.clusterBy", "km2", "device"),
    Broken(custom("clusterBy", ["price"]), "customProperties.clusterBy", "price", "kind, km"),
    Broken(
        custom("clusterBy", ["device", "kind", "km", "seats", "due"]),
        "customProperties.clusterBy",
        ["device", "kind", "km", "seats", "due"],
        "up to four column names that differ",
    ),
    Broken(
        custom("clusterBy", ["kind", "kind"]),
        "customProperties.clusterBy",
        ["kind", "kind"],
        "up to four column names that differ",
    ),
    Broken(
        custom("clustering", ["kind"]),
        "customProperties.property",
        "clustering",
        "one of tier, clusterBy, sourceFormat",
    ),
    Broken(
        {f"{CUSTOM}/end": {"property": "tier", "value": 1}},
        "customProperties[tier]",
        "given twice",
        "given once",
    ),
    Broken({"slaProperties": ABSENT}, "slaProperties", "no freshness", "{property: freshness, "),
    Broken({"slaProperties/freshness/value": 0}, "slaProperties[freshness].value", 0, "above 0"),
    Broken(
        {"slaProperties/retention/value": 1e12},
        "slaProperties[retention].value",
        1e12,
        "up to 10000",
    ),
    Broken(
        {"slaProperties/freshness/value": float("inf")},
        "slaProperties[freshness].value",
        float("inf"),
        "up to 10000",
    ),
    Broken(
        {"slaProperties/freshness/unit": "weeks"},
        "slaProperties[freshness].unit",
        "weeks",
        "one of s, m, min, h, d, mo, y",
        "min",
    ),
    Broken(
        {"slaProperties/freshness/element": "readings.km"},
        "slaProperties[freshness].element",
        "readings.km",
        "readings.read_at",
        "readings.read_at",
    ),
    Broken(
        {"slaProperties/end": {"property": "retention", "value": 1, "unit": "y"}},
        "slaProperties[retention]",
        "given twice",
        "given once",
    ),
]
COLUMN = [
    Broken({at("good", "name"): "Good"}, column("Good", "name"), "Good", "odometro_km"),
    Broken(
        {at("good", "logicalType"): "bool"},
        column("good", "logicalType"),
        "bool",
        "boolean",
        "boolean",
    ),
    Broken({at("seats", "logicalType"): ABSENT}, column("seats", "logicalType"), None, "integer"),
    Broken(
        {at("seats", "physicalType"): "INTEGER"},
        column("seats", "physicalType"),
        "INTEGER",
        "INT64",
        "INT64",
    ),
    Broken(
        {at("km", "physicalType"): "NUMERIC"},
        column("km", "physicalType"),
        "NUMERIC",
        "NUMERIC(15, 3)",
        "NUMERIC(15, 3)",
    ),
    *(
        Broken({at("km", "physicalType"): text}, column("km", "physicalType"), text, "up to 9")
        for text in ("NUMERIC(16, 3)", "NUMERIC(12, 10)", "NUMERIC(2, 3)", "NUMERIC(0, 0)")
    ),
    Broken({at("km", "description"): ABSENT}, column("km", "description"), None, "a sentence"),
    Broken({at("km", "required"): "yes"}, column("km", "required"), "yes", "true or false"),
    Broken(
        {at("km", "classification"): "secret"},
        column("km", "classification"),
        "secret",
        "one of public, internal, pii",
        "internal",
    ),
    Broken(
        {at("km", "customProperties/unit"): {"property": "unit", "value": "km"}},
        column("km", "customProperties.property"),
        "unit",
        "one of sourceName, sourcePath, nullValues",
    ),
    Broken(
        {at("km", "logicalTypeOptions/exclusiveMinimum"): 0},
        column("km", "logicalTypeOptions.exclusiveMinimum"),
        0,
        "minimum",
    ),
    Broken(
        {at("km", "logicalTypeOptions"): [0]}, column("km", "logicalTypeOptions"), [0], "a mapping"
    ),
    Broken(
        {at("km", "logicalTypeOptions/minimum"): "0"},
        column("km", "logicalTypeOptions.minimum"),
        "0",
        "a number",
    ),
    Broken(
        {at("km", "logicalTypeOptions/minimum"): 11},
        column("km", "logicalTypeOptions.maximum"),
        10,
        "at least the minimum 11",
    ),
    Broken(
        {at("device", "logicalTypeOptions/minLength"): 10},
        column("device", "logicalTypeOptions.maxLength"),
        9,
        "at least the minLength 10",
    ),
    Broken(
        {at("device", "logicalTypeOptions/maxLength"): 1.5},
        column("device", "logicalTypeOptions.maxLength"),
        1.5,
        "a whole number",
    ),
    Broken(
        {at("due", "logicalTypeOptions"): {"minimum": 1}},
        column("due", "logicalTypeOptions.minimum"),
        1,
        "only on an integer or number",
    ),
    Broken(
        {at("seats", "logicalTypeOptions"): {"maxLength": 1}},
        column("seats", "logicalTypeOptions.maxLength"),
        1,
        "only on a string",
    ),
    Broken(
        {at("seats", "logicalTypeOptions"): {"pattern": "1"}},
        column("seats", "logicalTypeOptions.pattern"),
        "1",
        "only on a string",
    ),
    *(
        Broken(
            {at("device", "logicalTypeOptions/pattern"): text},
            column("device", "logicalTypeOptions.pattern"),
            text,
            "without look-around or back-references (RE2)",
        )
        for text in ("[a-z", "a(?=b)", "(?<!a)b", r"(a)\1", "(?P<x>a)(?P=x)", "(?>a)")
    ),
    Broken({at("km", "enum"): [{"value": "1"}]}, column("km", "enum"), ["1"], "only on a string"),
    Broken({at("kind", "enum"): "hot"}, column("kind", "enum"), "hot", "a list of mappings"),
    Broken(
        {at("kind", "enum/hot/value"): 1}, column("kind", "enum[1].value"), 1, "{value: urbano}"
    ),
    Broken(
        {at("kind", "enum/end"): {"value": "hot"}},
        column("kind", "enum"),
        "hot",
        "values that differ",
    ),
    Broken(
        {at("device", "relationships/x"): {"to": "fleet.device"}},
        column("device", "relationships"),
        "2 relationships",
        "one at most",
    ),
    Broken(
        {at("device", "relationships"): [{"to": "devices"}]},
        column("device", "relationships[0].to"),
        "devices",
        "vehicles.device_id",
        [{"to": "vehicles.device_id"}],
    ),
    Broken(
        {at("km", "customProperties/nullValues/value"): [None]},
        column("km", "customProperties.nullValues"),
        [None],
        "a list of texts or numbers",
    ),
]
TIMES = [
    Broken(
        {SOURCE_NAME: [" "]},
        column("device", "customProperties.sourceName"),
        [" "],
        "names that are not blank",
    ),
    Broken(
        {SOURCE_NAME: []}, column("device", "customProperties.sourceName"), [], "or a list of them"
    ),
    Broken(
        {SOURCE_NAME: 'the "id"'},
        column("device", "customProperties.sourceName"),
        'the "id"',
        "a name without",
    ),
    Broken(
        {SOURCE_NAME: ["a", "b"]},
        column("device", "customProperties.sourceName"),
        ["a", "b"],
        "one name, but for a timestamp",
    ),
    Broken(
        {at("read_at", "customProperties/sourceName/value"): ["day", "day"]},
        column("read_at", "customProperties.sourceName"),
        ["day", "day"],
        "names that differ",
    ),
    Broken(
        {SOURCE_NAME: "kind"},
        column("kind", "customProperties.sourceName"),
        ["kind"],
        "another attribute than that of device",
    ),
    Broken(
        {
            at("read_date", "customProperties/x"): {"property": "sourceName", "value": "x"},
        },
        column("read_date", "customProperties.sourceName"),
        "x",
        "none, as the column is derived",
    ),
    Broken(
        {
            at("read_date", "customProperties/x"): {"property": "nullValues", "value": "x"},
        },
        column("read_date", "customProperties.nullValues"),
        "x",
        "none, as the column is derived",
    ),
    Broken(
        {at("read_date", "logicalTypeOptions"): {"format": "dd/MM/yyyy"}},
        column("read_date", "logicalTypeOptions.format"),
        "dd/MM/yyyy",
        "none, as the column is derived",
    ),
    Broken(
        {at("seats", "logicalTypeOptions"): {"format": "i32"}},
        column("seats", "logicalTypeOptions.format"),
        "i32",
        "only on a date or timestamp",
    ),
    *(
        Broken(
            {at("read_at", "logicalTypeOptions/format"): text},
            column("read_at", "logicalTypeOptions.format"),
            text,
            "dd/MM/yyyy HH:mm",
            "dd/MM/yyyy HH:mm",
        )
        for text in ("dd/MM/yy", "HH:mm", "dd/MM/yyyy hh:mm", "%d/MM/yyyy", "dd/dd/MM/yyyy", 8)
    ),
    Broken(
        {at("read_at", "logicalTypeOptions/defaultTimezone"): ABSENT},
        column("read_at", "logicalTypeOptions.defaultTimezone"),
        None,
        "America/Sao_Paulo",
        "America/Sao_Paulo",
    ),
    Broken(
        {at("read_at", "logicalTypeOptions/defaultTimezone"): "Brasilia"},
        column("read_at", "logicalTypeOptions.defaultTimezone"),
        "Brasilia",
        "America/Sao_Paulo",
        "America/Sao_Paulo",
    ),
    Broken(
        {at("due", "logicalTypeOptions"): {"defaultTimezone": "America/Sao_Paulo"}},
        column("due", "logicalTypeOptions.defaultTimezone"),
        "America/Sao_Paulo",
        "only on a timestamp",
    ),
    Broken(
        {at("read_date", "customProperties/timeZone"): ABSENT},
        column("read_date", "customProperties.timeZone"),
        None,
        "given with derivedFrom",
    ),
    Broken(
        {at("read_date", "customProperties/timeZone/value"): "BRT"},
        column("read_date", "customProperties.timeZone"),
        "BRT",
        "America/Sao_Paulo",
        "America/Sao_Paulo",
    ),
    Broken(
        {at("due", "customProperties"): [{"property": "timeZone", "value": "America/Bahia"}]},
        column("due", "customProperties.timeZone"),
        "America/Bahia",
        "given with derivedFrom",
    ),
    *(
        Broken(
            {at("read_date", "customProperties/derivedFrom/value"): name, **LATEST},
            column("read_date", "customProperties.derivedFrom"),
            name,
            "read_at",
            "read_at",
        )
        for name in ("due", "nowhere")
    ),
    Broken(
        {at("read_at", "required"): False, **AT_ARRIVAL, **NO_LIMITS},
        column("read_at", "required"),
        False,
        "true, as read_date is required and derived from it",
        True,
    ),
]
KEYS = [
    Broken(
        {at("km", "primaryKey"): True},
        column("km", "primaryKeyPosition"),
        None,
        "1 or more",
    ),
    Broken({at("km", "primaryKeyPosition"): 3}, column("km", "primaryKey"), None, "true", FREE),
    Broken(
        {at("read_at", "primaryKeyPosition"): 3},
        "schema[readings].properties.primaryKeyPosition",
        [1, 3],
        "positions 1, 2,",
        2,
    ),
    Broken(
        {at("read_date", key): value for key, value in KEYED.items()},
        column("read_date", "primaryKey"),
        True,
        "read_at",
    ),
    Broken(
        {at("price", key): value for key, value in KEYED.items()},
        column("price", "primaryKey"),
        True,
        "NUMERIC(15, 3)",
    ),
    Broken(
        {at("seats", "name"): "good"},
        "schema[readings].properties",
        "good",
        "column names that differ",
    ),
    Broken(
        {at("seats", "name"): "batch_id"},
        column("batch_id", "name"),
        "batch_id",
        "does not use itself",
    ),
    Broken(
        {at("due", "partitioned"): True, at("due", "required"): True},
        "schema[readings].properties.partitioned",
        ["read_date", "due"],
        "one column at most",
    ),
    Broken(
        {at("read_date", "partitioned"): False, at("seats", "partitioned"): True, **LATEST},
        column("seats", "partitioned"),
        "integer",
        "a column of type date",
    ),
]
CHECKS = [
    Broken(
        {f"{CHECK}/mustBe": ABSENT},
        "schema[readings].quality[kinds_are_known].(operator)",
        [],
        "exactly one of mustBe, ",
    ),
    Broken(
        {f"{CHECK}/mustBeLessThan": 1},
        "schema[readings].quality[kinds_are_known].(operator)",
        ["mustBe", "mustBeLessThan"],
        "exactly one of mustBe, ",
    ),
    *(
        Broken(
            {f"{CHECK}/mustBe": value},
            "schema[readings].quality[kinds_are_known].mustBe",
            value,
            "a number",
        )
        for value in ("0", True, [0, 1])
    ),
    *(
        Broken(
            {"schema/readings/quality/has_rows/mustBeBetween": value},
            "schema[readings].quality[has_rows].mustBeBetween",
            value,
            valid,
            [1, 100],
        )
        for value, valid in (
            (1, "[1, 100]"),
            ([1], "[1, 100]"),
            ([1, 2, 3], "[1, 100]"),
            ([100, 1], "[1, 100]"),
        )
    ),
    Broken(
        {f"{CHECK}/type": "text"},
        "schema[readings].quality[kinds_are_known].type",
        "text",
        "one of library, sql",
        "library",
    ),
    Broken(
        {f"{CHECK}/metric": "freshness"},
        "schema[readings].quality[kinds_are_known].metric",
        "freshness",
        "one of nullValues, invalidValues, duplicateValues, rowCount",
        "nullValues",
    ),
    Broken(
        {f"{CHECK}/unit": "%"},
        "schema[readings].quality[kinds_are_known].unit",
        "%",
        "one of rows, percent",
        "percent",
    ),
    Broken(
        {"schema/readings/quality/has_rows/unit": "percent"},
        "schema[readings].quality[has_rows].unit",
        "percent",
        "rows",
        "rows",
    ),
    Broken(
        {at("km", "quality/km_known/mustBeLessThan"): 101},
        column("km", "quality[km_known].mustBeLessThan"),
        101,
        "from 0 to 100",
    ),
    Broken(
        {f"{CHECK}/severity": "fatal"},
        "schema[readings].quality[kinds_are_known].severity",
        "fatal",
        "one of error, warning",
        "warning",
    ),
    Broken(
        {f"{CHECK}/name": "Kinds"}, "schema[readings].quality[Kinds].name", "Kinds", "odometer_is_"
    ),
    Broken(
        {f"{CHECK}/name": "has_rows"},
        "schema[readings].quality.name",
        "has_rows",
        "names that differ",
    ),
    Broken(
        {f"{CHECK}/name": "null_values:device"},
        "schema[readings].quality.name",
        "null_values:device",
        "unlike those derived from keys",
    ),
    Broken(
        {f"{CHECK}/description": ABSENT},
        "schema[readings].quality[kinds_are_known].description",
        None,
        "a sentence that says what must hold",
    ),
    Broken(
        {f"{CHECK}/arguments/properties": ABSENT},
        "schema[readings].quality[kinds_are_known].arguments.properties",
        None,
        "a list of column names",
    ),
    Broken(
        {f"{CHECK}/arguments/properties": ["colour"]},
        "schema[readings].quality[kinds_are_known].arguments.properties",
        "colour",
        "one of device, due",
        ["due"],
    ),
    Broken(
        {f"{CHECK}/arguments": {"properties": ["kind"]}},
        "schema[readings].quality[kinds_are_known].arguments",
        {"properties": ["kind"]},
        "validValues or pattern",
    ),
    Broken(
        {f"{CHECK}/arguments": {"properties": ["kind"], "pattern": "("}},
        "schema[readings].quality[kinds_are_known].arguments.pattern",
        "(",
        "a regular expression",
    ),
    Broken(
        {"schema/readings/quality/seats_add_up/query": ABSENT},
        "schema[readings].quality[seats_add_up].query",
        None,
        "SELECT … FROM ${table}",
    ),
    Broken(
        {"schema/readings/quality/seats_add_up/query": "SELECT 0"},
        "schema[readings].quality[seats_add_up].query",
        "SELECT 0",
        "${table}",
    ),
]
SOURCES = [
    Broken(
        {f"{CUSTOM}/sourceFormat": ABSENT},
        "customProperties.sourceFormat.format",
        None,
        "one of ndjson, json_array, csv",
    ),
    Broken(
        custom("sourceFormat", []), "customProperties.sourceFormat", [], "a mapping with format"
    ),
    Broken(
        csv("format", "xml"),
        "customProperties.sourceFormat[xml].format",
        "xml",
        "one of ndjson, json_array, csv",
        "csv",
    ),
    Broken(
        csv("quote", "'"),
        "customProperties.sourceFormat[csv].quote",
        "'",
        "one of format, suffixes, encoding, delimiter, decimalMark, header",
    ),
    Broken(
        {f"{CUSTOM}/sourceFormat/value/ndjson/header": ["a"]},
        "customProperties.sourceFormat[ndjson].header",
        ["a"],
        "only where format is csv",
    ),
    Broken(
        {f"{CUSTOM}/sourceFormat/value/ndjson/encoding": "latin-1"},
        "customProperties.sourceFormat[ndjson].encoding",
        "latin-1",
        "utf-8",
        "utf-8",
    ),
    Broken(
        csv("encoding", "cp1252"),
        "customProperties.sourceFormat[csv].encoding",
        "cp1252",
        "one of utf-8, latin-1",
        "latin-1",
    ),
    Broken(
        csv("delimiter", ":"),
        "customProperties.sourceFormat[csv].delimiter",
        ":",
        'one of ",", ";", "\\t", "|"',
        "|",
    ),
    Broken(
        csv("decimalMark", "'"),
        "customProperties.sourceFormat[csv].decimalMark",
        "'",
        'one of ".", ","',
        ".",
    ),
    Broken(
        csv("suffixes", ABSENT),
        "customProperties.sourceFormat[csv].suffixes",
        None,
        "[.csv, .csv.gz]",
    ),
    Broken(
        csv("suffixes", []), "customProperties.sourceFormat[csv].suffixes", [], "[.csv, .csv.gz]"
    ),
    Broken(
        csv("suffixes", "csv"),
        "customProperties.sourceFormat[csv].suffixes",
        "csv",
        ".csv",
        ".csv",
    ),
    Broken(
        {f"{CUSTOM}/sourceFormat/value/ndjson/suffixes": [".json"]},
        "customProperties.sourceFormat[ndjson].suffixes",
        [".json"],
        "none on the last format",
    ),
    Broken(
        custom(
            "sourceFormat",
            [
                {"format": "csv", "suffixes": [".gz"]},
                {"format": "json_array", "suffixes": [".json.gz"]},
                {"format": "ndjson"},
            ],
        ),
        "customProperties.sourceFormat[json_array].suffixes",
        ".json.gz",
        "an ending that no format before it takes",
    ),
    Broken(
        csv("header", [*HEADER, "day"]),
        "customProperties.sourceFormat[csv].header",
        [*HEADER, "day"],
        "names that differ",
    ),
    Broken(csv("header", HEADER[1:]), "schema[readings].properties[device]", "deviceId", "day"),
]
FEED = [
    Broken(
        custom("loadMode", "append"),
        "customProperties.loadMode",
        "append",
        "one of append_first, upsert_latest, replace_snapshot",
    ),
    Broken(
        {**custom("loadMode", "replace_snapshot"), **ALONE},
        "customProperties.loadMode",
        "replace_snapshot",
        "no partitioned column with it",
    ),
    *(
        Broken(
            {at("read_date", "partitioned"): False, **custom("loadMode", mode), **ALONE},
            "schema[readings].properties.partitioned",
            "no partitioned column",
            "partitioned: true",
            True,
        )
        for mode in ("append_first", "upsert_latest")
    ),
    Broken(
        DUE_PARTITION,
        column("due", "partitioned"),
        "due",
        "a key column, or one derived from a key column",
    ),
    Broken(
        {f"{CUSTOM}/maxLateDays": ABSENT, **DUE_PARTITION, **LATEST},
        "customProperties.maxLateDays",
        None,
        "a number of days",
        {"property": "maxLateDays", "value": 62},
    ),
    Broken(custom("schedule", "daily"), "customProperties.schedule", "daily", "@continuous"),
    Broken(custom("schedule", "0 6 * *"), "customProperties.schedule", "0 6 * *", "0 6 * * *"),
    Broken(custom("maxFutureMinutes", -1), "customProperties.maxFutureMinutes", -1, "0 to 1440"),
    Broken(custom("maxLateDays", 1e9), "customProperties.maxLateDays", 1e9, "0 to 3660"),
    Broken(custom("minValidRatio", 95), "customProperties.minValidRatio", 95, "from 0 to 1"),
    Broken(custom("maxDuplicateRatio", "1%"), "customProperties.maxDuplicateRatio", "1%", "0 to 1"),
    Broken(
        {f"{CUSTOM}/maxLateDays": ABSENT, **custom("maxFutureMinutes", 0), **AT_ARRIVAL},
        "customProperties.maxFutureMinutes",
        0,
        "an SLA freshness element",
    ),
    Broken(
        {f"{CUSTOM}/maxFutureMinutes": ABSENT, **AT_ARRIVAL},
        "customProperties.maxLateDays",
        62,
        "an SLA freshness element",
    ),
    Broken(
        {"slaProperties/freshness/element": "readings.due"},
        column("due", "required"),
        False,
        "true",
    ),
]
ALL = [*TABLE, *COLUMN, *TIMES, *KEYS, *CHECKS, *SOURCES, *FEED, *VALUES]


def named(case: Broken) -> str:
    return f"{case.attribute}={case.found!r}"[:80]


def problems_of(file: Path) -> tuple[contract.Problem, ...]:
    try:
        contract.load_feed(file)
    except contract.ContractError as error:
        return error.problems
    return ()


def test_the_contract_that_is_broken_here_is_valid_itself() -> None:
    assert problems_of(BASE) == ()
    assert odcs.problems(BASE) == []


@pytest.mark.parametrize("case", ALL, ids=named)
def test_a_broken_rule_is_one_problem_that_tells_the_way_out(case: Broken, tmp_path: Path) -> None:
    file = written(edited(case.edits), tmp_path)
    (problem,) = problems_of(file)
    assert problem.file == file
    assert (problem.attribute, problem.found) == (case.attribute, case.found)
    assert case.valid in problem.valid


MENDED = [case for case in ALL if case.mend is not FREE]


@pytest.mark.parametrize("case", MENDED, ids=named)
def test_what_the_problem_calls_valid_is_valid(case: Broken, tmp_path: Path) -> None:
    broken = written(edited(case.edits), tmp_path)
    (problem,) = problems_of(broken)
    if isinstance(case.mend, str | bool):
        assert str(case.mend).lower() in problem.valid.lower()
    path = next(iter(case.edits))
    mended = written(edited({**case.edits, path: case.mend}), tmp_path)
    assert problems_of(mended) == ()
