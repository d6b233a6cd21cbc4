"""Power Query M: whether Microsoft's parser reads every query, and every name in it is there.

The parser is the npm package ``@microsoft/powerquery-parser``, which ``make powerbi`` installs
below ``.venv/powerbi``. It knows syntax only; names are looked up here.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atvos.powerbi.model_parts import Model
from atvos.powerbi.report_places import near, problem
from atvos.powerbi.tmdl import Value

REPOSITORY = Path(__file__).resolve().parents[3]
NODE = REPOSITORY / ".venv" / "powerbi" / "bin" / "node"
ENVIRONMENT = REPOSITORY / ".venv" / "powerbi" / "powerquery"
SCRIPT = REPOSITORY / "requirements" / "powerquery" / "parse_m.cjs"
_SECONDS = 60

_FUNCTIONS = """
Date.AddDays Date.AddMonths Date.AddYears Date.Day Date.DayOfWeek Date.DayOfWeekName
Date.EndOfMonth Date.EndOfYear Date.From Date.Month Date.MonthName Date.StartOfMonth
Date.StartOfYear Date.ToText Date.Year DateTimeZone.SwitchZone DateTimeZone.UtcNow Duration.Days
GoogleBigQuery.Database List.Dates List.Distinct List.Transform Splitter.SplitByNothing
Table.AddColumn Table.Combine Table.Distinct Table.FromList Table.RemoveColumns
Table.RenameColumns Table.SelectColumns Table.SelectRows Table.TransformColumnTypes Text.From
"""

FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Functions that queries may use; one that is missing is added when a query needs it."""

_CONSTANTS = frozenset(("Comparer.OrdinalIgnoreCase", "Currency.Type", "Day.Monday", "Int64.Type"))
_RESERVED = """
and as each else error false if in is let meta not null or otherwise section shared then true try
type any binary date datetime datetimezone duration function list logical nullable number record
table text time
"""
_KEYWORDS = frozenset(_RESERVED.split())
_WORD = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|"(?:[^"]|"")*")
    |(?P<quoted>\#"(?:[^"]|"")*")
    |(?P<literal>\#[a-z]+)
    |(?P<field>\[\s*[A-Za-z_]\w*\s*\])
    |(?P<open>\[)|(?P<close>\])
    |(?P<word>[A-Za-z_][\w.]*)(?P<defined>\s*=(?!>))?""",
    re.VERBOSE | re.DOTALL,
)
_PARAMETER = re.compile(r"(?<=[(,])\s*([A-Za-z_]\w*)(?=\s+as\b)")


class ToolError(RuntimeError):
    """Node or the parser is not there, or broke down."""


@dataclass(frozen=True, slots=True)
class Query:
    """An M expression of the model."""

    what: str
    value: Value
    file: Path

    def place(self, line: int) -> str:
        """``file:line`` of a line of the query, counted from 0."""
        return f"{self.file}:{self.value.line + line}"


def queries(model: Model) -> list[Query]:
    """Parameters, sources of partitions and of refresh policies."""
    found = [Query(each.name, each.value, each.file) for each in model.expressions.values()]
    for table in model.tables.values():
        sources = [each.source for each in table.partitions if each.kind == "m"]
        if table.policy is not None:
            sources.append(table.policy.source)
        found += [Query(table.name, source, table.file) for source in sources]
    return found


def problems(model: Model) -> list[str]:
    """What the parser refuses, and names that nothing has. ToolError without the parser."""
    asked = queries(model)
    lines = []
    for query, answer in zip(asked, parsed([each.value.text for each in asked]), strict=True):
        if answer is not None:
            place = query.place(answer["line"] - 1)
            lines.append(
                f"{place}: {query.what}: M, column {answer['column']}: {answer['message']}"
            )
        else:
            lines += _names(query, model)
    return lines


def parsed(texts: list[str]) -> list[dict[str, Any] | None]:
    """For each text None, or line, column and message of its first error. ToolError."""
    if not (NODE.is_file() and (ENVIRONMENT / "node_modules").is_dir()):
        raise ToolError(f"{ENVIRONMENT} is not there: run `make powerbi`")
    done = subprocess.run(
        [str(NODE), str(SCRIPT), str(ENVIRONMENT)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ToolError(f"the M parser broke down: {done.stderr.strip()[:400]}")
    answers: list[dict[str, Any] | None] = json.loads(done.stdout)
    return answers


def words(text: str) -> Iterator[tuple[str, int]]:
    """The names that a query uses and does not define, with the lines they stand on, from 0."""
    own = {found.strip() for found in _PARAMETER.findall(text)}
    used = []
    depth = 0
    for each in _WORD.finditer(text):
        depth += {"open": 1, "close": -1}.get(str(each.lastgroup), 0)
        word = each["word"]
        # Within brackets it is a field of a record that is defined, not a step.
        if word and each["defined"] and depth == 0:
            own.add(word)
        elif word and not each["defined"]:
            used.append((word, text.count("\n", 0, each.start())))
    yield from (found for found in used if found[0] not in own | _KEYWORDS)


def _names(query: Query, model: Model) -> Iterator[str]:
    known = FUNCTIONS | _CONSTANTS | model.expressions.keys()
    for word, line in words(query.value.text):
        if word not in known and word != "_":
            yield problem(query.place(line), f"{query.what}: M", word, near(word, known))
