"""The workflows of GitHub Actions: sound, safe, and of nothing but this repository's commands."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from atvos import environments
from local import tools
from local.layout import REPOSITORY

FOLDER = REPOSITORY / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
CHECKS = REPOSITORY / ".venv" / "checks" / "bin"
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")

BAD = """\
name: bad
on: pull_request_target
jobs:
  bad:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: echo ${{ github.event.pull_request.title }}
      - run: make tst
      - run: bin/atvos contract chek
"""


def document(file: Path) -> dict[str, Any]:
    """A workflow; `on` is a boolean for YAML 1.1, and is not asked for."""
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def steps(file: Path) -> Iterator[dict[str, Any]]:
    """The steps of all jobs of a workflow; a job that calls another has none."""
    for job in document(file)["jobs"].values():
        yield from job.get("steps", [])


def unpinned(file: Path) -> list[str]:
    """Actions that somebody else may change."""
    return [s["uses"] for s in steps(file) if "uses" in s and not PINNED.fullmatch(s["uses"])]


def unknown(file: Path) -> list[str]:
    """Targets and commands that the repository does not have."""
    text = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\.PHONY: (\S+)", text, re.MULTILINE))
    found = []
    for step in steps(file):
        run = step.get("run", "")
        asked = re.findall(r"(?<![\w-])make ([a-z][\w-]*)", run)
        found += [f"make {target}" for target in asked if target not in targets]
        for command in re.findall(r"bin/atvos ([a-z -]+)", run):
            words = [word for word in command.split() if not word.startswith("-")]
            if atvos(*words, "--help").returncode:
                found.append(f"atvos {' '.join(words)}")
    return found


def atvos(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, with what it says."""
    return run(str(REPOSITORY / "bin" / "atvos"), *arguments)


def run(*command: str, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    """A command with what it says; it may fail."""
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A workflow with every mistake that is looked for, in a repository of its own."""
    file = tmp_path / ".github" / "workflows" / "bad.yml"
    file.parent.mkdir(parents=True)
    file.write_text(BAD)
    run("git", "init", "--quiet", cwd=tmp_path)
    return file


def program(name: str) -> str:
    """A program that judges workflows, or a failed test that says how to install it."""
    found = tools.find(name) if name == tools.ACTIONLINT else CHECKS / name
    if found is None or not found.exists():
        how = "make test-tools" if name == tools.ACTIONLINT else "make checks"
        pytest.fail(f"{name} is not installed; run `{how}`", pytrace=False)
    return str(found)


def test_there_are_workflows() -> None:
    assert {file.stem for file in FILES} >= {
        *("checks", "tests", "contract-gate", "deploy", "deploy-dev", "deploy-prod")
    }


def test_actionlint_finds_nothing_and_would(bad: Path) -> None:
    judge = program(tools.ACTIONLINT)
    found = run(judge, *map(str, FILES))
    assert (found.returncode, found.stdout) == (0, "")
    assert "potentially untrusted" in run(judge, str(bad)).stdout


def test_zizmor_finds_nothing_and_would(bad: Path) -> None:
    judge = [program("zizmor"), "--offline", "--quiet", "--no-progress"]
    found = run(*judge, *map(str, FILES))
    assert found.returncode == 0, found.stdout
    refused = run(*judge, str(bad)).stdout
    for audit in ("dangerous-triggers", "unpinned-uses", "template-injection"):
        assert audit in refused


def test_every_action_is_pinned_to_a_commit(bad: Path) -> None:
    assert {file.name: unpinned(file) for file in FILES if unpinned(file)} == {}
    assert unpinned(bad) == ["actions/checkout@v5"]


def test_every_target_and_command_is_there(bad: Path) -> None:
    assert {file.name: missing for file in FILES if (missing := unknown(file))} == {}
    assert unknown(bad) == ["make tst", "atvos contract chek"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_has_no_right_that_a_job_does_not_ask_for(file: Path) -> None:
    found = document(file)
    assert found["permissions"] == {}
    for name, job in found["jobs"].items():
        assert job["permissions"], name
        writes = {right for right, how in job["permissions"].items() if how == "write"}
        assert writes <= {"id-token", "pull-requests"}, name
        assert "timeout-minutes" in job or "uses" in job, name


def test_what_may_comment_runs_no_code_of_the_pull_request() -> None:
    jobs = document(FOLDER / "contract-gate.yml")["jobs"]
    may_write = {n for n, job in jobs.items() if job["permissions"].get("pull-requests") == "write"}
    assert may_write == {"comment"}
    used = [step.get("uses", "").partition("@")[0] for step in jobs["comment"]["steps"]]
    assert used == ["actions/download-artifact", "actions/github-script"]
    assert "head.repo.full_name == github.repository" in jobs["comment"]["if"]


def test_only_main_goes_to_dev_and_only_a_versions_tag_to_prod() -> None:
    for name, environment, deploys in (
        ("deploy-dev", "dev", "main"),
        ("deploy-prod", "prod", "tag"),
    ):
        (job,) = document(FOLDER / f"{name}.yml")["jobs"].values()
        assert job["with"] == {"environment": environment}
        composer = environments.load(environment).composer
        assert composer is not None
        assert composer.deploys == deploys
    text = (FOLDER / "deploy-prod.yml").read_text()
    assert 'tags: ["v[0-9]+.[0-9]+.[0-9]+"]' in text


def test_cloud_builds_file_is_sound_and_does_what_the_workflow_does() -> None:
    file = REPOSITORY / "cloudbuild.yaml"
    judged = run(program("check-jsonschema"), "--builtin-schema", "vendor.cloudbuild", str(file))
    assert judged.returncode == 0, judged.stdout
    ran = [step.get("run", "") for step in steps(FOLDER / "deploy.yml")]
    targets = re.findall(r"make ([\w-]+)", "\n".join(ran))
    assert targets == ["template-image", "template-publish", "deploy"]
    script = document(file)["steps"][-1]["script"]
    assert re.findall(r"make ([\w-]+)", script) == targets[1:]
