"""What is generated for Prometheus, Alertmanager and people, on disk: written or compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from atvos import contract, generated, models
from atvos.contract import yaml_text
from atvos.generated import Difference
from atvos.monitoring import alertmanager, dashboards, mapping, metrics_page, runbooks
from atvos.monitoring.rules import alerts, rules
from atvos.monitoring.written import HEADER, text

ROOT = Path(__file__).resolve().parents[3]
"""The repository."""
RULES = "monitoring/prometheus/rules"
SYSTEMS = f"{RULES}/systems.yml"
"""Rules on the systems that the data comes from: written by hand."""
ALERTMANAGER = "monitoring/alertmanager/alertmanager.yml"
RUNBOOKS = "docs/runbooks"
STATSD_MAPPING = "monitoring/statsd_mapping.yml"
METRICS_PAGE = "docs/metrics.md"


def texts(contracts: Path, sql_dir: Path) -> dict[str, str]:
    """Every generated file's text, by its path below the repository's root.

    ContractError where a contract or model is refused.
    """
    feeds, marts = contract.load_feeds([contracts]), models.load_models(sql_dir)
    documents = rules(feeds, marts)
    pages = runbooks.index_pages(alerts(), _by_hand())
    return {
        STATSD_MAPPING: mapping.document(),
        METRICS_PAGE: metrics_page.page(),
        **dashboards.files(),
        **{f"{RULES}/{name}": text(document) for name, document in documents.items()},
        ALERTMANAGER: text(alertmanager.alertmanager(feeds, marts)),
        **{f"{RUNBOOKS}/{name}": page for name, page in pages.items()},
    }


def compare(expected: Mapping[str, str], root: Path) -> Difference:
    """How the files below ``root`` differ; a generated file that is no more is superfluous."""
    folders = {(root / name).parent for name in expected}
    found = (file for folder in folders for file in folder.glob("*.yml"))
    old = {file.relative_to(root).as_posix() for file in found if _is_generated(file)}
    there = old | {name for name in expected if (root / name).is_file()}
    return generated.compare(expected, root, there)


def write(expected: Mapping[str, str], root: Path) -> Difference:
    """Make the files below ``root`` the generated ones; what they differed in before."""
    difference = compare(expected, root)
    generated.apply(difference, expected, root)
    return difference


def _by_hand() -> list[dict[str, Any]]:
    """The alerting rules that are not generated."""
    document = yaml_text.read((ROOT / SYSTEMS).read_text(encoding="utf-8"))
    rules = [rule for group in document["groups"] for rule in group["rules"]]
    return [rule for rule in rules if "alert" in rule]


def _is_generated(file: Path) -> bool:
    return file.read_text(encoding="utf-8").startswith(HEADER)
