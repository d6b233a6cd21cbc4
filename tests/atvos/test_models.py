"""What a model reads, and in which order models are built."""

from pathlib import Path

import pytest

from atvos import models
from atvos.query_sources import query_sources
from tests.atvos.examples import SQL, model


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("SELECT 1 FROM curated.b JOIN marts.a USING (x)", ["curated.b", "marts.a"]),
        ("SELECT 1 FROM `curated.b` AS v", ["curated.b"]),
        ("select 1 from curated.b\nleft join\n  curated.b as c", ["curated.b"]),
        ("SELECT 1 FROM readings, UNNEST(@days)", []),
        ("WITH b AS (SELECT 1 FROM curated.c) SELECT 1 FROM b", ["curated.c"]),
        ("SELECT (SELECT MAX(x) FROM curated.c) FROM curated.b", ["curated.b", "curated.c"]),
        ("SELECT 'FROM curated.x' FROM curated.b -- JOIN curated.y", ["curated.b"]),
        ("SELECT curated.b FROM FROM", []),
    ],
)
def test_sources_are_the_tables_that_the_query_reads(query: str, sources: list[str]) -> None:
    assert query_sources(query) == tuple(sources)


def test_sources_are_told_apart_by_what_fills_them() -> None:
    found = model("SELECT 1 FROM marts.a JOIN curated.b USING (x) JOIN ops.c USING (x)")
    assert (models.source_feeds(found), models.source_models(found)) == (("b",), ("a",))


def test_a_model_is_built_behind_those_that_it_reads() -> None:
    last = model("SELECT 1 FROM marts.b JOIN marts.c USING (x)", name="a")
    middle = model("SELECT 1 FROM marts.c JOIN marts.elsewhere USING (x)", name="b")
    first = model("SELECT 1 FROM curated.positions", name="c")
    ordered = models.in_order([last, middle, first])
    assert [found.name for found in ordered] == ["c", "b", "a"]


def test_models_that_read_each_other_in_a_circle_are_refused() -> None:
    one = model("SELECT 1 FROM marts.b", name="a")
    other = model("SELECT 1 FROM marts.a", name="b")
    with pytest.raises(ValueError, match="in a circle: a, b"):
        models.in_order([other, one])


def test_the_models_of_the_repository_read_what_their_queries_say() -> None:
    found = models.load_models(SQL)
    assert found["fct_vehicle_day"].sources == ("curated.telemetry_events", "curated.vehicles")
    assert models.source_models(found["rpt_d1"]) == ("fct_vehicle_day",)


def test_the_models_of_the_repository_can_be_put_in_order() -> None:
    found = models.load_models(SQL).values()
    assert len(models.in_order(found)) == len(found)


def test_what_a_query_reads_is_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    before = models.load_models(SQL, folder)
    entries = {file.name for file in folder.iterdir()}
    assert models.load_models(SQL, folder) == before
    assert {file.name for file in folder.iterdir()} == entries
