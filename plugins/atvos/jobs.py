"""The one place that builds BigQuery job configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from atvos.schema import TableSpec


@dataclass(frozen=True, slots=True)
class Job:
    """A BigQuery job to be run once: its id, and what the REST API takes as configuration."""

    job_id: str
    configuration: dict[str, Any]


def load(
    project: str,
    spec: TableSpec,
    uris: Sequence[str],
    source_format: str,
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """A load job that makes ``spec.table`` exactly the content of ``uris``."""
    dataset, _, table = spec.table.partition(".")
    configuration: dict[str, Any] = {
        "sourceUris": list(uris),
        "sourceFormat": source_format,
        "schema": {"fields": spec.load_schema()},
        "destinationTable": {"projectId": project, "datasetId": dataset, "tableId": table},
        "createDisposition": "CREATE_IF_NEEDED",
        "writeDisposition": "WRITE_TRUNCATE",
    }
    if source_format == "PARQUET":
        configuration["parquetOptions"] = {"enableListInference": True}
    return {"load": configuration, "labels": dict(labels)}


def query(
    sql: str,
    labels: Mapping[str, str],
    maximum_bytes_billed: int,
    parameters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """A query job of one statement, or of a script without ``parameters``."""
    configuration: dict[str, Any] = {
        "query": sql,
        "useLegacySql": False,
        "maximumBytesBilled": str(maximum_bytes_billed),
    }
    if parameters:
        configuration |= {"parameterMode": "NAMED", "queryParameters": list(parameters)}
    return {"query": configuration, "labels": dict(labels)}


def string_parameter(name: str, value: str) -> dict[str, Any]:
    """The named STRING parameter ``@name``."""
    return {
        "name": name,
        "parameterType": {"type": "STRING"},
        "parameterValue": {"value": value},
    }


def date_parameter(name: str, value: date) -> dict[str, Any]:
    """The named DATE parameter ``@name``."""
    return {
        "name": name,
        "parameterType": {"type": "DATE"},
        "parameterValue": {"value": value.isoformat()},
    }


def dates_parameter(name: str, values: Sequence[date]) -> dict[str, Any]:
    """The named ARRAY<DATE> parameter ``@name``."""
    return {
        "name": name,
        "parameterType": {"type": "ARRAY", "arrayType": {"type": "DATE"}},
        "parameterValue": {"arrayValues": [{"value": value.isoformat()} for value in values]},
    }


def strings_parameter(name: str, values: Sequence[str]) -> dict[str, Any]:
    """The named ARRAY<STRING> parameter ``@name``."""
    return {
        "name": name,
        "parameterType": {"type": "ARRAY", "arrayType": {"type": "STRING"}},
        "parameterValue": {"arrayValues": [{"value": value} for value in values]},
    }


def run(client: Any, configuration: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a query configuration on a ``bigquery.Client`` and return its rows, at once.

    For the small look-ups of sensors and commands; what writes is an operator's job with an
    id that a retry finds again. Raises what the client raises.
    """
    sql, config = client_form(configuration)
    # Not query_and_wait: it gives no rows, and no error, where the emulator refuses a query.
    return [dict(row.items()) for row in client.query(sql, job_config=config).result()]


def estimate(client: Any, configuration: dict[str, Any]) -> int:
    """The bytes that a query would read, as BigQuery estimates them; nothing is run.

    Raises what the client raises, where the query is wrong for example.
    """
    sql, config = client_form(configuration)
    config.dry_run = True
    return int(client.query(sql, job_config=config).total_bytes_processed or 0)


def client_form(configuration: dict[str, Any]) -> tuple[str, Any]:
    """A query configuration as a ``bigquery.Client`` takes it."""
    from google.cloud.bigquery import QueryJobConfig

    resource = {key: value for key, value in configuration.items() if key != "query"}
    inner = dict(configuration["query"])
    sql = inner.pop("query")
    return sql, QueryJobConfig.from_api_repr({**resource, "query": inner})
