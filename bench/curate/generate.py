"""Records of a case, made column by column, and what is known about each.

Record ``i`` of a case is of device ``i * 1543 mod 4000``, and its time grows with ``i``: no two
records have the same key, unless one is a copy.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import numpy as np
import polars as pl

from bench.curate.outcome import Outcome
from bench.curate.recipe import (
    BAD_SHARE,
    CHUNK_ROWS,
    DEVICES,
    DUPLICATE_SHARE,
    SEED,
    Case,
)

_STRIDE = 1543
_BEGIN = int(datetime(2025, 6, 1, 3, tzinfo=UTC).timestamp()) * 1000
_SPAN = 7 * 86_400_000
_OFFSET = 3 * 3_600_000
_POOL = 20_000
_CSV_HEADER = (
    "deviceId,timestamp,tipoVeiculo,odometroKm,custoVariavel,custoFixo,viagemId,velocidadeKmh"
)


def write_file(case: Case, number: int, file: Path) -> Outcome:
    """Write one file of a case, and give what a right job makes of it.

    Rows of ``number`` 0 come back in later files: those copies are duplicates of the batch.
    """
    found = Outcome()
    with _open(file, case.gzip) as out:
        offset = 0
        if case.format == "csv":
            offset = out.write(f"{_CSV_HEADER}\n".encode())
        for frame in _chunks(case, number):
            lines = frame.get_column("line")
            ends = (lines.str.len_bytes().cast(pl.Int64) + 1).cum_sum() + offset
            placed = frame.with_columns(
                source_object=pl.lit(file.name), source_position=ends.shift(1, fill_value=offset)
            )
            found += _truth(case, placed)
            offset = int(ends[-1])
            out.write("\n".join(lines.to_list()).encode() + b"\n")
    return found


def _truth(case: Case, frame: pl.DataFrame) -> Outcome:
    duplicate = pl.col("copy_of").is_not_null()
    valid = frame.filter(pl.col("fault").is_null() & ~duplicate)
    bad = frame.filter(pl.col("fault").is_not_null())
    reasons = pl.Series(
        [list(case.faults[kind]) for kind in bad.get_column("fault")], dtype=pl.List(pl.String)
    )
    rejects = bad.select("line", "source_object", "source_position").with_columns(reasons=reasons)
    return Outcome.of(valid, rejects, duplicates=frame.filter(duplicate).height)


def _chunks(case: Case, number: int) -> Iterator[pl.DataFrame]:
    """The records of a file: columns as the table has them, ``fault``, ``copy_of``, ``line``."""
    first = sum(case.file_rows(before) for before in range(number))
    pool = _pool(case) if number else None
    for begin in range(0, case.file_rows(number), CHUNK_ROWS):
        rows = min(CHUNK_ROWS, case.file_rows(number) - begin)
        frame = _originals(case, first + begin, rows)
        yield _with_lines(_with_copies(frame, pool, first + begin), case)


def _pool(case: Case) -> pl.DataFrame:
    """Good records of the first file, for copies in the others."""
    rows = min(CHUNK_ROWS, case.file_rows(0))
    made = _with_copies(_originals(case, 0, rows), None, 0)
    good = made.filter(pl.col("fault").is_null() & pl.col("copy_of").is_null())
    return good.head(_POOL)


def _originals(case: Case, first: int, rows: int) -> pl.DataFrame:
    """Records ``first`` to ``first + rows``, each good or with a fault, none a copy."""
    random = np.random.default_rng([SEED, case.rows, first])
    number = np.arange(first, first + rows)
    device = number * _STRIDE % DEVICES
    time = _BEGIN + number * (_SPAN // case.rows)
    # Devices of one make report whole seconds.
    time = np.where(device % 3 == 0, time // 1000 * 1000, time)
    kinds = list(case.faults)
    bad = random.random(rows) < BAD_SHARE
    fault = np.where(bad, random.integers(0, len(kinds), rows), -1)
    alone = random.random(rows) < 0.05  # noqa: PLR2004  the share of events outside any trip
    return pl.DataFrame(
        {
            "number": number,
            "device": device,
            "time": time,
            "style": np.where(random.random(rows) < 0.05, 1, 0),  # noqa: PLR2004
            "odometer": random.integers(0, 3_000_000, rows),
            "variable": random.integers(0, 5_000, rows),
            "fixed": random.integers(0, 10_000, rows) * (number % 2),
            "speed": random.integers(0, 1_100, rows),
            "trip": np.where(alone, -1, number // 5000),
            "kind": fault,
            "copied": (random.random(rows) < DUPLICATE_SHARE) & ~bad,
            "source": (random.random(rows) * np.arange(rows)).astype(np.int64),
            "other_style": random.integers(0, 4, rows),
        }
    ).with_columns(
        fault=pl.col("kind").replace_strict(
            dict(enumerate(kinds)), default=None, return_dtype=pl.String
        ),
        copy_of=pl.lit(None, dtype=pl.Int64),
    )


_CONTENT = ("device", "time", "odometer", "variable", "fixed", "speed", "trip")


def _with_copies(frame: pl.DataFrame, pool: pl.DataFrame | None, first: int) -> pl.DataFrame:
    """The records, some replaced by an earlier good one: of the chunk, or every other of the pool.

    What was to be a copy of a bad record or of a copy stays as it is.
    """
    near = frame.get_column("source") + first
    taken = frame.select("number", *_CONTENT).filter(
        frame.get_column("fault").is_null() & ~frame.get_column("copied")
    )
    if pool is not None:
        far = pool.get_column("number").gather(frame.get_column("source") % pool.height)
        near = pl.select(
            pl.when(frame.get_column("number") % 2 == 0).then(near).otherwise(far)
        ).to_series()
        taken = pl.concat([taken, pool.select("number", *_CONTENT)]).unique("number")
    wanted = pl.when("copied").then(near.alias("wanted"))
    joined = frame.with_columns(wanted=wanted).join(
        taken.rename({name: f"{name}_of" for name in _CONTENT}),
        left_on="wanted",
        right_on="number",
        how="left",
        maintain_order="left",
    )
    copy = pl.col("device_of").is_not_null()
    return joined.with_columns(
        *(pl.when(copy).then(f"{name}_of").otherwise(name).alias(name) for name in _CONTENT),
        copy_of=pl.when(copy).then("wanted"),
        style=pl.when(copy).then("other_style").otherwise("style"),
    )


def _with_lines(frame: pl.DataFrame, case: Case) -> pl.DataFrame:
    local = pl.from_epoch(pl.col("time") - _OFFSET, time_unit="ms")
    instant = pl.from_epoch("time", time_unit="ms")
    typed = frame.with_columns(
        device_id=pl.format("V-{}", pl.col("device").cast(pl.String).str.zfill(4)),
        event_timestamp=instant.cast(pl.Datetime("us")),
        event_date=local.dt.date(),
        tipo_veiculo=pl.when(pl.col("device") % 2 == 0)
        .then(pl.lit("urbano"))
        .otherwise(pl.lit("agricola")),
        odometro_km=pl.col("odometer") / 10,
        custo_variavel=pl.col("variable") / 100,
        custo_fixo=pl.col("fixed") / 100,
        viagem_id=pl.when(pl.col("trip") >= 0).then(pl.format("T{}-{}", "device", "trip")),
        timestamp=_written(instant, local),
    )
    spoilt = _spoilt(typed)
    return spoilt.with_columns(line=_csv_line() if case.format == "csv" else _ndjson_line()).drop(
        "text_device", "text_kind", "text_odometer", "text_cost", "timestamp"
    )


def _written(instant: pl.Expr, local: pl.Expr) -> pl.Expr:
    """The time as text: in UTC, in São Paulo's with and without its offset."""
    whole = pl.col("time") % 1000 == 0
    utc = (
        pl.when(whole)
        .then(instant.dt.strftime("%Y-%m-%dT%H:%M:%S"))
        .otherwise(instant.dt.strftime("%Y-%m-%dT%H:%M:%S%.3f"))
    )
    here = local.dt.strftime("%Y-%m-%dT%H:%M:%S%.3f")
    style = pl.col("style")
    return (
        pl.when(style == 1)
        .then(here + "-03:00")
        .when(style == 2)  # noqa: PLR2004
        .then(utc + "+00:00")
        .when(style == 3)  # noqa: PLR2004
        .then(here)
        .otherwise(utc + "Z")
    )


def _spoilt(frame: pl.DataFrame) -> pl.DataFrame:
    """The texts of the fields, with the faults that are one field's."""
    fault = pl.col("fault")

    def tenths(column: str, digits: int) -> pl.Expr:
        whole, rest = pl.col(column) // 10**digits, pl.col(column) % 10**digits
        return pl.format("{}.{}", whole, rest.cast(pl.String).str.zfill(digits))

    when = pl.when
    return frame.with_columns(
        text_device=when(fault == "no_device")
        .then(pl.lit(""))
        .when(fault == "device_too_long")
        .then(pl.lit("V" * 80))
        .otherwise("device_id"),
        text_kind=when(fault.is_in(["unknown_kind", "two_faults"]))
        .then(pl.lit("nave"))
        .otherwise("tipo_veiculo"),
        text_odometer=when(fault.is_in(["negative", "two_faults"]))
        .then(pl.lit("-5.0"))
        .when(fault == "number_as_text")
        .then(pl.lit('"12,5"'))
        .otherwise(tenths("odometer", 1)),
        text_cost=when(fault == "null_cost").then(pl.lit("null")).otherwise(tenths("variable", 2)),
        text_fixed=tenths("fixed", 2),
        text_speed=tenths("speed", 1),
        timestamp=when(fault == "no_timestamp")
        .then(pl.lit("01/06/2025 10:00"))
        .when(fault == "future")
        .then(pl.lit("2031-01-01T00:00:00Z"))
        .when(fault == "late")
        .then(pl.lit("2024-01-01T00:00:00Z"))
        .otherwise("timestamp"),
    )


def _ndjson_line() -> pl.Expr:
    fault = pl.col("fault")
    device = (
        pl.when(fault == "no_device")
        .then(pl.lit(""))
        .when(fault == "device_object")
        .then(pl.lit('"deviceId":{"id":1},'))
        .otherwise(pl.format('"deviceId":"{}",', "text_device"))
    )
    trip = (
        pl.when(pl.col("viagem_id").is_null())
        .then(pl.lit(""))
        .otherwise(pl.format('"viagemId":"{}",', "viagem_id"))
    )
    line = pl.concat_str(
        pl.lit("{"),
        device,
        pl.format('"timestamp":"{}","tipoVeiculo":"{}",', "timestamp", "text_kind"),
        pl.format('"odometroKm":{},"custoVariavel":{},', "text_odometer", "text_cost"),
        pl.format('"custoFixo":{},', "text_fixed"),
        trip,
        pl.format('"velocidadeKmh":{}}}', "text_speed"),
    )
    return (
        pl.when(fault == "cut_off")
        .then(line.str.slice(0, 60))
        .when(fault == "array")
        .then(pl.lit("[1, 2]"))
        .otherwise(line)
    )


def _csv_line() -> pl.Expr:
    cost = pl.when(pl.col("text_cost") == "null").then(pl.lit("")).otherwise("text_cost")
    line = pl.concat_str(
        "text_device",
        "timestamp",
        "text_kind",
        "text_odometer",
        cost,
        "text_fixed",
        pl.col("viagem_id").fill_null(""),
        "text_speed",
        separator=",",
    )
    return pl.when(pl.col("fault") == "cut_off").then(line.str.slice(0, 20)).otherwise(line)


def _open(file: Path, packed: bool) -> IO[bytes]:
    file.parent.mkdir(parents=True, exist_ok=True)
    if packed:
        return cast("IO[bytes]", gzip.open(file, "wb", compresslevel=6))
    return file.open("wb")
