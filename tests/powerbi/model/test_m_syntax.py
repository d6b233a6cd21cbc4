"""Power Query M: the parser's verdicts, the names in a query, a machine without the parser."""

from pathlib import Path

import pytest

from atvos.powerbi import m_syntax
from atvos.powerbi.m_syntax import ToolError


def test_the_parser_says_where_each_text_is_wrong() -> None:
    texts = ["let\n    a = 1\nin\n    a", "let\n    a = 1,\nin\n    a", 'let\n a = "open', "1 +"]
    found = m_syntax.parsed(texts)
    assert [each and (each["line"], each["column"]) for each in found] == [
        *(None, (3, 1), (2, 6), (1, 4))
    ]


def test_names_that_a_query_defines_are_not_asked_for() -> None:
    text = """\
let
    Fonte = GoogleBigQuery.Database([BillingProject = Pagador]), // [Comment = no]
    Nomes = (linhas as table, coluna as text) as list => Table.Column(linhas, coluna),
    #"Outra etapa" = Nomes(Fonte{[Name = "x"]}[Data], "Nada"),
    Dias = #date(2026, 1, 1)
in
    each [dia] >= Inicio"""
    assert list(m_syntax.words(text)) == [
        ("GoogleBigQuery.Database", 1),
        ("Pagador", 1),
        ("Table.Column", 2),
        ("Inicio", 6),
    ]


def test_without_the_parser_the_message_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(m_syntax, "ENVIRONMENT", tmp_path)
    with pytest.raises(ToolError, match="make powerbi"):
        m_syntax.parsed(["1"])
    monkeypatch.undo()
    monkeypatch.setattr(m_syntax, "NODE", tmp_path / "node")
    with pytest.raises(ToolError, match="make powerbi"):
        m_syntax.parsed(["1"])


def test_a_parser_that_breaks_down_is_not_a_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.cjs"
    broken.write_text("throw new Error('no parser');\n", encoding="utf-8")
    monkeypatch.setattr(m_syntax, "SCRIPT", broken)
    with pytest.raises(ToolError, match="no parser"):
        m_syntax.parsed(["1"])
