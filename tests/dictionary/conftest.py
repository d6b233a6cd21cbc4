"""A small repository: the feeds rides and buses, a model of rides, and a view of that model."""

import shutil
from pathlib import Path

import pytest

from atvos.dictionary import files
from atvos.dictionary.catalog import Catalog

REPOSITORY = Path(__file__).parent / "repository"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the small repository, to change."""
    return Path(shutil.copytree(REPOSITORY, tmp_path / "repository"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The catalog of the small repository."""
    return files.load(REPOSITORY / "contracts", REPOSITORY / "sql")


@pytest.fixture(scope="module")
def pages(catalog: Catalog) -> dict[str, str]:
    """The pages of the small repository."""
    return files.pages(catalog)
