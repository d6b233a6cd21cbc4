"""The dictionary on disk: written where it changed, compared where it should not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from atvos import contract, models, names
from atvos.contract import Table, yaml_text
from atvos.dictionary.catalog import Catalog, collect
from atvos.dictionary.overview import books_page, index_page, lineage_page, personal_page
from atvos.dictionary.places import BOOKS, INDEX, LINEAGE, PERSONAL, place
from atvos.dictionary.table_page import table_page

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "dictionary"
"""Where the repository keeps it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a folder differs from the dictionary; files are relative to the folder, sorted."""

    missing: tuple[str, ...]
    stale: tuple[str, ...]
    superfluous: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.superfluous)

    def lines(self, folder: Path) -> list[str]:
        """One line for each file of ``folder`` that differs."""
        return [
            f"{folder / name}: {state}"
            for state in ("missing", "stale", "superfluous")
            for name in getattr(self, state)
        ]


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
    there = {file.relative_to(folder).as_posix() for file in _files(folder)}
    changed = (name for name in there & texts.keys() if _read(folder / name) != texts[name])
    return Difference(
        missing=tuple(sorted(texts.keys() - there)),
        stale=tuple(sorted(changed)),
        superfluous=tuple(sorted(there - texts.keys())),
    )


def write(texts: Mapping[str, str], folder: Path) -> Difference:
    """Make ``folder`` hold exactly these pages; what it differed in before."""
    difference = compare(texts, folder)
    for name in (*difference.missing, *difference.stale):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(texts[name], encoding="utf-8")
    for name in difference.superfluous:
        (folder / name).unlink()
    return difference


def _files(folder: Path) -> Iterable[Path]:
    return (file for file in folder.rglob("*") if file.is_file())


def _read(file: Path) -> str | None:
    """A file's text, None where it is none."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None


def _limitations(table: Table) -> str:
    """What the contract says that the table is not; empty where it says nothing."""
    document = yaml_text.read(table.path.read_text(encoding="utf-8"))
    return str(document["description"].get("limitations") or "")
