"""With a suffix every dataset that anything names has it: of a sandbox nothing leads to others."""

import json
import os
import re
import subprocess
import sys

import pytest

from atvos import environments
from atvos.names import ROLES
from atvos.query_sources import query_sources, with_suffix
from tests.atvos.examples import REPOSITORY

ALL_SQL = """
import json, sys
from pathlib import Path
from atvos import contract, models, settings
from atvos.sqlcheck.inventory import collect
chosen = settings.load()
feeds = contract.load_feeds(chosen.contract_dirs, Path(sys.argv[1]))
marts = models.load_models(chosen.sql_dir, Path(sys.argv[1]))
found = collect(feeds, marts, chosen)
json.dump({
    "sql": {f"{s.owner} {s.title}": s.sql for s in found.statements},
    "tables": sorted(found.tables),
    "sources": sorted({s for m in marts.values() for s in m.sources}),
    "look_back": sorted({s for m in marts.values() for s in m.look_back_days}),
    "loads": [c["load"]["destinationTable"]["datasetId"] for j in found.jobs
              if "load" in (c := j.configuration)],
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """All SQL, tables and load jobs of a sandbox, with a parse cache that knows others, too."""
    cache = str(tmp_path_factory.mktemp("cache"))
    for variables in ({}, environments.load("sandbox", "ana").variables):
        done = subprocess.run(
            [sys.executable, "-c", ALL_SQL, cache],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins"), **variables},
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_every_statement_names_datasets_of_the_sandbox_alone(found: dict[str, object]) -> None:
    sql = found["sql"]
    assert isinstance(sql, dict)
    assert len(sql) > 300
    roles = "|".join(ROLES)
    other = re.compile(rf"(?<![\w.$'])`?\b(?:{roles})`?\.`?[a-z_]\w+")
    reached = {title: m[0] for title, text in sql.items() if (m := other.search(_code(text)))}
    assert reached == {}
    assert all("_ana" in text for text in sql.values())


def test_every_table_and_every_load_is_in_the_sandbox(found: dict[str, object]) -> None:
    tables = found["tables"]
    assert isinstance(tables, list)
    datasets = {table.partition(".")[0] for table in tables}
    assert datasets == {f"{role}_ana" for role in ROLES}
    assert found["loads"]
    assert set(found["loads"]) == {"staging_ana"}  # type: ignore[call-overload]


def test_models_find_their_sources_there(found: dict[str, object]) -> None:
    assert "curated_ana.telemetry_events" in found["sources"]  # type: ignore[operator]
    assert found["look_back"] == ["curated_ana.app_logs", "curated_ana.contract_measurements"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT 1 FROM curated.a", "SELECT 1 FROM curated_x.a"),
        (
            "SELECT 'é' FROM `marts.a` JOIN `ops`.`b`",
            "SELECT 'é' FROM `marts_x.a` JOIN `ops_x`.`b`",
        ),
        ("SELECT 1 -- FROM ops.a\nFROM ops.b", "SELECT 1 -- FROM ops.a\nFROM ops_x.b"),
        ("WITH ops AS (SELECT 1 AS a) SELECT ops.a FROM ops", None),
        (
            "SELECT 1 FROM curated.a, UNNEST(a.b) AS c",
            "SELECT 1 FROM curated_x.a, UNNEST(a.b) AS c",
        ),
    ],
)
def test_a_query_is_changed_where_it_names_a_dataset_and_nowhere_else(
    query: str, expected: str | None
) -> None:
    assert with_suffix(query, "_x") == (expected or query)
    assert with_suffix(query, "") == query
    assert len(query_sources(with_suffix(query, "_x"))) == len(query_sources(query))


def _code(sql: str) -> str:
    """The statement without its comments and texts."""
    return re.sub(r"--[^\n]*|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "''", sql)
