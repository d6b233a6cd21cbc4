"""Sets the few records aside in which a value is of another JSON type than in all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from atvos.scaffold.samples import MAX_DEPTH, Record, Sample

MOST = 0.95
"""Share of an attribute's values whose type is the attribute's; that of a feed's valid rows."""
_REASON = "records with a value of another type than nearly all others have there"


def without_outliers(sample: Sample) -> Sample:
    """The sample without such records, which are counted with those that could not be read."""
    odd = set(_odd(sample.records))
    if not odd:
        return sample
    kept = [record for at, record in enumerate(sample.records) if at not in odd]
    return replace(sample, records=kept, skipped=sample.skipped + Counter({_REASON: len(odd)}))


def _odd(records: Sequence[Record | None], depth: int = 1) -> Iterator[int]:
    """Positions of the records that differ from nearly all, in an attribute at some depth."""
    for name in dict.fromkeys(name for record in records for name in record or ()):
        values = [record.get(name) if record else None for record in records]
        kinds = Counter(kind for value in values if (kind := _kind(value)))
        usual, count = kinds.most_common(1)[0] if kinds else ("", 0)
        if len(kinds) > 1 and count >= MOST * kinds.total():
            yield from (at for at, value in enumerate(values) if _kind(value) not in ("", usual))
        if usual == "object" and depth < MAX_DEPTH:
            inner = [value if isinstance(value, dict) else None for value in values]
            yield from _odd(inner, depth + 1)


def _kind(value: Any) -> str:
    """The JSON type of a value, empty for null."""
    match value:
        case None:
            return ""
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "array"
        case _:
            return "object"
