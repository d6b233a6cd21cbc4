"""The rules of the house that the analyzer does not know, on the SQL tree and on the jobs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from atvos.schema import TableSpec
from atvos.sqlcheck.findings import Finding, in_statement
from atvos.sqlcheck.inventory import Inventory, Kind, Statement
from atvos.sqlcheck.pruning import Bound, Scan, offset, scans
from atvos.sqlcheck.submissions import Submission

_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_DAYS = ("days", "first_day", "last_day")
"""The parameters of a model's query that say which days are built."""
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{1,63}")


def check(inventory: Inventory, done: Callable[[], None] = lambda: None) -> list[Finding]:
    """Every breach of the rules. ``done`` is called after each statement and each job."""
    findings: list[Finding] = []
    for statement in inventory.statements:
        # A build is the model's query behind one more line.
        if statement.kind is not Kind.BUILD:
            findings += check_statement(statement, inventory.tables)
        done()
    for job in inventory.jobs:
        findings += check_job(job)
        done()
    return findings


def check_statement(statement: Statement, tables: Mapping[str, TableSpec]) -> Iterator[Finding]:
    """What the rules have against one statement or script."""
    try:
        trees = [tree for tree in sqlglot.parse(statement.sql, dialect="bigquery") if tree]
    except SqlglotError as error:
        found = str(error).partition("\n")[0]
        yield in_statement(statement, 1, 1, f"found SQL that cannot be parsed: {found}")
        return
    for tree in trees:
        yield from _partition_filters(statement, tree, tables)
        if statement.kind is Kind.MODEL:
            yield from _stars(statement, tree)


def check_job(job: Submission) -> Iterator[Finding]:
    """What the rules have against a job's configuration: cost limit and labels."""

    def finding(attribute: str, found: object, valid: str) -> Finding:
        return Finding(job.owner, f" {job.title}:", f"{attribute}: found {found!r}; valid: {valid}")

    configuration: Mapping[str, Any] = job.configuration
    if "query" in configuration:
        limit = str(configuration["query"].get("maximumBytesBilled", ""))
        if not limit.isdecimal() or int(limit) == 0:
            yield finding("maximumBytesBilled", limit, "a number of bytes above 0")
    labels = configuration.get("labels") or {}
    if "step" not in labels:
        yield finding("labels", labels, "at least step, so that its cost can be told apart")
    for key, value in labels.items():
        if not (_LABEL_KEY.fullmatch(key) and _LABEL_VALUE.fullmatch(value)):
            valid = "lower case letters, digits, _ and -, up to 63, a letter first in the key"
            yield finding("labels", f"{key}={value}", valid)


def _partition_filters(
    statement: Statement, tree: exp.Expr, tables: Mapping[str, TableSpec]
) -> Iterator[Finding]:
    # Only a query that gets days is asked to read no others.
    model = statement.kind is Kind.MODEL and bool(statement.parameters)
    for scan in scans(tree):
        column = tables[scan.table].partition if scan.table in tables else None
        if column is None:
            continue
        bound = scan.bound(column, _depends_on_days if model else _anything)
        if bound is Bound.BOTH or (bound and not model):
            continue
        what = "full-history scan" if model else "scan of all partitions"
        message = f"{what} of {scan.table}: found {_found(scan, column)}; valid: "
        yield _at(statement, scan.offset, message + _valid(scan, column, model))


def _found(scan: Scan, column: str) -> str:
    mentioned = scan.mentions(column)
    if not mentioned:
        return f"no filter on {column}"
    text = " AND ".join(node.sql(dialect="bigquery") for node in mentioned)
    return f"{text}, which does not limit the partitions that are read"


def _valid(scan: Scan, column: str, model: bool) -> str:
    name = f"{scan.alias}.{column}" if scan.alias != scan.table.partition(".")[2] else column
    if not model:
        return f"{name} compared with constants or parameters"
    return (
        f"{name} IN UNNEST(@days) beside the table, or for more days "
        f"{name} BETWEEN DATE_SUB(@first_day, INTERVAL 7 DAY) AND @last_day"
    )


def _anything(_: exp.Expr) -> bool:
    return True


def _depends_on_days(node: exp.Expr) -> bool:
    return any(parameter.name in _DAYS for parameter in node.find_all(exp.Parameter))


def _stars(statement: Statement, tree: exp.Expr) -> Iterator[Finding]:
    for star in tree.find_all(exp.Star):
        # COUNT(*) reads no column.
        column = star.parent if isinstance(star.parent, exp.Column) else star
        if isinstance(column.parent, exp.Select):
            message = f"found {column.sql(dialect='bigquery')}; valid: the columns by name"
            yield _at(statement, offset(column), message)


def _at(statement: Statement, position: int, message: str) -> Finding:
    before = statement.sql[:position]
    line = before.count("\n") + 1
    return in_statement(statement, line, position - before.rfind("\n"), message)
