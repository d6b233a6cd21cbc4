"""Vulnerabilities that somebody has accepted for a while, from accepted.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("accepted.yaml")
LONGEST = timedelta(days=180)
"""For how long at most: who accepts looks again."""

_FORM = (
    "valid: {id: PYSEC-2026-1, package: example, owner: data-platform, reason: …, "
    "until: 2027-02-28}"
)


class AcceptedError(ValueError):
    """The list of accepted vulnerabilities is not as it must be."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One vulnerability of one package, by any of its ids; ``until`` is the last day."""

    id: str
    package: str
    owner: str
    reason: str
    until: date


def load(file: Path = FILE, today: date | None = None) -> tuple[Accepted, ...]:
    """The entries. AcceptedError names the file, the entry and what is wrong with it."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(entries, list):
        raise AcceptedError(f"{file}: found {entries!r}; valid: a list, [] where it is empty")
    day = today or date.today()  # noqa: DTZ011  a day in the calendar of who looks
    return tuple(_entry(file, entry, day) for entry in entries)


def _entry(file: Path, entry: Any, today: date) -> Accepted:
    attributes = Accepted.__dataclass_fields__.keys()
    if not isinstance(entry, dict) or entry.keys() != attributes:
        raise AcceptedError(f"{file}: found {entry!r}; {_FORM}")
    for attribute in attributes - {"until"}:
        if not isinstance(entry[attribute], str) or not entry[attribute].strip():
            raise AcceptedError(f"{file}: {attribute}: found {entry[attribute]!r}; {_FORM}")
    if not isinstance(entry["until"], date):
        raise AcceptedError(f"{file}: until: found {entry['until']!r}; {_FORM}")
    if entry["until"] > today + LONGEST:
        raise AcceptedError(
            f"{file}: {entry['id']}: until: found {entry['until']}; "
            f"valid: {today + LONGEST} at the latest, {LONGEST.days} days from now"
        )
    return Accepted(**entry)
