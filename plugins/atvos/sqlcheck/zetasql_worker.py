"""Type-checks SQL with Google's own analyzer. Runs by itself, in the environment .venv/zetasql.

The two environments cannot be mixed: of this repository it imports what they have in common
alone. One JSON document comes in on stdin, and JSON lines go out on stdout, a line when the
analyzer is up and then one for each script:

    {"tables": {"curated.trips": [FIELD, …]},
     "scripts": [{"sql": "…", "parameters": [FIELD, …]}, …]}

    {"analyzer": "zetasql 0.1.5"}
    {"statements": [{"kind": "MERGE", "line": 1, "column": 1, "outputs": null,
                     "error": null | {"message": "…", "line": 3, "column": 8}}, …]}

FIELD is what ``zetasql_service`` says. ``outputs`` are the ``[name, type]`` pairs that a query
returns, null for anything else.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import zetasql.types as zt
from zetasql.core.exceptions import ServerError

# Behind everything else: nothing of the other environment can come before what is here.
sys.path.append(str(Path(__file__).parents[2]))
from atvos.sqlcheck import zetasql_service

_NO_CODE = re.compile(rb"(?:\s|--[^\n]*|/\*.*?\*/)*", re.DOTALL)


class Analyzer:
    """The analyzer, with the catalog of one run."""

    def __init__(self, tables: dict[str, list[dict[str, Any]]]) -> None:
        self._service = zetasql_service.start()
        self._language = zetasql_service.language()
        catalog = _catalog(tables)
        catalog.builtin_function_options = zt.ZetaSQLBuiltinFunctionOptions(
            language_options=self._language
        )
        registered = self._service.register_catalog(simple_catalog=catalog)
        self._catalog_id = registered.registered_id

    def script(self, sql: str, parameters: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """What the analyzer says of each statement of ``sql``, by its own boundaries.

        A statement that cannot be parsed is the last: nobody knows where it ends.
        """
        options = zt.AnalyzerOptions(
            language_options=self._language,
            error_message_mode=zt.ErrorMessageMode.ERROR_MESSAGE_ONE_LINE,
            query_parameters=zetasql_service.parameters(parameters),
        )
        text = sql.encode()
        place = zt.ParseResumeLocation(input=sql, byte_position=0)
        results: list[dict[str, Any]] = []
        while _start(text, place.byte_position) < len(text):
            results.append(self._statement(text, place, options))
            if place.byte_position is None:
                break
        return results

    def _statement(
        self, text: bytes, place: zt.ParseResumeLocation, options: zt.AnalyzerOptions
    ) -> dict[str, Any]:
        start = _start(text, place.byte_position)
        line, column = _line_and_column(text, start)
        result: dict[str, Any] = {
            "kind": _first_word(text, start),
            "line": line,
            "column": column,
            "outputs": None,
            "error": None,
        }
        try:
            found = self._service.analyze(
                options=options,
                parse_resume_location=place,
                registered_catalog_id=self._catalog_id,
            )
        except ServerError as error:
            place.byte_position = self._end(place)
            return result | {"error": _error(error.raw_error, line, column)}
        place.byte_position = found.resume_byte_position
        statement = found.resolved_statement
        result["kind"] = _kind(statement)
        if isinstance(statement, zt.ResolvedQueryStmt):
            result["outputs"] = [
                [column.name, zetasql_service.type_name(column.column.type)]
                for column in statement.output_column_list
            ]
        return result

    def _end(self, place: zt.ParseResumeLocation) -> int | None:
        """Where the statement at ``place`` ends, None where it cannot be parsed."""
        try:
            found = self._service.extract_table_names_from_next_statement(
                parse_resume_location=place, options=self._language
            )
        except ServerError:
            return None
        return int(found.resume_byte_position)


def _catalog(tables: dict[str, list[dict[str, Any]]]) -> zt.SimpleCatalog:
    """Every table under its dotted name (`a.b` in backticks) and as a path (a.b without)."""
    root = zt.SimpleCatalog(name="root")
    folders: dict[str, zt.SimpleCatalog] = {"": root}
    for table, fields in tables.items():
        path, _, name = table.rpartition(".")
        root.table.append(zetasql_service.table(table, fields))
        _folder(folders, path).table.append(zetasql_service.table(name, fields))
    return root


def _folder(folders: dict[str, zt.SimpleCatalog], path: str) -> zt.SimpleCatalog:
    """The catalog at a dotted path: a dataset, or INFORMATION_SCHEMA within one."""
    if path not in folders:
        above, _, name = path.rpartition(".")
        folders[path] = zt.SimpleCatalog(name=name)
        _folder(folders, above).catalog.append(folders[path])
    return folders[path]


@cache
def _words(name: str) -> str:
    return " ".join(re.findall(r"[A-Z][a-z]+", name)).upper()


def _kind(statement: Any) -> str:
    """``CREATE TABLE`` for ResolvedCreateTableStmt."""
    return _words(type(statement).__name__.removeprefix("Resolved").removesuffix("Stmt"))


def _error(raw: str, line: int, column: int) -> dict[str, Any]:
    message, position = zetasql_service.complaint(raw)
    line, column = position or (line, column)
    return {"message": message, "line": line, "column": column}


def _start(text: bytes, position: int) -> int:
    """Where the next statement starts, behind blanks and comments."""
    found = _NO_CODE.match(text, position)
    return found.end() if found else position


def _first_word(text: bytes, start: int) -> str:
    return text[start:].decode().split(maxsplit=1)[0].upper()


def _line_and_column(text: bytes, start: int) -> tuple[int, int]:
    before = text[:start].decode()
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def main() -> None:
    """Answer the request on stdin."""
    request = json.load(sys.stdin)
    analyzer = Analyzer(request["tables"])
    zetasql_service.answer({"analyzer": f"zetasql {version('zetasql')}"})
    for script in request["scripts"]:
        zetasql_service.answer({"statements": analyzer.script(script["sql"], script["parameters"])})


if __name__ == "__main__":
    main()
