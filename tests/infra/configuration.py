"""infra/ as it is parsed: blocks by their labels, texts without quotes, expressions as `${…}`."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

from local.layout import REPOSITORY

FOLDER = REPOSITORY / "infra"

_NOT_OURS = ("__comments__", "__inline_comments__", "__is_block__")
_LITERAL = re.compile(r'"(.*)"', re.DOTALL)


@dataclass(frozen=True)
class Configuration:
    """The blocks of every file, and the text that they were read from."""

    blocks: tuple[tuple[str, dict[str, Any]], ...]
    text: str

    def resources(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Type, name and body of every resource."""
        yield from self._labelled("resource")

    def data(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Type, name and body of every data source."""
        yield from self._labelled("data")

    def resource(self, kind: str, name: str) -> dict[str, Any]:
        """The body of one resource. KeyError where it is not there."""
        return {(k, n): body for k, n, body in self.resources()}[kind, name]

    def locals(self) -> dict[str, Any]:
        """Every local value by its name."""
        return {k: v for mode, body in self.blocks if mode == "locals" for k, v in body.items()}

    def named(self, mode: str) -> dict[str, Any]:
        """The bodies of blocks with one label: `variable` or `output`."""
        return {k: v for found, body in self.blocks if found == mode for k, v in body.items()}

    def _labelled(self, mode: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for found, block in self.blocks:
            if found == mode:
                for kind, named in block.items():
                    for name, body in named.items():
                        yield kind, name, body


def load(folder: Path = FOLDER) -> Configuration:
    """The configuration of a folder."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.tf"))]
    return parse("\n".join(texts))


def parse(text: str) -> Configuration:
    """The configuration of a text."""
    document = hcl2.loads(text + "\n")
    blocks = [
        (mode, _plain(block))
        for mode, found in document.items()
        if mode not in _NOT_OURS
        for block in found
    ]
    return Configuration(tuple(blocks), text)


def changed(
    configuration: Configuration, kind: str, name: str, new: dict[str, Any]
) -> Configuration:
    """The same with arguments of one resource replaced; one that is None is taken away."""
    blocks = copy.deepcopy(configuration.blocks)
    other = Configuration(blocks, configuration.text)
    body = other.resource(kind, name)
    body.update(new)
    for argument in [key for key, value in new.items() if value is None]:
        del body[argument]
    return other


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(k): _plain(v) for k, v in value.items() if k not in _NOT_OURS}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str) and (literal := _LITERAL.fullmatch(value)):
        return literal[1]
    return value
