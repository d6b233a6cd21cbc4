"""``atvos powerbi check`` and ``engine``: what they print and how they end."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from atvos.powerbi import m_syntax, model_engine
from atvos.powerbi.command import app
from tests.powerbi.model.planted import MEASURES
from tests.powerbi.model.test_planted import edit

RUN = CliRunner()


def test_the_project_is_fine() -> None:
    result = RUN.invoke(app, ["check"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "model and report are valid" in result.stdout


def test_a_problem_is_printed_and_ends_with_2(project: Path) -> None:
    edit(project / MEASURES, "SUM ( rpt_d1[viagens] )", "SUM ( rpt_d1[viagem] )")
    result = RUN.invoke(app, ["check", str(project)])
    assert result.exit_code == 2
    told = "[Viagens]: column of rpt_d1: found 'viagem'; valid: viagens"
    assert result.stderr.rstrip().endswith(told)
    assert result.stderr.count("\n") == 1


def test_a_folder_without_a_project_ends_with_2(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["check", str(tmp_path)])
    assert result.exit_code == 2
    assert "found 0 of model; valid: one" in result.stderr


def test_without_the_parser_it_ends_with_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(m_syntax, "ENVIRONMENT", tmp_path)
    result = RUN.invoke(app, ["check"])
    assert result.exit_code == 1
    assert "make powerbi" in result.stderr


def test_without_the_engine_it_ends_with_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(folder: Path) -> list[str]:
        raise m_syntax.ToolError("run `make powerbi-engine`")

    monkeypatch.setattr(model_engine, "problems", missing)
    result = RUN.invoke(app, ["engine"])
    assert result.exit_code == 1
    assert "make powerbi-engine" in result.stderr


def test_what_the_engine_says_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_engine, "problems", lambda folder: [f"{folder}: no"])
    result = RUN.invoke(app, ["engine"])
    assert result.exit_code == 2
    assert result.stderr.rstrip().endswith("Atvos.SemanticModel: no")
