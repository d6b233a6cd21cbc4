"""The report is sound, and each check sees the error that it is there for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from atvos.powerbi.model import Model
from atvos.powerbi.report_check import problems
from tests.powerbi.report.conftest import REPORT, change, visual
from tests.powerbi.report.planted import BY_MONTH, EVERYTHING, misspell_a_column


def test_the_repositorys_report_is_sound(semantic_model: Model) -> None:
    assert problems(REPORT, semantic_model) == []


@pytest.mark.parametrize("case", EVERYTHING, ids=list(EVERYTHING))
def test_a_broken_report_is_told_with_its_file(
    case: str, copied: Path, semantic_model: Model
) -> None:
    spoil, expected = EVERYTHING[case]
    spoil(copied)

    found = problems(copied, semantic_model)

    assert [line for line in found if expected in line], found
    assert [line for line in found if not line.startswith(f"{copied}/")] == []


def test_a_layout_for_phones_of_a_visual_that_is_gone_is_an_error(
    copied: Path, semantic_model: Model
) -> None:
    visual(copied, "d1/gasto_unidade").unlink()

    found = problems(copied, semantic_model)

    expected = f"{copied}/definition/pages/d1/visuals/gasto_unidade/visual.json:1: missing"
    assert found == [expected]


def test_a_problem_names_the_line(copied: Path, semantic_model: Model) -> None:
    change(visual(copied, BY_MONTH), misspell_a_column)

    (found,) = [line for line in problems(copied, semantic_model) if "column of" in line]

    file, number = re.match(r"(.+):(\d+): ", found).groups()  # type: ignore[union-attr]
    assert "ano_mez" in Path(file).read_text(encoding="utf-8").splitlines()[int(number) - 1]


def test_all_files_are_written_in_one_form() -> None:
    files = sorted({*REPORT.rglob("*.json"), REPORT / "definition.pbir", REPORT / ".platform"})
    texts = {file: file.read_text(encoding="utf-8") for file in files}

    odd = [
        file
        for file, text in texts.items()
        if text != json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    ]

    assert len(files) > 90
    assert odd == []
