"""What stands on the pages, and that their links lead somewhere."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from local.layout import REPOSITORY
from tests.dictionary.links import anchors, broken_links

DOCS = REPOSITORY / "docs"
PAGES = sorted((DOCS / "dictionary").rglob("*.md"))


def rows(page: str, first: str) -> list[list[str]]:
    """The cells of the table rows that begin with ``first``."""
    lines = (line for line in page.splitlines() if line.startswith(f"| {first}"))
    return [line.strip("| ").split(" | ") for line in lines]


@pytest.mark.parametrize(
    ("first", "value"),
    {
        "Owner": "data, reached at `#data`",
        "Tier": "1 (paged)",
        "Freshness": "newest `began_at` at most 5 min old",
        "Retention": "24 months of 30 days",
        "Loaded by": "`ingest__rides`, schedule `@continuous`",
        "Load mode": "`append_first`: the first row of a key stays",
        "Objects": "below `gs://<landing>/rides/`<br>any name: NDJSON",
        "Refused as late": "more than 62 d before the batch",
        "Refused as future": "more than 5 min after the batch",
        "Key": "`ride`, `began_at`",
        "Partitioned by": "`day`; queries must say which days they read",
        "Clustered by": "`bus`",
        "Contract": "`dags/contracts/rides.odcs.yaml`, version 1.2.0",
    }.items(),
)
def test_a_feeds_page_has_its_promises(pages: dict[str, str], first: str, value: str) -> None:
    assert rows(pages["curated/rides.md"], first)[0] == [first, value]


@pytest.mark.parametrize(
    ("column", "kind", "meaning", "source"),
    [
        ("ride", "STRING", "The ride.<br>Matches <code>^(a&#124;b)</code>.", "`ride`"),
        (
            "began_at",
            "TIMESTAMP",
            "When it began.",
            "`beganAt`<br>without offset: America/Sao_Paulo",
        ),
        ("day", "DATE", "The day of began_at.", "from `began_at`, in America/Sao_Paulo"),
        ("bus", "STRING", "The bus.<br>Refers to [`curated.buses.bus`](buses.md#bus).", "`bus`"),
        (
            "driver_hash",
            "STRING",
            "Pseudonym of the driver.<br>**Personal data:** a keyed hash stands in its place.",
            "`driver`",
        ),
        ("km", "NUMERIC(12, 3)", "Distance (km).<br>0 to 900.", "`km`"),
        (
            "stops",
            "ARRAY<STRUCT>",
            "Stops on the way.<br>**Personal data:** query strings are cut off.",
            "`stops`",
        ),
        ("stops.site", "STRING", "Where.<br>One of `here`, `there`.", "`site`"),
        (
            "stops.url",
            "STRING",
            "Where it is shown.<br>**Personal data:** query strings are cut off.",
            "`page` → `url`",
        ),
    ],
)
def test_a_feeds_column_says_what_it_means_and_where_it_is_from(
    pages: dict[str, str], column: str, kind: str, meaning: str, source: str
) -> None:
    (found,) = rows(pages["curated/rides.md"], f'<a id="{column}"></a>')
    assert [found[1], *found[3:]] == [f"`{kind}`", meaning, source]


def test_required_columns_are_marked(pages: dict[str, str]) -> None:
    found = rows(pages["curated/rides.md"], '<a id="')
    assert [row[0].split("`")[1] for row in found if row[2] == "yes"] == ["ride", "began_at", "day"]


def test_words_of_a_contract_are_no_markup(pages: dict[str, str]) -> None:
    page = pages["curated/rides.md"]
    assert "One row per ride &#124; as the drivers &#42;write&#42; it." in page
    assert "**Limitations.** Rides of &lt;Sundays&gt; are missing." in page


def test_checks_say_what_must_hold_and_what_a_failure_does(pages: dict[str, str]) -> None:
    page = pages["curated/rides.md"]
    assert rows(page, "`km_is_plausible`") == [
        [
            "`km_is_plausible`",
            "At most one ride in twenty is longer than 500 km.",
            "result ≤ 5",
            "is reported",
        ]
    ]
    assert rows(page, "`null_values`")[0][1:] == [
        "Required columns have values: `ride`, `began_at`, `day`",
        "null values = 0",
        "stops the publish",
    ]
    assert rows(page, "`valid_ratio`")[0][1] == "Valid ratio: at least 95.00%"


def test_half_a_snapshot_stops_the_publish(pages: dict[str, str]) -> None:
    assert rows(pages["curated/buses.md"], "`objects_readable`")[0][-1] == "stops the publish"
    assert rows(pages["curated/rides.md"], "`objects_readable`")[0][-1] == "is reported"


def test_a_feeds_page_says_where_rejects_and_waiting_rows_are(pages: dict[str, str]) -> None:
    page = pages["curated/rides.md"]
    assert "are kept in `quarantine.rides` for 365 days" in page
    assert "the line [without its personal data](../../curate.md#personal-data)." in page
    assert "Rows whose `bus` is not there yet wait in `quarantine.rides__pending`;" in page
    assert "and the original line." in pages["curated/buses.md"]


@pytest.mark.parametrize(
    ("column", "origin"),
    [
        ("km", "[`curated.rides`](../curated/rides.md): [`km`](../curated/rides.md#km)"),
        ("kind", "*constant*"),
    ],
)
def test_a_models_column_says_what_it_is_computed_from(
    pages: dict[str, str], column: str, origin: str
) -> None:
    assert rows(pages["marts/fct_ride.md"], f"[`{column}`](#{column})")[0][1] == origin


def test_a_count_says_whose_rows_it_counts(pages: dict[str, str]) -> None:
    assert (
        rows(pages["marts/rpt_ride.md"], "[`rides`]")[0][1]
        == "[`marts.fct_ride`](fct_ride.md): rows"
    )


def test_a_models_page_says_how_it_is_built(pages: dict[str, str]) -> None:
    page = pages["marts/fct_ride.md"]
    built = "`transform__rides`, when a source is published, into `models.fct_ride_v2`"
    assert rows(page, "Built by")[0][1] == built
    assert rows(page, "Rebuilt days")[0][1] == "2, when a source without partitions changes"
    assert rows(pages["marts/rpt_ride.md"], "View")[0][1] == "computed whenever it is read"


def test_what_derives_from_personal_data_says_so_on_its_page(pages: dict[str, str]) -> None:
    (driver,) = rows(pages["marts/fct_ride.md"], '<a id="driver">')
    assert driver[3] == "The driver.<br>**Derived from personal data.**"


def test_the_personal_data_page_has_holders_and_heirs_with_their_protection(
    pages: dict[str, str],
) -> None:
    holds, derives = pages["personal-data.md"].split("## Columns that derive")
    assert [row[0].split("`")[1] for row in rows(holds, "[")] == [
        "curated.rides.driver_hash",
        "curated.rides.stops",
    ]
    assert [[row[0].split("`")[1], row[2].split("`")[1]] for row in rows(derives, "[")] == [
        ["marts.fct_ride.driver", "hash"],
        ["marts.fct_ride.stops", "strip_query"],
        ["marts.rpt_ride.drivers", "hash"],
    ]


def test_the_index_has_every_table_in_its_layer(pages: dict[str, str]) -> None:
    parts = pages["index.md"].split("## ")[1:]
    found = {
        part.partition(":")[0]: [r[0].split("`")[1] for r in rows(part, "[`")] for part in parts
    }
    assert found == {
        "Curated": ["curated.buses", "curated.rides"],
        "Marts": ["marts.fct_ride", "marts.rpt_ride"],
        "Operations": ["ops.landings"],
    }


def test_a_diagram_shows_the_way_to_a_table_and_from_it(pages: dict[str, str]) -> None:
    lines = [line.strip() for line in pages["marts/fct_ride.md"].splitlines()]
    assert [line for line in lines if ("--> " in line or "-.-> " in line)] == [
        "curated__buses -.-> curated__rides",
        "curated__rides --> marts__fct_ride",
        "marts__fct_ride --> marts__rpt_ride",
    ]
    assert 'click curated__rides "../curated/rides.html"' in lines


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    files = [DOCS / "README.md", *PAGES]
    assert len(files) > 15
    assert broken_links(files) == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_no_place_of_a_page_is_there_twice(file: Path) -> None:
    assert [name for name, count in Counter(anchors(file)).items() if count > 1] == []


def test_a_link_to_a_page_or_a_place_that_is_not_there_is_found(tmp_path: Path) -> None:
    page = Path(shutil.copy(DOCS / "dictionary" / "lineage.md", tmp_path / "lineage.md"))
    page.write_text("# A b\n[a](#a-b) [b](#c) [c](none.md) [d](lineage.md#a-b) [e](lineage.md#d)\n")
    assert broken_links([page]) == [
        "lineage.md: #c",
        "lineage.md: none.md",
        "lineage.md: lineage.md#d",
    ]
