"""Secrets in files, as detect-secrets knows them, beside those that somebody has looked at.

``.secrets.baseline`` has what looks like a secret and is none: in each entry a person has said so,
with `"is_secret": false` and `"why"`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from local.layout import REPOSITORY
from local.security.outcome import (
    Outcome,
    State,
    judged,
    not_installed,
    program,
    run,
    tracked,
)

NAME = "secrets"
BASELINE = ".secrets.baseline"
# Hashes of packages and checksums of schemas are no secrets.
_NOT_LOOKED_AT = (BASELINE, "package-lock.json", ".lock")


class Secret(NamedTuple):
    """A text that looks like a secret: where, of what kind, and its hash."""

    file: str
    kind: str
    hashed: str


def check(root: Path = REPOSITORY) -> Outcome:
    """Judges every file that git has or would add."""
    if program("detect-secrets") is None:
        return not_installed(NAME, "detect-secrets")
    files = [name for name in tracked(root) if not name.endswith(_NOT_LOOKED_AT)]
    try:
        results = scanned(files, root)
    except ValueError as error:
        return Outcome(NAME, State.FOUND, "detect-secrets failed", (str(error),))
    findings = problems(results, baseline(root))
    return judged(NAME, f"{len(files)} files looked at", findings)


def scanned(files: Sequence[str], root: Path = REPOSITORY) -> dict[str, list[dict[str, Any]]]:
    """What looks like a secret, by file. ValueError where the program says nothing."""
    done = run([program("detect-secrets") or "detect-secrets", "scan", "--no-verify", *files], root)
    try:
        results: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)["results"]
    except ValueError:
        raise ValueError(done.stderr.strip() or f"exit code {done.returncode}") from None
    return results


def baseline(root: Path = REPOSITORY) -> dict[str, list[dict[str, Any]]]:
    """The results in the baseline, none where there is no such file."""
    file = root / BASELINE
    if not file.exists():
        return {}
    found: dict[str, list[dict[str, Any]]] = json.loads(file.read_text(encoding="utf-8"))["results"]
    return found


def problems(
    results: dict[str, list[dict[str, Any]]], looked_at: dict[str, list[dict[str, Any]]]
) -> list[str]:
    """A line for what is new, for what nobody has judged, and for what is there no more."""
    known = _by_secret(looked_at)
    found = _by_secret(results)
    lines = [
        f"{secret.file}:{entry['line_number']}: {secret.kind}; take it out, or where it is no "
        f"secret, run `python -m local.security --baseline` and judge it in {BASELINE}"
        for secret, entry in found.items()
        if secret not in known
    ]
    for secret, entry in known.items():
        if entry.get("is_secret") is not False or not entry.get("why"):
            place = f"{secret.file}:{entry['line_number']}"
            lines.append(f"{BASELINE}: {place}: nobody has said that it is no secret, and why")
        if secret not in found:
            lines.append(f"{BASELINE}: {secret.file}: {secret.kind} is there no more")
    return lines


def write_baseline(root: Path = REPOSITORY) -> list[str]:
    """Write the baseline anew, keeping what was judged; the files with entries to judge."""
    files = [name for name in tracked(root) if not name.endswith(_NOT_LOOKED_AT)]
    known = _by_secret(baseline(root))
    results = scanned(files, root)
    open_: set[str] = set()
    for file, entries in results.items():
        for entry in entries:
            before = known.get(_secret(file, entry), {})
            entry.pop("is_verified", None)
            entry |= {"is_secret": before.get("is_secret"), "why": before.get("why", "")}
            if entry["is_secret"] is None:
                open_.add(file)
    text = json.dumps({"results": results}, indent=2, sort_keys=True)
    (root / BASELINE).write_text(text + "\n", encoding="utf-8")
    return sorted(open_)


def _by_secret(results: dict[str, list[dict[str, Any]]]) -> dict[Secret, dict[str, Any]]:
    return {_secret(file, entry): entry for file, found in results.items() for entry in found}


def _secret(file: str, entry: dict[str, Any]) -> Secret:
    return Secret(file, entry["type"], entry["hashed_secret"])
