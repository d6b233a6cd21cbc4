"""Recording rules: what alerts and dashboards have in common.

All are by dataset, layer and tier. A dataset that no contract describes any more, or that has
another tier now, is left out although the exporter still has its gauges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from atvos.contract import Table
from atvos.monitoring import registry
from atvos.monitoring.lineage import sources
from atvos.monitoring.promql import BY, active, call, due_since, gauge, total
from atvos.monitoring.timing import Timing, duration, seconds

SLO_TARGET = 0.995
"""Share of the time in which a table must be fresh, over 30 days."""

WAITING_LIMIT = timedelta(minutes=15)
"""How long an object may wait before the pipeline counts as stopped."""

SILENCE_MARGIN = timedelta(minutes=5)
"""How much beyond its SLO a source may be late."""

AFTERMATH = ("sense", "report")
"""Steps whose failure keeps no row from being published."""

_SETTLED = timedelta(minutes=15)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_SEVERAL_EVALUATIONS = timedelta(seconds=10)
_NEW_HOLD = timedelta(hours=6)
_ATTAINMENT = timedelta(days=30)

Rule = dict[str, Any]
"""One rule as Prometheus reads it."""


def groups(tables: Mapping[str, Table], timing: Timing) -> list[dict[str, Any]]:
    """The groups of ``recording.yml``, in the order in which they build on each other."""
    return [
        {"name": "platform_state", "rules": _platform(timing)},
        {"name": "dataset_contracts", "rules": list(_contracts(tables, timing))},
        {"name": "dataset_state", "rules": [*_state(timing), *_upstream(tables)]},
        {"name": "dataset_causes", "rules": [*_steps(timing), *_causes(timing)]},
        {"name": "dataset_burn", "rules": _burn(timing)},
        {
            "name": "dataset_attainment",
            "interval": duration(timing.scaled(timedelta(minutes=5))),
            "rules": _attainment(),
        },
    ]


def _platform(timing: Timing) -> list[Rule]:
    silence = duration(timing.silence)
    beat = "platform:heartbeat:timestamp_seconds"
    return [
        _record(beat, f"max(last_over_time({registry.HEARTBEAT.name}[{silence}]))"),
        _record(
            "platform:reporting:bool",
            f"(time() - {beat} < bool {seconds(timing.silence)})\nor vector(0)",
        ),
        # After a silence, pipelines get time to catch up before their tables are judged.
        _record(
            "platform:settled:bool",
            f"min_over_time(platform:reporting:bool[{duration(timing.scaled(_SETTLED))}])",
        ),
    ]


def _contracts(tables: Mapping[str, Table], timing: Timing) -> Iterator[Rule]:
    for table in tables.values():
        yield _record("dataset:expected:info", "vector(1)", table.metric_labels)
    for table in tables.values():
        yield _record("dataset:slo_active:bool", active(table.calendar), table.metric_labels)
    for name, table in tables.items():
        if table.deadline:
            at = timing.alert_at.get(name, table.deadline.alert_at)
            yield _record(
                "dataset:due_since:timestamp_seconds",
                due_since(table.deadline, at),
                {**table.metric_labels, "every": table.deadline.every.value},
            )


def _state(timing: Timing) -> list[Rule]:
    slo = gauge(registry.SLO, timing)
    if timing.slo_scale != 1:
        slo += f" * {timing.slo_scale:g}"
    oldest, waiting = (
        gauge(registry.OLDEST_WAITING, timing),
        gauge(registry.WAITING_OBJECTS, timing),
    )
    held = registry.HELD_BATCHES
    new_hold = duration(timing.scaled(_NEW_HOLD))
    before = f"min by ({BY}) (min_over_time({held.name}[{new_hold}]))"
    return [
        _expected("dataset:event_age:seconds", f"time() - {gauge(registry.LAST_EVENT, timing)}"),
        _expected("dataset:last_success:timestamp_seconds", gauge(registry.LAST_SUCCESS, timing)),
        _expected("dataset:landed_age:seconds", f"time() - {gauge(registry.LAST_LANDED, timing)}"),
        _expected("dataset:slo:seconds", slo),
        _record(
            "dataset:fresh:bool",
            "clamp_max(\n  (dataset:event_age:seconds <= bool dataset:slo:seconds)\n"
            "  + (1 - dataset:slo_active:bool),\n  1\n)",
        ),
        _expected("dataset:waiting_age:seconds", f"time() - {oldest}\nand ({waiting} > 0)"),
        _expected("dataset:new_holds:count", f"{gauge(held, timing)}\n- {before} > 0"),
        _growth("dataset:rejected_rows:increase1h", 'outcome="rejected"', timing),
        _growth("dataset:read_rows:increase1h", "", timing),
    ]


def _upstream(tables: Mapping[str, Table]) -> Iterator[Rule]:
    """A table behind one that is late and pages as loudly is not judged by itself."""
    for table in tables.values():
        names = [name for name in sources(table, tables) if tables[name].tier <= table.tier]
        if names:
            chosen = "|".join(names)
            yield _record(
                "dataset:upstream_fresh:bool",
                f'min(dataset:fresh:bool{{dataset=~"{chosen}"}})',
                table.metric_labels,
            )


def _steps(timing: Timing) -> list[Rule]:
    """When tries ended last, told by a counter that changed or is new."""
    ended = "dataset_step:last_ended:timestamp_seconds"
    # What was seen is remembered at the same pace in a drill, and a change is looked for over
    # several evaluations: one that comes late must not miss it.
    memory, ago = duration(_HOUR), duration(max(timing.scaled(_MINUTE), _SEVERAL_EVALUATIONS))
    name = registry.STEP_RUNS.name
    labels = f"{BY}, step, state"
    # Each exporter's counter is compared with its own: one that took another's place counts anew.
    before = f"last_over_time({name}[{memory}] offset {ago})"
    moved = f"{name}\n!= {before}\nor ({name}\nunless {before})"
    failed, succeeded = f'{ended}{{state="failed"}}', f'{ended}{{state="success"}}'
    return [
        _record(
            ended,
            f"{call(f'max by ({labels})', call('0 *', moved) + ' + time()')}\n"
            f"or last_over_time({ended}[{memory}])",
        ),
        _record(
            "dataset_step:failing:timestamp_seconds",
            f"(\n  {failed}\n  > ignoring (state) {succeeded}\n"
            f"  or max without (state) (\n    {failed}\n"
            f"    unless ignoring (state) {succeeded}\n  )\n)\n"
            f"> time() - {seconds(timing.scaled(_DAY))}",
        ),
    ]


def _causes(timing: Timing) -> list[Rule]:
    """The one reason why a table is, or will be, late. The first that holds is it."""
    name, by = "dataset:cause:info", f"on ({BY})"
    margin = seconds(timing.scaled(SILENCE_MARGIN))
    limit = seconds(timing.scaled(WAITING_LIMIT))
    held = "dataset:new_holds:count"
    steps = f'dataset_step:failing:timestamp_seconds{{step!~"{"|".join(AFTERMATH)}"}}'
    failing = f"{name}" + '{cause="failing"}'
    silent = (
        f"dataset:event_age:seconds - dataset:slo:seconds > {margin}\n"
        f"and dataset:landed_age:seconds > {margin}\n"
        f"and (dataset:slo_active:bool == 1)\n"
        f"unless dataset:waiting_age:seconds\nunless {held}\nunless {by} {failing}"
    )
    waiting = f"dataset:waiting_age:seconds > {limit}\nunless {held}\nunless {by} {failing}"
    return [
        _cause("held", held),
        _cause("failing", f"count by ({BY}) ({steps})\nunless {held}"),
        _cause("waiting", waiting),
        _cause("silent", silent),
    ]


def _burn(timing: Timing) -> list[Rule]:
    windows = {"5m": 5, "30m": 30, "1h": 60, "6h": 360}
    return [
        _record(
            f"dataset:stale:ratio{name}",
            "1 - avg_over_time(dataset:fresh:bool"
            f"[{duration(timing.scaled(timedelta(minutes=minutes)))}])",
        )
        for name, minutes in windows.items()
    ]


def _attainment() -> list[Rule]:
    # Thirty days are what is promised, whatever the pace of a drill.
    attained = "dataset:slo_attainment:ratio30d"
    return [
        _record(attained, f"avg_over_time(dataset:fresh:bool[{duration(_ATTAINMENT)}])"),
        _record(
            "dataset:error_budget_remaining:ratio30d",
            f"1 - (1 - {attained}) / {round(1 - SLO_TARGET, 6)}",
        ),
    ]


def _growth(name: str, matchers: str, timing: Timing) -> Rule:
    ago = duration(timing.scaled(_HOUR))
    now = total(registry.LANDED_ROWS, timing, matchers)
    return _expected(name, f"{now}\n- {total(registry.LANDED_ROWS, timing, matchers, ago)}")


def _cause(cause: str, expr: str) -> Rule:
    return _record("dataset:cause:info", f"{call('0 *', expr)} + 1", {"cause": cause})


def _expected(name: str, expr: str) -> Rule:
    return _record(name, f"{expr}\nand on ({BY}) dataset:expected:info")


def _record(name: str, expr: str, labels: Mapping[str, str] | None = None) -> Rule:
    rule: Rule = {"record": name, "expr": expr}
    return {**rule, "labels": dict(labels)} if labels else rule
