"""A model's test is a folder of data: what its sources hold, the days asked for, what comes out.

``sql/marts/<model>/tests/<case>/`` has one file for each source that is not empty
(``curated.<feed>.yaml`` or ``marts.<model>.yaml``, a list of rows), ``params.yaml`` where the
model has partitions (``days``, a list or the first and the last of them, whole periods) and
``expect.yaml`` (the rows, in any order, every column of the model). A row of a source names the
columns that matter; the others are null, no elements, or any value where the contract requires
one. The same goes for a record in an array.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from atvos.contract import Column, Table
from atvos.models import Model
from atvos.periods import whole
from tests.sql.values import CaseError, Row, filled, with_derived

_PARAMS = "params.yaml"
_DAYS = "days: [2025-06-01, 2025-06-02] or days: {first: 2025-05-16, last: 2025-06-15}"


@dataclass(frozen=True, slots=True)
class Case:
    """One test folder as values: rows by source, days, and the rows expected."""

    sources: dict[str, list[Row]]
    days: tuple[date, ...]
    expected: list[Row]


def case_folders(sql_dir: Path) -> list[Path]:
    """Every test folder of every model."""
    return sorted(path for path in sql_dir.glob("marts/*/tests/*") if path.is_dir())


def read_case(folder: Path, model: Model, tables: Mapping[str, Table]) -> Case:
    """The case in ``folder``; CaseError says what of it cannot be used.

    ``tables`` are the model's possible sources, by ``dataset.table``.
    """
    dated = [_PARAMS] if model.partition else []
    known = {"expect.yaml", *dated, *(f"{source}.yaml" for source in model.sources)}
    for file in sorted(folder.iterdir()):
        if file.name not in known:
            raise CaseError(f"{file}: not read; valid: {', '.join(sorted(known))}")
    files = {source: folder / f"{source}.yaml" for source in model.sources}
    return Case(
        sources={
            source: _rows(file, tables[source].columns) if file.exists() else []
            for source, file in files.items()
        },
        days=_days(folder / _PARAMS, model) if model.partition else (),
        expected=_expected(folder / "expect.yaml", model.columns),
    )


def _days(file: Path, model: Model) -> tuple[date, ...]:
    params = read_yaml(file)
    match params:
        case {"days": [*days], **others} if days and not others:
            found = tuple(map(date.fromisoformat, days))
        case {"days": {"first": first, "last": last, **rest}, **others} if not rest and not others:
            found = _range(date.fromisoformat(first), date.fromisoformat(last))
        case _:
            raise CaseError(f"{file}: found {params!r}; valid: {_DAYS}")
    periods = whole(model.period, found)
    if periods != found:
        valid = f"whole periods ({model.period}), here {periods[0]} to {periods[-1]}"
        raise CaseError(f"{file}: found {found[0]} to {found[-1]}; valid: {valid}")
    return found


def _range(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def _rows(file: Path, columns: Sequence[Column]) -> list[Row]:
    """A source's rows: null, or any value, in the columns that a row does not name."""
    return [with_derived(filled(row, columns, str(file)), columns, row) for row in _read_rows(file)]


def _expected(file: Path, columns: Sequence[Column]) -> list[Row]:
    rows = _read_rows(file)
    values = [filled(row, columns, str(file)) for row in rows]
    for row in rows:
        missing = [column.name for column in columns if column.name not in row]
        if missing:
            raise CaseError(f"{file}: {row} lacks {', '.join(missing)}; every column is compared")
    return values


def _read_rows(file: Path) -> list[Row]:
    rows = read_yaml(file)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CaseError(f"{file}: found {rows!r}; valid: a list of rows, [] for none")
    return rows


class _Texts(yaml.BaseLoader):
    """Reads every value as a text, for its column to say what it is; null alone is None.

    YAML's own numbers would make a double of 0.1.
    """


_NULL = "tag:yaml.org,2002:null"
_Texts.add_implicit_resolver(_NULL, re.compile(r"^(null|)$"), ["n", ""])
_Texts.add_constructor(_NULL, lambda _loader, _node: None)


def read_yaml(file: Path) -> Any:
    """What the file says, every scalar but null as a text. CaseError where there is none."""
    if not file.exists():
        raise CaseError(f"{file}: no such file")
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_Texts)
