"""Has Google's own analyzer type-check every statement, in one start of a process of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atvos.schema import Field
from atvos.sqlcheck.environment import ToolError
from atvos.sqlcheck.findings import Finding, in_statement
from atvos.sqlcheck.inventory import Inventory, Kind, Statement

WORKER = Path(__file__).with_name("zetasql_worker.py")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the analyzer found, and how many statements it saw, by their kind (``MERGE``)."""

    findings: list[Finding]
    kinds: Counter[str]


def analyze(
    inventory: Inventory, python: Path, done: Callable[[], None] = lambda: None
) -> Analysis:
    """The analyzer's judgement of all statements. ``done`` is called after each script.

    ToolError where the analyzer breaks down.
    """
    request = {
        "tables": {
            name: [_field(field) for field in spec.fields]
            for name, spec in inventory.tables.items()
        },
        "scripts": [
            {"sql": s.sql, "parameters": [_field(p) for p in s.parameters]}
            for s in inventory.statements
        ],
    }
    findings: list[Finding] = []
    kinds: Counter[str] = Counter()
    refused: set[Path] = set()
    answers = _ask(python, request)
    for statement, answer in zip(inventory.statements, answers, strict=True):
        done()
        kinds.update(part["kind"] for part in answer)
        found = list(_findings(statement, answer))
        if found and statement.kind is Kind.MODEL:
            refused.add(statement.owner)
        # A build is the model's query behind one more line: its faults are the query's.
        if statement.kind is not Kind.BUILD or statement.owner not in refused:
            findings += found
    return Analysis(findings, kinds)


def _ask(python: Path, request: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """One list of statements for each script, as they come."""
    with (
        tempfile.TemporaryFile("w+") as errors,
        # -I: the path that leads to this package must not lead into the other environment.
        subprocess.Popen(
            [python, "-I", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        # A worker that is gone before it has read everything says why, below.
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(json.dumps(request))
        answered = 0
        for line in process.stdout:
            answer = json.loads(line)
            if "statements" in answer:
                answered += 1
                yield answer["statements"]
        if process.wait():
            errors.seek(0)
            place = f"after {answered} of {len(request['scripts'])} scripts"
            raise ToolError(f"the SQL analyzer broke down {place}:\n{errors.read().strip()}")


def _findings(statement: Statement, parts: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for number, part in enumerate(parts, 1):
        error = part["error"]
        if error:
            what = f"statement {number} ({part['kind']}): " if len(parts) > 1 else ""
            message = what + error["message"]
            yield in_statement(statement, error["line"], error["column"], message)
    if statement.columns is not None and all(part["error"] is None for part in parts):
        yield from _output_findings(statement, parts[-1]["outputs"] or [])


def _output_findings(statement: Statement, outputs: Sequence[Sequence[str]]) -> Iterator[Finding]:
    """How the columns that a query returns differ from those that model.yaml promises."""
    expected = {field.name: _type_text(field) for field in statement.columns or ()}
    returned = [name for name, _ in outputs]

    def finding(message: str) -> Finding:
        return Finding(statement.owner, "", message)

    for name, type_ in expected.items():
        if name not in returned:
            valid = f"a column {name} {type_}, as in model.yaml"
            yield finding(f"column {name}: found nothing; valid: {valid}")
    for position, (name, found) in enumerate(outputs, 1):
        if name not in expected:
            valid = f"the columns of model.yaml: {', '.join(expected)}"
            yield finding(f"column {position}: found {_named(name)}; valid: {valid}")
        elif found != expected[name]:
            valid = f"{expected[name]}, as in model.yaml"
            yield finding(f"column {name}: found {found}; valid: {valid}")
    if returned != list(expected) and sorted(returned) == sorted(expected):
        valid = f"the order of model.yaml: {', '.join(expected)}"
        yield finding(f"order of the columns: found {', '.join(returned)}; valid: {valid}")


def _named(name: str) -> str:
    return "a column without a name" if name.startswith("$") else name


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": _base(field),
        "repeated": field.repeated,
        "fields": [_field(inner) for inner in field.fields],
    }


def _base(field: Field) -> str:
    """The type without its parameters: a query has none, they are the table's."""
    return field.type.partition("(")[0]


def _type_text(field: Field) -> str:
    """The type as the worker writes it."""
    text = _base(field)
    if field.fields:
        text = f"STRUCT<{', '.join(f'{f.name} {_type_text(f)}' for f in field.fields)}>"
    return f"ARRAY<{text}>" if field.repeated else text
