"""No value is put into SQL that could end a literal."""

from __future__ import annotations

import re
from datetime import date

import pytest

from atvos import sql_text
from atvos.contract import load_feeds
from atvos.models import load_models
from atvos.schema import quote
from local.layout import REPOSITORY
from local.security import sql_values
from local.security.outcome import State

HOSTILE = "x'; DROP TABLE t; --"


def problems(source: str) -> list[str]:
    """What is found in a module."""
    pieces = sql_values.pieces_of(source, "a.py")
    return [why for piece in pieces if (why := sql_values.problem(piece))]


def test_what_runs_puts_no_value_into_sql() -> None:
    outcome = sql_values.check()

    assert (outcome.state, outcome.findings) == (State.FINE, ())
    assert len(list(sql_values.all_pieces())) > 300


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("""f"SELECT 1 FROM `t` WHERE owner = '{owner}'" """, "between quotes"),
        ("""f"SELECT 1 FROM `t` WHERE a = {row['a']}" """, "a text from outside"),
        ("""f"SELECT 1 FROM `{row['table_name']}`" """, "a text from outside"),
        ("""def f(owner: str):\n  return f"SELECT 1 FROM t WHERE a = {owner}" """, "from outside"),
        ("""def f(*, a: str | None):\n  return f"DELETE FROM `t` WHERE {a}" """, "from outside"),
        ("""def f(a):\n  x = f"object = '{a.object}'" """, "between quotes"),
        (""" "SELECT 1 FROM t WHERE a = '%s'" % owner """.strip(), "with %"),
        ("""f"SELECT 1 FROM `t` WHERE d = DATE '{day}'" """, "between quotes"),
        ("""f"SELECT 1 FROM `t` WHERE a = '{x.strip()}'" """, "between quotes"),
        ("""[f"'{owner}'" for owner in owners]""", "between quotes"),
        ("""f"SELECT 1 FROM `t` WHERE day > DATE '{day + SUFFIX}'" """, "between quotes"),
    ],
)
def test_a_planted_value_is_found(source: str, why: str) -> None:
    (found,) = problems(source)

    assert why in found


@pytest.mark.parametrize(
    "source",
    [
        """f"SELECT {column_list(columns)} FROM `{names.OPS}.t` WHERE a = @a" """,
        """f"SELECT 1 FROM `{names.curated_table(feed.name)}` WHERE feed = '{feed.name}'" """,
        """f"SELECT 1 FROM `t` WHERE day IN ({date_list(days)}) AND id = '{batch.batch_id}'" """,
        """f"SELECT 1 FROM `t` WHERE day > DATE '{since.isoformat()}' LIMIT {SHOWN}" """,
        """f"SELECT 1 FROM `t` WHERE day > DATE '{max(days) - _DAY}'" """,
        """f"no such table: '{table_of_somebody}'" """,
    ],
)
def test_names_dates_and_hashes_are_none(source: str) -> None:
    assert problems(source) == []


def test_every_exception_is_still_there() -> None:
    found = {(piece.file, piece.text) for piece in sql_values.all_pieces()}

    assert sorted(sql_values.KNOWN - found) == []


def test_every_name_in_quotes_is_of_plain_letters() -> None:
    """What a contract calls feeds, columns, models and their tables."""
    feeds = load_feeds((REPOSITORY / "dags" / "contracts",))
    models = load_models(REPOSITORY / "sql")
    names = [
        *(text for feed in feeds.values() for text in (feed.name, *(c.name for c in feed.columns))),
        *(text for m in models.values() for text in (m.name, m.table_name, m.view_name)),
    ]
    assert len(names) > 100
    assert [name for name in names if not re.fullmatch(r"[a-z0-9_.]+", name)] == []


def test_helpers_refuse_or_escape_what_would_end_a_literal() -> None:
    with pytest.raises(ValueError, match="a text in SQL: found \"x'; DROP"):
        sql_text.text_list(["0a", HOSTILE])
    for text in ("a\\", 'a"', "a\n", ""):
        with pytest.raises(ValueError, match="valid: letters, digits"):
            sql_text.text_list([text])
    assert sql_text.text_list(["batch-1", "2026-01-01T00:00"]) == "'batch-1', '2026-01-01T00:00'"
    assert sql_text.date_list([date(2026, 1, 1)]) == "DATE '2026-01-01'"
    assert quote('a"; DROP TABLE t; --\n') == '"a\\"; DROP TABLE t; --\\n"'
