"""CSV as carriers write it: semicolons, decimal commas, Latin-1, days before months."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tests.corpus.recipe import VALID, Fate, Part, Recipe, Shelf, bad, nothing

KIND = "brazilian"
_BILL = Shelf(KIND, "contract_measurements", ".csv")
_LIST = Shelf(KIND, "occurrences", ".csv")
_BULLETIN = Shelf(KIND, "km_bulletins", ".csv")
_BOM = b"\xef\xbb\xbf"


def bill(route: str, **changes: str) -> dict[str, str]:
    """A valid line of a carrier's measurement."""
    return {
        "período": "16/05/2025 a 15/06/2025",
        "placa": "ABC-1D23",
        "rota": route,
        "unidade": "UCP",
        "empresa": "Viação Ação",
        "frota": "7",
        "turnos": "2",
        "regime": "",
        "Contrato/Spot": "Contrato",
        "tipo": "",
        "km rodado": "100,5",
        "R$/km": "7,25",
        "total variável": "728,63",
        "R$/mês fixo": "1000",
        "parcela": "10",
        "total a faturar": "1738,63",
    } | changes


def occurrence(event: str, **changes: str) -> dict[str, str]:
    """A valid occurrence."""
    return {
        "unidade": "UCP",
        "frota": "7",
        "data": "01/06/2025",
        "evento": event,
        "transportadora": "Viação",
        "tempo de atraso": "15",
        "categoria": "Gestão",
        "responsável": "Nome Inventado",
        "status": "Concluído",
        "causa raiz": "",
        "prazo baseline": "",
        "prazo revisado": "",
    } | changes


def bulletin(number: str, **changes: str) -> dict[str, str]:
    """A valid run of a driver's bulletin."""
    return {
        "ata": number,
        "placa": "ABC1D23",
        "data": "01/06/2025",
        "turno": "A",
        "local saída": "Garagem",
        "hora saída": "05:10",
        "km saída": "1000,5",
        "local chegada": "Usina",
        "hora chegada": "05:50",
        "km chegada": "1031,75",
        "km rota": "31,25",
        "pessoas": "40",
        "empresa": "Viação",
    } | changes


def table(*rows: Mapping[str, str], delimiter: str = ";", encoding: str = "latin-1") -> bytes:
    """A header and rows, the texts as they are given."""
    lines = [delimiter.join(rows[0]), *(delimiter.join(item.values()) for item in rows)]
    return "".join(f"{text}\n" for text in lines).encode(encoding)


# Column, name of the case, text, and its reason or valid value.
_AMOUNTS: list[tuple[str, str, Any]] = [
    ("decimal-comma", "1234,56", Decimal("1234.56")),
    ("whole", "1234", Decimal(1234)),
    ("empty", "", None),
    ("decimal-point", "1234.56", "format"),
    ("thousands-point", "1.234,56", "format"),
    ("american", "1,234.56", "format"),
    ("two-commas", "1,234,56", "format"),
    ("currency", "R$ 1234,56", "format"),
    ("dash-for-nothing", "-", "format"),
    ("exponent", "1e3", "format"),
    ("negative", "-0,01", "range"),
    ("twelve-digits", "999999999999,99", Decimal("999999999999.99")),
    ("thirteen-digits", "1000000000000", "range"),
]
_WHOLES: list[tuple[str, str, Any]] = [
    ("plus-sign", "+3", 3),
    ("leading-zeros", "0003", 3),
    ("largest", "9223372036854775807", 2**63 - 1),
    ("past-64-bits", "9223372036854775808", "range"),
    ("5000-digits", "9" * 5000, "range"),
    ("5000-zeros", "0" * 5000 + "3", 3),
    ("negative", "-1", "range"),
    ("decimal-comma", "3,0", "format"),
    ("decimal-point", "3.0", "format"),
    ("exponent", "1e3", "format"),
    ("word", "dois", "format"),
    ("superscript", "²", "format"),
]
_DAYS: list[tuple[str, str, Any]] = [
    ("29-february", "29/02/2024", date(2024, 2, 29)),
    ("first-day-there-is", "01/01/0001", date(1, 1, 1)),
    ("last-day-there-is", "31/12/9999", date(9999, 12, 31)),
    ("29-february-of-a-common-year", "29/02/2025", "format"),
    ("31-june", "31/06/2025", "format"),
    ("american", "06/25/2025", "format"),
    ("iso", "2025-06-01", "format"),
    ("dashes", "01-06-2025", "format"),
    ("one-digit", "1/6/2025", "format"),
    ("two-digit-year", "01/06/25", "format"),
    ("year-0", "01/06/0000", "format"),
    ("day-0", "00/06/2025", "format"),
    ("with-a-time", "01/06/2025 00:00", "format"),
    ("excel-serial", "45809", "format"),
    ("word", "a definir", "format"),
]
_PERIODS: list[tuple[str, str, Fate]] = [
    ("turned-round", "16/06/2025 a 15/05/2025", ("rule:window_order",)),
    ("month-13", "16/13/2025 a 15/06/2025", ("format:periodo_inicio",)),
    ("other-words", "junho", ("format:periodo_inicio", "format:periodo_fim")),
    ("empty", "", ("missing:periodo_inicio", "missing:periodo_fim")),
]
# What a bulletin changes, and its codes.
_RUNS: list[tuple[str, dict[str, str], Fate]] = [
    (
        "odometer-falls",
        {"km chegada": "900", "km rota": "10"},
        ("rule:odometer_order", "rule:route_distance"),
    ),
    ("distance-is-another", {"km rota": "31,24"}, ("rule:route_distance",)),
    ("hour-24", {"hora saída": "24:00"}, ("pattern:hora_saida", "format:saida_em")),
    ("hour-of-one-digit", {"hora saída": "5:10"}, ("pattern:hora_saida", "format:saida_em")),
    ("day-that-is-none", {"data": "31/06/2025"}, ("format:data", "format:saida_em")),
    ("no-day", {"data": ""}, ("missing:data", "missing:saida_em")),
    ("plate-of-words", {"placa": "sem placa"}, ("pattern:placa",)),
    ("crowd", {"pessoas": "201"}, ("range:pessoas",)),
    ("old", {"data": "01/04/2025"}, ("late:saida_em",)),
    ("ahead", {"data": "11/06/2025"}, ("future:saida_em",)),
]


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    for name, text, due in _AMOUNTS:
        yield _billed(f"amount-{name}", {"parcela": text}, "parcela", due)
    for name, text, due in _WHOLES:
        yield _billed(f"integer-{name}", {"turnos": text}, "turnos", due)
    for name, text, fate in _PERIODS:
        yield _two(
            _BILL, f"period-{name}", table(bill(f"gp-{name}")), bill(name, período=text), fate
        )
    for name, text, due in _DAYS:
        changed = occurrence(f"d-{name}", **{"prazo baseline": text})
        good = table(occurrence(f"g-{name}"), encoding="utf-8")
        yield _two(_LIST, f"day-{name}", good, changed, *_due("prazo_baseline", due))
    for name, changes, fate in _RUNS:
        good = table(bulletin(f"g-{name}"))
        yield _two(_BULLETIN, f"run-{name}", good, bulletin(f"r-{name}") | changes, fate)
    yield from _encodings()


def _billed(name: str, changes: dict[str, str], column: str, due: Any) -> Recipe:
    return _two(_BILL, name, table(bill(f"g-{name}")), bill(name) | changes, *_due(column, due))


def _due(column: str, due: Any) -> tuple[Fate, dict[str, Any]]:
    return ((f"{due}:{column}",), {}) if isinstance(due, str) else (VALID, {column: due})


def _two(
    shelf: Shelf,
    name: str,
    good: bytes,
    odd: Mapping[str, str],
    fate: Fate,
    values: dict[str, Any] | None = None,
) -> Recipe:
    """A header, a good row, and the odd one in the encoding of the feed."""
    head, first = good.splitlines(keepends=True)
    text = ";".join(odd.values()) + "\n"
    last = text.encode("utf-8" if shelf is _LIST else "latin-1")
    return shelf.made(name, nothing(head), Part(first), Part(last, fate, values or {}))


def _encodings() -> Iterator[Recipe]:
    """The same table in the encoding that is due, and in another."""
    clothes = bad(table(bill("e-utf")).decode("latin-1").encode(), "header")
    yield _BILL.made("utf-8-where-latin-1-is-due", clothes)
    yield _BILL.made(
        "utf-16-where-latin-1-is-due", bad(table(bill("e-16"), encoding="utf-16"), "header")
    )
    head, first = table(bill("e-bom")).splitlines(keepends=True)
    yield _BILL.made("bom-before-latin-1", nothing(_BOM + head), Part(first))
    euro = Part(first.replace(b"e-bom", b"e-\x80\x9f"), values={"rota": "e-\x80\x9f"})
    yield _BILL.made("windows-1252-where-latin-1-is-due", nothing(head), euro)
    yield _LIST.made("latin-1-where-utf-8-is-due", bad(table(occurrence("e-latin")), "header"))
    head, first = table(occurrence("e-row"), encoding="utf-8").splitlines(keepends=True)
    latin = bad(first.decode().encode("latin-1"), "encoding")
    yield _LIST.made("latin-1-row-under-a-utf-8-header", nothing(head), Part(first), latin)
    dressed = first.replace("Gestão".encode(), "GestÃ£o".encode())
    due = bad(dressed, "enum:categoria")
    yield _LIST.made("latin-1-in-utf-8-clothes", nothing(head), due)
    apart = first.replace("Gestão".encode(), "Gesta\u0303o".encode())
    yield _LIST.made("combining-tilde-in-an-enum", nothing(head), bad(apart, "enum:categoria"))
    for shelf, rows in (
        (_BILL, bill("e-c")),
        (_LIST, occurrence("e-c")),
        (_BULLETIN, bulletin("e-c")),
    ):
        comma = table(rows, delimiter=",", encoding="utf-8" if shelf is _LIST else "latin-1")
        yield shelf.made(f"comma-where-semicolon-is-due-{shelf.feed}", bad(comma, "header"))
