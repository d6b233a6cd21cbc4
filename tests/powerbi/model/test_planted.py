"""Every check of the semantic model: none speaks of the project, each catches a planted error."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

from atvos.models import Model
from atvos.powerbi import check, m_syntax
from tests.powerbi.conftest import PROJECT
from tests.powerbi.model import planted_form, planted_shape, planted_tables, planted_texts
from tests.powerbi.model.planted import D1, MEASURES, Planted, T

Check = Callable[[Path], list[str]]
ALL = (
    *(planted_tables.CONTRACTS + planted_tables.REFRESH + planted_shape.SHAPE),
    *(planted_texts.WORDS + planted_texts.DAX + planted_texts.M + planted_form.PROJECT),
)


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    """Most planted errors leave M as it is: the parser is asked once for the same texts."""
    real = m_syntax.parsed
    ask = lru_cache(lambda texts: real(list(texts)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(m_syntax, "parsed", lambda texts: ask(tuple(texts)))
        yield


@pytest.fixture
def problems(marts: Mapping[str, Model], units: tuple[str, ...]) -> Check:
    """What is wrong with a project, by the repository's contracts."""
    return lambda folder: check.problems(folder, marts, units)


def edit(file: Path, old: str, new: str, times: int = 1) -> None:
    """Put ``new`` where ``old`` stands first, or everywhere with -1."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    file.write_text(text.replace(old, new, times), encoding="utf-8")


def plant(project: Path, error: Planted) -> re.Pattern[str]:
    """Plant an error; returns how the lines start that tell it."""
    edit(project / error.file, error.old, error.new, -1 if error.everywhere else 1)
    return re.compile(re.escape(str(project / (error.told_of or error.file))) + r":\d+: ")


def test_the_project_has_no_problem(problems: Check) -> None:
    assert problems(PROJECT) == []


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.name)
def test_a_planted_error_is_told_with_its_file_and_line(
    project: Path, problems: Check, error: Planted
) -> None:
    place = plant(project, error)
    lines = problems(project)
    told = [line for line in lines if place.match(line) and error.told in line]
    assert told, "\n".join(lines) or "nothing was told"


@pytest.mark.parametrize("error", planted_form.FORM, ids=lambda error: error.name)
def test_a_model_that_cannot_be_read_is_the_only_problem(
    project: Path, problems: Check, error: Planted
) -> None:
    place = plant(project, error)
    (line,) = problems(project)
    assert place.match(line)
    assert error.told in line


def test_a_mart_that_the_model_lacks_is_told(project: Path, problems: Check) -> None:
    (project / T / "freshness.tmdl").unlink()
    assert any("found 'none'; valid: freshness, as" in line for line in problems(project))


def test_a_partitioned_mart_without_a_refresh_policy_is_told(
    project: Path, problems: Check
) -> None:
    file = project / D1
    text = file.read_text(encoding="utf-8")
    start, end = (
        text.index("\trefreshPolicy"),
        text.index("\n\t/// ", text.index("\trefreshPolicy")),
    )
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    told = [line for line in problems(project) if "rpt_d1: refreshPolicy: found 'none'" in line]
    assert len(told) == 1


def test_a_policy_where_nothing_is_partitioned_is_told(project: Path, problems: Check) -> None:
    text = (project / D1).read_text(encoding="utf-8")
    start, end = (
        text.index("\trefreshPolicy"),
        text.index("\n\t/// ", text.index("\trefreshPolicy")),
    )
    edit(project / T / "dim_unit.tmdl", "\tpartition", text[start:end] + "\n\tpartition")
    told = [line for line in problems(project) if "dim_unit: refreshPolicy: found 'one'" in line]
    assert len(told) == 1


def test_a_lineage_tag_of_another_is_told(project: Path, problems: Check) -> None:
    file = project / T / "plano.tmdl"
    tags = re.findall(r"lineageTag: (\S+)", file.read_text(encoding="utf-8"))
    edit(file, tags[1], tags[0])
    assert any("lineageTag: found 'that of plano'; valid: its own" in s for s in problems(project))


def test_the_report_is_checked_against_the_model(project: Path, problems: Check) -> None:
    edit(project / MEASURES, "\tmeasure Viagens =", "\tmeasure Trips =")
    told = [line for line in problems(project) if "Atvos.Report" in line and "'Viagens'" in line]
    assert told
