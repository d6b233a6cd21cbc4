"""Checks a contract against the JSON schema of the Open Data Contract Standard v3.2.0."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError

from atvos.contract.document import Node, text_of
from atvos.contract.errors import Problem


@lru_cache(maxsize=1)
def _validator() -> Draft201909Validator:
    schema = resources.files("open_data_contract_standard").joinpath("schema.json")
    return Draft201909Validator(json.loads(schema.read_text(encoding="utf-8")))


def problems(file: Path) -> list[Problem]:
    """What the standard's own schema says against ``file``; empty where it is valid."""
    # YAML reads an unquoted date as a date; the standard's schema wants its text.
    data = json.loads(json.dumps(Node.parse(file, text_of(file)).raw, default=str))
    return [_problem(file, data, error) for error in _validator().iter_errors(data)]


def _problem(file: Path, data: Any, error: ValidationError) -> Problem:
    path = ""
    node = data
    for step in error.absolute_path:
        node = node[step]
        if isinstance(step, int):
            label = node.get("name", node.get("property", step)) if isinstance(node, dict) else step
            path += f"[{label}]"
        else:
            path += f".{step}" if path else step
    found = error.instance
    if isinstance(found, dict | list):
        found = error.message
    return Problem(file, path or "(root)", found, _valid(error))


def _valid(error: ValidationError) -> str:
    rule, value = error.validator, cast("Any", error.validator_value)
    if rule == "enum":
        return "one of " + ", ".join(map(str, value))
    if rule == "type":
        return f"a value of type {value}"
    if rule == "required":
        return "all of " + ", ".join(value)
    return f"what ODCS v3.2.0 allows ({rule}): {error.message}"
