"""One default sample for all tests of this folder."""

from datetime import datetime
from typing import NamedTuple

import pytest

from local.sample import Answer, SampleObject, Settings, build
from tests.local_sample.marts import normal
from tests.local_sample.reading import unpacked
from tests.local_sample.values import SAO_PAULO


class Built(NamedTuple):
    """A sample in memory."""

    settings: Settings
    objects: list[SampleObject]
    answer: Answer


@pytest.fixture(scope="session")
def noon() -> datetime:
    """A run's now."""
    return datetime(2026, 11, 23, 12, tzinfo=SAO_PAULO)


@pytest.fixture(scope="session")
def demo(noon: datetime) -> Built:
    """The sample of default size."""
    settings = Settings(until=noon)
    return Built(settings, *build(settings))


def decoded(built: Built, feed: str, wave: int) -> list[str]:
    """The decoded objects of a feed in a wave."""
    encoding = "latin-1" if feed in ("km_bulletins", "contract_measurements") else "utf-8"
    return [
        unpacked(item)[0].decode(encoding, "replace")
        for item in built.objects
        if (item.feed, item.wave) == (feed, wave)
    ]


def registered(built: Built, wave: int = 2) -> dict[str, str]:
    """Plates in their normal form by device, as they are registered after a wave."""
    (snapshot,) = decoded(built, "vehicles", wave)
    fields = [line.split(",") for line in snapshot.splitlines()]
    return {row[0]: normal(row[1]) for row in fields if row[0].startswith("ATV-0")}
