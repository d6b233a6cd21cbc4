"""Vulnerable packages are found in every lock, unless somebody has accepted one for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from local.security import accepted, packages
from local.security.accepted import Accepted, AcceptedError
from local.security.outcome import State
from local.security.packages import Audit, Vulnerability
from tests.security.osv_stub import Osv, serving, vulnerability

TODAY = date(2026, 12, 1)
PINS = {
    "a.lock": frozenset({("idna", "3.10"), ("attrs", "25.1.0")}),
    "b.lock": frozenset({("idna", "3.10"), ("attrs", "26.1.0")}),
}
FOUND = Vulnerability("attrs", "25.1.0", ("PYSEC-2026-77", "CVE-2026-7777"), ("26.0.0",))
ENTRY = Accepted("CVE-2026-7777", "attrs", "data-platform", "never called", date(2027, 1, 1))


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[Osv]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving({("attrs", "25.1.0"): vulnerability("attrs", "26.0.0")}) as found:
        yield found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the locks of PINS."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    for name, pins in PINS.items():
        text = "".join(f"{n}=={v} \\\n    --hash=sha256:00\n" for n, v in sorted(pins))
        (folder / name).write_text(f"# a comment\n{text}")
    return tmp_path


def test_every_pin_of_every_lock_is_read(repository: Path) -> None:
    assert packages.pinned(repository) == PINS
    locks = packages.pinned()
    assert {"airflow.lock", "checks.lock", "composer.lock", "emulators.lock"} <= locks.keys()
    assert ("apache-airflow", "3.3.1") in locks["airflow.lock"]
    assert all(locks.values())


def test_a_planted_vulnerability_is_found_by_pip_audit(repository: Path, osv: Osv) -> None:
    outcome = packages.check(repository, osv.url, TODAY)

    assert (outcome.state, outcome.text) == (State.FOUND, "3 of 3 packages of 2 locks looked at")
    assert outcome.findings == (
        "attrs 25.1.0 (a.lock): PYSEC-2026-77 = CVE-2026-7777, fixed in 26.0.0",
    )
    assert set(osv.asked) == PINS["a.lock"] | PINS["b.lock"]


def test_locks_without_a_known_vulnerability_are_fine(repository: Path, osv: Osv) -> None:
    osv.known.clear()

    assert packages.check(repository, osv.url, TODAY).state is State.FINE


def test_without_an_answer_nothing_is_said_to_be_fine(repository: Path) -> None:
    outcome = packages.check(repository, "http://127.0.0.1:9/v1/query", TODAY)

    assert outcome.state is State.NOT_LOOKED
    assert "give --osv-url" in outcome.text


def test_a_package_that_no_answer_came_about_is_a_finding() -> None:
    document = '{"dependencies": [{"name": "attrs", "skip_reason": "not found on PyPI"}]}'

    audit = packages.read(document)

    assert (audit.looked_at, audit.unknown) == (0, ("attrs",))
    assert packages.problems(audit, (), PINS, TODAY) == [
        "attrs: nobody could say whether it is vulnerable"
    ]


def test_no_package_is_twice_in_what_pip_audit_reads() -> None:
    assert packages.rounds(PINS) == [{"attrs": "25.1.0", "idna": "3.10"}, {"attrs": "26.1.0"}]


def test_what_is_accepted_is_no_finding_until_its_day_is_over() -> None:
    audit = Audit((FOUND,), 3, ())

    assert packages.problems(audit, [ENTRY], PINS, ENTRY.until) == []
    (late,) = packages.problems(audit, [ENTRY], PINS, date(2027, 1, 2))
    assert late.endswith("; data-platform accepted it until 2027-01-01")


def test_an_entry_that_is_no_finding_any_more_is_to_be_taken_out() -> None:
    assert packages.problems(Audit((), 3, ()), [ENTRY], PINS, TODAY) == [
        "CVE-2026-7777 of attrs is no finding any more: take it out of accepted.yaml"
    ]


def test_an_entry_of_another_package_accepts_nothing() -> None:
    other = Accepted("CVE-2026-7777", "idna", "data-platform", "never called", date(2027, 1, 1))

    found = packages.problems(Audit((FOUND,), 3, ()), [other], PINS, TODAY)

    assert len(found) == 2


GOOD = "id: A-1, package: attrs, owner: ana, reason: none, until: 2027-01-01"


def test_the_list_is_read(tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text(f"- {{{GOOD}}}\n")
    assert accepted.load(file, TODAY) == (
        Accepted("A-1", "attrs", "ana", "none", date(2027, 1, 1)),
    )


def test_what_is_accepted_today_is_as_it_must_be() -> None:
    assert len(accepted.load()) == len(set(accepted.load()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "valid: a list"),
        ("- {id: A-1}", "found {'id': 'A-1'}"),
        (f"- {{{GOOD}, more: 1}}", "'more': 1"),
        (f"- {{{GOOD.replace('ana', '')}}}", "owner: found None"),
        (f"- {{{GOOD.replace('2027-01-01', 'never')}}}", "until: found 'never'"),
        (f"- {{{GOOD.replace('2027', '2099')}}}", "until: found 2099-01-01; valid: 2027-05-30"),
    ],
)
def test_an_entry_that_nobody_answers_for_is_refused(
    tmp_path: Path, text: str, expected: str
) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text(text + "\n")

    with pytest.raises(AcceptedError, match=r"accepted\.yaml") as raised:
        accepted.load(file, TODAY)

    assert expected in str(raised.value)
