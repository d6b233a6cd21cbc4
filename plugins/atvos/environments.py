"""The environments that there are: each is one file of ``environments/``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from atvos import settings
from atvos.settings import Settings, SettingsError

FOLDER = Path(__file__).resolve().parents[2] / "environments"

_OWNER = "{owner}"
_OWNER_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
_OWN_VARIABLE = re.compile(r"ATVOS_[A-Z0-9_]+|BEAM_RUNNER")
_COMPOSER = ("name", "bucket", "airflowUrl", "deploys")
DEPLOYS = ("any", "main", "tag")
"""What may be deployed: any commit, one of the main branch, or one with a version's tag."""
_ANY_COMMIT = "0" * 40


@dataclass(frozen=True, slots=True)
class Composer:
    """The Composer environment: its name, its bucket, and where its Airflow is, once known.

    ``deploys`` is what may be deployed to it, one of DEPLOYS.
    """

    name: str
    bucket: str
    airflow_url: str | None
    deploys: str


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment; ``composer`` is None where nothing is deployed to it."""

    name: str
    file: Path
    variables: Mapping[str, str]
    composer: Composer | None

    @property
    def project(self) -> str:
        """The Google Cloud project."""
        return self.variables["ATVOS_PROJECT"]

    @property
    def is_sandbox(self) -> bool:
        """Whether its datasets have a suffix: nobody else's are touched by what is done to it."""
        return bool(self.variables.get("ATVOS_DATASET_SUFFIX"))

    def settings(self, commit: str = _ANY_COMMIT) -> Settings:
        """The settings of its processes, with ``commit`` as the one that was deployed."""
        try:
            return settings.load({**self.variables, "ATVOS_COMMIT": commit})
        except SettingsError as error:
            raise SettingsError(f"{self.file}: {error}") from None


def names(folder: Path | None = None) -> list[str]:
    """The names of all environments, sorted."""
    return sorted(file.stem for file in (folder or FOLDER).glob("*.yaml"))


def load(name: str, owner: str | None = None, folder: Path | None = None) -> Environment:
    """The environment of that name, a sandbox being its ``owner``'s.

    SettingsError with file, attribute, bad value and a valid form where it is none, or where
    its processes could not start.
    """
    folder = folder or FOLDER
    file = folder / f"{name}.yaml"
    if name not in names(folder):
        valid = ", ".join(names(folder)) or f"none, as {folder} has no file"
        raise SettingsError(f"environment {name!r} is not there; valid: {valid}")
    document = _mapping(_parsed(_with_owner(file, owner)), file, "(file)")
    _known(document, ("variables", "composer"), file, "")
    variables = _variables(document.get("variables"), file)
    found = Environment(name, file, variables, _composer(document.get("composer"), file))
    found.settings()
    if found.is_sandbox and owner is None:
        raise SettingsError(
            f"{file}: variables.ATVOS_DATASET_SUFFIX: found "
            f"{variables['ATVOS_DATASET_SUFFIX']!r}; valid: one with {_OWNER} in it, or none"
        )
    return found


def _with_owner(file: Path, owner: str | None) -> str:
    text = file.read_text(encoding="utf-8")
    wanted = _OWNER in _without_comments(text)
    if wanted and owner is None:
        raise SettingsError(f"{file} is for one engineer: say whose with --owner, like ana")
    if not wanted and owner is not None:
        raise SettingsError(f"--owner: found {owner!r}, but {file} has no {_OWNER} in it")
    if owner is not None and not _OWNER_NAME.fullmatch(owner):
        raise SettingsError(f"--owner: found {owner!r}; valid: up to 20 of a-z and 0-9, like ana")
    return text.replace(_OWNER, owner or "")


def _without_comments(text: str) -> str:
    return "\n".join(line.partition("#")[0] for line in text.splitlines())


def _parsed(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        return f"no YAML: {error}"


def _variables(raw: object, file: Path) -> dict[str, str]:
    found = _mapping(raw, file, "variables")
    for name, value in found.items():
        if not _OWN_VARIABLE.fullmatch(name):
            _refuse(file, f"variables.{name}", value, "names of settings, like ATVOS_PROJECT")
        if name not in settings.VARIABLES:
            near = difflib.get_close_matches(name, settings.VARIABLES, 1) or settings.VARIABLES
            _refuse(file, f"variables.{name}", value, f"a setting that is read: {', '.join(near)}")
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            _refuse(file, f"variables.{name}", value, "a text or a whole number")
    return {name: str(value) for name, value in found.items()}


def _composer(raw: object, file: Path) -> Composer | None:
    if raw is None:
        return None
    found = _mapping(raw, file, "composer")
    _known(found, _COMPOSER, file, "composer.")
    for attribute in ("name", "bucket"):
        if not isinstance(found.get(attribute), str) or not found[attribute]:
            _refuse(file, f"composer.{attribute}", found.get(attribute), "a text")
    url = found.get("airflowUrl")
    if url is not None and not str(url).startswith("https://"):
        _refuse(file, "composer.airflowUrl", url, "null, or https://…")
    if found.get("deploys") not in DEPLOYS:
        _refuse(file, "composer.deploys", found.get("deploys"), f"one of {', '.join(DEPLOYS)}")
    return Composer(found["name"], found["bucket"], url, found["deploys"])


def _mapping(raw: object, file: Path, attribute: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        _refuse(file, attribute, raw, "a mapping of names to values")
    return {str(name): value for name, value in raw.items()}


def _known(found: Mapping[str, Any], valid: tuple[str, ...], file: Path, prefix: str) -> None:
    for attribute in found:
        if attribute not in valid:
            _refuse(file, f"{prefix}{attribute}", found[attribute], f"one of {', '.join(valid)}")


def _refuse(file: Path, attribute: str, found: object, valid: str) -> NoReturn:
    raise SettingsError(f"{file}: {attribute}: found {found!r}; valid: {valid}")
