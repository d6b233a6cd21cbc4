"""One change of a contract, all changes of one, and the version that they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_STEPS = ("major", "minor", "patch")


class Verdict(StrEnum):
    """What a change does to the table that is there."""

    METADATA = "metadata"
    COMPATIBLE = "compatible"
    BREAKING = "breaking"


@dataclass(frozen=True, slots=True)
class Change:
    """What differs in one attribute.

    ``note`` says what comes of it; of a breaking change, what to do instead. Where
    ``by_major`` is set, a new major version lets a breaking change pass.
    """

    attribute: str
    before: str | None
    after: str | None
    verdict: Verdict
    note: str = ""
    by_major: bool = False

    @property
    def step(self) -> str:
        """The part of the version that this change must raise: major, minor or patch."""
        steps = {Verdict.METADATA: "patch", Verdict.COMPATIBLE: "minor", Verdict.BREAKING: "major"}
        return steps[self.verdict]


@dataclass(frozen=True, slots=True)
class ContractDiff:
    """All changes of one contract. ``name`` is its table's, ``dataset.table``.

    ``before`` and ``after`` are versions, None where there is no contract. ``file`` is where
    it stands now.
    """

    name: str
    before: str | None
    after: str | None
    changes: tuple[Change, ...]
    file: Path | None = None

    @property
    def needed(self) -> str | None:
        """The lowest version that the changes allow, None where they ask for none.

        >>> change = Change("description.purpose", "Old.", "New.", Verdict.METADATA)
        >>> ContractDiff("trips", "1.2.3", "1.2.3", (change,)).needed
        '1.2.4'
        """
        if self.before is None or self.after is None or not self.changes:
            return None
        step = min((change.step for change in self.changes), key=_STEPS.index)
        return raised(self.before, step)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the diff is refused, each with what to do; empty where it is not."""
        where = self.file or self.name
        return tuple(f"{where}: {text}" for text in (*self._breaking(), *self._version()))

    @property
    def refused(self) -> bool:
        """Whether something has to be done before this can be merged."""
        return bool(self.problems)

    def _breaking(self) -> list[str]:
        return [
            f"{change.attribute}: found {_shown(change)}; {change.note}"
            for change in self.changes
            if change.verdict is Verdict.BREAKING and not self._meant(change)
        ]

    def _meant(self, change: Change) -> bool:
        if not change.by_major or self.before is None or self.after is None:
            return False
        return _parts(self.after) >= _parts(raised(self.before, "major"))

    def _version(self) -> list[str]:
        if self.before is None or self.after is None:
            return []
        if _parts(self.after) < _parts(self.before):
            return [f"version: found {self.after}; valid: {self.before}, as before, or above"]
        # A version cannot make up for what is refused: nothing to be said of it then.
        if self.needed and not self._breaking() and _parts(self.after) < _parts(self.needed):
            return [f"version: found {self.after}; valid: {self.needed} or above"]
        return []


def raised(version: str, step: str) -> str:
    """The next version in that step.

    >>> raised("1.2.3", "minor")
    '1.3.0'
    """
    place = _STEPS.index(step)
    parts = _parts(version)
    return ".".join(map(str, [*parts[:place], parts[place] + 1, *[0] * (2 - place)]))


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _shown(change: Change) -> str:
    if change.after is None:
        return f"none any more, before: {change.before}"
    return change.after if change.before is None else f"{change.after}, before: {change.before}"
