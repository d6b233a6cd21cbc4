"""However the periods of a model come, at once or one by one, its table is the same.

The data are the case ``history`` of each model with partitions: at least three periods that
depend on what was before them.
"""

from collections.abc import Callable
from datetime import date

import pytest

from atvos.models import Model
from tests.atvos.examples import SQL
from tests.sql.cases import Case, read_case
from tests.sql.running import MODELS, TABLES, Runner, in_order

Periods = list[tuple[date, ...]]
PARTITIONED = [name for name, model in MODELS.items() if model.partition]
LEAST_PERIODS = 3


def history(model: Model) -> Case:
    """The model's case of several periods."""
    return read_case(SQL / "marts" / model.name / "tests" / "history", model, TABLES)


def periods(model: Model, case: Case) -> Periods:
    """The days of the case, by their periods."""
    starts = sorted({model.period.start(day) for day in case.days})
    return [model.period.days(start) for start in starts]


def at_once(parts: Periods) -> Periods:
    """One build of all periods."""
    return [sum(parts, ())]


def one_by_one(parts: Periods) -> Periods:
    """Each period by itself, the oldest first."""
    return parts


def backwards(parts: Periods) -> Periods:
    """Each period by itself, the newest first."""
    return parts[::-1]


def with_gaps_and_again(parts: Periods) -> Periods:
    """The outer periods together, then the inner ones, then some of them once more."""
    outer, inner = parts[0] + parts[-1], sum(parts[1:-1], ())
    return [outer, inner, parts[1], parts[-1] + parts[1]]


@pytest.mark.parametrize("order", [at_once, one_by_one, backwards, with_gaps_and_again])
@pytest.mark.parametrize("name", PARTITIONED)
def test_built_in_any_order_the_table_is_the_same(
    runner: Runner, name: str, order: Callable[[Periods], Periods]
) -> None:
    model = MODELS[name]
    case = history(model)
    runner.empty(model, case.sources)
    for days in order(periods(model, case)):
        runner.publish(model, days)
    assert in_order(case.expected) == in_order(runner.published(model))


@pytest.mark.parametrize("name", PARTITIONED)
def test_every_period_of_a_history_has_rows(name: str) -> None:
    model = MODELS[name]
    case = history(model)
    assert model.partition
    parts = [days[0] for days in periods(model, case)]
    assert parts == sorted({row[model.partition.name] for row in case.expected})
    assert len(parts) >= LEAST_PERIODS
