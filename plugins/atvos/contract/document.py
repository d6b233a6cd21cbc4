"""A cursor over a contract's YAML that records every problem instead of stopping at one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from atvos.contract import yaml_text
from atvos.contract.errors import ContractError, Problem


def text_of(file: Path) -> str:
    """The content of ``file``; ContractError where it cannot be read as UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ContractError([Problem(file, "(file)", str(error), "a readable file")]) from error
    except ValueError as error:
        raise ContractError([Problem(file, "(file)", str(error), "a YAML document")]) from error


class Node:
    """A mapping of the document together with the attribute path that leads to it.

    Every getter returns a value of the asked type. Where the document has none that is
    valid it records a problem and returns a harmless stand-in, so that one reading finds
    all problems; ``finish`` on the root raises them.
    """

    def __init__(self, file: Path, data: dict[str, Any], path: str, problems: list[Problem]):
        self._file = file
        self._data = data
        self._path = path
        self._problems = problems

    @classmethod
    def parse(cls, file: Path, text: str) -> Node:
        """The root of the YAML document ``text`` of ``file``; ContractError where it is none."""
        try:
            data = yaml_text.read(text)
        except (yaml.YAMLError, ValueError) as error:  # a date that is none
            found = " ".join(str(error).split())
            raise ContractError([Problem(file, "(file)", found, "a YAML document")]) from error
        if not isinstance(data, dict):
            raise ContractError([Problem(file, "(file)", data, "a YAML mapping")])
        return cls(file, data, "", [])

    @property
    def file(self) -> Path:
        """The file that is read."""
        return self._file

    @property
    def raw(self) -> dict[str, Any]:
        """The mapping as YAML gives it."""
        return self._data

    def problem(self, attribute: str, found: object, valid: str) -> None:
        """Record that ``attribute`` of this mapping is wrong."""
        path = f"{self._path}.{attribute}" if self._path else attribute
        self._problems.append(Problem(self._file, path, found, valid))

    @property
    def sound(self) -> bool:
        """Whether no problem was recorded so far, anywhere in the document."""
        return not self._problems

    def finish(self) -> None:
        """Raise ContractError if any problem was recorded."""
        if self._problems:
            raise ContractError(self._problems)

    def has(self, attribute: str) -> bool:
        """Whether the attribute is there with a value."""
        return self._data.get(attribute) is not None

    def text(self, attribute: str, valid: str, pattern: str | None = None) -> str:
        """A text that must be there, match ``pattern`` as a whole, and not be blank without one."""
        value = self._data.get(attribute)
        if isinstance(value, str) and (re.fullmatch(pattern, value) if pattern else value.strip()):
            return value.strip()
        self.problem(attribute, value, valid)
        return ""

    def optional_text(self, attribute: str, valid: str, pattern: str = r"(?s).*") -> str | None:
        """Like ``text``, None where the attribute is absent."""
        return self.text(attribute, valid, pattern) if self.has(attribute) else None

    def choice(self, attribute: str, options: Collection[str], default: str | None = None) -> str:
        """One of ``options``; ``default`` where the attribute is absent."""
        value = self._data.get(attribute, default)
        if value is None or not isinstance(value, str) or value not in options:
            self.problem(attribute, value, "one of " + ", ".join(map(_shown, options)))
            return default if default is not None else next(iter(options))
        return value

    def flag(self, attribute: str) -> bool:
        """A boolean, false where the attribute is absent."""
        value = self._data.get(attribute, False)
        if not isinstance(value, bool):
            self.problem(attribute, value, "true or false")
            return False
        return value

    def number(
        self,
        attribute: str,
        valid: str,
        low: float = -math.inf,
        high: float = math.inf,
        whole: bool = False,
    ) -> float | None:
        """A number from ``low`` to ``high``, None where the attribute is absent."""
        value = self._data.get(attribute)
        if value is None:
            return None
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
            self.problem(attribute, value, valid)
            return None
        if not low <= value <= high:
            self.problem(attribute, value, valid)
            return None
        return value

    def texts(self, attribute: str, valid: str) -> tuple[str, ...]:
        """A list of texts or numbers (or one alone) as texts, empty where absent."""
        value = self._data.get(attribute)
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        good = [v for v in values if isinstance(v, str | int | float) and not isinstance(v, bool)]
        if len(good) != len(values) or not values:
            self.problem(attribute, value, valid)
        return tuple(str(v) for v in good)

    def child(self, attribute: str, valid: str) -> Node:
        """The mapping under ``attribute``; an empty one where the document has none.

        Of what is no mapping, that is the one problem, and not what it lacks besides.
        """
        value = self._data.get(attribute)
        path = f"{self._path}.{attribute}" if self._path else attribute
        if value is None or isinstance(value, dict):
            return Node(self._file, value or {}, path, self._problems)
        self.problem(attribute, value, valid)
        return Node(self._file, {}, path, [])

    def children(self, attribute: str, valid: str, label: str = "name") -> Iterator[Node]:
        """The mappings in the list under ``attribute``, their path told by ``label``."""
        value = self._data.get(attribute)
        if value is None:
            return
        if not isinstance(value, list):
            self.problem(attribute, value, valid)
            return
        base = f"{self._path}.{attribute}" if self._path else attribute
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.problem(f"{attribute}[{index}]", item, valid)
                continue
            tag = item.get(label, index)
            yield Node(self._file, item, f"{base}[{tag}]", self._problems)

    def custom(self, known: Collection[str]) -> Node:
        """``customProperties`` as a mapping; a property that is not ``known`` is a problem."""
        data: dict[str, Any] = {}
        for item in self.children("customProperties", "a list of property and value", "property"):
            name = item.raw.get("property")
            if name not in known:
                self.problem("customProperties.property", name, "one of " + ", ".join(known))
            elif name in data:
                self.problem(f"customProperties[{name}]", "given twice", "given once")
            else:
                data[str(name)] = item.raw.get("value")
        path = f"{self._path}.customProperties" if self._path else "customProperties"
        return Node(self._file, data, path, self._problems)


def _shown(option: str) -> str:
    """A word as it is; a sign such as a delimiter in quotes, as YAML takes it."""
    return option if re.fullmatch(r"[\w.@-]*\w", option) else json.dumps(option)
