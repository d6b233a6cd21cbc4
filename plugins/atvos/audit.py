"""Runs a table's checks with Great Expectations on BigQuery."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atvos.contract import Check, Operator, Table
from atvos.quality import CheckResult, CheckState

if TYPE_CHECKING:
    from google.cloud import bigquery
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.expectations import Expectation

_ROWS = "$$rows$$"
_SQL_OPERATORS = {
    Operator.MUST_BE: "=",
    Operator.MUST_NOT_BE: "!=",
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: ">=",
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "<=",
}


def run_checks(
    client: bigquery.Client,
    table: Table,
    staged: str,
    keep: list[ExpectationSuiteValidationResult] | None = None,
) -> list[CheckResult]:
    """The outcome of every check of ``table`` on the rows in ``staged`` (``dataset.table``).

    A check that could not be evaluated is ``errored`` and does not keep the others from
    running. ``keep`` gets what Great Expectations itself returned. Raises only where the table
    cannot be reached at all.
    """
    # It reads its level once, when it is imported, and would log every metric of every check.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    # Great Expectations costs seconds to import, and DAG files import this module's users.
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    checks = table.checks
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    dataset, _, name = staged.partition(".")
    source = context.data_sources.add_bigquery(
        "staging",
        connection_string=f"bigquery://{client.project}/{dataset}?user_supplied_client=True",
        create_temp_table=False,
        kwargs={"connect_args": {"client": client}},
    )
    asset = source.add_query_asset(
        "batch", query=f"SELECT {', '.join(c.name for c in table.columns)} FROM {dataset}.{name}"
    )
    rows = asset.add_batch_definition_whole_table("all")
    queries = [check for check in checks if is_query(check)]
    counted = [check for check in checks if not is_query(check)]
    results: list[CheckResult] = []
    # Only COMPLETE tells what a query measured, and for a column it would fetch every bad value.
    for kind, chosen, detail in (("counted", counted, "SUMMARY"), ("query", queries, "COMPLETE")):
        suite = gx.ExpectationSuite(name=kind, expectations=[expectation(c) for c in chosen])
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(name=kind, data=rows, suite=context.suites.add(suite))
        )
        by_name = {check.name: check for check in chosen}
        outcome = definition.run(result_format={"result_format": detail})
        if keep is not None:
            keep.append(outcome)
        for result in outcome.results:
            check = by_name[result.expectation_config.meta["check"]]
            found = _result(check, result)
            if found.state is CheckState.ERRORED and is_query(check):
                found = replace(found, observed=_query_error(client, check, staged))
            results.append(found)
    order = {check.name: position for position, check in enumerate(checks)}
    return sorted(results, key=lambda result: order[result.name])


def _query_error(client: bigquery.Client, check: Check, staged: str) -> str:
    """What BigQuery says against a check's query, which Great Expectations does not tell."""
    from google.api_core.exceptions import GoogleAPICallError

    sql = violation_query(check).format(batch=f"(SELECT * FROM {staged})")
    try:
        client.query(sql).result()
    except GoogleAPICallError as error:
        return " ".join(str(error.message).split())[:500]
    return "the query works now: run the task again"


def is_query(check: Check) -> bool:
    """Whether Great Expectations has no expectation of its own for ``check``."""
    none = check.operator is Operator.MUST_BE and check.bounds == (0,)
    if check.metric == "duplicateValues":
        return not none
    return not (none and check.metric == "nullValues" and len(check.columns) == 1)


def expectation(check: Check) -> Expectation:
    """The expectation that decides ``check``.

    Where Great Expectations has one of its own it is used; everything else becomes a query
    that returns a row if the measured number is out of bounds.
    """
    import great_expectations.expectations as gxe

    common: dict[str, Any] = {"meta": {"check": check.name}, "severity": _severity(check)}
    if is_query(check):
        return gxe.UnexpectedRowsExpectation(unexpected_rows_query=violation_query(check), **common)
    if check.metric == "duplicateValues":
        if len(check.columns) > 1:
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(check.columns), **common)
        return gxe.ExpectColumnValuesToBeUnique(column=check.columns[0], **common)
    return gxe.ExpectColumnValuesToNotBeNull(column=check.columns[0], **common)


def violation_query(check: Check) -> str:
    """A query with one row where ``check`` does not hold, and none where it does.

    ``{batch}`` stands for the rows; Great Expectations puts them in with ``str.format``.
    """
    if check.operator is Operator.BETWEEN:
        low, high = check.bounds
        holds = f"measured BETWEEN {_number(low)} AND {_number(high)}"
    else:
        holds = f"measured {_SQL_OPERATORS[check.operator]} {_number(check.bounds[0])}"
    measured = _measure_query(check).replace("{", "{{").replace("}", "}}")
    # Great Expectations gives its subquery an alias, which would keep a check from giving one.
    measured = measured.replace(_ROWS, "(SELECT * FROM {batch})")
    return f"SELECT measured FROM ({measured}) WHERE NOT IFNULL({holds}, FALSE)"


def _measure_query(check: Check) -> str:
    """A query that returns the number that ``check`` bounds, as ``measured``."""
    if check.query is not None:
        inner = check.query.replace("${table}", _ROWS).strip().rstrip(";")
        return f"SELECT CAST(({inner}) AS FLOAT64) AS measured"
    if check.metric == "rowCount":
        return f"SELECT COUNT(*) AS measured FROM {_ROWS}"
    columns = ", ".join(f"`{column}`" for column in check.columns)
    if check.metric == "duplicateValues":
        found = (
            f"SELECT IFNULL(SUM(copies - 1), 0) AS found, IFNULL(SUM(copies), 0) AS total FROM "
            f"(SELECT COUNT(*) AS copies FROM {_ROWS} GROUP BY {columns})"
        )
    else:
        condition = " OR ".join(_bad_value(check, column) for column in check.columns)
        found = f"SELECT COUNTIF({condition}) AS found, COUNT(*) AS total FROM {_ROWS}"
    share = "IFNULL(100 * SAFE_DIVIDE(found, total), 0)" if check.percent else "found"
    return f"SELECT {share} AS measured FROM ({found})"


def _bad_value(check: Check, column: str) -> str:
    if check.metric == "nullValues":
        return f"`{column}` IS NULL"
    if check.valid_values:
        # Values come from the contract, which is code: they are literals of the query.
        values = ", ".join(_literal(value) for value in check.valid_values)
        return f"CAST(`{column}` AS STRING) NOT IN ({values})"
    return f"NOT REGEXP_CONTAINS(CAST(`{column}` AS STRING), {_literal(check.pattern or '')})"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _number(value: float) -> str:
    """The number as SQL writes it, to its last digit."""
    return str(int(value)) if value == int(value) else repr(value)


def _severity(check: Check) -> str:
    return "critical" if check.severity.value == "error" else "warning"


def _result(check: Check, result: Any) -> CheckResult:
    errors = _exceptions(result.exception_info)
    if errors:
        state, observed = CheckState.ERRORED, errors[0]
    else:
        state = CheckState.PASSED if result.success else CheckState.FAILED
        observed = _observed(result.result or {})
    return CheckResult(check.name, state, check.severity, observed, _expected(check), check.columns)


def _exceptions(info: Any) -> list[str]:
    """The messages of an expectation's exceptions: one mapping, or one per metric."""
    if not info:
        return []
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = [e for e in entries if isinstance(e, dict) and e.get("raised_exception")]
    return [" ".join(str(e.get("exception_message")).split())[:500] for e in raised]


def _observed(result: dict[str, Any]) -> str:
    """What was measured; a query that passed has returned no row, and does not tell."""
    if "details" in result:
        rows = result["details"].get("unexpected_rows")
        return str(next(iter(rows[0].values()))) if rows else "as expected"
    if result.get("unexpected_count") is not None:
        return f"{result['unexpected_count']} of {result.get('element_count')} rows"
    return str(result.get("observed_value", "as expected"))


def _expected(check: Check) -> str:
    bounds: Sequence[str] = [_number(bound) for bound in check.bounds]
    unit = " %" if check.percent else ""
    return f"{check.metric} {check.operator.value} {' and '.join(bounds)}{unit}"
