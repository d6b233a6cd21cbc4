"""What happens to a real application is told by one alert, by the right one, and by it alone."""

import time
from collections.abc import Callable

import pytest

from tests.systems.conftest import FACTOR, Watch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

_LIMIT_SECONDS = 30
_FIVE_MINUTES = 300 / FACTOR

Alert = tuple[str, str, str]


@pytest.fixture
def well(watch: Watch) -> Watch:
    """Nothing has been wrong for long enough that nothing fires, and requests are counted."""
    busy = 'system:http_requests:increase5m{system="api"} >= 100'
    _until(watch, lambda: watch.firing() == set() and watch.value(busy) is not None)
    return watch


def test_systems_that_do_well_fire_nothing(well: Watch) -> None:
    assert _seen(well, _FIVE_MINUTES) == set()
    assert well.value('system:http_errors:ratio5m{system="api"}') == 0


def test_an_application_that_slows_down_is_slow_and_nothing_else(well: Watch) -> None:
    with well.application.behaving(seconds=0.6):
        assert _seen_until_settled(well) == {("SystemSlow", "api", "page")}


def test_an_application_that_fails_one_request_in_ten_has_errors_and_nothing_else(
    well: Watch,
) -> None:
    with well.application.behaving(fail_every=10):
        assert _seen_until_settled(well) == {("SystemErrors", "api", "page")}


def test_an_application_that_stops_is_down_and_nothing_else(well: Watch) -> None:
    with well.application.stopped():
        assert _seen_until_settled(well) == {("SystemDown", "api", "page")}


@pytest.mark.parametrize(("days", "severity"), [(14, "ticket"), (5, "page")])
def test_a_certificate_that_is_about_to_expire_is_told(
    well: Watch, days: int, severity: str
) -> None:
    with well.web.showing(well.certificate(days)):
        assert _seen_until_settled(well, 0.5) == {("CertificateExpires", "web", severity)}


def _seen_until_settled(watch: Watch, settling: float = _FIVE_MINUTES * 1.2) -> set[Alert]:
    """All that fires until the first alert, and for some seconds after."""
    _until(watch, lambda: watch.firing() != set())
    return _seen(watch, settling)


def _seen(watch: Watch, seconds: float) -> set[Alert]:
    """All that fires at any time in the next seconds."""
    seen: set[Alert] = set()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen |= watch.firing()
        time.sleep(0.1)
    return seen


def _until(watch: Watch, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not reached():
        assert time.monotonic() < deadline, f"not within {_LIMIT_SECONDS} s: {watch.firing()}"
        time.sleep(0.1)
