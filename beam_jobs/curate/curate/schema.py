"""The columns of the job's tables: as polars computes with them, and as Parquet keeps them.

In between, a NUMERIC(p, s) is the Int64 of its value times 10^s, and a row knows its
object by its number in the batch.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa

from atvos.contract import Column, Feed, LogicalType

OBJECT = "_object"
"""The number of a row's object in the batch."""
POSITION = "_position"
LINEAGE = {OBJECT: pl.Int32, POSITION: pl.Int64}

_FRAME_TYPES: dict[LogicalType, Any] = {
    LogicalType.STRING: pl.String,
    LogicalType.INTEGER: pl.Int64,
    LogicalType.BOOLEAN: pl.Boolean,
    LogicalType.DATE: pl.Date,
    LogicalType.TIMESTAMP: pl.Datetime("us", "UTC"),
}
_ARROW_TYPES = {
    LogicalType.STRING: pa.string(),
    LogicalType.INTEGER: pa.int64(),
    LogicalType.BOOLEAN: pa.bool_(),
    LogicalType.DATE: pa.date32(),
    LogicalType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
}
# An Int64 has up to 19 digits.
_WHOLE = pa.decimal128(19, 0)

REJECTS = pa.schema(
    [
        pa.field("source_bucket", pa.string()),
        pa.field("source_object", pa.string()),
        pa.field("source_generation", pa.int64()),
        pa.field("source_position", pa.int64()),
        pa.field("reasons", pa.list_(pa.string())),
        pa.field("detail", pa.string()),
        pa.field("line", pa.string()),
        pa.field("line_encoding", pa.string()),
    ]
)


def frame_type(column: Column) -> Any:
    """The polars type of a column, or of an array's element."""
    if column.items is not None:
        return pl.List(frame_type(column.items))
    if column.fields:
        return pl.Struct({field.name: frame_type(field) for field in column.fields})
    if column.type is LogicalType.NUMBER:
        return pl.Float64 if column.precision_scale is None else pl.Int64
    return _FRAME_TYPES[column.type]


def frame_schema(feed: Feed) -> dict[str, Any]:
    """Names and polars types of a frame of judged rows, derived columns included."""
    return {column.name: frame_type(column) for column in feed.columns} | LINEAGE


def parquet_schema(feed: Feed) -> pa.Schema:
    """The schema of the rows' Parquet files: the contract's columns, then lineage."""
    fields = [pa.field(column.name, _arrow_type(column)) for column in feed.columns]
    lineage = {
        "source_object": pa.string(),
        "source_generation": pa.int64(),
        "source_position": pa.int64(),
    }
    return pa.schema(fields + [pa.field(name, kind) for name, kind in lineage.items()])


def texts_of(schema: pa.Schema) -> list[str]:
    """The Parquet paths of the schema's plain text columns."""
    return [field.name for field in schema if pa.types.is_string(field.type)]


def to_arrow(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """The frame, whose columns stand in the schema's order, with the schema's types."""
    columns = [
        _to_arrow(frame.get_column(name), field)
        for name, field in zip(frame.columns, schema, strict=True)
    ]
    return pa.table(columns, schema=schema)


def _to_arrow(series: pl.Series, field: pa.Field) -> pa.ChunkedArray:
    array = series.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    return pa.chunked_array([_as(array, field.type)], type=field.type)


def _as(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """The array with that type, and a whole number as the decimal with its point moved."""
    if pa.types.is_decimal(kind):
        # The bytes of both are the same.
        return array.cast(_WHOLE).view(kind)
    if pa.types.is_list(kind):
        values = _as(array.values, kind.value_type)
        return pa.ListArray.from_arrays(array.offsets.cast(pa.int32()), values, type=kind)
    if pa.types.is_struct(kind):
        parts = [_as(array.field(i), field.type) for i, field in enumerate(kind)]
        return pa.StructArray.from_arrays(parts, fields=list(kind))
    return array.cast(kind)


def _arrow_type(column: Column) -> pa.DataType:
    if column.items is not None:
        return pa.list_(_arrow_type(column.items))
    if column.fields:
        return pa.struct([pa.field(field.name, _arrow_type(field)) for field in column.fields])
    if column.type is not LogicalType.NUMBER:
        return _ARROW_TYPES[column.type]
    digits = column.precision_scale
    return pa.float64() if digits is None else pa.decimal128(*digits)
