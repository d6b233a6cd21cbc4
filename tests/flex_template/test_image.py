"""The Dockerfile's own steps, in a folder and an environment of their own instead of an image."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.layout import REPOSITORY

DOCKERFILE = REPOSITORY / "beam_jobs" / "curate" / "Dockerfile"
UV = REPOSITORY / ".venv" / "tools" / "bin" / "uv"
HADOLINT = REPOSITORY / ".venv" / "checks" / "bin" / "hadolint"


def instructions(file: Path = DOCKERFILE) -> Iterator[tuple[str, str]]:
    """The instructions of the last stage, with continued lines joined."""
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    stage = text[text.rindex("\nFROM ") :]
    for line in filter(None, stage.splitlines()):
        name, _, rest = line.partition(" ")
        yield name, rest.strip()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The image's working directory, and its variables, after every step but the last RUN."""
    root = tmp_path_factory.mktemp("image")
    work = root
    variables: dict[str, str] = {}
    python = root / "venv" / "bin" / "python"
    for name, rest in instructions():
        if name == "WORKDIR":
            work = root / rest.lstrip("/")
            work.mkdir(parents=True)
        elif name == "COPY" and "--from=" not in rest:
            copy(shlex.split(rest), work)
        elif name == "ENV":
            pairs = (pair.split("=", 1) for pair in shlex.split(rest))
            variables |= {key: value.replace("/template", str(work)) for key, value in pairs}
        elif name == "RUN" and rest.startswith("pip install"):
            install(python, rest, work)
    return work, {**variables, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}


def copy(arguments: list[str], work: Path) -> None:
    """What COPY does: folders give what is in them, more than one source goes into a folder."""
    *sources, target = arguments
    place = work / target
    for source in sources:
        path = REPOSITORY / source
        if path.is_dir():
            shutil.copytree(path, place, dirs_exist_ok=True)
            continue
        if target.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)


def install(python: Path, step: str, work: Path) -> None:
    """The step's own pip command, by uv, which has the packages of other environments at hand."""
    pip, check = (shlex.split(part) for part in step.split("&&"))
    assert pip[:2] == ["pip", "install"]
    assert check == ["pip", "check"]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    options = [option for option in pip[2:] if option != "--no-cache-dir"]
    for command in (
        [str(UV), "venv", "--quiet", "--python", sys.executable, str(python.parents[1])],
        [str(UV), "pip", "install", "--quiet", "--python", str(python), *options],
        [str(UV), "pip", "check", "--quiet", "--python", str(python)],
    ):
        done = subprocess.run(
            command,
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_images_last_step_and_the_job_itself_run(image: tuple[Path, dict[str, str]]) -> None:
    _, variables = image
    *_, (name, last) = instructions()
    assert name == "RUN"
    for command in (shlex.split(last), ["python", variables["FLEX_TEMPLATE_PYTHON_PY_FILE"]]):
        done = subprocess.run(
            command,
            cwd="/",
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        # The job ends and says what it lacks: a batch.
        expected = (0, "") if command[1] == "-c" else (2, "--batch is missing")
        assert (done.returncode, expected[1] in done.stderr) == (expected[0], True), done.stderr


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_without_one_of_its_copies_the_last_step_fails(
    image: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    work, variables = image
    shutil.copytree(work, tmp_path / "template")
    (tmp_path / "template" / "atvos" / "batch.py").unlink()
    *_, (_, last) = instructions()
    done = subprocess.run(
        shlex.split(last),
        cwd="/",
        env={**variables, "PYTHONPATH": str(tmp_path / "template")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert "No module named 'atvos.batch'" in done.stderr


def test_it_is_built_as_hadolint_likes_it(tmp_path: Path) -> None:
    if not HADOLINT.exists():
        pytest.fail("hadolint is not installed; run `make checks`", pytrace=False)
    broken = tmp_path / "Dockerfile"
    broken.write_text(DOCKERFILE.read_text().replace("_sdk:2.76.0", "_sdk:latest"))
    found = {
        file: subprocess.run(
            [HADOLINT, file], capture_output=True, text=True, timeout=60, check=False
        ).stdout
        for file in (DOCKERFILE, broken)
    }
    assert found[DOCKERFILE] == ""
    assert "DL3007" in found[broken]
