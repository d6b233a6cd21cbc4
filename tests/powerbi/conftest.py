"""The repository's Power BI project, a copy of it that may be broken, and what it is held to."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from atvos import contract
from atvos.models import Model, load_models
from local.layout import REPOSITORY

PROJECT = REPOSITORY / "powerbi"


@pytest.fixture(scope="session")
def marts() -> Mapping[str, Model]:
    """Every model of ``sql/``."""
    return load_models(REPOSITORY / "sql")


@pytest.fixture(scope="session")
def units() -> tuple[str, ...]:
    """The company's units, as the registry of vehicles names them."""
    feeds = contract.load_feeds([REPOSITORY / "dags" / "contracts"])
    return feeds["vehicles"].by_name["unidade"].enum


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, with the repository's own report."""
    copy = tmp_path / "powerbi"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("Atvos.Report", ".pbi"))
    (copy / "Atvos.Report").symlink_to(PROJECT / "Atvos.Report")
    return copy
