"""The repository's report, a copy of it that may be broken, and the model that it reads."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atvos.powerbi import model
from atvos.powerbi.model import Model
from local.layout import REPOSITORY

PROJECT = REPOSITORY / "powerbi"
REPORT = PROJECT / "Atvos.Report"

Change = Callable[[Any], None]


@pytest.fixture(scope="session")
def semantic_model() -> Model:
    """The repository's semantic model."""
    return model.load(PROJECT / "Atvos.SemanticModel")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the report's folder, beside an empty semantic model."""
    (tmp_path / "Atvos.SemanticModel").mkdir()
    return Path(shutil.copytree(REPORT, tmp_path / "Atvos.Report"))


def change(file: Path, how: Change) -> None:
    """Load a JSON file, change what it holds, and write it as the others are written."""
    data = json.loads(file.read_text(encoding="utf-8"))
    how(data)
    file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def page(report: Path, name: str) -> Path:
    """The file of a page."""
    return report / "definition" / "pages" / name / "page.json"


def visual(report: Path, place: str) -> Path:
    """The file of a visual, named ``<page>/<visual>``."""
    where, name = place.split("/")
    return page(report, where).parent / "visuals" / name / "visual.json"
