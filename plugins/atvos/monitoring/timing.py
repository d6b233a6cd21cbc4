"""How long rules wait: production's times, or the same rules sped up for a fire drill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


@dataclass(frozen=True, slots=True)
class Timing:
    """What stretches or shrinks the rules' times; the default is production.

    ``scale`` multiplies every ``for``, window and threshold in seconds, ``slo_scale`` the
    promised ages. ``heartbeat`` is how often all gauges are sent. ``alert_at`` has, by dataset,
    another time of day (São Paulo) at which its deadline counts as missed.
    """

    scale: float = 1.0
    slo_scale: float = 1.0
    heartbeat: timedelta = timedelta(minutes=2)
    alert_at: Mapping[str, time] = field(default_factory=dict)

    def scaled(self, span: timedelta) -> timedelta:
        """The span in the rules' time, not below a millisecond."""
        return max(span * self.scale, timedelta(milliseconds=1))

    @property
    def silence(self) -> timedelta:
        """How long gauges may be missing: two heartbeats lost, and the third on its way."""
        return self.heartbeat * 2.5


def duration(span: timedelta) -> str:
    """The span as Prometheus writes it.

    >>> duration(timedelta(minutes=90)), duration(timedelta(seconds=0.25))
    ('1h30m', '250ms')
    """
    left = round(span / timedelta(milliseconds=1))
    text = ""
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def seconds(span: timedelta) -> str:
    """The span as a number of seconds in PromQL.

    >>> seconds(timedelta(minutes=5)), seconds(timedelta(milliseconds=1500))
    ('300', '1.5')
    """
    exact = round(span.total_seconds(), 3)
    return str(int(exact)) if exact == int(exact) else str(exact)
