"""Whether everything that the model's DAX speaks of is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from atvos.powerbi.dax import DaxError, Kind, Token, balance, tokens
from atvos.powerbi.dax_functions import FORBIDDEN_WITH_ROLES, FUNCTIONS, KEYWORDS
from atvos.powerbi.model_parts import Model
from atvos.powerbi.report_places import near, problem

_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Dax:
    """An expression of the model, which starts on ``line`` of ``file``."""

    what: str
    text: str
    file: Path
    line: int

    def place(self, line: int) -> str:
        """``file:line`` of a line of the expression, counted from 0."""
        return f"{self.file}:{self.line + line}"


def expressions(model: Model) -> Iterator[Dax]:
    """Every DAX expression: measures, calculated tables, filters of roles."""
    for _, measure in model.measures():
        yield Dax(f"[{measure.name}]", measure.expression, measure.file, measure.line)
    for table in model.tables.values():
        for each in table.partitions:
            if each.kind == "calculated":
                yield Dax(table.name, each.source.text, each.file, each.source.line)
    for role in model.roles.values():
        for name, value in role.filters.items():
            yield Dax(f"role {role.name}, {name}", value.text, role.file, value.line)


def problems(model: Model) -> list[str]:
    """What is no DAX, what is not there, and measures that are made of each other."""
    found = [line for each in expressions(model) for line in _Names(each, model).problems()]
    return found + list(_circles(model))


def measures_used(text: str) -> set[str]:
    """The measures that an expression names; none where it is no DAX, which is told elsewhere."""
    try:
        found = list(tokens(text))
    except DaxError:
        return set()
    return {
        token.text
        for before, token in zip([None, *found], found, strict=False)
        if token.kind is Kind.BRACKET and not _is_table(before)
    }


def _is_table(token: Token | None) -> bool:
    return token is not None and token.kind in (Kind.WORD, Kind.TABLE) and not _is_keyword(token)


def _is_keyword(token: Token) -> bool:
    return token.kind is Kind.WORD and token.text.upper() in KEYWORDS


class _Names:
    """The names in one expression."""

    def __init__(self, dax: Dax, model: Model) -> None:
        self.dax, self.model = dax, model
        self.measures = {measure.name for _, measure in model.measures()}
        self.variables: dict[str, int] = {}
        self.used: set[str] = set()

    def problems(self) -> list[str]:
        """What is wrong with them."""
        try:
            found = list(tokens(self.dax.text))
            balance(found)
        except DaxError as error:
            return [self._told(error.line, "DAX", error.found, error.valid)]
        if not found:
            return [self._told(0, "DAX", "", "an expression")]
        lines = [line for at in range(len(found)) for line in self._token(found, at)]
        unused = self.variables.keys() - self.used
        return lines + [
            self._told(self.variables[name], "VAR", name, "a variable that is used")
            for name in sorted(unused)
        ]

    def _token(self, found: list[Token], at: int) -> Iterator[str]:
        token = found[at]
        before = found[at - 1] if at else None
        after = found[at + 1] if at + 1 < len(found) else None
        if token.kind is Kind.BRACKET:
            yield from self._bracket(token, before)
        elif token.kind is Kind.TABLE:
            yield from self._table(token)
        elif token.kind is Kind.WORD and not _is_keyword(token):
            yield from self._word(token, before, after)

    def _bracket(self, token: Token, before: Token | None) -> Iterator[str]:
        if not _is_table(before):
            if token.text not in self.measures:
                valid = f"[{near(token.text, self.measures)}], or a column behind its table"
                yield self._told(token.line, "measure", f"[{token.text}]", valid)
        elif before is not None and before.text in self.model.tables:
            columns = self.model.tables[before.text].columns
            if token.text not in columns:
                what = f"column of {before.text}"
                yield self._told(token.line, what, token.text, near(token.text, columns))

    def _table(self, token: Token) -> Iterator[str]:
        if token.text not in self.model.tables:
            valid = near(token.text, self.model.tables)
            yield self._told(token.line, "table", token.text, valid)

    def _word(self, token: Token, before: Token | None, after: Token | None) -> Iterator[str]:
        if before is not None and before.kind is Kind.WORD and before.text.upper() == "VAR":
            yield from self._variable(token)
        elif after is not None and after.kind is Kind.SIGN and after.text == "(":
            yield from self._function(token)
        elif token.text in self.variables:
            self.used.add(token.text)
        elif token.text not in self.model.tables:
            valid = near(token.text, [*self.model.tables, *self.variables])
            yield self._told(token.line, "table or variable", token.text, valid)

    def _variable(self, token: Token) -> Iterator[str]:
        if not _VARIABLE.fullmatch(token.text) or token.text in self.model.tables:
            valid = "letters of ASCII, digits and _, and no table's name"
            yield self._told(token.line, "VAR", token.text, valid)
        self.variables[token.text] = token.line

    def _function(self, token: Token) -> Iterator[str]:
        name = token.text.upper()
        if name not in FUNCTIONS:
            yield self._told(token.line, "function", token.text, near(name, FUNCTIONS))
        elif name in FORBIDDEN_WITH_ROLES:
            valid = "TREATAS: this one fails for members of a role"
            yield self._told(token.line, "function", token.text, valid)

    def _told(self, line: int, what: str, found: str, valid: str) -> str:
        return problem(self.dax.place(line), f"{self.dax.what}: {what}", found, valid)


def _circles(model: Model) -> Iterator[str]:
    """Measures that come back to themselves."""
    uses = {m.name: measures_used(m.expression) for _, m in model.measures()}
    for _, measure in model.measures():
        if measure.name in _reached(measure.name, uses):
            valid = "a measure that is not made of itself"
            yield problem(measure.place, f"[{measure.name}]", measure.name, valid)


def _reached(start: str, uses: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(uses[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += uses.get(name, ())
    return reached
