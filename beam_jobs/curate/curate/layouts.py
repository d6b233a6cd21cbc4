"""Fixed-width layouts of written dates, as the scalar and the vectorised parser share them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

ISO_DATE = "%Y-%m-%d"
ISO_TIME = "%Y-%m-%dT%H:%M:%S"
HOURS, MINUTES, SECONDS, MONTHS = 24, 60, 60, 12
"""How many there are in the next larger unit."""
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}


@dataclass(frozen=True)
class Layout:
    """A strptime pattern in which every number has all its digits.

    ``numbers`` gives the first byte and the width of each directive's digits, ``literals``
    the bytes at the other offsets.
    """

    pattern: str
    numbers: dict[str, tuple[int, int]]
    literals: dict[int, int]
    width: int

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """A pattern with a group named for each directive."""
        parts = re.split(r"%([YmdHMS])", self.pattern)
        texts = [re.escape(part) for part in parts]
        texts[1::2] = [f"(?P<{name}>[0-9]{{{_WIDTHS[name]}}})" for name in parts[1::2]]
        return re.compile("".join(texts))


@lru_cache
def layout(pattern: str) -> Layout:
    """The layout of a strptime pattern of %Y, %m, %d, %H, %M, %S and separators."""
    numbers: dict[str, tuple[int, int]] = {}
    literals: dict[int, int] = {}
    width = 0
    for index, part in enumerate(re.split(r"%([YmdHMS])", pattern)):
        if index % 2:
            numbers[part] = (width, _WIDTHS[part])
            width += _WIDTHS[part]
        else:
            literals |= dict(enumerate(part.encode(), start=width))
            width += len(part.encode())
    return Layout(pattern, numbers, literals, width)
