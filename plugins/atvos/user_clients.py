"""Google clients of the command line: with the user's own credentials, and no Airflow connection.

Where the environment names an emulator they are its clients.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

    from atvos.settings import Settings


def bigquery_client(settings: Settings) -> bigquery.Client:
    """A BigQuery client of the settings' project and location. GoogleAuthError without a login."""
    from google.cloud import bigquery

    emulated = _emulated("BIGQUERY_EMULATOR_HOST")
    return bigquery.Client(project=settings.project, location=settings.location, **emulated)


def storage_client(settings: Settings) -> storage.Client:
    """A Cloud Storage client of the settings' project. GoogleAuthError without a login."""
    from google.cloud import storage

    return storage.Client(project=settings.project, **_emulated("STORAGE_EMULATOR_HOST"))


def _emulated(variable: str) -> dict[str, Any]:
    """The credentials of an emulator's client; none where no emulator is named."""
    from google.auth.credentials import AnonymousCredentials

    return {"credentials": AnonymousCredentials()} if os.environ.get(variable) else {}
