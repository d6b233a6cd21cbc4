"""HTTP sessions for the services that are asked, with credentials only where they belong."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import requests

TIMEOUT_SECONDS = 20
_GOOGLE = (".googleusercontent.com", ".googleapis.com")
_INTERNAL = ".internal"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class ServiceError(RuntimeError):
    """A service cannot be asked, does not answer, or not as expected."""


def session_for(variable: str, url: str) -> requests.Session:
    """A session for ``url``, the value of ``variable``.

    Google's hosts get this user's Google credentials; no other host does. ServiceError where
    the address is neither https, nor this machine's, nor of a private network, or where there
    are no credentials.
    """
    parts = urlsplit(url)
    if parts.scheme == "http" and (is_loopback(url) or _is_private(parts.hostname or "")):
        return requests.Session()
    if parts.scheme != "https" or not parts.hostname:
        valid = "https://HOST, http://HOST.internal:PORT, or http://127.0.0.1:PORT"
        raise ServiceError(f"environment variable {variable}: found {url!r}; valid: {valid}")
    return _google_session() if parts.hostname.endswith(_GOOGLE) else requests.Session()


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_private(host: str) -> bool:
    """Whether the name can only be one of a private network's own zone."""
    return host.endswith(_INTERNAL)


def get(session: requests.Session, url: str, **options: Any) -> requests.Response:
    """The answer to a GET, whatever its status. ServiceError without one."""
    from google.auth.exceptions import GoogleAuthError

    try:
        # A redirect could take the credentials to another host.
        return session.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **options)
    except (requests.RequestException, GoogleAuthError) as error:
        raise ServiceError(f"{url} does not answer ({type(error).__name__})") from None


def json_of(answer: requests.Response) -> Any:
    """The JSON of an answer. ServiceError of one that is an error, or no JSON."""
    if answer.status_code not in (requests.codes.ok, requests.codes.created):
        raise ServiceError(f"{answer.url} answers {answer.status_code}")
    try:
        return answer.json()
    except requests.JSONDecodeError:
        raise ServiceError(f"{answer.url} answers with no JSON") from None


def _google_session() -> requests.Session:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError
    from google.auth.transport.requests import AuthorizedSession

    try:
        credentials, _ = google.auth.default(scopes=[_SCOPE])
    except DefaultCredentialsError:
        valid = "run: gcloud auth application-default login"
        raise ServiceError(f"no Google credentials; {valid}") from None
    session: requests.Session = AuthorizedSession(credentials)
    return session
