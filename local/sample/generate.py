"""Puts the feeds of a sample together, wave by wave, and their answers."""

from collections.abc import Iterator
from functools import reduce

from local.sample.answer import Answer, Rows
from local.sample.app_logs import AppLogs
from local.sample.bulletins import Bulletins
from local.sample.divergence import divergences
from local.sample.fleet import Vehicles, fleet_of
from local.sample.logbook import Logbook
from local.sample.measurements import Measurements
from local.sample.model import WAVES, SampleObject, Settings
from local.sample.occurrences import Occurrences
from local.sample.telemetry import Telemetry
from local.sample.timeline import days_of
from local.sample.trips import Trips


class Sample:
    """One sample. Its objects are made one at a time; read them once, in order.

    The answer is complete when the last object was taken.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fleet = fleet_of(settings.vehicles)
        self._logbook = Logbook()
        days = days_of(settings)
        driving = (settings, self._fleet, days, self._logbook)
        self._bulletins = Bulletins(*driving)
        self._measurements = Measurements(settings, self._fleet, days, self._bulletins)
        self._occurrences = Occurrences(settings, self._fleet, days)
        self._app_logs = AppLogs(settings, days)
        # Telemetry goes before the feeds that tell of the same drives.
        self._trips = Trips(*driving)
        self._feeds = (
            Vehicles(settings, self._fleet),
            Telemetry(*driving),
            self._trips,
            self._bulletins,
            self._measurements,
            self._occurrences,
            self._app_logs,
        )
        self._answer: Answer | None = None

    @property
    def answer(self) -> Answer:
        """What must be found. RuntimeError before the last object was taken."""
        if self._answer is None:
            raise RuntimeError("the answer is known when objects() was read to its end")
        return self._answer

    def objects(self) -> Iterator[SampleObject]:
        """The objects in upload order: all of the first wave, then all of the second."""
        for wave in WAVES:
            for feed in self._feeds:
                yield from feed.objects(wave)
        self._answer = self._after(2, first=self._after(1))

    def _after(self, wave: int, first: Answer | None = None) -> Answer:
        objects = [
            answer
            for uploaded in range(1, wave + 1)
            for feed in self._feeds
            for answer in feed.answers(uploaded, wave)
        ]
        registered = [v for v in self._fleet if v.known(wave)]
        vehicle_days = self._logbook.vehicle_days(registered, self._settings.until)
        return Answer(
            objects=tuple(objects),
            feeds={
                feed.name: reduce(Rows.__add__, (o for o in objects if o.feed == feed.name), Rows())
                for feed in self._feeds
            },
            tables={feed.name: feed.table(wave) for feed in self._feeds},
            vehicle_days=vehicle_days,
            divergences=divergences(
                self._bulletins.declared, self._measurements.billed, vehicle_days
            ),
            trips=self._trips.days(wave),
            prices=dict(self._measurements.prices),
            service_hours=dict(self._app_logs.applications.totals),
            occurrences=self._occurrences.states(wave),
            secrets=frozenset().union(*(feed.secrets for feed in self._feeds)),
            first=first,
        )


def build(settings: Settings) -> tuple[list[SampleObject], Answer]:
    """A whole sample at once, for sizes that fit into memory."""
    sample = Sample(settings)
    objects = list(sample.objects())
    return objects, sample.answer
