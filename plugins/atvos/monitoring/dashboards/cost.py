"""What BigQuery bills, in bytes and in R$."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos.monitoring import registry
from atvos.monitoring.dashboards import links, looks, panels
from atvos.monitoring.dashboards.document import board
from atvos.monitoring.dashboards.sources import Query

_BILLED = f'{registry.BILLED_BYTES.name}{{dataset=~"$dataset"}}'
_PRICE = "/ 1024 ^ 4 * $price"
# Grafana's code for R$ 1,234.56.
_REAIS = "currencyBRL"


def dashboard() -> Dashboard:
    """What queries cost, by table and step."""
    return board(
        "cost",
        "Plataforma de dados: custo",
        "Bytes that BigQuery billed, and what they cost on demand. Load jobs are free; storage "
        "and Dataflow are in Google's own billing export.",
        ("Total", [_bytes(), _reais(), _month()]),
        ("Por tabela", [_bytes_by_dataset(), _reais_by_dataset()]),
        ("Por etapa", [_by_step(), _table()]),
        variables=[
            links.with_all(
                links.chosen("dataset", "Tabela", f"{registry.BILLED_BYTES.name}, dataset")
            ),
            links.given(
                "price",
                "R$ por TiB",
                "50",
                "Price of a TiB billed on demand, taxes and exchange rate included (R$).",
            ),
        ],
        since="now-7d",
    )


def _bytes() -> stat.Panel:
    return panels.number(
        "Bytes cobrados no período",
        "Bytes that BigQuery billed in the dashboard's time range.",
        Query(f"sum(increase({_BILLED}[$__range]))"),
        unit="bytes",
        span=8,
    )


def _reais() -> stat.Panel:
    return panels.number(
        "Custo estimado no período",
        "The same bytes at the price above.",
        Query(f"sum(increase({_BILLED}[$__range])) {_PRICE}"),
        unit=_REAIS,
        span=8,
    ).decimals(2)


def _month() -> stat.Panel:
    return panels.number(
        "Ritmo de 30 dias",
        "What 30 days cost if every day is as the last 24 hours.",
        Query(f"30 * sum(increase({_BILLED}[24h])) {_PRICE}"),
        unit=_REAIS,
        span=8,
    ).decimals(2)


def _bytes_by_dataset() -> timeseries.Panel:
    return panels.bars(
        "Bytes cobrados por hora, por tabela",
        "Bytes billed in the hour before, by the table whose pipeline they are of.",
        Query(f"sum by (dataset) (increase({_BILLED}[1h]))", "{{dataset}}"),
        unit="bytes",
    )


def _reais_by_dataset() -> timeseries.Panel:
    return panels.bars(
        "Custo estimado por dia, por tabela",
        "What the 24 hours before cost, by table.",
        Query(f"sum by (dataset) (increase({_BILLED}[24h])) {_PRICE}", "{{dataset}}"),
        unit=_REAIS,
    ).decimals(2)


def _by_step() -> timeseries.Panel:
    return panels.bars(
        "Bytes cobrados por hora, por etapa",
        "Bytes billed in the hour before, by task.",
        Query(f"sum by (step) (increase({_BILLED}[1h]))", "{{step}}"),
        unit="bytes",
    )


def _table() -> table.Panel:
    billed = f"sum by (dataset, step) (increase({_BILLED}[$__range]))"
    return (
        panels.grid(
            "Tabela e etapa no período",
            "Which task of which table costs most in the time range.",
            {"Bytes": billed, "R$": f"{billed} {_PRICE}"},
            span=12,
        )
        .override_by_name("Bytes", looks.measured("bytes"))
        .override_by_name("R$", looks.measured(_REAIS))
    )
