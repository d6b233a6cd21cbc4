"""The dictionary on disk: written where it changed, compared where it should not have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from atvos import contract, generated, models, names
from atvos.contract import Table, yaml_text
from atvos.dictionary.catalog import Catalog, collect
from atvos.dictionary.overview import books_page, index_page, lineage_page, personal_page
from atvos.dictionary.places import BOOKS, INDEX, LINEAGE, PERSONAL, place
from atvos.dictionary.table_page import table_page
from atvos.generated import Difference

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "dictionary"
"""Where the repository keeps it."""


def load(contracts: Path, sql_dir: Path) -> Catalog:
    """The catalog of a repository's contracts and models.

    ContractError where one is refused, LineageError where a column's sources cannot be told.
    """
    feeds = contract.load_feeds([contracts])
    marts = models.load_models(sql_dir)
    described: dict[str, Table] = {
        **{names.curated_table(feed.name): feed for feed in feeds.values()},
        **{model.view_name: model for model in marts.values()},
    }
    limitations = {name: _limitations(table) for name, table in described.items()}
    return collect(feeds.values(), marts.values(), limitations)


def pages(catalog: Catalog) -> dict[str, str]:
    """Every page's text, by its file relative to the dictionary's folder."""
    return {
        INDEX: index_page(catalog),
        LINEAGE: lineage_page(catalog),
        PERSONAL: personal_page(catalog),
        BOOKS: books_page(catalog),
        **{place(catalog, name)[0]: table_page(catalog, name) for name in catalog.tables},
    }


def compare(texts: Mapping[str, str], folder: Path) -> Difference:
    """What ``folder`` has that differs from these pages; one that is not there lacks all."""
    there = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
    return generated.compare(texts, folder, there)


def write(texts: Mapping[str, str], folder: Path) -> Difference:
    """Make ``folder`` hold exactly these pages; what it differed in before."""
    difference = compare(texts, folder)
    generated.apply(difference, texts, folder)
    return difference


def _limitations(table: Table) -> str:
    """What the contract says that the table is not; empty where it says nothing."""
    document = yaml_text.read(table.path.read_text(encoding="utf-8"))
    return str(document["description"].get("limitations") or "")
