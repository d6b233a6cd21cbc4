"""An object that is far larger than it looks costs the job little memory and little time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.corpus import runner
from tests.corpus.huge import CASES, measured, recipe

SECONDS = 30
"""On two busy cores; each takes 1 to 9 seconds alone."""
MEBI = 150
"""Memory that the job may take above what its imports do; 35 to 80 MiB were measured."""
MEBI_OF_REJECTS = 700
"""The same where each of 200,000 lines is a reject; 430 MiB were measured."""
MANY = {name: MEBI_OF_REJECTS for name in CASES if "short-lines" in name}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", CASES)
def test_a_huge_object_is_accounted_for_within_bounds(tmp_path: Path, name: str) -> None:
    made = recipe(name)
    if name.startswith("bomb"):
        assert made.content.startswith(b"\x1f\x8b")
        assert len(made.content) < 2 << 20
    place = runner.land([made], tmp_path)
    took = measured(place, timeout=90)
    assert list(runner.differences(made.verdict, runner.read(place)[made.object])) == []
    assert took.mebi < MANY.get(name, MEBI)
    assert took.seconds < SECONDS


def test_a_job_that_fills_memory_is_seen(tmp_path: Path) -> None:
    """The measure itself: a job that holds 300 MiB takes at least that."""
    (tmp_path / "curate").mkdir()
    (tmp_path / "curate/__init__.py").write_text("")
    code = "def run(argv):\n    held = b'x' * (300 << 20)\n    return 0 if held else 1\n"
    (tmp_path / "curate/pipeline.py").write_text(code)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(tmp_path), *sys.path])
        took = measured(Path(os.devnull), timeout=60)
    assert took.mebi > 290
