"""Contracts that break one rule on arrays, sources, counts, personal data or row rules each."""

from collections.abc import Mapping
from typing import Any

from tests.contract.editing import ABSENT, COLUMNS, Broken, at, column, custom

JSON = custom("sourceFormat", {"format": "ndjson"})
PII = {at("kind", "classification"): "pii"}
TEXT = {"logicalType": "string", "physicalType": "STRING"}
SITE = {"name": "site", "description": "Where.", **TEXT}
SHARE = {"name": "n", "description": "N.", "metric": "nullValues", "mustBe": 0}
FIRST = "properties[stops].items.properties[site]"


def prop(column: str, name: str, value: Any) -> dict[str, Any]:
    """One more custom property of a column."""
    return {at(column, f"customProperties/{name}"): {"property": name, "value": value}}


def added(column: str, *properties: tuple[str, Any], **other: Any) -> dict[str, Any]:
    """Custom properties of a column that has none."""
    listed = [{"property": name, "value": value} for name, value in properties]
    return {at(column, "customProperties"): listed} | {
        at(column, name): value for name, value in other.items()
    }


def array(items: Any, **other: Any) -> dict[str, Any]:
    """The contract, of JSON alone, with an array ``stops``."""
    made = {"name": "stops", "logicalType": "array", "physicalType": "ARRAY", "items": items}
    whole = {"description": "Stops.", **made, **other}
    return {f"{COLUMNS}/stops": {k: v for k, v in whole.items() if v is not ABSENT}, **JSON}


def element(**other: Any) -> dict[str, Any]:
    """A valid element of type object, with some attributes changed."""
    return {"logicalType": "object", "physicalType": "STRUCT", "properties": [SITE], **other}


def field(**other: Any) -> dict[str, Any]:
    """The contract with an array whose one field has these attributes besides."""
    return array(element(properties=[{**SITE, **other}]))


def rules(*found: Mapping[str, Any] | str) -> dict[str, Any]:
    """The contract with these row rules; a text is a rule named ``order``."""
    named = [{"name": "order", "rule": r} if isinstance(r, str) else r for r in found]
    return custom("rowRules", named)


ARRAYS = [
    Broken(array(ABSENT), column("stops", "items"), None, "the element, like {logicalType: string"),
    Broken(array("x"), column("stops", "items"), "x", "a mapping"),
    Broken(array(TEXT, physicalType="STRING"), column("stops", "physicalType"), "STRING", "ARRAY"),
    *(
        Broken(array(TEXT, **{name: value}), column("stops", name), value, "none on an array")
        for name, value in {
            "primaryKey": True,
            "partitioned": True,
            "enum": [{"value": "a"}],
            "logicalTypeOptions": {"minLength": 1},
            "classification": "internal",
            "relationships": [{"to": "devices.device"}],
        }.items()
    ),
    Broken(
        array(TEXT, customProperties=[{"property": "nullValues", "value": ["-"]}]),
        column("stops", "customProperties.property"),
        "nullValues",
        "one of sourceName, sourcePath",
    ),
    Broken(
        array(TEXT, customProperties=[{"property": "sourceName", "value": ["a", "b"]}]),
        column("stops", "customProperties.sourceName"),
        ["a", "b"],
        "one name",
    ),
    Broken(
        array({**TEXT, "logicalType": "array"}),
        column("stops", "items.logicalType"),
        "array",
        "one of string, integer, number, boolean, date, timestamp, object",
    ),
    Broken(
        array({**TEXT, "required": True}), column("stops", "items.required"), True, "none on an"
    ),
    Broken(
        array({**TEXT, "customProperties": [{"property": "nullValues", "value": ["-"]}]}),
        column("stops", "items.customProperties.property"),
        "nullValues",
        "one of sourcePattern, epochUnit, protection",
    ),
    Broken(
        array(element(properties=ABSENT) | {"properties": []}),
        column("stops", "items.properties"),
        [],
        "a list of fields",
    ),
    Broken(
        array(
            element(
                properties=[
                    SITE,
                    {**SITE, "customProperties": [{"property": "sourceName", "value": "x"}]},
                ]
            )
        ),
        column("stops", "items.properties"),
        "site",
        "field names that differ",
    ),
    *(
        Broken(field(**{name: value}), f"schema[readings].{FIRST}.{name}", value, "none within an")
        for name, value in {
            "primaryKey": True,
            "partitioned": True,
            "relationships": [{"to": "devices.device"}],
            "quality": [{"metric": "nullValues"}],
            "items": TEXT,
        }.items()
    ),
    Broken(
        field(logicalType="array", physicalType="STRING"),
        f"schema[readings].{FIRST}.logicalType",
        "array",
        "one of string, integer",
    ),
    Broken(
        field(customProperties=[{"property": "derivedFrom", "value": "read_at"}]),
        f"schema[readings].{FIRST}.customProperties.property",
        "derivedFrom",
        "one of sourceName",
    ),
    Broken({at("kind", "items"): TEXT}, column("kind", "items"), TEXT, "only where"),
    Broken(
        array(
            element(
                properties=[
                    SITE,
                    {
                        **SITE,
                        "name": "b",
                        "customProperties": [{"property": "sourceName", "value": "site"}],
                    },
                ]
            )
        ),
        column("stops", "items.properties[b].customProperties.sourceName"),
        ["site"],
        "another attribute than that of site",
    ),
    Broken(
        {f"{COLUMNS}/stops": array(TEXT)[f"{COLUMNS}/stops"]},
        column("stops", "logicalType"),
        "array",
        "the feed has CSV ones",
    ),
    Broken(
        {**array(TEXT), **custom("clusterBy", ["stops"])},
        "customProperties.clusterBy",
        "stops",
        "one of device",
    ),
    Broken(
        array(TEXT, quality=[SHARE]),
        "schema[readings].quality[n].arguments.properties",
        "stops",
        "one of device",
    ),
]
ORIGINS = [
    Broken(
        {**prop("km", "sourcePath", "km"), **JSON},
        column("km", "customProperties.sourcePath"),
        ["km"],
        "[proxy, host]",
        {"property": "sourcePath", "value": ["proxy", "km"]},
    ),
    Broken(
        {**prop("km", "sourcePath", ["car", " "]), **JSON},
        column("km", "customProperties.sourcePath"),
        ["car", " "],
        "a list of two or more",
    ),
    Broken(
        {**prop("device", "sourcePath", ["car", "id"]), **JSON},
        column("device", "customProperties.sourcePath"),
        ["car", "id"],
        "none together with sourceName",
    ),
    Broken(
        prop("km", "sourcePath", ["car", "km"]),
        column("km", "customProperties.sourcePath"),
        ["car", "km"],
        "the feed has CSV ones",
    ),
    Broken(
        {**prop("km", "sourcePath", ["kind", "km"]), **JSON},
        column("kind", "customProperties.sourceName"),
        ["kind"],
        "km is read within this one",
    ),
    *(
        Broken(
            prop("km", "sourcePattern", text),
            column("km", "customProperties.sourcePattern"),
            text,
            "with exactly 1 group",
        )
        for text in ("[0-9]+", "(a)(b)", "(a", "(?=a)(b)", r"(a)\1")
    ),
    Broken(
        {
            **prop("km", "sourcePattern", "(a)"),
            **added("kind", ("sourceName", "km"), ("sourcePattern", "(a)")),
        },
        column("km", "customProperties.sourcePattern"),
        "(a)",
        "another pattern than that of kind",
        {"property": "sourcePattern", "value": "(b)"},
    ),
    Broken(
        prop("read_at", "sourcePattern", "(a)"),
        column("read_at", "customProperties.sourcePattern"),
        "(a)",
        "joined from several sources",
    ),
    Broken(
        prop("read_date", "sourcePattern", "(a)"),
        column("read_date", "customProperties.sourcePattern"),
        "(a)",
        "none, as the column is derived",
    ),
    Broken(
        added("seats", ("epochUnit", "ms")),
        column("seats", "customProperties.epochUnit"),
        "ms",
        "only on a timestamp",
    ),
    *(
        Broken(
            added(
                "due",
                ("epochUnit", unit),
                logicalType="timestamp",
                physicalType="TIMESTAMP",
                **other,
            ),
            column("due", attribute),
            found,
            valid,
        )
        for unit, other, attribute, found, valid in (
            ("us", {}, "customProperties.epochUnit", "us", "one of ms, s"),
            (
                "ms",
                {"logicalTypeOptions": {"defaultTimezone": "UTC"}},
                "logicalTypeOptions.defaultTimezone",
                "UTC",
                "none, as epochUnit",
            ),
            (
                "s",
                {"logicalTypeOptions": {"format": "dd/MM/yyyy"}},
                "logicalTypeOptions.format",
                "dd/MM/yyyy",
                "none, as epochUnit",
            ),
        )
    ),
]
PERSONAL = [
    Broken(PII, column("kind", "customProperties.protection"), None, "hash or strip_query"),
    Broken(
        added("kind", ("protection", "md5"), classification="pii"),
        column("kind", "customProperties.protection"),
        "md5",
        "one of hash, strip_query",
        [{"property": "protection", "value": "hash"}],
    ),
    Broken(
        added("kind", ("protection", "hash")),
        column("kind", "classification"),
        None,
        "pii",
    ),
    Broken(
        added("seats", ("protection", "hash"), classification="pii"),
        column("seats", "customProperties.protection"),
        "hash",
        "only on a string",
    ),
    Broken(
        field(classification="pii"),
        f"schema[readings].{FIRST}.customProperties.protection",
        None,
        "hash or strip_query",
    ),
]
RULE = "customProperties.rowRules[order].rule"
RULES = [
    Broken(rules("km >"), RULE, "km >", "<column> <op>"),
    Broken(rules("km => km"), RULE, "km => km", ">=, >, <=, <, ="),
    Broken(rules("km > km + km"), RULE, "km > km + km", "- <column>"),
    Broken(rules("km > kmm"), RULE, "kmm", "due, km, read_at"),
    Broken(rules("due > read_date"), RULE, "read_date", "that are read"),
    Broken(rules("price > price"), RULE, "price, price", "have an order"),
    Broken(
        rules("km > seats"),
        RULE,
        "km is NUMERIC of scale 3, seats is integer",
        "all integers",
    ),
    Broken(rules("due = due - due"), RULE, "due = due - due", "of integers"),
    Broken(
        rules({"name": "Order", "rule": "km > km"}),
        "customProperties.rowRules[Order].name",
        "Order",
        "odometer_order",
    ),
    Broken(
        rules({"name": "order", "rule": "km > km", "why": "x"}),
        "customProperties.rowRules[order].why",
        "x",
        "one of name, rule",
    ),
    Broken(
        rules("km > km", "km = km"), "customProperties.rowRules.name", "order", "names that differ"
    ),
    Broken(custom("rowRules", "km > km"), "customProperties.rowRules", "km > km", "a list of name"),
    Broken(
        {**custom("loadMode", "upsert_latest")},
        column("device", "relationships"),
        "devices.device",
        "append_first rows can",
    ),
]
VALUES = [*ARRAYS, *ORIGINS, *PERSONAL, *RULES]
