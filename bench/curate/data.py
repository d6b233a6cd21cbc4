"""The data sets on disk, made once, and the batch folders that the job reads."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from atvos.batch import Batch, ObjectVersion
from bench.curate.generate import write_file
from bench.curate.outcome import Outcome, total
from bench.curate.recipe import FEED, NOW, Case
from local.layout import DAGS


def ensure(case: Case, root: Path) -> tuple[Path, Outcome]:
    """The folder of a case's files and what is right for them; made where it is not there."""
    place = root / f"{case.name.replace(' ', '_')}-{case.fingerprint()}"
    marker = place / "complete.json"
    if not marker.exists():
        shutil.rmtree(place, ignore_errors=True)
        files = [place / "files" / f"{n:03d}{case.suffix}" for n in range(case.files)]
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            parts = pool.map(write_file, [case] * case.files, range(case.files), files)
            right = total(parts)
        marker.write_text(json.dumps(right.to_dict()), encoding="utf-8")
    return place / "files", Outcome.from_dict(json.loads(marker.read_text(encoding="utf-8")))


def make_batch(files: Path, place: Path) -> None:
    """Make the folder of a batch of these files, which landed a minute apart, in order."""
    place.mkdir(parents=True)
    found = sorted(files.iterdir())
    versions = tuple(
        ObjectVersion(
            str(files), file.name, n + 1, file.stat().st_size, "", NOW - timedelta(minutes=60 - n)
        )
        for n, file in enumerate(found)
    )
    (place / "manifest.json").write_text(Batch(FEED, NOW, versions).to_json(), encoding="utf-8")
    shutil.copy(DAGS / "contracts" / f"{FEED}.odcs.yaml", place)
