"""One dataset: what came of its rows, and what was checked."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries

from atvos.monitoring.dashboards import links, looks, panels
from atvos.monitoring.dashboards.document import PanelBuilder
from atvos.monitoring.dashboards.looks import GREEN, RED, YELLOW
from atvos.monitoring.dashboards.sources import Query
from atvos.monitoring.dashboards.state import CHOSEN


def row() -> list[PanelBuilder]:
    """Rows by outcome, rejects by reason, valid ratio, checks."""
    return [_outcomes(), _reasons(), _valid_ratio(), _checks()]


def _outcomes() -> timeseries.Panel:
    landed = f"max by (outcome) (delta(dataset_landed_rows{CHOSEN}[1h]))"
    return panels.bars(
        "Linhas por hora, por destino",
        "Records of the objects that came into the ledger in the hour before, by what came of "
        "them.",
        Query(f"clamp_min({landed}, 0)", "{{outcome}}"),
        unit="short",
    )


def _reasons() -> timeseries.Panel:
    rejected = f"max by (reason) (delta(dataset_rejected_rows{CHOSEN}[1h]))"
    return panels.bars(
        "Rejeições por hora, por motivo",
        "Rejected records by reason code (docs/curate.md says what each means).",
        Query(f"clamp_min({rejected}, 0)", "{{reason}}"),
        unit="short",
    ).links(list(links.runbook("QuarantineGrowing")))


def _valid_ratio() -> timeseries.Panel:
    return (
        panels.lines(
            "Linhas válidas do último lote",
            "Share of the last batch's records that were valid, and the contract's minimum "
            "(dashed).",
            Query(f"max(dataset_valid_ratio{CHOSEN})", "válidas"),
            Query(f"max(dataset_valid_ratio_minimum{CHOSEN})", "mínimo"),
            unit="percentunit",
        )
        .max(1)
        .override_by_name("mínimo", looks.dashed())
        .links(list(links.runbook("ValidRatioLow")))
    )


def _checks() -> timeseries.Panel:
    return (
        panels.bars(
            "Verificações da última auditoria",
            "Quality checks of the last audit by what came of them. An errored check could not "
            "be made, which says nothing about the data.",
            Query(f"max by (state) (dataset_checks{CHOSEN})", "{{state}}"),
            unit="none",
        )
        .override_by_name("passed", looks.painted(GREEN))
        .override_by_name("failed", looks.painted(RED))
        .override_by_name("errored", looks.painted(YELLOW))
        .links([*links.runbook("BatchHeld"), *links.runbook("ChecksErrored")])
    )
