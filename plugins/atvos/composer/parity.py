"""Compares what an installation would bring with what the Composer image has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atvos.composer.errors import UnsatisfiableError
from atvos.composer.image import Image, normalised
from atvos.composer.resolver import Resolved, resolve

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Parity:
    """How requirements go with an image; all tuples are sorted lines for people.

    ``conflicts`` cannot be installed, ``changed`` would alter the image, ``added`` are new to
    it (as ``name==version``), ``superfluous`` are requirements that it meets by itself.
    """

    conflicts: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    superfluous: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether the image stays as it is."""
        return not self.conflicts and not self.changed


def check(requirements: Sequence[str], image: Image) -> Parity:
    """What comes of installing the requirements in the image. ComposerError where nothing can
    be resolved at all.
    """
    asked = [f"apache-airflow=={image.airflow}", *_others(image), *requirements]
    try:
        found = resolve(asked, image.python, image.packages, image.resolved_at)
    except UnsatisfiableError as error:
        return Parity(conflicts=(str(error),))
    return compare(requirements, found, image.packages)


def compare(
    requirements: Sequence[str], found: Mapping[str, Resolved], installed: Mapping[str, str]
) -> Parity:
    """What ``found`` would do to what is ``installed``, both by normalised name."""
    named = {name_of(line): line for line in requirements}
    conflicts, changed = [], []
    for name, version in sorted(installed.items()):
        new = found.get(name)
        if new is None or new.version == version:
            continue
        line = f"{name}: the image has {version}, and {new.version} would be installed"
        if name in named:
            conflicts.append(f"{line}: requirements.txt asks for {named[name]}")
        else:
            by = [asker for asker in new.asked_by if asker not in installed] or new.asked_by
            changed.append(f"{line} for {', '.join(by) or 'the ones above'}")
    return Parity(
        conflicts=tuple(conflicts),
        changed=tuple(changed),
        added=tuple(f"{n}=={r.version}" for n, r in sorted(found.items()) if n not in installed),
        superfluous=tuple(
            sorted(
                named[name]
                for name, version in installed.items()
                if name in named and found[name].version == version
            )
        ),
    )


def newest(requirements: Sequence[str], image: Image) -> tuple[str, ...]:
    """What the newest release of the image's Airflow line and its providers would change.

    Lines for people; none where all is as in the image. ComposerError where nothing can be
    resolved at all.
    """
    line = ".".join(image.airflow.split(".")[:2])
    providers = [name for name in image.packages if "-providers-" in name]
    asked = [f"apache-airflow=={line}.*", *providers, *requirements]
    try:
        found = resolve(asked, image.python, {})
    except UnsatisfiableError as error:
        return (f"requirements.txt does not go with the newest Airflow {line}: {error}",)
    watched = ["apache-airflow", *providers, *map(name_of, requirements)]
    return tuple(
        f"{name}: {image.packages[name]} in the image, {found[name].version} is there"
        for name in sorted(set(watched))
        if name in image.packages and found[name].version != image.packages[name]
    )


def lines(text: str) -> tuple[str, ...]:
    """The requirements of a requirements file, without comments and options.

    >>> lines("# why\\napache-beam[gcp]==2.76.0  # the image's\\n\\n-c other.txt")
    ('apache-beam[gcp]==2.76.0',)
    """
    bare = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in bare if _NAME.match(line))


def name_of(requirement: str) -> str:
    """The normalised name of the package that a requirement is about."""
    match = _NAME.match(requirement)
    return normalised(match[0]) if match else requirement


def _others(image: Image) -> list[str]:
    """What the image has besides Airflow, at no version: the resolver prefers the image's."""
    return [name for name in image.packages if name != "apache-airflow"]
