"""Sample data for all seven feeds, with the real world's dirt and the answer.

The same settings always give the same bytes. The generator decides row by row what it
writes, so it knows what a correct pipeline must find; it never judges its own output.
Objects come in two waves: the second one is uploaded when the first is published, and
brings the vehicles whose telemetry is pending until then, and newer states of rows.

>>> objects, answer = build(Settings(until=now))
>>> for item in objects:
...     if item.wave == 1:
...         bucket.blob(item.name).upload_from_string(item.content)
>>> answer.after_wave(1).feeds["telemetry_events"].pending
1000
>>> answer.after_wave(2).feeds["telemetry_events"].pending
500
"""

from local.sample.answer import (
    Answer,
    DayTrips,
    Divergence,
    DivergenceKey,
    ObjectAnswer,
    Price,
    Rows,
    ServiceTotals,
    TableAnswer,
    VehicleDay,
)
from local.sample.generate import Sample, build
from local.sample.model import WAVES, SampleObject, Settings

__all__ = [
    "WAVES",
    "Answer",
    "DayTrips",
    "Divergence",
    "DivergenceKey",
    "ObjectAnswer",
    "Price",
    "Rows",
    "Sample",
    "SampleObject",
    "ServiceTotals",
    "Settings",
    "TableAnswer",
    "VehicleDay",
    "build",
]
