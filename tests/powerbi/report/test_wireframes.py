"""The pictures of the report's pages are those of the report, and can be read."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner, Result

from atvos.powerbi import pbir_files, wireframe, wireframe_svg
from atvos.powerbi.pbir import Report
from atvos.powerbi.wireframe_command import PICTURES, wireframes
from tests.powerbi.report.conftest import REPORT, change, visual

SVG = "{http://www.w3.org/2000/svg}"

app = typer.Typer()
app.command()(wireframes)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def report() -> Report:
    return pbir_files.load(REPORT)


@pytest.fixture(scope="module")
def pictures(report: Report) -> dict[str, ElementTree.Element]:
    """Every picture, parsed."""
    return {name: ElementTree.fromstring(svg) for name, svg in wireframe.pictures(report).items()}


def said(picture: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def test_the_pictures_in_the_repository_are_up_to_date() -> None:
    found = run("--check")

    assert (found.stderr, found.exit_code) == ("", 0)


def test_every_page_has_a_picture_and_d1_has_one_for_phones(
    report: Report, pictures: dict[str, ElementTree.Element]
) -> None:
    assert sorted(pictures) == sorted(
        [*(f"{page.name}.svg" for page in report.pages), "d1_celular.svg"]
    )


def test_a_picture_shows_every_title_and_the_question_of_its_page(
    report: Report, pictures: dict[str, ElementTree.Element]
) -> None:
    for page in report.pages:
        words = " ".join(said(pictures[f"{page.name}.svg"]))
        titles = [each.title for each in page.visuals if each.title]
        questions = [line for each in page.visuals for line in each.words]
        assert [title for title in (*titles, *questions) if title not in words] == []


def test_a_picture_names_fields_and_tables_of_the_freshness_card(
    pictures: dict[str, ElementTree.Element],
) -> None:
    words = said(pictures["visao_geral.svg"])

    assert "calendario[ano_mes] · [Gasto fixo] · [Gasto variável]" in words
    assert "Participação do variável (%)" in words


def test_nothing_is_drawn_outside_of_a_picture(pictures: dict[str, ElementTree.Element]) -> None:
    for picture in pictures.values():
        width, height = (float(picture.attrib[side]) for side in ("width", "height"))
        for box in picture.iter(f"{SVG}rect"):
            x, y, wide, high = (float(box.attrib[side]) for side in ("x", "y", "width", "height"))
            assert 0 <= x <= x + wide <= width
            assert 0 <= y <= y + high <= height


def test_a_stale_a_missing_and_a_superfluous_picture_are_told(tmp_path: Path) -> None:
    assert run("--folder", tmp_path).exit_code == 0
    (tmp_path / "d1.svg").write_text("old", encoding="utf-8")
    (tmp_path / "servicos.svg").unlink()
    (tmp_path / "antiga.svg").write_text("old", encoding="utf-8")

    found = run("--check", "--folder", tmp_path)

    assert found.exit_code == 2
    assert found.stderr.splitlines()[:3] == [
        f"{tmp_path}/servicos.svg: missing",
        f"{tmp_path}/d1.svg: stale",
        f"{tmp_path}/antiga.svg: superfluous",
    ]
    assert (tmp_path / "d1.svg").read_text(encoding="utf-8") == "old"


def test_drawing_takes_the_difference_away(tmp_path: Path) -> None:
    (tmp_path / "antiga.svg").write_text("old", encoding="utf-8")

    run("--folder", tmp_path)

    names = {file.name for file in tmp_path.iterdir()}
    assert names == {file.name for file in PICTURES.glob("*.svg")}


def test_a_moved_visual_makes_its_picture_stale(copied: Path, tmp_path: Path) -> None:
    run("--folder", tmp_path)
    change(visual(copied, "d1/gasto_unidade"), lambda data: data["position"].update(height=200))

    found = run("--check", "--folder", tmp_path, "--report", copied)

    assert f"{tmp_path}/d1.svg: stale" in found.stderr
    assert f"{tmp_path}/d1_celular.svg" not in found.stderr


def test_a_report_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    found = run("--report", tmp_path, "--folder", tmp_path)

    assert found.exit_code == 2
    assert re.search(r"pages\.json:1: missing", found.stderr)


def test_words_that_are_too_long_are_cut_off_and_wrapped() -> None:
    text = "Quanto custa levar as pessoas, e o que pesa nesse custo?"

    assert wireframe_svg.wrap(text, 150, 12, 2) == [
        "Quanto custa levar as",
        "pessoas, e o que pesa…",
    ]
    assert wireframe_svg.wrap(text, 900, 12, 2) == [text]
