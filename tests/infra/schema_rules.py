"""Whether infra/ says only what the provider knows. Every rule gives a line for what breaks it.

It stands for `terraform validate`, which needs the provider itself.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.infra.configuration import Configuration

SCHEMA = json.loads(Path(__file__).with_name("provider_schema.json").read_text(encoding="utf-8"))

_META = frozenset({"count", "depends_on", "for_each", "lifecycle", "provider"})
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_OWN = re.compile(r"\b(local|var)\.([a-z_]\w*)")
_ADDRESS = re.compile(r"\b(data\.)?(google_\w+)\.(\w+)(?:\[(?:[^\[\]]|\[[^\]]*\])*\])?(?:\.(\w+))?")


def arguments(found: Configuration) -> Iterator[str]:
    """Every argument is one that the type has, and none that it needs is missing."""
    for mode, blocks in (("resource", found.resources()), ("data", found.data())):
        for kind, name, body in blocks:
            known = SCHEMA[mode].get(kind)
            if known is None:
                yield f"{kind}.{name}: {kind} is not in provider_schema.json (extract_schema.py)"
                continue
            given = {key: value for key, value in body.items() if key not in _META}
            yield from _judge(f"{kind}.{name}", given, known["arguments"])


def _judge(place: str, body: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    given = {key: value for key, value in body.items() if key != "dynamic"}
    for dynamic in body.get("dynamic", []):
        given |= {name: block["content"] for name, block in dynamic.items()}
    for argument, value in given.items():
        if argument not in known:
            yield f"{place}: no argument {argument}; valid: {', '.join(sorted(known))}"
            continue
        inner = known[argument].get("block")
        if inner is not None:
            for block in value if isinstance(value, list) else [value]:
                yield from _judge(f"{place}.{argument}", block, inner)
    for argument, facts in known.items():
        if facts["required"] and argument not in given:
            yield f"{place}: {argument} is missing"


def references(found: Configuration) -> Iterator[str]:
    """What is referred to is there, and every local value and variable is referred to."""
    text = _COMMENT.sub("", found.text)
    used = set(_OWN.findall(text))
    there = {("local", name) for name in found.locals()}
    there |= {("var", name) for name in found.named("variable")}
    for kind, name in sorted(used - there):
        yield f"{kind}.{name} is not there"
    for kind, name in sorted(there - used):
        yield f"{kind}.{name} is never used"
    yield from _addresses(found, text)


def _addresses(found: Configuration, text: str) -> Iterator[str]:
    resources = {(kind, name) for kind, name, _ in found.resources()}
    data = {(kind, name) for kind, name, _ in found.data()}
    for is_data, kind, name, attribute in sorted(set(_ADDRESS.findall(text))):
        mode, there = ("data", data) if is_data else ("resource", resources)
        if (kind, name) not in there:
            yield f"{is_data}{kind}.{name} is not there"
        elif attribute and attribute not in SCHEMA[mode][kind]["attributes"]:
            yield f"{is_data}{kind}.{name}: no attribute {attribute}"
