"""The check by Microsoft's engine, with a stub in its place: `make powerbi-engine` has the real."""

import sys
from pathlib import Path

import pytest

from atvos.powerbi import model_engine
from atvos.powerbi.check import MODEL
from atvos.powerbi.m_syntax import ToolError
from tests.powerbi.model.test_planted import edit

STUB = Path(__file__).with_name("engine_stub.py")


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A program that behaves like the engine."""
    program = tmp_path / "engine"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{STUB}" "$@"\n', encoding="utf-8")
    program.chmod(0o700)
    return program


def test_a_model_that_it_loads_and_writes_the_same_has_no_problem(
    project: Path, engine: Path
) -> None:
    assert model_engine.problems(project / MODEL, engine) == []


def test_a_model_that_it_refuses_is_told_in_its_words(project: Path, engine: Path) -> None:
    folder = project / MODEL
    edit(folder / "definition" / "database.tmdl", "1601", "1600")
    assert model_engine.problems(folder, engine) == [f"{folder}: Failed to import: level"]


def test_a_file_that_it_writes_otherwise_is_told_with_its_first_line(
    project: Path, engine: Path
) -> None:
    file = project / MODEL / "definition" / "tables" / "plano.tmdl"
    edit(
        file, "\tannotation PBI_ResultType", "\tannotation Unfit = so\n\tannotation PBI_ResultType"
    )
    number = file.read_text(encoding="utf-8").splitlines().index("\tannotation Unfit = so") + 1
    (line,) = model_engine.problems(project / MODEL, engine)
    assert line.startswith(f"{file}:{number}: form: found '\\tannotation Unfit = so'")


def test_an_engine_that_is_not_there_or_breaks_down_is_no_verdict(project: Path) -> None:
    with pytest.raises(ToolError, match="make powerbi-engine"):
        model_engine.problems(project / MODEL, project / "none")
    with pytest.raises(ToolError, match=r"did not answer|broke down"):
        model_engine.problems(project / MODEL, Path("/bin/true"))
