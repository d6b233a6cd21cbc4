"""The analyst's guide is right: its queries are BigQuery's SQL, its flags are the contracts'."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from atvos import contract, models, settings
from atvos.contract import Table
from atvos.dataset_state import Freshness
from atvos.sqlcheck import analyzer, environment, inventory
from atvos.sqlcheck.inventory import Inventory, Kind, Statement
from tests.atvos.examples import CONTRACTS, SQL
from tests.guide.reading import FOLDER, LANGUAGES, Question, questions, section
from tests.monitoring.test_runbooks import commands

MODELS = models.load_models(SQL)
FLAGS, STATES = 1, 2
ATTRIBUTES = {"fct_occurrence": ("status", "categoria")}
"""Columns whose values are the source's own words."""


def test_both_guides_ask_the_same_and_answer_with_the_same_query() -> None:
    portuguese, english = map(questions, LANGUAGES)
    assert len(portuguese) >= 10
    assert [q.sql for q in portuguese] == [q.sql for q in english]
    assert [q.tables for q in portuguese] == [q.tables for q in english]
    assert all(p.title != e.title for p, e in zip(portuguese, english, strict=True))


def test_every_table_for_analysts_answers_a_question() -> None:
    named = {table.rpartition(".")[2] for q in questions("en") for table in q.tables}
    assert named == MODELS.keys()


@pytest.mark.parametrize("question", questions("en"), ids=lambda q: q.title)
def test_a_query_reads_the_tables_that_are_named(question: Question) -> None:
    read = set(re.findall(r"\b(?:marts|ops)\.(\w+)", question.sql))
    assert read == {table.rpartition(".")[2] for table in question.tables}


@pytest.fixture(scope="module")
def described() -> Inventory:
    """All tables as the contracts describe them."""
    return inventory.collect(contract.load_feeds([CONTRACTS]), MODELS, settings.load({}))


def judged(described: Inventory, asked: list[Question]) -> list[str]:
    """What Google's analyzer says of the queries."""
    statements = tuple(
        Statement(Kind.LEDGER, q.file, q.title, q.sql, first_line=q.line) for q in asked
    )
    alone = replace(described, statements=statements, jobs=())
    return [str(finding) for finding in analyzer.analyze(alone, environment.python()).findings]


@pytest.mark.slow
def test_googles_analyzer_takes_every_query(described: Inventory) -> None:
    asked = questions("en")
    misspelt = replace(asked[0], sql=asked[0].sql.replace("gasto_total", "gasto_totl"))
    found = judged(described, [*asked, misspelt])
    assert len(found) == 1
    assert "gasto_totl" in found[0]


def partitioned(question: Question) -> list[Table]:
    names = (table.rpartition(".")[2] for table in question.tables)
    return [MODELS[name] for name in names if MODELS[name].partition]


@pytest.mark.parametrize("question", questions("en"), ids=lambda q: q.title)
def test_a_query_says_which_days_it_reads(question: Question) -> None:
    for table in partitioned(question):
        assert table.partition is not None
        assert re.search(rf"WHERE {table.partition.name} (>=|=) ", question.sql)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flag_is_explained(language: str) -> None:
    told = section(language, FLAGS)
    for model in MODELS.values():
        for column in model.columns:
            is_word = column.name in ATTRIBUTES.get(model.name, ())
            if model.name == "freshness" or is_word:
                continue
            if column.physical_type == "BOOL":
                assert f"`{column.name}` | `{model.name}`" in told
            for value in column.enum:
                lines = [line for line in told.splitlines() if f"`{model.name}`" in line]
                assert any(f"`{column.name}`" in x and f"`{value}`" in x for x in lines), value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_a_table_is_explained(language: str) -> None:
    told = section(language, STATES)
    assert {f"`{state.value}`" for state in Freshness} == set(
        re.findall(r"^\| (`\w+`)", told, re.MULTILINE)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_and_command_that_is_named_exists(language: str) -> None:
    from atvos.cli import app  # noqa: PLC0415 - takes its time

    file = FOLDER / f"{language}.md"
    text = file.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    assert [link for link in links if not (file.parent / link).exists()] == []
    named = re.findall(r"^bin/atvos (\w+)", text, re.MULTILINE)
    assert named
    assert set(named) <= {name.partition(" ")[0] for name in commands(app)}


def test_the_guides_are_found_from_the_front_page() -> None:
    readme = (Path(FOLDER).parents[1] / "README.md").read_text(encoding="utf-8")
    assert all(f"docs/guide/{language}.md" in readme for language in LANGUAGES)
