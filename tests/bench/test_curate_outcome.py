"""`make bench` knows what is right, and sees an output that is not."""

import json
from pathlib import Path

import polars as pl
import pytest

from bench.curate.data import make_batch
from bench.curate.generate import write_file
from bench.curate.outcome import ROW, Outcome, differences, total
from bench.curate.recipe import Case
from bench.curate.turns import outcome
from curate.pipeline import run


@pytest.mark.parametrize("kind", ["ndjson", "csv"])
def test_the_job_makes_of_generated_data_what_the_generator_says(tmp_path: Path, kind: str) -> None:
    case = Case("small", 2000, files=2, format=kind)
    files = [tmp_path / "files" / f"{number}{case.suffix}" for number in range(2)]
    right = total(write_file(case, number, file) for number, file in enumerate(files))
    make_batch(tmp_path / "files", tmp_path / "batch")
    assert run(["--batch", str(tmp_path / "batch")]) == 0
    assert right.duplicates
    assert len(right.rejects) >= 9
    assert differences(right, outcome(tmp_path / "batch")) == []


def test_a_wrong_output_is_seen(tmp_path: Path) -> None:
    right = write_file(Case("small", 2000), 0, tmp_path / "0.ndjson.gz")
    data = json.dumps(right.to_dict())
    reason = next(iter(right.rejects))

    def changed(**fields: object) -> list[str]:
        return differences(right, Outcome.from_dict({**json.loads(data), **fields}))

    assert changed() == []
    assert changed(valid=right.valid - 1) == [f"{right.valid - 1} valid rows, not {right.valid}"]
    assert changed(rows=1) == ["other values in the valid rows"]
    assert changed(duplicates=-1) == [f"-1 duplicates, not {right.duplicates}"]
    other = {**right.rejects, reason: 0, "wrong": 1}
    assert any("wrong" in said for said in changed(rejects=other))


def test_a_digest_ignores_the_order_of_rows() -> None:
    frame = pl.DataFrame({"line": ["a", "b"], "reasons": [["x"], ["y"]]})
    kinds = {**ROW, "event_timestamp": pl.Datetime("us"), "event_date": pl.Date}
    rows = pl.DataFrame(schema=kinds)
    one, other = (Outcome.of(rows, rejects, 0).lines for rejects in (frame, frame.reverse()))
    assert one == other
