"""Every bad object of the corpus has the verdict that is due, and a wrong one is told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.corpus import book
from tests.corpus.__main__ import report
from tests.corpus.recipe import NOTHING, Part, Recipe, Shelf, Verdict, verdict
from tests.corpus.rows import line
from tests.corpus.runner import Found, differences, land, run

BOOK = book.recipes()


@pytest.fixture(autouse=True)
def _pii_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATVOS_PII_KEY", "of-the-tests-0123456789abcdef012")


def recipe(*parts: Part) -> Recipe:
    """An object of telemetry."""
    return Shelf("test", "telemetry_events", ".json").made("one", *parts)


def told(found: dict[str, list[str]]) -> list[str]:
    """All differences."""
    return [f"{name}: {text}" for name, texts in found.items() for text in texts]


@pytest.mark.slow
def test_every_object_has_the_verdict_that_is_due(tmp_path: Path) -> None:
    logging.disable(logging.WARNING)
    try:
        found = run(BOOK, tmp_path)
    finally:
        logging.disable(logging.NOTSET)
    assert told(found) == []
    assert len(found) == len(BOOK)


def test_the_corpus_is_large_and_no_recipe_hides_another() -> None:
    assert len(BOOK) >= book.LEAST
    assert book.doubled(BOOK) == []
    labels = [(r.label, r.feed, r.object) for r in BOOK]
    assert len(set(labels)) == len(labels)


def test_the_corpus_is_the_same_at_every_run() -> None:
    assert book.recipes() == BOOK


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (Verdict(), "counts are"),
        (Verdict(valid=(0,), rejects=((9, ("malformed_json",)),)), "rejects are"),
        (Verdict(valid=(0,), rejects=((5, ("encoding",)),)), "reasons are counted as"),
        (Verdict(valid=(9,), rejects=((5, ("malformed_json",)),)), "valid rows stand at"),
        (Verdict(duplicate=1, rejects=((5, ("malformed_json",)),)), "counts are"),
    ],
)
def test_another_verdict_than_the_due_one_is_told(wrong: Verdict, sentence: str) -> None:
    counts = {"read": 2, "valid": 1, "rejected": 1, "duplicate": 0}
    rejects: list[tuple[int, tuple[str, ...]]] = [(5, ("malformed_json",))]
    found = Found(counts, {"malformed_json": 1}, {0: {"a": 1}}, rejects)
    assert list(differences(Verdict(valid=(0,), rejects=tuple(rejects)), found)) == []
    assert any(text.startswith(sentence) for text in differences(wrong, found))


def test_another_value_than_the_due_one_is_told() -> None:
    counts = {"read": 1, "valid": 1, "rejected": 0, "duplicate": 0}
    found = Found(counts, {}, {0: {"a": 1}})
    due = Verdict(valid=(0,), values=((0, {"a": 2}),))
    assert list(differences(due, found)) == ["a at 0 is 1, due is 2"]


def test_rows_that_do_not_add_up_are_told() -> None:
    counts = {"read": 2, "valid": 1, "rejected": 0, "duplicate": 0}
    found = Found(counts, {}, {0: {}})
    due = Verdict(valid=(0,), duplicate=1)
    assert any(text.startswith("rows are lost") for text in differences(due, found))


def test_a_wrong_verdict_and_a_job_that_ends_badly_are_differences(tmp_path: Path) -> None:
    good = recipe(Part(line("one")))
    wrong = replace(good, name="wrong", object="wrong.json", verdict=Verdict())
    found = run([good, wrong], tmp_path / "broken")
    assert list(map(bool, found.values())) == [False, True]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("curate.pipeline.run", _stop)
        (texts,) = run([good], tmp_path / "stopped").values()
    assert texts == ["the job of the whole batch ended with ValueError('stopped')"]


def _stop(_: Sequence[str]) -> int:
    raise ValueError("stopped")


def test_an_exit_code_is_a_difference(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("curate.pipeline.run", lambda _: 2)
        (texts,) = run([recipe(Part(line("one")))], tmp_path).values()
    assert "exit code 2" in texts[0]


def test_a_verdict_says_where_each_part_stands() -> None:
    parts = [Part(b"ab", NOTHING), Part(b"cde"), Part(b"f", ("b", "a")), Part(b"g", "duplicate")]
    assert verdict(parts) == Verdict((2,), 1, ((5, ("a", "b")),))
    assert verdict(parts).read == 3


def test_an_object_named_like_a_parent_stays_in_the_folder(tmp_path: Path) -> None:
    made = replace(recipe(Part(b"x")), object="up/../parent.json")
    land([made], tmp_path / "batch")
    assert (tmp_path / "batch/landing/parent.json").read_bytes() == b"x"


def test_the_report_has_a_line_for_each_kind_and_each_difference() -> None:
    made = recipe(Part(line("one")), Part(b"x", ("malformed_json",)))
    head, counts, difference = report([made], {"test/one": ["is wrong"], "test/two": []})
    assert head.split() == ["kind", "objects", "read", "valid", "rejected", "duplicate"]
    assert counts.split() == ["test", "1", "2", "1", "1", "0"]
    assert difference == "test/one: is wrong"
