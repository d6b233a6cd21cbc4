"""Which tables a query reads."""

from __future__ import annotations


def query_sources(query: str) -> tuple[str, ...]:
    """The ``dataset.table`` names that a query reads, sorted; none where it cannot be parsed.

    What is wrong with a query that cannot be parsed is said by ``atvos sql check``.

    >>> query_sources("WITH a AS (SELECT * FROM curated.trips) SELECT * FROM a JOIN `marts.x` b")
    ('curated.trips', 'marts.x')
    """
    # Costs a fifth of a second to import, and DAG files remember the answer.
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(query, dialect="bigquery")
    except SqlglotError:
        return ()
    tables = {f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db}
    return tuple(sorted(tables))
