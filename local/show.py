"""Shows a person what a run has left, as tables."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from atvos import names
from local.client import Client
from local.ledger import ObjectCounts
from local.outcome import TableResult

_COUNTS = ("read", "valid", "rejected", "duplicate", "pending")
_FINDINGS_SHOWN = 12

FINDINGS_SQL = f"""\
SELECT janela_inicio, fonte, placa, unidade, transportadora, km_declarado, km_medido,
  divergencia_pct, impacto_brl, achado
FROM `{names.mart("fct_km_divergence")}`
WHERE nivel = 'janela' AND achado = 'divergencia'
ORDER BY impacto_brl DESC, placa, fonte"""
"""Measurement windows in which declared and measured distance differ, the dearest first."""


def objects(found: Sequence[ObjectCounts]) -> None:
    """What became of the rows of every object."""
    shown = _table(
        "Objects: rows read = valid + rejected + duplicate + pending",
        ["object", *_COUNTS, "reasons"],
        left=("object", "reasons"),
    )
    for item in found:
        reasons = ", ".join(f"{code} {rows}" for code, rows in sorted(item.reasons.items()))
        shown.add_row(item.object, *(str(getattr(item, name)) for name in _COUNTS), reasons)
    totals = [sum(getattr(item, name) for item in found) for name in _COUNTS]
    shown.add_section()
    shown.add_row("all", *map(str, totals), "")
    _print(shown)


def tables(found: Sequence[TableResult]) -> None:
    """What people would see of every table."""
    shown = _table(
        "Tables",
        ["table", "rows", "data as of (UTC)", "freshness age (s)", "state"],
        left=("table", "state"),
    )
    for item in found:
        age = item.freshness_age_seconds
        shown.add_row(
            item.table,
            str(item.rows),
            (item.data_as_of or "-")[:19],
            "-" if age is None else f"{age:.0f}",
            item.state or "-",
        )
    _print(shown)


def findings(client: Client) -> None:
    """Where declared and measured distance of a measurement window are too far apart."""
    rows = client.rows(FINDINGS_SQL)
    billed = [row["impacto_brl"] or 0 for row in rows if row["fonte"] == "medicao"]
    beyond = sum(amount for amount in billed if amount > 0)
    shown = _table(
        f"Findings of marts.fct_km_divergence: {len(rows)} measurement windows off by more than "
        f"10 %, R$ {_brl(beyond)} billed beyond what telemetry shows",
        [
            *("window", "source", "plate", "unit", "carrier", "declared km", "measured km"),
            *("divergence %", "impact R$", "finding"),
        ],
        left=("window", "source", "plate", "unit", "carrier", "finding"),
    )
    for row in rows[:_FINDINGS_SHOWN]:
        shown.add_row(
            f"from {row['janela_inicio']}",
            *(row["fonte"], row["placa"], row["unidade"] or "-", row["transportadora"] or "-"),
            *(f"{row['km_declarado']:,.1f}", f"{row['km_medido']:,.1f}"),
            "-" if row["divergencia_pct"] is None else f"{row['divergencia_pct']:+.1f}",
            "-" if row["impacto_brl"] is None else _brl(row["impacto_brl"]),
            row["achado"],
        )
    _print(shown)


def _brl(amount: Any) -> str:
    return f"{amount:,.2f}"


def _table(title: str, headings: Sequence[str], left: Sequence[str]) -> Table:
    shown = Table(title=title, title_justify="left")
    for heading in headings:
        shown.add_column(heading, justify="left" if heading in left else "right")
    return shown


def _print(shown: Table) -> None:
    Console(width=None if Console().is_terminal else 150).print(shown, markup=False)
