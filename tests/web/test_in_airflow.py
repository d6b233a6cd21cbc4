"""The page as Airflow's own API server mounts and guards it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.layout import PLUGINS, REPOSITORY
from local.stack import Stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def answers(emulators: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an API server with one user, who may only look, answers."""
    home = tmp_path_factory.mktemp("airflow")
    passwords = home / "passwords.json"
    passwords.write_text('{"ana": "secret"}')
    environment = {
        **os.environ,
        **emulators.environment(),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "ana:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
    run(["-m", "airflow", "db", "migrate"], environment)
    said = run([str(Path(__file__).with_name("browse.py"))], environment)
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def run(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_nobody_is_sent_to_the_login_and_comes_back(answers: dict[str, Any]) -> None:
    here = "%2Fatvos%2Fdatasets%2Ftrips%3Flang%3Den"
    assert answers["nobody"] == [307, f"/api/v2/auth/login?next={here}"]
    assert answers["asset"] == 200


def test_a_bad_token_is_refused(answers: dict[str, Any]) -> None:
    assert answers["bad"] == 403


def test_a_user_sees_every_dataset_by_header_and_by_cookie(answers: dict[str, Any]) -> None:
    status, page = answers["ana "]
    assert status == 200
    assert "curated.trips" in page
    assert "marts.fct_km_divergence" in page
    assert answers["cookie"] == 200


def test_a_user_sees_a_feed_that_never_ran(answers: dict[str, Any]) -> None:
    status, page = answers["ana datasets/trips"]
    assert status == 200
    assert "No reject in the last 30 days." in page


def test_the_navigation_has_the_page(answers: dict[str, Any]) -> None:
    (view,) = answers["plugins"]["atvos"]
    assert (view["name"], view["href"], view["destination"]) == ("Datasets", "atvos/", "nav")
    assert list(answers["plugins"]) == ["atvos"]
