"""The state that the dashboards show: fresh, paused, stale or unknown."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from atvos.monitoring.dashboards.state import TEXTS, state
from tests.systems.conftest import tool

LABELS = 'dataset="trips", layer="curated", tier="1"'
FRESH, PAUSED, STALE, UNKNOWN = TEXTS
HOUR = 3600


def _series(*, active: int, age: int | None) -> dict[str, int]:
    """Series of a dataset whose age is promised to stay below an hour."""
    told = {} if age is None else {f"dataset:event_age:seconds{{{LABELS}}}": age}
    return told | {
        f"dataset:expected:info{{{LABELS}}}": 1,
        f"dataset:slo_active:bool{{{LABELS}}}": active,
        f"dataset:slo:seconds{{{LABELS}}}": HOUR,
    }


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (_series(active=1, age=HOUR), FRESH),
        (_series(active=0, age=HOUR), FRESH),
        (_series(active=0, age=HOUR + 1), PAUSED),
        (_series(active=1, age=HOUR + 1), STALE),
        (_series(active=1, age=None), UNKNOWN),
        (_series(active=0, age=None), UNKNOWN),
    ],
    ids=["as_old_as_promised", "new_while_paused", "old_while_paused", "old", "no_event", "none"],
)
@pytest.mark.parametrize("chosen", ["", '{dataset=~"trips"}'], ids=["all", "chosen"])
def test_the_state_follows_age_slo_and_calendar(
    tmp_path: Path, series: Mapping[str, int], expected: int, chosen: str
) -> None:
    assert _complaint(tmp_path, series, state(chosen), expected) == ""


def test_the_dataset_that_is_not_chosen_has_no_state(tmp_path: Path) -> None:
    series = _series(active=1, age=HOUR)
    assert _complaint(tmp_path, series, state('{dataset=~"vehicles"}'), None) == ""


def test_another_state_would_be_seen(tmp_path: Path) -> None:
    assert _complaint(tmp_path, _series(active=1, age=HOUR), state(), STALE) != ""


def _complaint(folder: Path, series: Mapping[str, int], expr: str, expected: int | None) -> str:
    """What promtool says unless the expression is ``expected``."""
    samples = [] if expected is None else [{"labels": f"{{{LABELS}}}", "value": expected}]
    test = {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": f"{value}x5"} for name, value in series.items()
        ],
        "promql_expr_test": [{"expr": expr, "eval_time": "1m", "exp_samples": samples}],
    }
    file = folder / "state.yml"
    file.write_text(yaml.safe_dump({"rule_files": [], "tests": [test]}))
    command = [tool("promtool"), "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stderr if done.returncode else ""
