"""Sample data for `telemetry_events` and `vehicles`, with the real world's dirt and the answer.

The same settings always give the same bytes. The generator decides row by row what it
writes, so it knows what a correct pipeline must find; it never judges its own output.

>>> sample = Sample(Settings(until=now))
>>> for item in sample.objects():
...     bucket.blob(item.name).upload_from_string(item.content)
>>> sample.answer.feeds["telemetry_events"].reasons
{'encoding': 6, 'enum:tipo_veiculo': 53, ...}
"""

from local.sample.generate import Sample, build
from local.sample.model import (
    Answer,
    ObjectAnswer,
    Rows,
    SampleObject,
    Settings,
    TableAnswer,
    VehicleDay,
)

__all__ = [
    "Answer",
    "ObjectAnswer",
    "Rows",
    "Sample",
    "SampleObject",
    "Settings",
    "TableAnswer",
    "VehicleDay",
    "build",
]
