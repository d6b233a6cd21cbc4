"""The Composer build that is targeted, as requirements/composer.yaml and its lock describe it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atvos.composer.errors import ComposerError

FOLDER = Path(__file__).resolve().parents[3] / "requirements"

_IMAGE = re.compile(r"composer-3-airflow-\d+\.\d+\.\d+-build\.\d+")
_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;#\\]+)")
_TEXTS = ("image", "released", "python", "airflow", "source", "readOn", "resolvedAt")


@dataclass(frozen=True, slots=True)
class Image:
    """A build of Composer.

    ``known`` are the requirements that its documentation names, like ``pyarrow==25.0.1``;
    ``packages`` the versions of all that is taken to be installed, by normalised name.
    ``resolved_at`` is the day (YYYY-MM-DD) after which no release counts.
    """

    name: str
    python: str
    airflow: str
    resolved_at: str
    known: tuple[str, ...]
    packages: Mapping[str, str]


def load(file: Path | None = None) -> Image:
    """The image of ``file`` and of the lock beside it. ComposerError where one is not sound."""
    file = file or FOLDER / "composer.yaml"
    document = _document(file)
    lock = file.with_suffix(".lock")
    try:
        packages = pins(lock.read_text(encoding="utf-8"))
    except OSError as error:
        raise ComposerError(f"{lock}: {error.strerror}; make it: make lock") from None
    named = _known(document)
    for name, version in pins("\n".join(named)).items():
        if packages.get(name) != version:
            raise ComposerError(
                f"{lock}: {name}: found {packages.get(name)}; valid: {version}, as {file.name} "
                "says; make it anew: make lock"
            )
    return Image(
        name=document["image"],
        python=document["python"],
        airflow=document["airflow"],
        resolved_at=document["resolvedAt"],
        known=named,
        packages=packages,
    )


def known(file: Path | None = None) -> tuple[str, ...]:
    """What the documentation names, as lines of a requirements file. ComposerError as above."""
    return _known(_document(file or FOLDER / "composer.yaml"))


def pins(text: str) -> dict[str, str]:
    """The exact versions in a requirements file or a lock, by normalised name.

    >>> pins("SQLAlchemy==2.0.52  # via x\\napache_beam[gcp]==2.76.0")
    {'sqlalchemy': '2.0.52', 'apache-beam': '2.76.0'}
    """
    found = (_PIN.match(line) for line in text.splitlines())
    return {normalised(pin[1]): pin[2] for pin in found if pin}


def normalised(name: str) -> str:
    """A package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _known(document: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{name}=={version}" for name, version in document["packages"].items())


def _document(file: Path) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  # nosec B506: texts only
    except (OSError, yaml.YAMLError) as error:
        raise ComposerError(f"{file}: {error}") from None
    if not isinstance(found, dict):
        raise ComposerError(f"{file}: found {found!r}; valid: a mapping with image, packages, …")
    for attribute in _TEXTS:
        if not isinstance(found.get(attribute), str):
            raise ComposerError(f"{file}: {attribute}: found {found.get(attribute)!r}; a text")
    if not _IMAGE.fullmatch(found["image"]) or f"-{found['airflow']}-" not in found["image"]:
        valid = f"composer-3-airflow-{found['airflow']}-build.<number>"
        raise ComposerError(f"{file}: image: found {found['image']!r}; valid: {valid}")
    if not isinstance(found.get("packages"), dict) or "apache-airflow" not in found["packages"]:
        raise ComposerError(f"{file}: packages: valid: names to versions, apache-airflow's too")
    return found
