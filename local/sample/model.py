"""What is asked of the generator, and the objects that it gives."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
"""The zone of days and of times without an offset."""

WAVES = (1, 2)
"""The second wave is uploaded when all of the first is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much to generate. ValueError where a value is out of bounds.

    ``until`` is the run's now: the newest valid event is some seconds older, the oldest
    up to ``days`` days. ``vehicles`` counts the registry, whose days have about
    ``events_per_vehicle_day`` events each; a day that the period cuts has fewer. The other
    feeds grow with vehicles and days.
    """

    until: datetime
    seed: int = 7
    vehicles: int = 100
    days: int = 7
    events_per_vehicle_day: int = 36

    def __post_init__(self) -> None:
        # Until 2019 clocks in São Paulo were put back once a year, and a time
        # without an offset could mean two instants.
        if self.until.tzinfo is None or self.until.year < 2020:  # noqa: PLR2004
            raise ValueError(f"until={self.until}: valid is an instant with an offset, from 2020")
        # The contract takes events of the last 62 days; older ones are planted as late.
        bounds = {"vehicles": 80_000, "days": 60, "events_per_vehicle_day": 10_000}
        for name, most in bounds.items():
            value = getattr(self, name)
            if not 1 <= value <= most:
                raise ValueError(f"{name}={value}: valid is 1 to {most}")


@dataclass(frozen=True, slots=True)
class SampleObject:
    """One object to upload: its full name in the landing bucket, its bytes, and its wave."""

    feed: str
    name: str
    content: bytes
    wave: int = 1
