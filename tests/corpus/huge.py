"""Objects far larger than they look: the job must neither fill memory nor take for ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.recipe import Recipe, Shelf, Verdict, gzipped
from tests.corpus.rows import CSV_HEADER, line, log_entry, row

_MEBI = 1 << 20
_MEMBER = 64 * _MEBI
_MEMBERS = 16
"""A bomb is so many gzip members, which follow one another as if they were one: 1 GiB in all."""
_LINE = 50_000_000
_SHORT = 200_000
"""Lines of one byte, each a reject."""
LIMIT_BYTES = 16 << 30
"""Address space that the process may have, so that a job that is worse fails and harms nobody."""


@dataclass(frozen=True, slots=True)
class Huge:
    """How a huge object is made, and its verdict."""

    feed: str
    suffix: str
    content: Callable[[], bytes]
    verdict: Verdict


def _bomb(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """1 GiB of the unit as about 1 MiB of gzip, between bytes that are packed with it."""
    return gzipped(before) + gzipped(unit * (_MEMBER // len(unit))) * _MEMBERS + gzipped(after)


def _rejected(code: str, at: int = 0, *valid: int) -> Verdict:
    return Verdict(valid=valid, rejects=((at, (code,)),))


_FIRST, _LAST = line("huge-first"), line("huge-last")
_ROWS = CSV_HEADER + row("huge-first")
_SIZE = _MEMBER * _MEMBERS
_ENTRY = json.dumps(log_entry("huge")).encode()
CASES: dict[str, Huge] = {
    "bomb-of-one-line": Huge(
        "telemetry_events",
        ".json.gz",
        lambda: _bomb(b"a", _FIRST, b"\n" + _LAST),
        _rejected("too_long", len(_FIRST), 0, len(_FIRST) + _SIZE + 1),
    ),
    "bomb-of-blank-lines": Huge(
        "telemetry_events",
        ".json.gz",
        lambda: _bomb(b"\n", _FIRST, _LAST),
        Verdict(valid=(0, len(_FIRST) + _SIZE)),
    ),
    "bomb-of-one-csv-line": Huge(
        "telemetry_events",
        ".csv.gz",
        lambda: _bomb(b"a", _ROWS, b"\n" + row("huge-last")),
        _rejected("too_long", len(_ROWS), len(CSV_HEADER), len(_ROWS) + _SIZE + 1),
    ),
    "bomb-of-empty-csv-lines": Huge(
        "telemetry_events",
        ".csv.gz",
        lambda: _bomb(b"\n", _ROWS, row("huge-last")),
        Verdict(valid=(len(CSV_HEADER), len(_ROWS) + _SIZE)),
    ),
    "bomb-in-an-array": Huge(
        "app_logs",
        ".json.gz",
        lambda: _bomb(b" ", b"[" + _ENTRY, b"]"),
        Verdict(valid=(1,)),
    ),
    "bomb-of-brackets": Huge(
        "app_logs",
        ".json.gz",
        lambda: _bomb(b"[", b"[" + _ENTRY + b","),
        _rejected("unreadable", len(_ENTRY) + 2, 1),
    ),
    "line-of-50-mb": Huge(
        "telemetry_events",
        ".json",
        lambda: _FIRST + b"a" * _LINE + b"\n" + _LAST,
        _rejected("too_long", len(_FIRST), 0, len(_FIRST) + _LINE + 1),
    ),
    "csv-field-of-50-mb": Huge(
        "telemetry_events",
        ".csv",
        lambda: _ROWS + b'"' + b"a" * _LINE + b'"\n' + row("huge-last"),
        _rejected("too_long", len(_ROWS), len(CSV_HEADER), len(_ROWS) + _LINE + 3),
    ),
    "text-of-50-mb-in-an-array": Huge(
        "app_logs",
        ".json",
        lambda: b"[" + _ENTRY + b',"' + b"a" * _LINE + b'"]',
        _rejected("unreadable", len(_ENTRY) + 2, 1),
    ),
    "bomb-of-short-lines": Huge(
        "telemetry_events",
        ".json.gz",
        lambda: gzipped(b"x\n" * _SHORT),
        Verdict(rejects=tuple((2 * n, ("malformed_json",)) for n in range(_SHORT))),
    ),
    "bomb-of-short-lines-with-personal-data": Huge(
        "app_logs",
        ".ndjson.gz",
        lambda: gzipped(b"x\n" * _SHORT),
        Verdict(rejects=tuple((2 * n, ("malformed_json",)) for n in range(_SHORT))),
    ),
}


def recipe(name: str) -> Recipe:
    """The recipe of a huge object."""
    case = CASES[name]
    return Shelf("huge", case.feed, case.suffix).raw(name, case.content(), case.verdict)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run of the job took, above what the process had before it."""

    seconds: float
    mebi: float


_CHILD = """
import json, resource, sys, time
from curate.pipeline import run

def peak():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024

limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
before, begun = peak(), time.monotonic()
assert run(["--batch", sys.argv[1]]) == 0
print(json.dumps({"seconds": time.monotonic() - begun, "mebi": peak() - before}))
"""


def measured(place: Path, timeout: float) -> Measured:
    """Curate the batch folder in a process of its own, whose peak of memory is measured.

    Raises what ``subprocess.run`` raises where the job fails or takes longer than ``timeout``
    seconds.
    """
    command = [sys.executable, "-W", "ignore", "-c", _CHILD, str(place), str(LIMIT_BYTES)]
    environment = {
        "PYTHONPATH": ":".join(sys.path),
        "ATVOS_PII_KEY": os.environ.get("ATVOS_PII_KEY", "of-the-corpus-0123456789abcdef01"),
    }
    done = subprocess.run(
        command, check=True, capture_output=True, env=environment, timeout=timeout
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))
