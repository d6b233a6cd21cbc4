"""Values of a contract as a person reads them."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

from atvos.contract import Reference, RowRule, Source


def shown(value: object) -> str | None:
    """A value as a person reads it, None where there is none.

    >>> shown(timedelta(days=60)), shown(("urbano", "agricola")), shown(())
    ('60 days', 'urbano, agricola', None)
    """
    if value is None or value == ():
        return None
    match value:
        case bool():
            text = str(value).lower()
        case tuple():
            text = ", ".join(filter(None, map(shown, value)))
        case timedelta() if not value % timedelta(days=1):
            text = f"{value.days} days"
        case Reference():
            text = f"{value.table}.{value.column}"
        case RowRule():
            text = f"{value.name}: {value}"
        case Source():
            given = ((f.name, shown(getattr(value, f.name))) for f in fields(value))
            text = f"({', '.join(f'{name}: {found}' for name, found in given if found)})"
        case _:
            text = str(value)
    return text
