"""What has to be done to a bucket, in the order in which it is safe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import groupby
from operator import attrgetter

from atvos.deploy import files
from atvos.deploy.manifest import Entry


class Phase(IntEnum):
    """Steps of a phase may go in any order; a phase begins when the one before is done.

    A file comes after all that it reads, and goes before.
    """

    DATA = 1
    PLUGINS = 2
    DAGS = 3
    RELEASE = 4
    REMOVE_DAGS = 5
    REMOVE_PLUGINS = 6
    REMOVE_DATA = 7


class Action(StrEnum):
    """What is done to an object."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


_PUT = {"data": Phase.DATA, "plugins": Phase.PLUGINS, "dags": Phase.DAGS}
_REMOVE = {
    "data": Phase.REMOVE_DATA,
    "plugins": Phase.REMOVE_PLUGINS,
    "dags": Phase.REMOVE_DAGS,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One object to write or remove; ``entry`` is None of one that is removed."""

    action: Action
    path: str
    entry: Entry | None = None

    @property
    def phase(self) -> Phase:
        """When it is its turn."""
        if self.entry is None:
            return _REMOVE[_kind(self.path)]
        return Phase.RELEASE if self.path == files.RELEASE else _PUT[_kind(self.path)]


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in their order, and how many objects are as they should be."""

    steps: tuple[Step, ...]
    unchanged: int

    def count(self, action: Action) -> int:
        """How many objects that is done to."""
        return sum(step.action is action for step in self.steps)

    @property
    def phases(self) -> list[tuple[Phase, list[Step]]]:
        """The steps of each phase that has some, in order."""
        return [(phase, list(steps)) for phase, steps in groupby(self.steps, attrgetter("phase"))]

    @property
    def changes_code(self) -> bool:
        """Whether anything is done but to say which commit is there."""
        return any(step.path != files.RELEASE for step in self.steps)


def make(wanted: Iterable[Entry], found: Mapping[str, str | None]) -> Plan:
    """The plan that makes a bucket hold ``wanted`` and nothing else that deploys answer for.

    ``found`` is the MD5 of each object, None where Cloud Storage has none of it.
    """
    steps, unchanged, names = [], 0, set()
    for entry in wanted:
        names.add(entry.path)
        if entry.path not in found:
            steps.append(Step(Action.ADD, entry.path, entry))
        elif found[entry.path] != entry.md5:
            steps.append(Step(Action.CHANGE, entry.path, entry))
        else:
            unchanged += 1
    stale = [name for name in found if files.is_deployed(name) and name not in names]
    steps += [Step(Action.REMOVE, name) for name in stale]
    return Plan(tuple(sorted(steps, key=attrgetter("phase", "path"))), unchanged)


def _kind(path: str) -> str:
    if path.startswith("plugins/"):
        return "plugins"
    # What is read beside DAG files is data: .airflowignore is, too.
    return "dags" if path.endswith(".py") else "data"
