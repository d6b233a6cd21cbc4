"""How the machine that monitors fetches its configuration: its script, with a docker of ours."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infra import terraform
from tests.infra.machine import machine


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    values = terraform.evaluate(tmp_path_factory.mktemp("prod"), "prod", "cloud_init")
    return machine(values).files["/etc/atvos/sync.sh"]


@pytest.fixture
def sync(script: str, tmp_path: Path) -> "Sync":
    return Sync.laid_out(script, tmp_path)


@dataclass(frozen=True)
class Sync:
    """The script that fetches the configuration, on this machine: docker is one of ours.

    What gcloud would copy from the bucket is in ``bucket``.
    """

    root: Path

    @classmethod
    def laid_out(cls, script: str, root: Path) -> "Sync":
        for folder in ("var/lib/atvos", "run/atvos", "bin", "bucket/alertmanager", "bucket/rules"):
            (root / folder).mkdir(parents=True)
        here = script.replace("/var/lib/atvos", f"{root}/var/lib/atvos")
        (root / "sync.sh").write_text(here.replace("/run/atvos", f"{root}/run/atvos"))
        for name, text in {"docker": _DOCKER, "chown": "#!/bin/bash\n"}.items():
            (root / "bin" / name).write_text(text.replace("ROOT", str(root)))
            (root / "bin" / name).chmod(0o755)
        (root / "bucket/alertmanager/alertmanager.yml").write_text(
            "url: http://alert-relay:9095/page\n"
        )
        (root / "bucket/rules/a.yml").write_text("groups: []\n")
        return cls(root)

    def run(self) -> list[str]:
        """Run it; the programs that were told to read anew."""
        log = self.root / "killed"
        log.write_text("")
        path = f"{self.root}/bin:{os.environ['PATH']}"
        subprocess.run(
            ["bash", str(self.root / "sync.sh")],
            env={"PATH": path},
            check=True,
            timeout=30,
        )
        return log.read_text().split()

    @property
    def config(self) -> Path:
        """What is mounted into the containers."""
        return self.root / "var/lib/atvos/config"


_DOCKER = """#!/bin/bash
case "$*" in
  *"storage rsync"*"gs://atvos-dados-prod-monitoring"*)
    rm -rf ROOT/var/lib/atvos/copy; cp -r ROOT/bucket ROOT/var/lib/atvos/copy ;;
  *"--secret alert-webhook") echo 'https://pager.example/hook?a=1&b=' ;;
  *"--secret grafana-admin-password") echo hunter2 ;;
  "kill --signal HUP "*) echo "$4" >> ROOT/killed ;;
  "network inspect atvos") ;;
  *) echo "not expected: $*" >&2; exit 1 ;;
esac
"""


def test_the_configuration_is_fetched_with_the_pager_in_it(sync: Sync) -> None:
    told = sync.run()

    assert (sync.config / "alertmanager/alertmanager.yml").read_text() == (
        "url: https://pager.example/hook?a=1&b=/page\n"
    )
    assert (sync.config / "rules/a.yml").read_text() == "groups: []\n"
    assert told == ["statsd-exporter", "prometheus", "alertmanager", "blackbox-exporter"]


def test_the_password_is_for_grafana_alone(sync: Sync) -> None:
    sync.run()

    secret = sync.root / "run/atvos/secrets/grafana-admin-password"

    assert secret.read_text() == "hunter2"
    assert secret.stat().st_mode & 0o777 == 0o400


def test_nobody_is_told_where_nothing_has_changed(sync: Sync) -> None:
    sync.run()

    assert sync.run() == []


def test_a_changed_file_is_written_over_in_place_and_a_removed_one_goes(sync: Sync) -> None:
    (sync.root / "bucket/rules/b.yml").write_text("old: 1\n")
    sync.run()
    before = (sync.config / "rules/b.yml").stat().st_ino
    (sync.root / "bucket/rules/b.yml").write_text("new: 1\n")
    (sync.root / "bucket/rules/a.yml").unlink()

    told = sync.run()

    assert told
    assert (sync.config / "rules/b.yml").stat().st_ino == before
    assert sorted(file.name for file in (sync.config / "rules").iterdir()) == ["b.yml"]
