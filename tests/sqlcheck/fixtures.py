"""A small repository that is in order, and the same with each broken query as a model."""

from pathlib import Path

from atvos import contract, models, settings
from atvos.settings import Settings
from atvos.sqlcheck import inventory
from atvos.sqlcheck.inventory import Inventory

HERE = Path(__file__).parent
REPOSITORY = HERE / "repository"
BROKEN = sorted((HERE / "broken").glob("*.sql"))


def broken_models(sql_dir: Path) -> Path:
    """``sql_dir``, with a model ``day_km``, and one named after each file of broken/."""
    good = REPOSITORY / "sql" / "marts" / "day_km"
    for name, query in {"day_km": good / "query.sql", **{f.stem: f for f in BROKEN}}.items():
        folder = sql_dir / "marts" / name
        folder.mkdir(parents=True)
        text = (good / "model.yaml").read_text().replace("day_km", name)
        (folder / "model.yaml").write_text(text)
        (folder / "query.sql").write_text(query.read_text())
    return sql_dir


def settings_for(sql_dir: Path) -> Settings:
    """Settings that lead to the small repository's contracts, and to ``sql_dir``."""
    return settings.load({"ATVOS_DAGS_DIR": str(REPOSITORY), "ATVOS_SQL_DIR": str(sql_dir)})


def collected(sql_dir: Path = REPOSITORY / "sql") -> Inventory:
    """The inventory of the small repository, or of its contracts with other models."""
    found = settings_for(sql_dir)
    feeds = contract.load_feeds(found.contract_dirs)
    return inventory.collect(feeds, models.load_models(sql_dir), found)
