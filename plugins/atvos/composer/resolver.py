"""Resolves requirements with uv, which starts from the versions that it is given."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from atvos.composer.errors import ComposerError, UnsatisfiableError
from atvos.composer.image import normalised

_UV = Path(__file__).resolve().parents[3] / ".venv" / "tools" / "bin" / "uv"
_LIMIT_SECONDS = 300
_LINE = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)(?:\s*;[^#]*)?(?:\s+# via (.*))?")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A package's version, and the packages that ask for it."""

    version: str
    asked_by: tuple[str, ...]


def resolve(
    requirements: Iterable[str],
    python: str,
    preferred: Mapping[str, str],
    not_after: str | None = None,
    uv: Path | None = None,
) -> dict[str, Resolved]:
    """What would be installed, by normalised name.

    A package keeps its ``preferred`` version where nothing speaks against it. Releases after
    the day ``not_after`` do not count. UnsatisfiableError where nothing fits, ComposerError
    where uv is missing or cannot reach PyPI.
    """
    uv = uv or _UV
    with tempfile.TemporaryDirectory(prefix="atvos-composer-") as folder:
        asked, answer = Path(folder) / "requirements.txt", Path(folder) / "resolved.txt"
        asked.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        answer.write_text("".join(f"{name}=={v}\n" for name, v in preferred.items()))
        command = [
            *(str(uv), "pip", "compile", str(asked), "--output-file", str(answer)),
            *("--python-version", python, "--annotation-style", "line", "--no-header", "--quiet"),
            *(["--exclude-newer", not_after] if not_after else []),
        ]
        _run(command)
        return _read(answer.read_text(encoding="utf-8"))


def _run(command: list[str]) -> None:
    environment = {"UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1", **os.environ}
    try:
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=True,
        )
    except FileNotFoundError:
        raise ComposerError(f"{command[0]} is missing: run `make install`") from None
    except subprocess.TimeoutExpired:
        raise ComposerError(f"uv did not end within {_LIMIT_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split())
        if "No solution found" in said and "Because" in said:
            raise UnsatisfiableError(said[said.index("Because") :]) from None
        raise ComposerError(f"uv: {said[-500:]}") from None


def _read(text: str) -> dict[str, Resolved]:
    found = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            name, version, via = match.groups()
            # A file that asks, given by its path, is the input.
            asked_by = tuple(p for p in (via or "").split(", ") if p and not p.startswith("-r "))
            found[normalised(name)] = Resolved(version, asked_by)
    return found
