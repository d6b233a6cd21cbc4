"""How rows of a feed are told to be the same: conditions on a staged row S and a kept row T."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from atvos.contract import Feed
from atvos.sql_text import date_list

NEWER = (
    "(S.source_generation > T.source_generation OR S.source_generation = T.source_generation"
    " AND S.source_position > T.source_position)"
)
"""S comes from a later object than T, or from further down in the same one."""


def touched(feed: Feed, days: Collection[date]) -> str:
    """The partitions of T where rows with the keys of S can stand: what makes a MERGE cheap.

    ``days`` are the partitions of S. Where the partition is no part of the key, the earlier
    row may stand as far back as late data is accepted, and the window grows by that much on
    both sides.
    """
    if feed.partition is None:
        return "TRUE"
    if feed.partition_in_key:
        return f"T.`{feed.partition.name}` IN ({date_list(days)})"
    late = feed.max_late or timedelta()
    first, last = min(days) - late, max(days) + late
    return f"T.`{feed.partition.name}` BETWEEN DATE '{first}' AND DATE '{last}'"


def same_key(feed: Feed, kept: str = "T") -> str:
    """Whether S and the row with the alias ``kept`` have equal keys; null equals null."""
    terms = []
    for name in feed.key:
        equal = "=" if feed.by_name[name].required else "IS NOT DISTINCT FROM"
        terms.append(f"{kept}.`{name}` {equal} S.`{name}`")
    return " AND ".join(terms)
