"""The page of datasets in a real browser, against the running stack."""

import re
import subprocess
from pathlib import Path

import pytest

from local import tools
from local.client import Client
from local.services import Service
from tests.e2e.conftest import Landed

LIMIT_SECONDS = 120
pytestmark = pytest.mark.usefixtures("landed")


@pytest.fixture(scope="module")
def browser() -> Path:
    """Chromium, or a failed test that says how to install it."""
    found = tools.find(tools.BROWSER)
    if found is None:
        pytest.fail("chromium is not installed; run `make test-tools`", pytrace=False)
    return found


@pytest.fixture(scope="module")
def url(client: Client) -> str:
    """Where Airflow is."""
    return client.stack.url(Service.API_SERVER)


def opened(browser: Path, address: str, *options: str) -> str:
    """The page as it is when its scripts have run."""
    done = subprocess.run(
        [
            *(str(browser), "--headless", "--no-sandbox", "--disable-gpu"),
            *("--window-size=1400,1100", "--virtual-time-budget=10000", *options, address),
        ],
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=True,
    )
    return done.stdout


def test_airflows_navigation_has_the_page(browser: Path, url: str) -> None:
    page = opened(browser, f"{url}/plugin/datasets", "--dump-dom")
    assert re.search(r"<iframe[^>]*src=\"[^\"]*atvos/\"", page)
    assert "Datasets" in page


@pytest.mark.parametrize(
    ("language", "heading", "fresh"), [("en", "Datasets", "fresh"), ("pt-BR", "Dados", "em dia")]
)
def test_the_list_is_shown_in_both_languages(
    browser: Path, url: str, language: str, heading: str, fresh: str
) -> None:
    page = opened(browser, f"{url}/atvos/?lang={language}", "--dump-dom")
    assert f'<html lang="{language}">' in page
    assert re.search(rf"<h1[^>]*>\s*{heading}", page)
    assert fresh in page
    for name in ("curated.telemetry_events", "marts.fct_km_divergence", "marts.rpt_d1"):
        assert name in page


def test_a_dataset_leads_to_its_runs_its_samples_and_its_data_docs(
    browser: Path, url: str, landed: Landed
) -> None:
    page = opened(browser, f"{url}/atvos/datasets/telemetry_events?lang=en", "--dump-dom")
    assert "/dags/ingest__telemetry_events" in page
    samples = page.partition('id="samples"')[2]
    assert samples
    assert {
        ", ".join(codes) for codes in landed.rejects if ", ".join(codes) not in samples
    } == set()
    links = re.findall(r'href="(/atvos/docs/telemetry_events/[0-9a-f]+)', page)
    assert links
    docs = opened(browser, f"{url}{links[0]}", "--dump-dom")
    assert "odometer_never_falls" in docs


def test_the_page_can_be_photographed(browser: Path, url: str, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    opened(browser, f"{url}/atvos/?lang=pt-BR", f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000  # an empty one has a few kilobytes
