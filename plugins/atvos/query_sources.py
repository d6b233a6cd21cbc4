"""Which tables a query reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def query_sources(query: str) -> tuple[str, ...]:
    """The ``dataset.table`` names that a query reads, sorted; none where it cannot be parsed.

    What is wrong with a query that cannot be parsed is said by ``atvos sql check``.

    >>> query_sources("WITH a AS (SELECT * FROM curated.trips) SELECT * FROM a JOIN `marts.x` b")
    ('curated.trips', 'marts.x')
    """
    return tuple(sorted({f"{table.db}.{table.name}" for table in _tables(query)}))


def with_suffix(query: str, suffix: str) -> str:
    """The query with ``suffix`` behind the dataset of every table that it reads.

    Nothing else of it is touched, columns and texts of the same name included.

    >>> with_suffix("SELECT curated.x, 'curated.trips' FROM curated.trips AS curated", "_ana")
    "SELECT curated.x, 'curated.trips' FROM curated_ana.trips AS curated"
    """
    if not suffix:
        return query
    for end in sorted({_dataset_end(query, table) for table in _tables(query)}, reverse=True):
        query = f"{query[:end]}{suffix}{query[end:]}"
    return query


def _dataset_end(query: str, table: exp.Table) -> int:
    """Where in the query the name of the table's dataset ends."""
    dataset = table.args["db"]
    # Behind a backtick, where there is one: `marts`.`x` or `marts.x`.
    return query.index(dataset.name, dataset.meta["start"]) + len(dataset.name)


def _tables(query: str) -> list[exp.Table]:
    # Costs a fifth of a second to import, and DAG files remember the answer.
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(query, dialect="bigquery")
    except SqlglotError:
        return []
    return [table for table in tree.find_all(exp.Table) if table.db]
