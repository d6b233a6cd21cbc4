"""Whether Google's services can be reached at all, found out at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud import bigquery

REACH_SECONDS = 15


def reach(bq: bigquery.Client) -> None:
    """Ask BigQuery for something small, once: its client would try for ten minutes.

    Raises one of ``errors()`` where there is no answer.
    """
    at_once: Any = None  # the types do not know that a retry may be None
    list(bq.list_datasets(max_results=1, retry=at_once, timeout=REACH_SECONDS))


def errors() -> tuple[type[Exception], ...]:
    """What Google's clients raise where a service cannot be read."""
    import requests
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError

    return (GoogleAPICallError, RetryError, GoogleAuthError, requests.RequestException)
