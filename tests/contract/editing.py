"""Breaks a contract at a path such as ``schema/readings/properties/km/required``."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

BASE = Path(__file__).with_name("readings.odcs.yaml")

ABSENT = object()
"""Stands for an attribute that is taken away."""

_LABELS = ("name", "property", "channel", "format", "value")

COLUMNS = "schema/readings/properties"
CUSTOM = "customProperties"
FREE = object()
"""The rule's valid form is described, not given word for word."""


class Broken(NamedTuple):
    """Edits that break one rule, and the one problem that is to be found.

    ``mend`` is put at the first edit's path to show that the valid form is valid; where it
    is not ``FREE``, ``valid`` names it word for word.
    """

    edits: dict[str, Any]
    attribute: str
    found: Any
    valid: str
    mend: Any = FREE


def column(name: str, attribute: str) -> str:
    return f"schema[readings].properties[{name}].{attribute}"


def at(name: str, attribute: str) -> str:
    return f"{COLUMNS}/{name}/{attribute}"


def custom(name: str, value: Any) -> dict[str, Any]:
    return {f"{CUSTOM}/{name}": {"property": name, "value": value}}


def edited(edits: Mapping[str, Any], base: Path = BASE) -> dict[str, Any]:
    """The base contract with each path's value replaced, added or taken away."""
    document: dict[str, Any] = yaml.safe_load(base.read_text(encoding="utf-8"))
    for path, value in edits.items():
        _put(document, path, value)
    return document


def written(document: object, folder: Path, name: str = "readings.odcs.yaml") -> Path:
    """The document as a file of that folder."""
    file = folder / name
    text = document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=True)
    file.write_text(text, encoding="utf-8")
    return file


def _put(document: Any, path: str, value: Any) -> None:
    *steps, last = path.split("/")
    for step in steps:
        document = document[_place(document, step)]
    place = _place(document, last)
    if value is ABSENT:
        del document[place]
    elif isinstance(document, list) and place == len(document):
        document.append(copy.deepcopy(value))
    else:
        document[place] = copy.deepcopy(value)


def _place(node: Any, step: str) -> Any:
    """The key of a mapping; of a list, the index of the item with that label, or the end."""
    if isinstance(node, dict):
        return step
    for index, item in enumerate(node):
        if isinstance(item, dict) and any(str(item.get(label)) == step for label in _LABELS):
            return index
    return len(node)
