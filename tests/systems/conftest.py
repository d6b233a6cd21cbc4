"""An application, a web site, a blackbox exporter and a Prometheus, on free ports."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from local.faster import faster_configuration, faster_rules
from local.layout import PROMETHEUS_CONFIG, REPOSITORY
from tests.systems import site
from tests.systems.application_process import Application, users
from tests.systems.certificates import write_certificate
from tests.systems.processes import free_port, running

FACTOR = 50
"""Five minutes take six seconds."""
BLACKBOX_CONFIG = REPOSITORY / "monitoring" / "blackbox.yml"
RULES = PROMETHEUS_CONFIG.parent / "rules" / "systems.yml"


def tool(name: str) -> str:
    """The program, or a failed test that says what to install."""
    if found := shutil.which(name):
        return found
    pytest.fail(f"{name} is not installed; run `make tools`", pytrace=False)


@dataclass(frozen=True)
class Watch:
    """All that a test needs: who is watched, and what Prometheus has to say."""

    application: Application
    web: site.Site
    folder: Path
    prometheus: str

    def firing(self) -> set[tuple[str, str, str]]:
        """Alert, system and severity of all that fires at this moment."""
        answer = requests.get(f"{self.prometheus}/api/v1/alerts", timeout=10).json()
        return {
            (labels["alertname"], labels["system"], labels["severity"])
            for alert in answer["data"]["alerts"]
            if alert["state"] == "firing" and (labels := alert["labels"])
        }

    def value(self, expression: str) -> float | None:
        """The value of an expression that has one or none."""
        query = {"query": expression}
        answer = requests.get(f"{self.prometheus}/api/v1/query", params=query, timeout=10).json()
        return next((float(found["value"][1]) for found in answer["data"]["result"]), None)

    def certificate(self, days: int) -> Path:
        """The certificate with that many days to go."""
        return self.folder / f"{days}_days.pem"


@pytest.fixture(scope="module")
def watch(_no_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Users visit the application all the time; Prometheus has seen it for a while."""
    folder = tmp_path_factory.mktemp("systems")
    for days in (90, 14, 5):
        write_certificate(folder / f"{days}_days.pem", timedelta(days=days, hours=1))
    application = Application(folder / "application.log")
    with ExitStack() as stack:
        stack.callback(application.stop)
        application.start()
        web = stack.enter_context(site.served(folder / "90_days.pem"))
        prober = stack.enter_context(_blackbox(folder))
        _write_targets(folder, application, web, prober)
        stack.enter_context(users(application))
        prometheus = stack.enter_context(_prometheus(folder))
        yield Watch(application, web, folder, f"http://{prometheus}")


@contextmanager
def _serving(name: str, *options: str, folder: Path, ready: str) -> Iterator[str]:
    """Run a program of Prometheus' family; gives host and port of its web server."""
    address = f"127.0.0.1:{free_port()}"
    command = [tool(name), *options, f"--web.listen-address={address}"]
    with running(command, f"http://{address}{ready}", folder / f"{name}.log"):
        yield address


def _blackbox(folder: Path) -> AbstractContextManager[str]:
    """The committed modules, but for the trust in the site's certificates."""
    configuration = yaml.safe_load(BLACKBOX_CONFIG.read_text())
    trusted = folder / "trusted.pem"
    trusted.write_text("".join(file.read_text() for file in folder.glob("*_days.pem")))
    configuration["modules"]["https_2xx"]["http"]["tls_config"]["ca_file"] = str(trusted)
    _write_yaml(folder / "blackbox.yml", configuration)
    return _serving(
        "prometheus-blackbox-exporter",
        f"--config.file={folder / 'blackbox.yml'}",
        # Half a second, of the little more than a second that a probe has here, is too much.
        "--timeout-offset=0.1",
        folder=folder,
        ready="/-/healthy",
    )


def _prometheus(folder: Path) -> AbstractContextManager[str]:
    """The committed configuration and rules, but faster."""
    configuration = faster_configuration(yaml.safe_load(PROMETHEUS_CONFIG.read_text()), FACTOR)
    _write_yaml(folder / "prometheus.yml", configuration)
    rules = faster_rules(yaml.safe_load(RULES.read_text()), FACTOR)
    _write_yaml(folder / "rules" / "systems.yml", rules)
    return _serving(
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        folder=folder,
        ready="/-/ready",
    )


def _write_targets(folder: Path, application: Application, web: site.Site, prober: str) -> None:
    """Both systems are probed; only the application's requests are counted."""
    probes = (
        ("api", "http_2xx", f"{application.url}/healthz"),
        ("web", "https_2xx", web.url),
    )
    targets = {
        "applications": [_target("api", application.url.removeprefix("http://"))],
        "probes": [
            _target(system, url, __param_module=module, __prober=prober)
            for system, module, url in probes
        ],
    }
    for kind, groups in targets.items():
        _write_yaml(folder / "targets" / kind / "production.yml", groups)
    _write_yaml(folder / "targets" / "blackbox.yml", [_target("monitoring", prober)])


def _target(system: str, address: str, **labels: str) -> dict[str, Any]:
    return {"targets": [address], "labels": {"system": system, **labels}}


def _write_yaml(file: Path, document: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(document))
