"""A report is read as its files say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from atvos.powerbi import pbir, pbir_files
from atvos.powerbi.pbir import Box
from atvos.powerbi.pbir_files import PbirError
from tests.powerbi.report.conftest import REPORT, change, page

PAGES = ["visao_geral", "d1", "veiculo", "auditoria", "fechamento", "ocorrencias", "servicos"]


def test_pages_are_in_the_order_of_the_list_and_visuals_in_that_of_the_tab_key() -> None:
    report = pbir_files.load(REPORT)

    assert [each.name for each in report.pages] == PAGES
    assert [each.name for each in report.pages[1].visuals][:4] == [
        "titulo",
        "dados_ate",
        "estado",
        "filtro_unidade",
    ]


def test_a_visual_says_what_it_shows() -> None:
    (found,) = [v for v in pbir_files.load(REPORT).pages[0].visuals if v.name == "gasto_por_mes"]

    assert found.kind == "columnChart"
    assert found.title == "Quanto se gastou por mês, e quanto é fixo ou variável"
    assert list(found.roles) == ["Category", "Y"]
    assert found.place.box == Box(16, 280, 624, 208)
    assert found.phone is None


def test_only_the_page_of_yesterday_has_a_layout_for_phones() -> None:
    report = pbir_files.load(REPORT)

    assert [each.name for each in report.pages if each.on_phones] == ["d1"]


def test_only_the_detail_of_a_vehicle_is_reached_by_a_drill_through() -> None:
    report = pbir_files.load(REPORT)

    assert [each.name for each in report.pages if each.is_drillthrough] == ["veiculo"]
    assert [each.name for each in report.pages if each.is_hidden] == ["veiculo"]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Box(10, 0, 10, 10), False),
        (Box(0, 10, 10, 10), False),
        (Box(9, 9, 10, 10), True),
        (Box(2, 2, 2, 2), True),
    ],
)
def test_boxes_that_only_touch_do_not_overlap(other: Box, expected: bool) -> None:
    box = Box(0, 0, 10, 10)

    assert (box.overlaps(other), other.overlaps(box)) == (expected, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"expr": {"Literal": {"Value": "'d''água'"}}}, "d'água"),
        ({"expr": {"Literal": {"Value": "true"}}}, "true"),
        ({"expr": {"Measure": {}}}, ""),
        (None, ""),
    ],
)
def test_a_literal_is_read_without_its_quotes(value: object, expected: str) -> None:
    assert pbir.text(value) == expected


def test_a_page_without_a_name_is_refused_with_its_file(copied: Path) -> None:
    change(page(copied, "d1"), lambda data: data.pop("displayName"))

    with pytest.raises(PbirError, match=r"pages/d1/page\.json:1: displayName: found None"):
        pbir_files.load(copied)


def test_a_file_that_is_no_object_is_refused(copied: Path) -> None:
    page(copied, "d1").write_text("[]", encoding="utf-8")

    with pytest.raises(PbirError, match=r"page\.json:1: : found \[\]; valid: an object"):
        pbir_files.load(copied)
