"""What a process costs, with all its children."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and CPU seconds, the peak of the tree's memory (sum of PSS, MB), and an error."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    error: str | None = None


def run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Cost:
    """Run the command to its end; its output goes to ``log``."""
    began, peak = time.monotonic(), 0
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=dict(environment), stdout=out, stderr=out)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, _pss(process.pid))
            time.sleep(_EVERY_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    error = " ".join(last) or "died" if process.returncode else None
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak / 1e6, error)


def _pss(pid: int) -> int:
    found = 0
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            found += process.memory_full_info().pss
    except psutil.Error:  # it ended meanwhile
        return found
    return found
