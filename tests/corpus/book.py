"""All recipes, and the batches that they are landed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from tests.corpus import (
    csv_brazilian,
    csv_files,
    encodings,
    gzip_files,
    json_shapes,
    json_values,
    names,
    other_feed,
    times,
)
from tests.corpus.recipe import Recipe

LEAST = 200
"""Objects that the corpus must have at least."""
_MODULES = (
    gzip_files,
    encodings,
    json_values,
    json_shapes,
    times,
    csv_files,
    csv_brazilian,
    names,
    other_feed,
)


def recipes() -> list[Recipe]:
    """Every recipe, in the order in which their objects land."""
    return list(chain.from_iterable(module.recipes() for module in _MODULES))


def batches(all_of: Sequence[Recipe]) -> dict[tuple[str, datetime], list[Recipe]]:
    """The recipes by feed and by the "now" of their batch."""
    found: dict[tuple[str, datetime], list[Recipe]] = {}
    for recipe in all_of:
        found.setdefault((recipe.feed, recipe.now), []).append(recipe)
    return found


def doubled(all_of: Sequence[Recipe]) -> list[str]:
    """What more than one recipe of a batch is called, or lands as."""
    counts = Counter((r.feed, r.now, r.object) for r in all_of)
    return sorted(name for (_, _, name), times_met in counts.items() if times_met > 1)
