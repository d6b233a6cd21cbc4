"""Runs queries on rows in memory, with Google's own evaluator of GoogleSQL.

Runs by itself, in the environment .venv/zetasql, as ``zetasql_worker`` does. One JSON document
comes in on stdin, and JSON lines go out on stdout, one for each query:

    {"tables": {"curated.trips": [FIELD, …]},
     "queries": [{"sql": "…", "rows": {"curated.trips": [{"km": "1.5"}, …]},
                  "parameters": [{"name": "days", …, "value": ["2025-06-01"]}]}, …]}

    {"rows": [{"km": "1.5"}, …]} or {"error": "…"}

FIELD is what ``zetasql_service`` says, and a parameter is a FIELD with its value. A query names
its tables in backticks (`curated.trips`), as the evaluator finds rows in no nested catalog. A
field that a row does not name is null. NUMERIC is a text in decimals, DATE and TIMESTAMP are texts
in ISO 8601, an ARRAY is a list and a STRUCT is an object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import zetasql.types as zt
from zetasql.core.exceptions import ServerError
from zetasql.types import TypeKind
from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import EvaluateQueryResponse
from zetasql.wasi._pb2.zetasql.public.value_pb2 import ValueProto

# Behind everything else: nothing of the other environment can come before what is here.
sys.path.append(str(Path(__file__).parents[2]))
from atvos.sqlcheck import zetasql_service

_FIRST_DAY = date(1970, 1, 1)
_FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
_NANO = 10**9


class Evaluator:
    """The evaluator, with the tables of one run."""

    def __init__(self, tables: dict[str, list[dict[str, Any]]]) -> None:
        self._service = zetasql_service.start()
        self._language = zetasql_service.language()
        self._tables = tables

    def rows(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows that a query returns. ServerError where it cannot be evaluated."""
        # The library's own classes lose timestamps: from here on it is its protocol.
        found = self._service.wasm_client.call_grpc_func(
            "ZetaSqlLocalService_EvaluateQuery", self._request(query), EvaluateQueryResponse
        )
        columns = [(column.name, column.type) for column in found.prepared.columns]
        return [_object(columns, row.cell) for row in found.content.table_data.row]

    def _request(self, query: dict[str, Any]) -> Any:
        request = zt.EvaluateQueryRequest(
            sql=query["sql"],
            options=self._options(query["parameters"]),
            simple_catalog=self._catalog(query["rows"]),
        ).to_proto()
        for field in query["parameters"]:
            request.params.add(name=field["name"], value=_value(field["value"], field))
        for table, rows in query["rows"].items():
            data = request.table_content[table].table_data
            # A table without rows has some content all the same.
            data.SetInParent()
            for row in rows:
                data.row.add(cell=[_value(row.get(f["name"]), f) for f in self._tables[table]])
        return request

    def _options(self, parameters: Iterable[dict[str, Any]]) -> zt.AnalyzerOptions:
        return zt.AnalyzerOptions(
            language_options=self._language,
            error_message_mode=zt.ErrorMessageMode.ERROR_MESSAGE_ONE_LINE,
            # BigQuery's; the library's is America/Los_Angeles.
            default_timezone="UTC",
            query_parameters=zetasql_service.parameters(parameters),
        )

    def _catalog(self, names: Iterable[str]) -> zt.SimpleCatalog:
        return zt.SimpleCatalog(
            name="root",
            table=[zetasql_service.table(name, self._tables[name]) for name in names],
            builtin_function_options=zt.ZetaSQLBuiltinFunctionOptions(
                language_options=self._language
            ),
        )


def _value(found: Any, field: dict[str, Any]) -> Any:
    """A value of the document as one of the field's type."""
    value = ValueProto()
    if found is None:
        return value
    if field["repeated"]:
        value.array_value.SetInParent()
        value.array_value.element.extend(_value(e, field | {"repeated": False}) for e in found)
    elif field["fields"]:
        value.struct_value.SetInParent()
        value.struct_value.field.extend(_value(found.get(f["name"]), f) for f in field["fields"])
    elif field["type"] == "TIMESTAMP":
        value.timestamp_value.FromDatetime(datetime.fromisoformat(found))
    else:
        name, convert = _SCALARS[field["type"]]
        setattr(value, name, convert(found))
    return value


def _numeric(text: str) -> bytes:
    """Two's complement of the value in units of 10^-9, little-endian."""
    exact = Fraction(text) * _NANO
    if exact.denominator != 1:
        raise ValueError(f"NUMERIC: found {text}; valid: at most 9 decimals, like 0.5")
    units = int(exact)
    length = (units if units >= 0 else ~units).bit_length() // 8 + 1
    return units.to_bytes(length, "little", signed=True)


_SCALARS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "BOOL": ("bool_value", bool),
    "DATE": ("date_value", lambda text: (date.fromisoformat(text) - _FIRST_DAY).days),
    "FLOAT64": ("double_value", float),
    "INT64": ("int64_value", int),
    "NUMERIC": ("numeric_value", _numeric),
    "STRING": ("string_value", str),
}
"""Where a value of a type stands in the library's protocol, and in which form."""


def _object(fields: Iterable[tuple[str, Any]], values: Iterable[Any]) -> dict[str, Any]:
    return {name: _plain(value, type_) for (name, type_), value in zip(fields, values, strict=True)}


def _plain(value: Any, type_: Any) -> Any:
    """A value of the library as one of the document. KeyError for a type without a form there."""
    kind = TypeKind(type_.type_kind)
    if value.WhichOneof("value") is None:
        return None
    if kind is TypeKind.TYPE_ARRAY:
        return [_plain(e, type_.array_type.element_type) for e in value.array_value.element]
    if kind is TypeKind.TYPE_STRUCT:
        fields = [(field.field_name, field.field_type) for field in type_.struct_type.field]
        return _object(fields, value.struct_value.field)
    return _PLAIN[kind](value)


def _decimal(value: Any) -> str:
    units = int.from_bytes(value.numeric_value, "little", signed=True)
    return f"{Decimal(f'{units}e-9'):f}"


def _instant(value: Any) -> str:
    stamp = value.timestamp_value
    since = timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    return (_FIRST_INSTANT + since).isoformat()


_PLAIN: dict[TypeKind, Callable[[Any], Any]] = {
    TypeKind.TYPE_BOOL: lambda value: value.bool_value,
    TypeKind.TYPE_DATE: lambda value: (_FIRST_DAY + timedelta(value.date_value)).isoformat(),
    TypeKind.TYPE_DOUBLE: lambda value: value.double_value,
    TypeKind.TYPE_INT64: lambda value: value.int64_value,
    TypeKind.TYPE_NUMERIC: _decimal,
    TypeKind.TYPE_STRING: lambda value: value.string_value,
    TypeKind.TYPE_TIMESTAMP: _instant,
}


def main() -> None:
    """Answer the request on stdin."""
    request = json.load(sys.stdin)
    evaluator = Evaluator(request["tables"])
    for query in request["queries"]:
        zetasql_service.answer(_outcome(evaluator, query))


def _outcome(evaluator: Evaluator, query: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"rows": evaluator.rows(query)}
    except ServerError as error:
        message, _ = zetasql_service.complaint(error.raw_error)
        return {"error": message}


if __name__ == "__main__":
    main()
