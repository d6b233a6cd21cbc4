"""All that a stack tells people and machines: tables, curated files, logs, metrics."""

from collections.abc import Iterator

import requests

from local.client import Client
from local.environment import WORK_BUCKET
from local.services import Service
from tests.e2e.rerun import snapshot


def told(client: Client) -> Iterator[tuple[str, str]]:
    """Every place in which a person could be found, by its name, with its text."""
    for table, rows in snapshot(client).items():
        yield table, "\n".join(rows)
    for blob in client.storage.list_blobs(WORK_BUCKET):
        content: bytes = blob.download_as_bytes()
        yield f"{WORK_BUCKET}/{blob.name}", content.decode("utf-8", errors="replace")
    state_dir = client.stack.state_dir
    for folder in (state_dir / "logs", state_dir / "airflow" / "logs"):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            text = file.read_text(encoding="utf-8", errors="replace")
            yield str(file.relative_to(state_dir)), text
    address = f"{client.stack.url(Service.STATSD)}/metrics"
    yield "metrics", requests.get(address, timeout=30).text
