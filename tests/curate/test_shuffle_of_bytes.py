"""The shuffle of a distributed engine gives what that of the local runner gives."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from curate import pipeline
from curate.shuffle import Shuffle
from tests.curate.helpers import TELEMETRY, curate, event, ndjson

EVENTS = [event(f"V-{i % 7}", i % 60, viagemId=f"T{i % 50}") for i in range(400)]
OBJECTS = {"a.ndjson": ndjson(*EVENTS, {"deviceId": 1}), "b.ndjson": ndjson(*EVENTS[:30])}
FLAGS = ("--range_bytes=9999", "--bucket_bytes=9999")


def test_rows_rejects_and_counts_are_the_same_with_bytes_as_with_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TELEMETRY.read_text(encoding="utf-8")
    files = curate(tmp_path / "files", text, OBJECTS, *FLAGS)
    monkeypatch.setattr(pipeline, "_shuffle", lambda _: nullcontext(Shuffle()))
    in_bytes = curate(tmp_path / "bytes", text, OBJECTS, *FLAGS)
    assert files.stats.rows_uris
    assert files.rejects.height == 1
    assert files.counts("b.ndjson") == in_bytes.counts("b.ndjson")
    assert files.counts("a.ndjson") == in_bytes.counts("a.ndjson")
    landing = "source_bucket"  # the folder of each run's own objects
    assert_frame_equal(files.rows, in_bytes.rows)
    assert_frame_equal(files.rejects.drop(landing), in_bytes.rejects.drop(landing))
