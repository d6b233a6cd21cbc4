"""A small git repository laid out like this one, which is deployed in place of it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

OWNER = "ana@example.com"

DAG_FILE = '''\
"""A DAG whose tag says of which commit it is."""

import json
from pathlib import Path

from airflow.sdk import DAG

release = json.loads((Path(__file__).parent / "release.json").read_text())
with DAG("{dag_id}", schedule=None, tags=["release-" + release["commit"][:12]]):
    pass
'''

ENVIRONMENT = """\
variables:
  ATVOS_ENVIRONMENT: {name}
  ATVOS_PROJECT: atvoslocal
  ATVOS_LOCATION: southamerica-east1
  ATVOS_LANDING_BUCKET: landing
  ATVOS_WORK_BUCKET: work
  ATVOS_STATSD_HOST: 127.0.0.1
composer:
  name: atvos-dados
  bucket: {bucket}
  airflowUrl: null
  deploys: {deploys}
"""

FILES = {
    "dags/first.py": DAG_FILE.format(dag_id="first"),
    "dags/second.py": DAG_FILE.format(dag_id="second"),
    "dags/.airflowignore": "contracts/\nsql/\n",
    "dags/contracts/trips.odcs.yaml": "name: trips\n",
    "plugins/atvos/__init__.py": '"""A package."""\n',
    "plugins/atvos/page.html": "<p>olá</p>\n",
    "sql/marts/rpt_d1/query.sql": "SELECT 1\n",
    "sql/marts/rpt_d1/model.yaml": "name: rpt_d1\n",
    "sql/marts/rpt_d1/tests/case/expect.yaml": "[]\n",
    "tests/test_x.py": "def test_x(): pass\n",
    "README.md": "# readme\n",
}


@dataclass(frozen=True)
class Tree:
    """A git repository in ``root``."""

    root: Path

    @classmethod
    def make(cls, root: Path, bucket: str) -> "Tree":
        """One with two DAGs, a contract, a model, a package, and environments in ``bucket``."""
        root.mkdir()
        made = cls(root)
        made.git("init", "--quiet", "--initial-branch=main")
        made.git("config", "user.email", OWNER)
        made.git("config", "user.name", "Ana")
        environments = {
            f"environments/{name}.yaml": ENVIRONMENT.format(
                name=name, bucket=bucket, deploys=deploys
            )
            for name, deploys in (("dev", "any"), ("staging", "main"), ("prod", "tag"))
        }
        made.commit(FILES | environments)
        return made

    def git(self, *arguments: str) -> str:
        """What a git command prints."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, changes: dict[str, str | None]) -> None:
        """Write these files, or remove those that are None."""
        for name, text in changes.items():
            file = self.root / name
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def commit(self, changes: dict[str, str | None] | dict[str, str]) -> str:
        """Write these files, or remove those that are None, and commit; the commit."""
        self.write({**changes})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")
        return self.git("rev-parse", "HEAD")
