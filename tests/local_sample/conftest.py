"""One default sample for all tests of this folder."""

from datetime import datetime
from typing import NamedTuple

import pytest

from local.sample import Answer, SampleObject, Settings, build
from tests.local_sample.recount import SAO_PAULO


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
