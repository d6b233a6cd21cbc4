"""polars: ``... polars_job SOURCE OUTPUT``, which finds each attribute in the lines by its path.

Its NDJSON reader stops at the first line that is no JSON, whatever it is told to ignore. A path
that is not found is null whatever the cause, and every value is a text: it keeps the bad lines,
not their reasons, and takes "12.5" for a number.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

_TEXTS = {
    "device_id": "deviceId",
    "at": "timestamp",
    "tipo_veiculo": "tipoVeiculo",
    "viagem_id": "viagemId",
}
_NUMBERS = {
    "odometro_km": "odometroKm",
    "custo_variavel": "custoVariavel",
    "custo_fixo": "custoFixo",
}
_KEY = ("device_id", "event_timestamp", "viagem_id")
_LONGEST = 64
_ZONE = "America/Sao_Paulo"


def main() -> None:
    """Read, judge, remove duplicates and write a file a day."""
    source, output = sys.argv[1:3]
    files = sorted(Path(source).iterdir())
    lines = pl.scan_csv(
        files,
        has_header=False,
        new_columns=["line"],
        separator="\x01",
        quote_char=None,
        include_file_paths="source_object",
    )
    found = lines.with_columns(
        *(_at(path).alias(name) for name, path in _TEXTS.items()),
        *(_at(path).cast(pl.Float64, strict=False).alias(name) for name, path in _NUMBERS.items()),
    ).with_columns(_instant(pl.col("at")).alias("event_timestamp"))
    good = _good()
    judged = found.with_columns(good.fill_null(value=False).alias("good")).collect()
    out = Path(output)
    for name in ("rows", "rejects"):
        (out / name).mkdir(parents=True)
    judged.filter(~pl.col("good")).select("source_object", "line").write_parquet(
        out / "rejects" / "0.parquet"
    )
    rows = judged.filter("good").drop("good", "line", "at")
    rows = rows.unique(_KEY, keep="first", maintain_order=True)
    day = pl.col("event_timestamp").dt.convert_time_zone(_ZONE).dt.date()
    dated = rows.with_columns(event_date=day).sort("event_date", "device_id", "event_timestamp")
    for (date,), part in dated.partition_by("event_date", as_dict=True).items():
        part.write_parquet(
            out / "rows" / f"{date}.parquet", compression="zstd", compression_level=1
        )


def _at(name: str) -> pl.Expr:
    return pl.col("line").str.json_path_match(f"$.{name}")


def _good() -> pl.Expr:
    """What the contract says of a record."""
    return pl.all_horizontal(
        pl.col("device_id").str.len_chars().is_between(1, _LONGEST),
        ~pl.col("device_id").str.starts_with("{"),  # an object is its text
        pl.col("event_timestamp").is_between(
            pl.datetime(2025, 4, 9, 12, time_zone="UTC"),
            pl.datetime(2025, 6, 10, 12, 5, time_zone="UTC"),
        ),
        pl.col("tipo_veiculo").is_in(["urbano", "agricola"]),
        *(pl.col(name) >= 0 for name in _NUMBERS),
        pl.col("viagem_id").is_null() | (pl.col("viagem_id").str.len_chars() <= _LONGEST),
    )


def _instant(text: pl.Expr) -> pl.Expr:
    """The instant of a text with an offset, or of a local one without."""
    with_offset = text.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    local = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    return pl.coalesce(with_offset, local.dt.replace_time_zone(_ZONE).dt.convert_time_zone("UTC"))


if __name__ == "__main__":
    main()
