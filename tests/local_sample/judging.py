"""Judges records by the rules of a contract, as plainly as its words."""

import operator
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.local_sample.reading import contract, with_custom
from tests.local_sample.values import WrongError, csv_value, json_value, typed_as

Row = dict[str, Any]
_COMPARE = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
}


class Feed:
    """The rules of one feed, for a run at ``now``."""

    def __init__(self, name: str, now: datetime) -> None:
        document = contract(name)
        (table,) = document["schema"]
        self.name = name
        self.now = now
        self.custom = document["custom"]
        columns = [with_custom(column) for column in table["properties"]]
        self.columns = [c for c in columns if "derivedFrom" not in c["custom"]]
        keys = [c for c in self.columns if c.get("primaryKey")]
        self.keys = [c["name"] for c in sorted(keys, key=lambda c: int(c["primaryKeyPosition"]))]
        elements = [p.get("element", "") for p in document["slaProperties"]]
        self.event_time = next((e.partition(".")[2] for e in elements if "." in e), None)
        self.refers = any(c.get("relationships") for c in self.columns)

    def judge(self, fields: dict[str, Any], form: dict[str, Any]) -> list[str] | Row:
        """The row, or the codes of all that is wrong."""
        codes: list[str] = []
        row: Row = {}
        mark = form["decimalMark"] if form["format"] == "csv" else None
        for column in self.columns:
            try:
                value = csv_value(column, fields) if mark else json_value(column, fields)
                row[column["name"]] = self._checked(column, value, mark)
            except WrongError as wrong:
                codes.append(f"{wrong}:{column['name']}")
            except ExceptionGroup as group:
                codes += dict.fromkeys(str(wrong) for wrong in group.exceptions)
        return codes or list(self._broken_rules(row)) or row

    def _checked(self, column: dict[str, Any], value: Any, mark: str | None) -> Any:
        checked = typed_as(column, value, mark)
        if column["name"] == self.event_time and "maxFutureMinutes" in self.custom:
            if checked - self.now > timedelta(minutes=self.custom["maxFutureMinutes"]):
                raise WrongError("future")
            if self.now - checked > timedelta(days=self.custom["maxLateDays"]):
                raise WrongError("late")
        return checked

    def _broken_rules(self, row: Row) -> Iterator[str]:
        for rule in self.custom.get("rowRules", []):
            left, compare, right, *less = rule["rule"].split()
            bound = row[right] - row[less[1]] if less else row[right]
            if not _COMPARE[compare](row[left], bound):
                yield f"rule:{rule['name']}"
