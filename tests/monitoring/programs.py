"""What the tests ask of promtool and amtool, and what the repository holds for them."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from atvos import contract, models
from atvos.contract import Feed
from atvos.models import Model
from local.layout import CONTRACTS, REPOSITORY, SQL

PROMETHEUS = REPOSITORY / "monitoring" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
ALERTMANAGER = REPOSITORY / "monitoring" / "alertmanager" / "alertmanager.yml"


def program(*names: str) -> str:
    """The path of the program that has one of the names; the test fails without it."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.fail(f"not installed: {names[0]}; run `make tools`", pytrace=False)
    return found


def run(tool: str, *arguments: object, folder: Path = REPOSITORY) -> tuple[int, str]:
    """Exit code and output of a tool."""
    done = subprocess.run(
        [program(tool), *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@cache
def feeds() -> dict[str, Feed]:
    """The feeds of the repository."""
    return contract.load_feeds([CONTRACTS])


@cache
def marts() -> dict[str, Model]:
    """The models of the repository."""
    return models.load_models(SQL)


def alerting_rules() -> list[dict[str, Any]]:
    """Every alerting rule of the repository, the systems' included."""
    documents = [yaml.safe_load(file.read_text()) for file in RULES]
    rules = [rule for d in documents for group in d["groups"] for rule in group["rules"]]
    return [rule for rule in rules if "alert" in rule]
