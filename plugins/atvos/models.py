"""SQL models: one folder is one table or view, its query, its contract, and what a build covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from atvos import names
from atvos.contract import ContractError, Layer, Problem, Table, load_table, text_of
from atvos.contract.parse_cache import ParseCache
from atvos.periods import Period
from atvos.query_sources import query_sources, with_suffix

LAYERS = (Layer.MARTS, Layer.OPS)
"""The folders of ``sql/`` that hold models; each is a dataset."""

_PROPERTIES = ("group", "rebuildDays", "period", "lookBack", "powerBi")
_MAX_DAYS = 400


class PowerBi(StrEnum):
    """How the semantic model of Power BI has a model: as a copy, or by asking BigQuery."""

    IMPORT = "import"
    DIRECT_QUERY = "directQuery"


@dataclass(frozen=True, kw_only=True)
class Model(Table):
    """A table that a query fills period by period, or as a whole, or a view of the query.

    The query of a partitioned model gets ``@days`` (ARRAY<DATE>, all days of the periods to
    build, sorted), ``@first_day`` and ``@last_day``, and returns the contract's columns for
    these periods and no others; its partitions are named by their periods' first days. Where
    a source without partitions changes, the periods of the last ``rebuild_days`` days are
    built anew, today's (in São Paulo) included.

    ``look_back`` has, by source, how many days before a built day the query reads there: a
    day of such a source that changes makes as many days after it be built anew. A query
    without partitions is built as a whole. ``sources`` are ``dataset.table`` names, sorted.
    ``power_bi`` is None where the semantic model does not have it.
    """

    group: str
    query: str
    sources: tuple[str, ...]
    rebuild_days: int
    period: Period
    look_back: tuple[tuple[str, int], ...]
    is_view: bool
    power_bi: PowerBi | None = None

    @cached_property
    def table_name(self) -> str:
        """``dataset.table`` that builds fill; readers use the view ``names.mart``."""
        return names.model_table(self.name, self.version)

    @cached_property
    def look_back_days(self) -> dict[str, int]:
        """``look_back`` as a mapping."""
        return dict(self.look_back)

    @property
    def view_name(self) -> str:
        """``dataset.view`` that people and other models read."""
        return f"{names.dataset(self.layer)}.{self.name}"


def load_models(sql_dir: Path, cache: Path | None = None) -> dict[str, Model]:
    """Every model below ``sql_dir`` by name. ContractError, or OSError without a query.

    ``cache`` is a folder of this machine in which to remember what the files say.
    """
    remembered = ParseCache(cache) if cache else None
    found: dict[str, Model] = {}
    problems: list[Problem] = []
    for layer in LAYERS:
        for file in sorted((sql_dir / layer).glob("*/model.yaml")):
            try:
                model = load_model(file.parent, remembered)
            except ContractError as error:
                problems += error.problems
                continue
            if model.name in found:
                valid = f"a name that {found[model.name].path} does not have"
                problems.append(Problem(file, "name", model.name, valid))
            found[model.name] = model
    if problems:
        raise ContractError(problems)
    return found


def load_model(folder: Path, cache: ParseCache | None = None) -> Model:
    """The model in ``folder``. ContractError with every problem of its two files."""
    query = folder / "query.sql"
    texts = (
        *(str(folder), text_of(folder / "model.yaml"), query.read_text(encoding="utf-8")),
        names.SUFFIX,
    )
    return cache.derive(Model, _model_of, *texts) if cache else _model_of(*texts)


def _model_of(path: str, text: str, query: str, suffix: str) -> Model:
    folder = Path(path)
    file = folder / "query.sql"
    layer = Layer(folder.parent.name)
    table, custom = load_table(folder / "model.yaml", text, layer, folder.name, _PROPERTIES)
    query = query.strip().rstrip(";")
    sources = query_sources(query)
    is_view = table.physical_type == "view"
    problems = _query_problems(file, query, sources, dated=table.partition is not None)
    group = custom.text("group", "the DAG that builds it, like fleet", r"[a-z][a-z0-9_]*")
    rebuild_days = _rebuild_days(custom, table)
    period = Period(custom.choice("period", [period.value for period in Period], Period.DAY.value))
    power_bi = (
        custom.choice("powerBi", [mode.value for mode in PowerBi], PowerBi.IMPORT.value)
        if custom.has("powerBi")
        else None
    )
    tables = {source: source.replace(".", f"{suffix}.") for source in sources}
    look_back = _look_back(custom, tables)
    if is_view and table.partition is not None:
        custom.problem("(schema)", table.partition.name, "no partitioned column in a view")
    try:
        custom.finish()
    except ContractError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise ContractError(problems)
    return Model(
        **{name: getattr(table, name) for name in Table.__dataclass_fields__},
        group=group,
        query=with_suffix(query, suffix),
        sources=tuple(sorted(tables.values())),
        rebuild_days=rebuild_days,
        period=period,
        look_back=look_back,
        is_view=is_view,
        power_bi=PowerBi(power_bi) if power_bi else None,
    )


def source_feeds(model: Model) -> tuple[str, ...]:
    """The feeds among the model's sources."""
    return _names_in(model, names.CURATED)


def source_models(model: Model) -> tuple[str, ...]:
    """The models among the model's sources."""
    return _names_in(model, names.MARTS)


def in_order(models: Iterable[Model]) -> list[Model]:
    """The models, each behind those of them that it reads, else by name.

    ValueError where some read each other in a circle.
    """
    waiting = {model.name: model for model in models}
    ordered: list[Model] = []
    while waiting:
        ready = [m for m in waiting.values() if not waiting.keys() & set(source_models(m))]
        if not ready:
            raise ValueError(f"models read each other in a circle: {', '.join(sorted(waiting))}")
        ordered += [waiting.pop(model.name) for model in sorted(ready, key=lambda m: m.name)]
    return ordered


def _names_in(model: Model, dataset: str) -> tuple[str, ...]:
    prefix = f"{dataset}."
    return tuple(s.removeprefix(prefix) for s in model.sources if s.startswith(prefix))


def _rebuild_days(custom: Any, table: Table) -> int:
    valid = f"a number of days from 1 to {_MAX_DAYS}"
    days = custom.number("rebuildDays", valid, 1, _MAX_DAYS, whole=True)
    if table.partition is None:
        for attribute in ("rebuildDays", "period", "lookBack"):
            if custom.has(attribute):
                found = custom.raw[attribute]
                custom.problem(attribute, found, "none, or a partitioned column")
        return 0
    if days is None and not custom.has("rebuildDays"):
        custom.problem("rebuildDays", None, valid)
    return int(days or 1)


def _look_back(custom: Any, tables: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Days by table; ``tables`` has the one of this environment by the source's written name."""
    node = custom.child("lookBack", "a mapping of source to days, like {curated.trips: 7}")
    for source in node.raw:
        if source not in tables:
            node.problem(str(source), node.raw[source], "one of " + ", ".join(tables))
    valid = f"a number of days from 1 to {_MAX_DAYS}"
    days = {source: node.number(source, valid, 1, _MAX_DAYS, whole=True) for source in node.raw}
    return tuple(sorted((tables[s], int(n)) for s, n in days.items() if s in tables and n))


def _query_problems(file: Path, query: str, sources: tuple[str, ...], dated: bool) -> list[Problem]:
    problems = []
    if dated and "@days" not in query and "@first_day" not in query:
        valid = "a filter on @days, or on @first_day and @last_day, for every partitioned source"
        problems.append(Problem(file, "(query)", "no @days", valid))
    if not dated and ("@days" in query or "@first_day" in query):
        valid = "no @days, or a partitioned column in model.yaml"
        problems.append(Problem(file, "(query)", "@days", valid))
    if not sources:
        valid = "FROM curated.<feed>, marts.<model> or ops.<table>"
        problems.append(Problem(file, "(query)", "no source", valid))
    return problems
