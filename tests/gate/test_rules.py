"""Every rule of the change gate by example: before, after → verdict, and what is advised."""

from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from atvos import contract
from atvos.contract import (
    Check,
    Column,
    EpochUnit,
    Feed,
    LoadMode,
    LogicalType,
    Operator,
    Protection,
    Reference,
    RowRule,
    Severity,
    Source,
    SourceFormat,
    Table,
)
from atvos.gate import Change, Verdict, column_rules, compare, compare_all, contracts
from atvos.models import Model
from atvos.periods import Period
from tests.atvos.examples import model, positions

METADATA, COMPATIBLE, BREAKING = Verdict
SPEED = Column("speed", LogicalType.NUMBER, "NUMERIC(5, 1)", "km/h.", sources=(("speed",),))
KM = positions().by_name["km"]
FEED = positions()
FAULTY = Check("no_ghosts", "rowCount", Operator.GREATER, (0,))


def column(name: str, **other: Any) -> Feed:
    """``positions`` with another ``name`` column."""
    return replace(
        FEED, columns=tuple(replace(c, **other) if c.name == name else c for c in FEED.columns)
    )


def with_columns(*columns: Column) -> Feed:
    return replace(FEED, columns=columns)


def changes(before: Table | None, after: Table | None) -> list[Change]:
    """The changes, without that of the version."""
    return [c for c in compare(before, after).changes if c.attribute != "version"]


TAG = Column("stops", LogicalType.STRING, "STRING", "", required=True, sources=((),))
SITE = Column("site", LogicalType.STRING, "STRING", "Where.", sources=(("site",),))
WAIT = Column("wait", LogicalType.NUMBER, "NUMERIC(5, 1)", "Minutes.", sources=(("wait",),))
OTHER_FIELD = replace(SITE, name="other", sources=(("other",),))
LEG = Column("stops", LogicalType.OBJECT, "STRUCT", "", required=True, sources=((),))
STOPS = Column("stops", LogicalType.ARRAY, "ARRAY", "Stops.", sources=(("stops",),))
STOPS = replace(STOPS, items=replace(LEG, fields=(SITE, WAIT)))
WITH_STOPS = with_columns(*FEED.columns, STOPS)
MILLISECONDS, SECONDS = EpochUnit


def stops(**other: Any) -> Feed:
    """``WITH_STOPS`` with another array."""
    return with_columns(*FEED.columns, replace(STOPS, **other))


def leg(*fields: Column) -> Feed:
    """``WITH_STOPS`` with these fields in each element."""
    return stops(items=replace(LEG, fields=fields))


COLUMNS: list[tuple[str, Feed, Feed, Verdict, str]] = [
    ("a nullable column", FEED, with_columns(*FEED.columns, SPEED), COMPATIBLE, "ADD COLUMN"),
    ("one in the middle", FEED, with_columns(SPEED, *FEED.columns), COMPATIBLE, "table's end"),
    (
        "a required column",
        FEED,
        with_columns(*FEED.columns, replace(SPEED, required=True)),
        BREAKING,
        "add it without required: true",
    ),
    ("no column", with_columns(*FEED.columns, SPEED), FEED, BREAKING, "keep the column"),
    ("a wider number", FEED, column("km", physical_type="NUMERIC(14, 4)"), COMPATIBLE, "SET DATA"),
    ("fewer whole digits", FEED, column("km", physical_type="NUMERIC(12, 4)"), BREAKING, "beside"),
    ("fewer decimals", FEED, column("km", physical_type="NUMERIC(14, 2)"), BREAKING, "beside"),
    ("a double", FEED, column("km", physical_type="FLOAT64"), BREAKING, "beside it"),
    ("a text", FEED, column("km", physical_type="STRING"), BREAKING, "_v2"),
    ("optional", column("km", required=True), FEED, COMPATIBLE, "DROP NOT NULL"),
    ("required", FEED, column("km", required=True), BREAKING, "nullValues check"),
    ("another description", FEED, column("km", description="Km."), METADATA, ""),
    (
        "another source",
        FEED,
        column("km", sources=(("odometer",),)),
        COMPATIBLE,
        "another attribute",
    ),
    ("another format", FEED, column("seen_at", format="%d/%m/%Y"), COMPATIBLE, "old format"),
    ("another zone", FEED, column("seen_at", time_zone="America/Sao_Paulo"), BREAKING, "otherwise"),
    (
        "another zone of the partition",
        FEED,
        column("seen_date", time_zone="America/Sao_Paulo"),
        BREAKING,
        "_v2",
    ),
    ("another origin", FEED, column("seen_date", derived_from="x"), BREAKING, "new meaning"),
    ("an enum", FEED, column("trip", enum=("a",)), COMPATIBLE, "stricter"),
    (
        "more in it",
        column("trip", enum=("a",)),
        column("trip", enum=("b", "a")),
        COMPATIBLE,
        "loos",
    ),
    (
        "less in it",
        column("trip", enum=("a", "b")),
        column("trip", enum=("a",)),
        COMPATIBLE,
        "stri",
    ),
    ("other in it", column("trip", enum=("a",)), column("trip", enum=("b",)), COMPATIBLE, "other"),
    ("no enum", column("trip", enum=("a",)), FEED, COMPATIBLE, "looser"),
    ("a minimum", FEED, column("km", minimum=0.0), COMPATIBLE, "stricter"),
    ("no minimum", column("km", minimum=0.0), FEED, COMPATIBLE, "looser"),
    ("a higher one", column("km", minimum=0.0), column("km", minimum=1.0), COMPATIBLE, "stricter"),
    ("a higher maximum", column("km", maximum=5.0), column("km", maximum=9.0), COMPATIBLE, "loos"),
    ("a length", FEED, column("trip", min_length=1, max_length=9), COMPATIBLE, "stricter"),
    ("a pattern", FEED, column("trip", pattern="[A-Z]+"), COMPATIBLE, "stricter"),
    ("another", column("trip", pattern="A"), column("trip", pattern="B"), COMPATIBLE, "other"),
    ("no pattern", column("trip", pattern="A"), FEED, COMPATIBLE, "looser"),
    ("texts for null", FEED, column("trip", null_values=("-",)), COMPATIBLE, "read as null"),
    ("a reference", FEED, column("trip", reference=Reference("t", "id")), COMPATIBLE, "stricter"),
    ("personal data", FEED, column("device", classification="pii"), COMPATIBLE, "more protection"),
    ("internal", FEED, column("device", classification="internal"), METADATA, ""),
    ("open", column("device", classification="pii"), FEED, BREAKING, "new major version"),
    ("a path", FEED, column("km", sources=(("car", "km"),)), COMPATIBLE, "another attribute"),
    ("a part", FEED, column("trip", source_pattern="(a)"), COMPATIBLE, "another part"),
    ("a count", FEED, column("seen_at", epoch_unit=SECONDS), COMPATIBLE, "in the old way"),
    (
        "another unit",
        column("seen_at", epoch_unit=SECONDS),
        column("seen_at", epoch_unit=MILLISECONDS),
        BREAKING,
        "read otherwise",
    ),
    ("protected", FEED, column("trip", protection=Protection.HASH), BREAKING, "matches them"),
    ("exposed", column("trip", protection=Protection.HASH), FEED, BREAKING, "would appear"),
    (
        "otherwise protected",
        column("trip", protection=Protection.HASH),
        column("trip", protection=Protection.STRIP_QUERY),
        BREAKING,
        "were hashed would appear",
    ),
    ("an array", FEED, with_columns(*FEED.columns, STOPS), COMPATIBLE, "ADD COLUMN"),
    (
        "a required array",
        FEED,
        with_columns(*FEED.columns, replace(STOPS, required=True)),
        COMPATIBLE,
        "empty in the rows",
    ),
    ("an array required", WITH_STOPS, stops(required=True), COMPATIBLE, "stricter"),
    ("an array optional", stops(required=True), WITH_STOPS, COMPATIBLE, "looser"),
    ("a scalar", WITH_STOPS, stops(items=None, physical_type="STRING"), BREAKING, "may not fit"),
    ("other elements", WITH_STOPS, stops(items=TAG), BREAKING, "within an array"),
    ("a field more", WITH_STOPS, leg(SITE, WAIT, OTHER_FIELD), BREAKING, "may be null"),
    ("a field less", WITH_STOPS, leg(SITE), BREAKING, "within an array"),
    ("another order", WITH_STOPS, leg(WAIT, SITE), BREAKING, "by their order"),
    (
        "a wider field",
        WITH_STOPS,
        leg(SITE, replace(WAIT, physical_type="NUMERIC(9, 1)")),
        BREAKING,
        "within an array",
    ),
    ("a field required", WITH_STOPS, leg(SITE, replace(WAIT, required=True)), COMPATIBLE, "stri"),
    ("a field optional", leg(SITE, replace(WAIT, required=True)), WITH_STOPS, COMPATIBLE, "loos"),
    ("a field's length", WITH_STOPS, leg(replace(SITE, max_length=9), WAIT), COMPATIBLE, "stri"),
    ("a field's text", WITH_STOPS, leg(replace(SITE, description="x"), WAIT), METADATA, ""),
]


@pytest.mark.parametrize(
    ("before", "after", "verdict", "advice"),
    [case[1:] for case in COLUMNS],
    ids=[case[0] for case in COLUMNS],
)
def test_columns(before: Feed, after: Feed, verdict: Verdict, advice: str) -> None:
    found = changes(before, after)
    assert {change.verdict for change in found} == {verdict}
    assert all(advice in change.note for change in found)
    assert all(change.attribute.startswith("schema[positions].properties[") for change in found)


ORDER = RowRule("order", "km", ">=", "speed")


def rules(*found: RowRule) -> Feed:
    """``positions`` with these rules."""
    return replace(FEED, row_rules=found)


TABLES: list[tuple[str, Table, Table, Verdict, str]] = [
    ("another key", FEED, column("trip", key_position=None), BREAKING, "decided by the old one"),
    ("no partition", FEED, column("seen_date", partitioned=False), BREAKING, "_v2"),
    ("load mode", FEED, replace(FEED, load_mode=LoadMode.UPSERT_LATEST), BREAKING, "_v2"),
    ("clustering", FEED, column("trip", cluster_position=1), METADATA, "for new data"),
    ("purpose", FEED, replace(FEED, purpose="Other."), METADATA, "SET OPTIONS"),
    ("tier", FEED, replace(FEED, tier=2), METADATA, "SET OPTIONS"),
    ("owner", FEED, replace(FEED, owner="other"), METADATA, ""),
    ("support", FEED, replace(FEED, support="other"), METADATA, ""),
    ("schedule", FEED, replace(FEED, schedule="@daily"), METADATA, ""),
    ("promise", FEED, replace(FEED, freshness_slo=timedelta(hours=1)), METADATA, "alerts"),
    ("event time", FEED, replace(FEED, event_time="seen_date"), COMPATIBLE, "another column"),
    (
        "source format",
        FEED,
        replace(FEED, sources=(Source(SourceFormat.CSV, delimiter=";"),)),
        COMPATIBLE,
        "read otherwise",
    ),
    ("future", FEED, replace(FEED, max_future=timedelta(minutes=1)), COMPATIBLE, "window"),
    ("late", FEED, replace(FEED, max_late=timedelta(days=1)), COMPATIBLE, "window"),
    ("valid ratio", FEED, replace(FEED, min_valid_ratio=0.5), COMPATIBLE, "judged by it"),
    ("duplicates", FEED, replace(FEED, max_duplicate_ratio=0.5), COMPATIBLE, "judged by it"),
    ("kept longer", FEED, replace(FEED, retention=timedelta(days=90)), METADATA, "SET OPTIONS"),
    ("kept for ever", FEED, replace(FEED, retention=None), METADATA, "SET OPTIONS"),
    ("kept shorter", FEED, replace(FEED, retention=timedelta(days=9)), BREAKING, "deleted"),
    ("first limit", replace(FEED, retention=None), FEED, BREAKING, "new major version"),
    (
        "a check that stops",
        FEED,
        replace(FEED, checks=(*FEED.checks, FAULTY)),
        COMPATIBLE,
        "judged by it",
    ),
    (
        "a check that warns",
        FEED,
        replace(FEED, checks=(*FEED.checks, replace(FAULTY, severity=Severity.WARNING))),
        METADATA,
        "",
    ),
    ("a rule", FEED, rules(ORDER), COMPATIBLE, "stricter"),
    ("no rule", rules(ORDER), FEED, COMPATIBLE, "looser"),
    ("a tighter rule", rules(ORDER), rules(replace(ORDER, operator=">")), COMPATIBLE, "stricter"),
    ("a looser rule", rules(replace(ORDER, operator="=")), rules(ORDER), COMPATIBLE, "looser"),
    ("a rule turned", rules(ORDER), rules(replace(ORDER, operator="<")), COMPATIBLE, "other"),
    ("other columns", rules(ORDER), rules(replace(ORDER, right="b")), COMPATIBLE, "other"),
    ("group", model(), model(group="other"), METADATA, "another DAG"),
    ("rebuilt days", model(), model(rebuild_days=9), METADATA, ""),
    ("look-back", model(), model(look_back=(("curated.trips", 9),)), METADATA, "built anew"),
    ("period", model(), model(period=Period.MONTH), BREAKING, "raise the major version"),
    ("a view", model(), model(physical_type="view"), BREAKING, "raise the major version"),
]


@pytest.mark.parametrize(
    ("before", "after", "verdict", "advice"),
    [case[1:] for case in TABLES],
    ids=[case[0] for case in TABLES],
)
def test_tables(before: Table, after: Table, verdict: Verdict, advice: str) -> None:
    (change,) = changes(before, after)
    assert (change.verdict, advice in change.note) == (verdict, True)


def test_a_renamed_column_is_one_dropped_and_one_added_with_a_view_as_the_way_out() -> None:
    renamed = replace(KM, name="odometer_km")
    dropped, added = changes(FEED, with_columns(*FEED.columns[:-1], renamed))
    assert (dropped.verdict, added.verdict) == (BREAKING, COMPATIBLE)
    assert "name it odometer_km in a view" in dropped.note


def test_a_contract_that_is_new_is_compatible_and_one_that_is_gone_breaking() -> None:
    (added,), (removed,) = changes(None, FEED), changes(FEED, None)
    assert (added.verdict, removed.verdict) == (COMPATIBLE, BREAKING)
    assert not compare(None, FEED).refused
    (problem,) = compare(FEED, None).problems
    assert problem.startswith("curated.positions: (contract): found none any more")
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(None, None)


def test_the_query_of_a_model_and_the_place_of_a_file_are_no_part_of_a_contract() -> None:
    other = model("SELECT * FROM curated.trips WHERE day IN UNNEST(@days)")
    assert changes(model(), other) == []
    assert changes(FEED, replace(FEED, path=Path("elsewhere.odcs.yaml"))) == []


def test_only_contracts_that_differ_are_told_in_the_order_of_their_names() -> None:
    late = replace(FEED, name="a", tier=3)
    diffs = compare_all(
        {"curated.same": FEED, "curated.a": replace(late, tier=1), "curated.gone": FEED},
        {"curated.same": FEED, "curated.a": late, "curated.new": replace(FEED, name="new")},
    )
    assert [diff.name for diff in diffs] == ["curated.a", "curated.positions", "curated.new"]


@pytest.mark.parametrize(
    ("kinds", "judged"),
    [((Column,), column_rules.JUDGED), ((Feed, Model), contracts.JUDGED)],
    ids=["column", "table"],
)
def test_every_attribute_of_a_contract_has_a_rule(
    kinds: tuple[Any, ...], judged: frozenset[str]
) -> None:
    assert {f.name for kind in kinds for f in fields(kind)} <= judged


def test_every_contract_of_the_repository_is_equal_to_itself() -> None:
    file = FEED.path
    assert compare(contract.load_feed(file), contract.load_feed(file)).changes == ()
