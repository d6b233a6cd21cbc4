"""Runbooks: where the page of an alert is, and the page that lists them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import groupby
from typing import Any, TypeAlias

from atvos.dictionary import markdown
from atvos.monitoring.alerts import BY_DAY, BY_TIER, Alert, Cause, Severity

BASE = "https://git.atvos.example/data-platform/blob/main/docs/runbooks"
"""Where people read ``docs/runbooks``: the one place to change when the repository moves."""


class Language(StrEnum):
    """A language of the runbooks, and the name of its folder."""

    PORTUGUESE = "pt-BR"
    ENGLISH = "en"


_Words: TypeAlias = Mapping[Language, str]

HEADINGS = {
    Language.PORTUGUESE: (
        *("O que significa", "O que o usuário percebe", "Confirmar", "Fazer", "Escalar"),
    ),
    Language.ENGLISH: ("What it means", "What users feel", "Confirm", "Do", "Escalate"),
}
"""The second-level headings of a runbook, in order."""

_TITLES = {
    Language.PORTUGUESE: (
        "Runbooks",
        "Uma página para cada alerta. Esta lista é gerada: `atvos monitoring build`.",
        ("alerta", "severidade", "onde olhar primeiro"),
    ),
    Language.ENGLISH: (
        "Runbooks",
        "One page for each alert. This list is generated: `atvos monitoring build`.",
        ("alert", "severity", "where to look first"),
    ),
}
_SEVERITIES = {
    BY_TIER: {
        Language.PORTUGUESE: "nível 1 page, 2 ticket, 3 info",
        Language.ENGLISH: "tier 1 page, 2 ticket, 3 info",
    },
    BY_DAY: {
        Language.PORTUGUESE: "níveis 1 e 2 ticket, 3 info",
        Language.ENGLISH: "tiers 1 and 2 ticket, 3 info",
    },
}
_CAUSES = {
    Cause.SOURCE: {Language.PORTUGUESE: "origem", Language.ENGLISH: "source"},
    Cause.PIPELINE: {Language.PORTUGUESE: "pipeline", Language.ENGLISH: "pipeline"},
    Cause.QUALITY: {Language.PORTUGUESE: "qualidade", Language.ENGLISH: "quality"},
    Cause.DEADLINE: {Language.PORTUGUESE: "prazo", Language.ENGLISH: "deadline"},
    Cause.MONITORING: {Language.PORTUGUESE: "monitoramento", Language.ENGLISH: "monitoring"},
}
_PAGED = {
    Language.PORTUGUESE: "page no nível 1 quando o usuário percebe",
    Language.ENGLISH: "page at tier 1 once users feel it",
}
_SYSTEM: _Words = {Language.PORTUGUESE: "sistema de origem", Language.ENGLISH: "source system"}
_IN_PRODUCTION: _Words = {
    Language.PORTUGUESE: "page em produção, senão ticket",
    Language.ENGLISH: "page in production, else ticket",
}
INDEX = "index.md"


def file_name(alert: str) -> str:
    """The file of an alert's runbook.

    >>> file_name("FreshnessBurnFast")
    'freshness-burn-fast.md'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", alert).lower() + ".md"


def url(alert: str, language: Language) -> str:
    """The address of an alert's runbook."""
    return f"{BASE}/{language}/{file_name(alert)}"


def index_pages(alerts: Iterable[Alert], systems: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The list of runbooks in each language, by its file relative to ``docs/runbooks``.

    ``systems`` are alerting rules that are written by hand, as Prometheus reads them.
    """
    rules = [
        *((alert.name, str(alert.severity), _CAUSES[alert.cause]) for alert in alerts),
        *((rule["alert"], rule["labels"]["severity"], _SYSTEM) for rule in systems),
    ]
    return {f"{language}/{INDEX}": _index(rules, language) for language in Language}


def _index(rules: Iterable[tuple[str, str, _Words]], language: Language) -> str:
    title, text, header = _TITLES[language]
    rows = []
    for name, found in groupby(rules, lambda rule: rule[0]):
        same = list(found)
        told = [_severity(severity, len(same) > 1, language) for _, severity, _ in same]
        link = markdown.link(name, file_name(name), INDEX)
        rows.append((link, "; ".join(told), same[0][2][language]))
    return markdown.page(f"# {title}", text, markdown.table(header, rows))


def _severity(severity: str, doubled: bool, language: Language) -> str:
    if doubled and severity == Severity.PAGE:
        return _PAGED[language]
    if "production" in severity:
        return _IN_PRODUCTION[language]
    told = _SEVERITIES.get(severity)
    return told[language] if told else severity
