"""Google credentials go to Google's hosts and nowhere else."""

from typing import Any

import google.auth
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError
from google.auth.transport.requests import AuthorizedSession

from atvos.oncall import sessions
from atvos.oncall.sessions import ServiceError
from tests.dags.api_stub import served


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has logged in to Google."""
    found: Any = (AnonymousCredentials(), "project")
    monkeypatch.setattr(google.auth, "default", lambda **_: found)


@pytest.mark.usefixtures("_credentials")
@pytest.mark.parametrize(
    "url",
    [
        "https://abc-dot-southamerica-east1.composer.googleusercontent.com",
        "https://monitoring.googleapis.com/v1/projects/p/location/global/prometheus",
    ],
)
def test_googles_hosts_get_credentials(url: str) -> None:
    assert isinstance(sessions.session_for("URL", url), AuthorizedSession)


@pytest.mark.usefixtures("_credentials")
@pytest.mark.parametrize(
    "url",
    [
        "https://prometheus.atvos.example",
        "https://googleapis.com.atvos.example",
        "https://evilgoogleapis.com",
        "http://prometheus.atvos.internal:9090",
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://[::1]:8080",
    ],
)
def test_other_hosts_get_none(url: str) -> None:
    assert type(sessions.session_for("URL", url)) is requests.Session


@pytest.mark.parametrize("url", ["http://a.internal.atvos.example", "http://a.example", "a"])
def test_an_address_that_anybody_could_listen_to_is_refused(url: str) -> None:
    with pytest.raises(ServiceError, match="environment variable URL: found"):
        sessions.session_for("URL", url)


def test_without_a_login_the_command_that_makes_one_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(**_: object) -> None:
        raise DefaultCredentialsError

    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(ServiceError, match="gcloud auth application-default login"):
        sessions.session_for("URL", "https://monitoring.googleapis.com")


def test_an_answer_that_is_no_json_is_said_to_be() -> None:
    answer = requests.Response()
    answer.status_code, answer.url, answer._content = 200, "http://x", b"<html>"
    with pytest.raises(ServiceError, match="http://x answers with no JSON"):
        sessions.json_of(answer)


def test_a_redirect_is_not_followed() -> None:
    with served(lambda *_: (302, {})) as url, pytest.raises(ServiceError, match="answers 302"):
        sessions.json_of(sessions.get(requests.Session(), url))
