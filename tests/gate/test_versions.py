"""What a change asks of the contract's version, and what no version makes good."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from atvos.contract import Feed
from atvos.gate import Change, ContractDiff, Verdict, compare
from tests.atvos.examples import model, positions

FEED = positions()  # its version is 1.2.0
SHORTER = replace(FEED, retention=timedelta(days=9))


def problems(versions: tuple[str, str], *verdicts: Verdict) -> tuple[str, ...]:
    """Why these changes between two versions are refused."""
    return _diff(versions, (Change("tier", "1", "2", verdict, "ask") for verdict in verdicts))


def _diff(versions: tuple[str, str], changes: Iterable[Change]) -> tuple[str, ...]:
    return ContractDiff("curated.trips", *versions, tuple(changes)).problems


@pytest.mark.parametrize(
    ("verdict", "version"),
    [
        (Verdict.METADATA, "1.2.4"),
        (Verdict.METADATA, "2.0.0"),
        (Verdict.COMPATIBLE, "1.3.0"),
        (Verdict.COMPATIBLE, "1.10.0"),
    ],
)
def test_a_version_that_is_raised_by_enough_passes(verdict: Verdict, version: str) -> None:
    assert problems(("1.2.3", version), verdict) == ()


@pytest.mark.parametrize(
    ("verdicts", "version", "needed"),
    [
        ((Verdict.METADATA,), "1.2.3", "1.2.4"),
        ((Verdict.COMPATIBLE,), "1.2.4", "1.3.0"),
        ((Verdict.METADATA, Verdict.COMPATIBLE), "1.2.4", "1.3.0"),
    ],
)
def test_a_version_that_is_not_is_told_what_it_must_be(
    verdicts: tuple[Verdict, ...], version: str, needed: str
) -> None:
    expected = f"curated.trips: version: found {version}; valid: {needed} or above"
    assert problems(("1.2.3", version), *verdicts) == (expected,)


def test_a_version_never_falls() -> None:
    (problem,) = problems(("1.2.3", "1.2.2"), Verdict.METADATA)
    assert problem == "curated.trips: version: found 1.2.2; valid: 1.2.3, as before, or above"


def test_what_breaks_is_refused_whatever_the_version_and_only_that_is_said() -> None:
    for version in ("1.2.3", "2.0.0"):
        assert problems(("1.2.3", version), Verdict.BREAKING) == (
            "curated.trips: tier: found 2, before: 1; ask",
        )


@pytest.mark.parametrize(("version", "refused"), [("1.3.0", True), ("2.0.0", False)])
def test_shorter_retention_passes_with_a_new_major_version(version: str, refused: bool) -> None:
    assert compare(FEED, replace(SHORTER, version=version)).refused is refused


def test_a_major_version_lets_nothing_else_pass() -> None:
    without_km = replace(SHORTER, columns=FEED.columns[:-1], version="2.0.0")
    (problem,) = compare(FEED, without_km).problems
    assert problem.startswith(f"{FEED.path}: schema[positions].properties[km]: found none")


@pytest.mark.parametrize("feed", [FEED, replace(FEED, version="1.3.0")], ids=["same", "raised"])
def test_a_version_without_a_change_is_free(feed: Feed) -> None:
    assert compare(FEED, feed).problems == ()


def test_a_models_breaking_change_passes_by_a_new_major_version_which_is_a_new_table() -> None:
    before = model()
    narrower = replace(before, columns=before.columns[:-1])
    (problem,) = compare(before, narrower).problems
    assert "raise the major version: a new table is built" in problem
    assert compare(before, replace(narrower, version="2.0.0")).problems == ()


def test_a_feeds_breaking_change_passes_by_no_version() -> None:
    narrower = replace(FEED, columns=FEED.columns[:-1], version="2.0.0")
    assert compare(FEED, narrower).refused
