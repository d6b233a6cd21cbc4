"""Links lead to what is there: runbooks, pages of the dictionary, dashboards, DAGs."""

import json
import re

from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos import contract, names
from atvos.monitoring import dashboards
from atvos.monitoring.dashboards.expressions import panels
from local.layout import CONTRACTS, REPOSITORY

DOCS = REPOSITORY / "docs"


def test_every_runbook_that_is_linked_is_there(dashboard: Dashboard) -> None:
    linked = [
        url.removeprefix("${runbooks:raw}/")
        for url in _urls(dashboard)
        if url.startswith("${runbooks:raw}/") and "/../" not in url
    ]
    assert [page for page in linked if not (DOCS / "runbooks" / page).is_file()] == []


def test_every_dashboard_that_is_linked_is_there() -> None:
    texts = dashboards.files().values()
    linked = {uid for text in texts for uid in re.findall(r"/d/([\w-]+)", text)}

    assert linked == {"atvos-dataset"} <= {json.loads(text)["uid"] for text in texts}


def test_the_dataset_leads_to_its_page_in_the_dictionary_and_to_its_dag() -> None:
    (text,) = (text for file, text in dashboards.files().items() if "/dataset.json" in file)
    for feed in contract.load_feeds([CONTRACTS]):
        filled = text.replace("${dataset}", feed).replace("${layer}", names.CURATED)
        urls = re.findall(r'"url": "(.*)"', filled)
        page = f"${{runbooks:raw}}/../dictionary/{names.CURATED}/{feed}.md"

        assert page in urls
        assert (DOCS / "dictionary" / names.CURATED / f"{feed}.md").is_file()
        assert f"${{airflow:raw}}/dags/{names.ingest_dag(feed)}" in urls


def _urls(dashboard: Dashboard) -> list[str]:
    return [link.url or "" for panel in panels(dashboard) for link in panel.links or []]
