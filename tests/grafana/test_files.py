"""The dashboards' files are what the builders make, and Grafana's own types know all of it."""

import json
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos.dictionary.files import compare
from atvos.monitoring import dashboards
from atvos.monitoring.dashboards.every import every
from atvos.monitoring.dashboards.expressions import panels
from local.layout import REPOSITORY
from tests.grafana.conftest import NAMES

FOLDER = REPOSITORY / dashboards.FOLDER
PROVISIONING = REPOSITORY / "monitoring" / "grafana" / "provisioning"


def test_the_tests_look_at_every_dashboard() -> None:
    assert tuple(every()) == NAMES


def test_the_files_are_what_the_builders_make() -> None:
    texts = {Path(file).name: text for file, text in dashboards.files().items()}
    assert compare(texts, FOLDER).lines(FOLDER) == []


def test_no_key_is_lost_when_grafanas_types_decode_and_encode_it(name: str) -> None:
    assert _lost(_file(name)) == []


def test_a_misspelt_key_is_seen_as_lost() -> None:
    document = _file("overview")
    document["panels"][1]["fieldConfig"]["defaults"]["threshholds"] = {"mode": "absolute"}
    document["panels"][1]["options"]["reduceOption"] = {}

    assert _lost(document) == [
        "panels.1.options.reduceOption",
        "panels.1.fieldConfig.defaults.threshholds",
    ]


def test_every_panel_has_a_title_a_description_and_a_number_of_its_own(
    dashboard: Dashboard,
) -> None:
    found = list(panels(dashboard))
    numbers = [panel.id_val for panel in dashboard.panels or []] + [panel.id_val for panel in found]

    assert [panel.title for panel in found if not panel.description or not panel.title] == []
    assert len(set(numbers)) == len(dashboard.panels or []) + sum(
        len(getattr(row, "panels", [])) for row in dashboard.panels or []
    )


def test_no_two_panels_overlap_and_none_is_wider_than_the_page(dashboard: Dashboard) -> None:
    places = [panel.grid_pos for panel in panels(dashboard) if panel.grid_pos]
    cells = [
        (x, y)
        for place in places
        for x in range(place.x, place.x + place.w)
        for y in range(place.y, place.y + place.h)
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_every_data_source_that_is_named_is_provisioned() -> None:
    provisioned = {
        (source["type"], source["uid"]) for source in _yaml("datasources/atvos.yml")["datasources"]
    }
    named = {
        (panel.datasource.type_val, panel.datasource.uid)
        for dashboard in every().values()
        for panel in panels(dashboard)
        if panel.datasource
    }

    assert named == provisioned - {("alertmanager", "atvos-alertmanager")}


def test_the_dashboards_are_provisioned_from_files_and_read_only() -> None:
    (provider,) = _yaml("dashboards/atvos.yml")["providers"]
    assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)


def _file(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return document


def _yaml(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((PROVISIONING / name).read_text())
    return document


def _lost(document: dict[str, Any]) -> list[str]:
    """The keys of a dashboard that are not there, or not the same, after a round trip."""
    decoded = Dashboard.from_json(json.loads(json.dumps(document)))
    return _differences(document, json.loads(json.dumps(decoded, cls=JSONEncoder)))


def _differences(before: Any, after: Any, place: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(key, before[key], after.get(key, _MISSING)) for key in before]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(str(index), *pair) for index, pair in enumerate(zip(before, after, strict=True))]
    else:
        return [] if before == after else [place]
    return [
        found
        for key, old, new in pairs
        for found in _differences(old, new, f"{place}.{key}" if place else key)
    ]


_MISSING = object()
