"""Workflows as zizmor and actionlint judge them, images as hadolint does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from local import tools
from local.layout import REPOSITORY
from local.security.outcome import Outcome, judged, not_installed, program, run

WORKFLOWS = "workflows"
IMAGES = "images"
_ZIZMOR_OPTIONS = ("--offline", "--quiet", "--no-progress", "--format", "plain")


def check_workflows(root: Path = REPOSITORY) -> Outcome:
    """Judges what GitHub runs."""
    files = sorted((root / ".github" / "workflows").glob("*.yml"))
    zizmor, actionlint = program("zizmor"), tools.find(tools.ACTIONLINT)
    if zizmor is None:
        return not_installed(WORKFLOWS, "zizmor")
    findings = _said([zizmor, *_ZIZMOR_OPTIONS, *files], root)
    if actionlint is None:
        return judged(
            WORKFLOWS, f"{len(files)} files; without actionlint (make test-tools)", findings
        )
    findings += _said([actionlint, *files], root)
    return judged(WORKFLOWS, f"{len(files)} files looked at by zizmor and actionlint", findings)


def check_images(root: Path = REPOSITORY) -> Outcome:
    """Judges what images are made of."""
    hadolint = program("hadolint")
    if hadolint is None:
        return not_installed(IMAGES, "hadolint")
    compose = (root / "local" / "compose").glob("*.Dockerfile")
    files = sorted([*(root / "beam_jobs").rglob("Dockerfile"), *compose])
    findings = _said([hadolint, *files], root)
    return judged(IMAGES, f"{len(files)} files looked at by hadolint", findings)


def _said(command: Sequence[str | Path], root: Path) -> list[str]:
    """What a judge says where it finds something; its exit code alone is a finding, too."""
    done = run(command, root)
    if done.returncode == 0:
        return []
    text = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return text or [f"{Path(command[0]).name} ended with {done.returncode}"]
