"""Type-checks SQL with Google's own analyzer. Runs by itself, in the environment .venv/zetasql.

It imports nothing of this repository: the two environments cannot be mixed. One JSON document
comes in on stdin, and JSON lines go out on stdout, a line when the analyzer is up and then one
for each script:

    {"tables": {"curated.trips": [FIELD, …]},
     "scripts": [{"sql": "…", "parameters": [FIELD, …]}, …]}

    {"analyzer": "zetasql 0.1.5"}
    {"statements": [{"kind": "MERGE", "line": 1, "column": 1, "outputs": null,
                     "error": null | {"message": "…", "line": 3, "column": 8}}, …]}

FIELD is ``{"name": "km", "type": "NUMERIC", "repeated": false, "fields": [FIELD, …]}``.
``outputs`` are the ``[name, type]`` pairs that a query returns, null for anything else.
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
from wasmtime import Config
from zetasql.core import wasm_client
from zetasql.core.exceptions import ServerError
from zetasql.core.local_service import ZetaSqlLocalService
from zetasql.types import TypeKind

_CACHE = Path(sys.prefix) / "wasmtime"
_KINDS = {"FLOAT64": TypeKind.TYPE_DOUBLE}
"""Types whose name in GoogleSQL is not their name in the analyzer."""
_NAMES = {kind: name for name, kind in _KINDS.items()}
_NO_CODE = re.compile(rb"(?:\s|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
_POSITION = re.compile(r" \[at (\d+):(\d+)\]$")


def _caching_config() -> Config:
    """Keeps the compiled analyzer below the environment: it takes 25 seconds to compile."""
    _CACHE.mkdir(exist_ok=True)
    settings = _CACHE / "config.toml"
    settings.write_text(f"[cache]\ndirectory = {json.dumps(str(_CACHE / 'compiled'))}\n")
    config = Config()
    config.cache = str(settings)
    return config


class Analyzer:
    """The analyzer, with the catalog of one run."""

    def __init__(self, tables: dict[str, list[dict[str, Any]]]) -> None:
        # The library has no setting for it: this is where it asks for its runtime's.
        wasm_client.Config = _caching_config
        self._service = ZetaSqlLocalService.get_instance()
        self._language = zt.LanguageOptions.maximum_features()
        # BigQuery has it, and the library's "maximum" has not.
        self._language.enabled_language_features.append(
            zt.LanguageFeature.FEATURE_ALTER_COLUMN_SET_DATA_TYPE
        )
        # BigQuery's dialect: no INT32, FLOAT64 is not called DOUBLE.
        self._language.product_mode = zt.ProductMode.PRODUCT_EXTERNAL
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
            query_parameters=[
                zt.AnalyzerOptions.QueryParameter(name=p["name"], type=_type(p)) for p in parameters
            ],
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
                [column.name, _type_name(column.column.type)]
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
    datasets: dict[str, zt.SimpleCatalog] = {}
    for table, fields in tables.items():
        dataset, _, name = table.partition(".")
        if dataset not in datasets:
            datasets[dataset] = zt.SimpleCatalog(name=dataset)
            root.catalog.append(datasets[dataset])
        columns = [zt.SimpleColumn(name=field["name"], type=_type(field)) for field in fields]
        root.table.append(zt.SimpleTable(name=table, column=columns))
        datasets[dataset].table.append(zt.SimpleTable(name=name, column=columns))
    return root


def _type(field: dict[str, Any]) -> zt.Type:
    if field["repeated"]:
        element = _type(field | {"repeated": False})
        return zt.Type(type_kind=TypeKind.TYPE_ARRAY, array_type=zt.ArrayType(element_type=element))
    if field["fields"]:
        inner = [zt.StructField(field_name=f["name"], field_type=_type(f)) for f in field["fields"]]
        return zt.Type(type_kind=TypeKind.TYPE_STRUCT, struct_type=zt.StructType(field=inner))
    name = field["type"]
    return zt.Type(type_kind=_KINDS.get(name) or TypeKind[f"TYPE_{name}"])


def _type_name(found: zt.Type) -> str:
    kind = TypeKind(found.type_kind)
    if kind is TypeKind.TYPE_ARRAY:
        return f"ARRAY<{_type_name(found.array_type.element_type)}>"
    if kind is TypeKind.TYPE_STRUCT:
        fields = (f"{f.field_name} {_type_name(f.field_type)}" for f in found.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    return _NAMES.get(kind) or kind.name.removeprefix("TYPE_")


@cache
def _words(name: str) -> str:
    return " ".join(re.findall(r"[A-Z][a-z]+", name)).upper()


def _kind(statement: Any) -> str:
    """``CREATE TABLE`` for ResolvedCreateTableStmt."""
    return _words(type(statement).__name__.removeprefix("Resolved").removesuffix("Stmt"))


def _error(raw: str, line: int, column: int) -> dict[str, Any]:
    message = raw.partition("Message: ")[2] or raw
    position = _POSITION.search(message)
    if position:
        message = message[: position.start()]
        line, column = int(position[1]), int(position[2])
    # Behind the first lines comes every signature that there is, over pages.
    message = " ".join(message.partition("\n  Signature:")[0].split())
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
    _answer({"analyzer": f"zetasql {version('zetasql')}"})
    for script in request["scripts"]:
        _answer({"statements": analyzer.script(script["sql"], script["parameters"])})


def _answer(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    main()
