"""What an alert is: when it fires, how loudly, what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from atvos.monitoring.promql import BY


class Severity(StrEnum):
    """Whom an alert calls: ``page`` somebody now, ``ticket`` by day, ``info`` nobody."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"


BY_TIER = (
    '{{ if eq $labels.tier "1" }}page{{ else if eq $labels.tier "2" }}ticket{{ else }}info{{ end }}'
)
"""Tier 1 pages, tier 2 opens a ticket, tier 3 is shown."""
BY_DAY = '{{ if eq $labels.tier "3" }}info{{ else }}ticket{{ end }}'
"""As ``BY_TIER``, but that nobody is woken."""


class Cause(StrEnum):
    """Where to look first."""

    SOURCE = "source"
    PIPELINE = "pipeline"
    QUALITY = "quality"
    DEADLINE = "deadline"
    MONITORING = "monitoring"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule. An alert may have two: the louder one for what users feel already.

    ``wait`` is how long ``expr`` must hold. ``severity`` is one of ``Severity`` or a template.
    """

    name: str
    expr: str
    severity: str
    cause: Cause
    summary: str
    description: str
    wait: timedelta = timedelta()


ON = f"on ({BY})"
SETTLED = "and on () (platform:settled:bool == 1)"
"""Nothing is judged of which nobody reported, or only just again."""
REPORTING = "and on () (platform:reporting:bool == 1)"
TABLE = "{{ $labels.layer }}.{{ $labels.dataset }}"
AGE = "{{ $value | humanizeDuration }}"
