"""Local time: offsets from UTC, looked up once an hour of the data instead of once a row.

Both directions ask Python's zoneinfo, as the scalar judge does, so that no two time zone
databases can disagree.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FIRST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
LAST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
"""The instants of the years 1 to 9999, microseconds since 1970."""
_CHANGES = np.iinfo(np.int64).min


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def to_utc(local: Int64s, zone: str) -> tuple[Int64s, npt.NDArray[np.bool_]]:
    """The instants of local times, in microseconds, and for which of them that is sure.

    It is not in an hour in which clocks change.
    """
    hours, which = np.unique(local // HOUR, return_inverse=True)
    offsets = np.array([_local_hour_offset(zone, int(hour)) for hour in hours], np.int64)[which]
    sure = offsets != _CHANGES
    return local - np.where(sure, offsets, 0), sure


def local_days(instants: Int64s, zone: str) -> Int64s:
    """The local date of each instant (microseconds), as days since 1970.

    Where that is outside the years 1 to 9999, the first or the last day there is.
    """
    hours, which = np.unique(instants // HOUR, return_inverse=True)
    offsets = np.array([_utc_hour_offset(zone, int(hour)) for hour in hours], np.int64)[which]
    for row in np.flatnonzero(offsets == _CHANGES):
        offsets[row] = _offset_at(zone, int(instants[row]))
    days: Int64s = np.clip(instants + offsets, FIRST, LAST) // DAY
    return days


@lru_cache(maxsize=1 << 17)
def _local_hour_offset(zone: str, hour: int) -> int:
    """The offset that holds in all of a local hour, ``_CHANGES`` if there is no such."""
    place = ZoneInfo(zone)
    begin = EPOCH.replace(tzinfo=place) + timedelta(hours=hour)
    moments = (begin, begin + timedelta(microseconds=HOUR - 1))
    offsets = {m.replace(fold=fold).utcoffset() for m in moments for fold in (0, 1)}
    return _microseconds(offsets.pop()) if len(offsets) == 1 else _CHANGES


@lru_cache(maxsize=1 << 17)
def _utc_hour_offset(zone: str, hour: int) -> int:
    """The offset that holds in all of an hour of UTC, ``_CHANGES`` if there is no such."""
    first = _offset_at(zone, hour * HOUR)
    return first if first == _offset_at(zone, (hour + 1) * HOUR - 1) else _CHANGES


def _offset_at(zone: str, instant: int) -> int:
    """The offset at an instant, both in microseconds."""
    # The calendar ends are no local time everywhere; no clock changes within their last day.
    inner = min(max(instant, FIRST + DAY), LAST - DAY)
    moment = EPOCH + timedelta(microseconds=inner)
    return _microseconds(moment.astimezone(ZoneInfo(zone)).utcoffset())


def _microseconds(offset: timedelta | None) -> int:
    return (offset or timedelta()) // timedelta(microseconds=1)
