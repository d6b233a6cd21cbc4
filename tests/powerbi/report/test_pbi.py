"""The rules by which Power BI Desktop refuses a report, as pbi-enterprise-cli knows them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.layout import REPOSITORY
from tests.powerbi.report.conftest import PROJECT, Change, change, page, visual

PBI = REPOSITORY / ".venv" / "powerbi" / "bin" / "pbi"
LIMIT_SECONDS = 60
FOUND = 3


@pytest.fixture(scope="module")
def pbi() -> Path:
    """The program, or a failed test that says how to install it."""
    if not PBI.is_file():
        pytest.fail(f"{PBI} is not installed; run `make powerbi`", pytrace=False)
    return PBI


def validated(pbi: Path, project: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """What it says of a project. It writes a log of its own into the home folder it is given."""
    return subprocess.run(
        [str(pbi), "report", "validate", "--pbip", str(project), "--fail-on", "warning"],
        env={**os.environ, "HOME": str(home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def test_the_report_has_no_finding(pbi: Path, tmp_path: Path) -> None:
    done = validated(pbi, PROJECT, tmp_path)

    assert done.returncode == 0, done.stdout
    assert "PBIR is valid" in done.stdout


def schema_in_a_filter(data: Any) -> None:
    data["filterConfig"]["$schema"] = "https://example.com/filter.json"


def no_table_in_a_filter(data: Any) -> None:
    data["filterConfig"]["filters"][0]["field"]["Column"]["Expression"]["SourceRef"] = {}


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        (schema_in_a_filter, "pbir.filterconfig-schema"),
        (no_table_in_a_filter, "pbir.filter-field-sourceref"),
        (lambda data: data.pop("visual"), "pbir.visual-no-body"),
        (lambda data: data.update(parentGroupName="grupo"), "pbir.dangling-group-ref"),
    ],
    ids=["a schema in a filter", "no table in a filter", "no body", "a group that is not there"],
)
def test_a_broken_visual_is_found(
    how: Change, rule: str, pbi: Path, copied: Path, tmp_path: Path
) -> None:
    change(visual(copied, "d1/estado"), how)

    done = validated(pbi, copied.parent, tmp_path)

    assert done.returncode == FOUND
    assert rule in done.stdout


def test_a_page_in_the_wrong_folder_is_found(pbi: Path, copied: Path, tmp_path: Path) -> None:
    folder = page(copied, "d1").parent
    shutil.move(folder, folder.with_name("ontem"))

    done = validated(pbi, copied.parent, tmp_path)

    assert done.returncode == FOUND
    assert "pbir.page-name-mismatch" in done.stdout
