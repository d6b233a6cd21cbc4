"""Runs Terraform, or OpenTofu, as far as that goes without a provider: format and evaluation."""

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.layout import REPOSITORY, TOOLS_BIN
from tests.infra.configuration import FOLDER

READ = ("dags", "docker-compose.yaml", "environments", "monitoring", "requirements")
VARIABLES = {
    "billing_account": "012345-6789AB-CDEF01",
    "monthly_budget": "1000",
    "github_repository": "atvos/data-platform",
    "oncall_group": "oncall@atvos.example",
    "engineers_group": "engineers@atvos.example",
}


class TerraformError(Exception):
    """Terraform has refused; the message is what it says."""


@functools.cache
def program() -> str:
    """Terraform or OpenTofu. The test fails where neither is there."""
    built = TOOLS_BIN / "tofu"
    found = shutil.which("terraform") or shutil.which("tofu") or (built.exists() and str(built))
    if not found:
        pytest.fail(
            "neither terraform nor tofu is on PATH: install one of them (1.9 or later), or let Go "
            "build OpenTofu: python -m tests.infra.build_opentofu",
            pytrace=False,
        )
    return found


def run(folder: Path, *arguments: str, stdin: str = "") -> str:
    """What a command prints. TerraformError where it fails."""
    done = subprocess.run(
        [program(), f"-chdir={folder}", *arguments],
        # Nobody's mirrors and plugins, and no look for a newer version.
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # OpenTofu's console ends with 0 whatever it says of the variables.
    if done.returncode != 0 or "Error: " in done.stderr:
        raise TerraformError(done.stdout + done.stderr)
    return done.stdout


def evaluate(work: Path, environment: str, *names: str) -> dict[str, Any]:
    """The local values of those names in an environment; ``work`` is an empty folder.

    locals.tf refers to no resource, so that no provider is needed.
    """
    for name in (*READ, "requirements.txt"):
        (work / name).symlink_to(REPOSITORY / name)
    folder = work / "infra"
    folder.mkdir()
    for name in ("locals.tf", "variables.tf"):
        shutil.copy(FOLDER / name, folder)
    shutil.copytree(FOLDER / "monitoring", folder / "monitoring")
    chosen = {**VARIABLES, "environment": environment}
    asked = ", ".join(f"{name} = local.{name}" for name in names)
    given = [f"-var={name}={value}" for name, value in chosen.items()]
    answer = run(folder, "console", *given, stdin=f"jsonencode({{{asked}}})\n")
    # A text in the language's own quotes, in which a literal ${ is $${.
    found: dict[str, Any] = json.loads(json.loads(answer.replace("$${", "${")))
    return found
