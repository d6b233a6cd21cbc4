"""DuckDB: ``... duck SOURCE OUTPUT equal|plain THREADS``, on compressed or plain NDJSON.

``equal`` reads lines as text and keeps the bad ones with every reason; ``plain`` reads JSON, and
loses lines that are none. Neither knows at which byte a line stood.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

_FIELDS = {
    "deviceId": "JSON",
    "timestamp": "VARCHAR",
    "tipoVeiculo": "VARCHAR",
    "odometroKm": "DOUBLE",
    "custoVariavel": "DOUBLE",
    "custoFixo": "DOUBLE",
    "viagemId": "JSON",
}
_COLUMNS = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in _FIELDS.items()) + "}"
_SHAPE = "{" + ", ".join(f'"{name}": "{kind}"' for name, kind in _FIELDS.items()) + "}"
_TIME = r"'^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$'"


def _text(source: str, column: str, required: bool) -> str:
    absent = f"WHEN {source} IS NULL OR {source}::VARCHAR = 'null' THEN "
    absent += f"'missing:{column}'" if required else "NULL"
    return f"""CASE {absent} WHEN NOT starts_with({source}::VARCHAR, '"') THEN 'type:{column}'
        WHEN length({source} ->> '$') > 64 OR ({required} AND length({source} ->> '$') = 0)
        THEN 'length:{column}' END"""


def _number(source: str, column: str, line: bool) -> str:
    kind = f"coalesce(json_type(line, '$.{source}'), 'NULL')" if line else "'NULL'"
    return f"""CASE WHEN {source} IS NULL THEN CASE {kind} WHEN 'NULL' THEN 'missing:{column}'
        ELSE 'type:{column}' END WHEN {source} < 0 THEN 'range:{column}' END"""


def _reasons(line: bool) -> str:
    each = f"""list_filter([{_text("deviceId", "device_id", True)},
        CASE WHEN "timestamp" IS NULL THEN 'missing:event_timestamp'
          WHEN instant IS NULL OR NOT regexp_matches("timestamp", {_TIME})
          THEN 'format:event_timestamp'
          WHEN instant > TIMESTAMPTZ '2025-06-10 12:05:00+00' THEN 'future:event_timestamp'
          WHEN instant < TIMESTAMPTZ '2025-04-09 12:00:00+00' THEN 'late:event_timestamp' END,
        CASE WHEN tipoVeiculo IS NULL THEN 'missing:tipo_veiculo'
          WHEN tipoVeiculo NOT IN ('urbano', 'agricola') THEN 'enum:tipo_veiculo' END,
        {_number("odometroKm", "odometro_km", line)},
        {_number("custoVariavel", "custo_variavel", line)},
        {_number("custoFixo", "custo_fixo", line)},
        {_text("viagemId", "viagem_id", False)}], lambda why: why IS NOT NULL)"""
    if not line:
        return each
    return f"""CASE WHEN r IS NULL AND NOT json_valid(line) THEN ['malformed_json']
        WHEN r IS NULL OR NOT starts_with(ltrim(line), '{{') THEN ['not_an_object']
        ELSE {each} END"""


def main() -> None:
    """Read, judge and write."""
    source, output, mode, threads = sys.argv[1:5]
    Path(output, "rejects").mkdir(parents=True)
    os.chdir(output)
    db = duckdb.connect()
    db.execute(f"SET threads = {int(threads)}; SET TimeZone = 'America/Sao_Paulo'")
    db.execute("SET preserve_insertion_order = false")
    equal = mode == "equal"
    if equal:
        read = f"""SELECT line, file, r, r.* FROM (SELECT line, filename AS file,
            try(from_json(line, '{_SHAPE}')) AS r FROM read_csv($files, delim = '\\x01',
            quote = '', escape = '', header = false, columns = {{'line': 'VARCHAR'}},
            filename = true, auto_detect = false, max_line_size = 16777216))"""
    else:
        read = f"""SELECT NULL AS line, filename AS file, NULL AS r, * EXCLUDE filename FROM
            read_json($files, format = 'newline_delimited', ignore_errors = true,
            filename = true, columns = {_COLUMNS})"""
    db.execute(
        f"""CREATE TEMP TABLE judged AS SELECT * EXCLUDE (r, line),
        CASE WHEN len(reasons) > 0 THEN line END AS line
        FROM (SELECT *, {_reasons(equal)} AS reasons FROM (SELECT *,
        try_cast("timestamp" AS TIMESTAMPTZ) AS instant FROM ({read})))""",
        {"files": f"{source}/*"},
    )
    db.execute(
        """COPY (SELECT file, reasons, line FROM judged WHERE len(reasons) > 0)
        TO 'rejects/0.parquet' (FORMAT parquet, COMPRESSION zstd)"""
    )
    db.execute(
        """COPY (SELECT deviceId ->> '$' AS device_id, instant AS event_timestamp,
        CAST(instant AS DATE) AS event_date, tipoVeiculo AS tipo_veiculo,
        odometroKm::DECIMAL(12, 3) AS odometro_km, custoVariavel::DECIMAL(12, 4) AS custo_variavel,
        custoFixo::DECIMAL(12, 4) AS custo_fixo, viagemId ->> '$' AS viagem_id,
        file AS source_object FROM judged WHERE len(reasons) = 0
        QUALIFY row_number() OVER (PARTITION BY deviceId, instant, viagemId ORDER BY file) = 1)
        TO 'rows' (FORMAT parquet, PARTITION_BY (event_date), COMPRESSION zstd)"""
    )
    counted = db.execute("SELECT count(*) FROM judged WHERE len(reasons) = 0").fetchone()
    Path("good.txt").write_text(str(counted[0] if counted else 0), encoding="utf-8")


if __name__ == "__main__":
    main()
