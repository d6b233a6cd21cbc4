"""Microsoft's own check of reports: roles, formatting and theme, as its visuals have them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.layout import REPOSITORY
from tests.powerbi.report.conftest import REPORT, Change, change, page, visual

NODE = REPOSITORY / ".venv" / "powerbi" / "bin" / "node"
PACKAGES = REPOSITORY / ".venv" / "powerbi" / "conformance"
SCRIPT = Path(__file__).parent / "conformance" / "validate.mjs"
LIMIT_SECONDS = 60


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder with its packages, or a failed test that says how to install them."""
    if not (NODE.is_file() and (PACKAGES / "node_modules").is_dir()):
        pytest.fail(f"{PACKAGES} is missing; run `make powerbi`", pytrace=False)
    return PACKAGES


def codes(packages: Path, report: Path) -> dict[str, str]:
    """What was found: the first message by code."""
    done = subprocess.run(
        [str(NODE), str(SCRIPT), str(packages), str(report)],
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=True,
    )
    found = json.loads(done.stdout)["diagnostics"]
    return {code: group["items"][0]["message"] for code, group in found.items()}


def test_the_report_conforms(packages: Path) -> None:
    assert codes(packages, REPORT) == {}


def swap_a_role(data: Any) -> None:
    roles = data["visual"]["query"]["queryState"]
    roles["LineY"] = roles.pop("Y2")


def empty_a_role(data: Any) -> None:
    data["visual"]["query"]["queryState"].pop("Category")


def misspell_an_object(data: Any) -> None:
    data["visual"]["objects"]["datalabels"] = [{"properties": {}}]


def misspell_a_property(data: Any) -> None:
    data["visual"]["objects"]["legend"][0]["properties"]["postion"] = {}


def misspell_a_value(data: Any) -> None:
    position = data["visual"]["objects"]["legend"][0]["properties"]["position"]
    position["expr"]["Literal"]["Value"] = "'Topp'"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (swap_a_role, "PBIR_ROLE_UNKNOWN"),
        (empty_a_role, "PBIR_ROLE_REQUIRED_MISSING"),
        (misspell_an_object, "PBIR_FORMATTING_OBJECT_UNKNOWN"),
        (misspell_a_property, "PBIR_FORMATTING_PROP_UNKNOWN"),
        (misspell_a_value, "PBIR_FORMATTING_ENUM_INVALID"),
    ],
    ids=["a role", "an empty role", "an object", "a property", "a value"],
)
def test_a_broken_visual_is_found(how: Change, code: str, packages: Path, copied: Path) -> None:
    change(visual(copied, "visao_geral/previsto_contra_plano"), how)

    assert list(codes(packages, copied)) == [code]


def test_a_theme_of_another_name_is_found(packages: Path, copied: Path) -> None:
    theme = copied / "StaticResources" / "RegisteredResources" / "Atvos.json"
    change(theme, lambda data: data.update(name="Outro"))

    assert list(codes(packages, copied)) == ["PBIR_THEME_FILE_NAME_MISMATCH"]


def test_a_drill_through_without_a_way_back_is_found(packages: Path, copied: Path) -> None:
    shutil.rmtree(visual(copied, "veiculo/voltar").parent)

    assert list(codes(packages, copied)) == ["PBIR_DRILLTHROUGH_BACK_BUTTON_MISSING"]


def test_a_page_that_is_not_listed_is_found(packages: Path, copied: Path) -> None:
    pages = page(copied, "d1").parent.parent / "pages.json"
    change(pages, lambda data: data["pageOrder"].remove("d1"))

    assert len(codes(packages, copied)) == 1
