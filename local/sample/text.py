"""Writes instants, numbers and CSV records, in the ways that carriers' systems do."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from local.sample.model import ZONE

_WEST = timezone(timedelta(hours=-4))
_STYLES = 10


def instant_text(instant: int, style: int) -> str:
    """An instant (ms) as ISO 8601: mostly São Paulo's offset, at times none or another one.

    Styles that differ by five never write the same text.
    """
    zone = {5: UTC, 6: UTC, 9: _WEST}.get(style % _STYLES, ZONE)
    moment = datetime.fromtimestamp(instant // 1000, zone)
    text = f"{moment:%Y-%m-%d}{' ' if style % _STYLES == 8 else 'T'}{moment:%H:%M:%S}"  # noqa: PLR2004
    if instant % 1000:
        text += f".{instant % 1000:03d}"
    return text + {5: "+00:00", 6: "Z", 7: "", 8: "", 9: "-04:00"}.get(style % _STYLES, "-03:00")


def csv_line(fields: Iterable[str], delimiter: str = ",") -> str:
    """A CSV record without its line end; texts that need it are quoted."""
    line = io.StringIO()
    # The writer quotes the characters of its line end: without one it would quote none.
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(fields)
    return line.getvalue().removesuffix("\r\n")


def comma(units: int, places: int) -> str:
    """A number of units of the last decimal place, with a decimal comma."""
    return f"{units // 10**places},{units % 10**places:0{places}d}"
