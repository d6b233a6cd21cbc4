"""The state of a dataset as one number, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from atvos.monitoring.dashboards.looks import BLUE, GREEN, GREY, RED, YELLOW
from atvos.monitoring.promql import BY

TEXTS: Mapping[int, tuple[str, str]] = {
    0: ("em dia", GREEN),
    1: ("pausada", BLUE),
    2: ("atrasada", RED),
    3: ("desconhecida", GREY),
}
"""States from best to worst. Paused is old data outside the contract's SLO calendar."""

_AGE = "dataset:event_age:seconds"
_PROMISED = "dataset:slo:seconds"

LATE = 3
"""From three times the promised age on, data is red: 15 minutes where 5 are promised."""

CHOSEN = '{dataset=~"$dataset"}'
"""The dataset that the variable of its dashboard names."""


def state(chosen: str = "") -> str:
    """The state of every dataset that the label matchers choose, and unknown where none is told.

    It is made of what the alerts are made of, so that page and alert agree.
    """
    old = f"({_AGE}{chosen} > bool {_PROMISED}{chosen})"
    return (
        f"{old} * on ({BY}) (1 + dataset:slo_active:bool{chosen})"
        f" or on ({BY}) 3 * dataset:expected:info{chosen}"
    )


def age(chosen: str = "") -> str:
    """Seconds since the newest event."""
    return f"max by ({BY}) ({_AGE}{chosen})"


def promised(chosen: str = "") -> str:
    """The age that the contract promises, in seconds."""
    return f"max by ({BY}) ({_PROMISED}{chosen})"


def relative_age(chosen: str = "") -> str:
    """The age as a multiple of the promised one: above 1 it is stale."""
    return f"{_AGE}{chosen} / {_PROMISED}{chosen}"


COLOURS = ((1.0, YELLOW), (LATE, RED))
"""Bounds of the relative age."""
