"""What `make bench` makes of its contenders' runs."""

import json
from pathlib import Path

import polars as pl
import pytest

from bench.curate.__main__ import table
from bench.curate.contenders import (
    BARE,
    CASES,
    CONTENDERS,
    FLOOR,
    LARGE,
    MIDDLE,
    ONE_MB,
    OURS,
    POLARS,
    TEXTBOOK,
    Contender,
    entered,
)
from bench.curate.data import ensure
from bench.curate.measure import Cost
from bench.curate.promises import PROMISES, verdicts
from bench.curate.recipe import Case
from bench.curate.turns import judged, measure, once, row

SMALL = Case("small", 2000, files=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contender", "said"),
    [
        (OURS, True),
        (TEXTBOOK, True),
        (POLARS, "rows right; bad lines without reasons"),
        (FLOOR, "parses, and writes nothing"),
    ],
    ids=lambda value: value.name if isinstance(value, Contender) else "",
)
def test_contenders_do_the_work_as_far_as_they_can(
    tmp_path: Path, contender: Contender, said: bool | str
) -> None:
    files, right = ensure(SMALL, tmp_path / "cache")
    cost, found = once(contender, files, right, tmp_path)
    assert (cost.error, found) == (None, said)
    assert cost.wall_s > 0
    assert cost.cpu_s > 0


def test_data_are_generated_once(tmp_path: Path) -> None:
    files, right = ensure(SMALL, tmp_path)
    made = {file.name: file.stat().st_mtime_ns for file in files.iterdir()}
    assert ensure(SMALL, tmp_path) == (files, right)
    assert {file.name: file.stat().st_mtime_ns for file in files.iterdir()} == made
    (files.parent / "complete.json").unlink()
    assert ensure(SMALL, tmp_path) == (files, right)
    assert {file.name: file.stat().st_mtime_ns for file in files.iterdir()} != made


def test_a_row_that_is_lost_is_seen(tmp_path: Path) -> None:
    files, right = ensure(SMALL, tmp_path / "cache")
    once(POLARS, files, right, tmp_path)
    file = max((tmp_path / "out" / "rows").iterdir(), key=lambda path: path.stat().st_size)
    pl.read_parquet(file)[1:].write_parquet(file)
    found = judged(POLARS, right, tmp_path / "out")
    assert found == f"WRONG: {right.valid - 1} valid rows, not {right.valid}"


def test_a_contender_that_fails_is_a_row_and_the_others_go_on(tmp_path: Path) -> None:
    broken = Contender("broken", ("-c", "import sys; sys.exit('no such thing')"))
    silent = Contender("silent", ("-c", "pass"))
    found = measure(SMALL, [broken, silent], 1, tmp_path)
    assert found[0]["correct"] == "failed: no such thing"
    assert found[0]["wall_s"] is None
    assert str(found[1]["correct"]).startswith("wrote what cannot be read")
    assert [line.split()[:3] for line in table(found).splitlines()[1:]] == [
        ["small", "broken", "-"],
        ["small", "silent", str(found[1]["wall_s"])],
    ]


def test_a_row_has_medians_and_the_worst_that_is_to_be_said() -> None:
    costs = [Cost(2.0, 3.0, 10.0), Cost(4.0, 9.0, 30.0), Cost(3.0, 5.0, 20.0)]
    found = row(SMALL, OURS, costs, [True, "WRONG: 1 valid rows, not 2", True])
    assert found == {
        "case": "small",
        "contender": "ours-1",
        "wall_s": 3.0,
        "cpu_s": 5.0,
        "peak_mb": 20,
        "rows_per_s": 667,
        "correct": "WRONG: 1 valid rows, not 2",
    }
    assert json.loads(json.dumps(found)) == found


def test_promises_are_kept_broken_or_not_measured() -> None:
    def cost(case: str, contender: str, wall: float, peak: float) -> dict[str, object]:
        return {"case": case, "contender": contender, "wall_s": wall, "peak_mb": peak}

    rows = [
        cost("8M", "ours-1", 10, 100),
        cost("8M", "duckdb-equal-1", 20, 300),
        cost("8M", "duckdb-plain-1", 9, 300),
        cost("2M", "ours-1", 3, 90),
    ]
    said = verdicts(rows)
    assert said[0] == "  held  8M: duckdb-equal-1 / ours-1, time: 2.00 (promised: at least 2)"
    assert said[2] == "  NOT   8M: duckdb-plain-1 / ours-1, time: 0.90 (promised: at least 1)"
    assert "  NOT   8M: ours-1 / duckdb-equal-1, memory: 0.33 (promised: at most 0.25)" in said
    assert "  held  ours-1: 8M / 2M, memory: 1.11 (promised: at most 1.3)" in said
    assert sum("not measured" in line for line in said) == len(PROMISES) - 4


def test_promises_are_about_what_is_measured() -> None:
    measured = {
        (case.name, item.name) for case in CASES for item in entered(case, everything=False)
    }
    assert {end for promise in PROMISES for end in (promise.over, promise.under)} <= measured


def test_the_textbook_stops_at_two_millions_unless_all_is_asked_for() -> None:
    assert TEXTBOOK in entered(MIDDLE, everything=False)
    assert TEXTBOOK not in entered(LARGE, everything=False)
    assert TEXTBOOK in entered(LARGE, everything=True)
    assert entered(ONE_MB, everything=False) == (OURS, BARE)
    assert {item for case in CASES for item in entered(case, everything=True)} == set(CONTENDERS)


def test_the_table_shows_multiples_of_ours_and_what_is_wrong() -> None:
    cost = {"case": "2M", "cpu_s": 1.0, "peak_mb": 9, "rows_per_s": 7}
    rows = [
        cost | {"contender": "ours-1", "wall_s": 2.0, "correct": True},
        cost | {"contender": "duckdb-plain-1", "wall_s": 3.0, "correct": "9 rejects, not 10"},
    ]
    _, ours, other = (line.split() for line in table(rows).splitlines())
    assert ours[:2] + ours[-2:] == ["2M", "ours-1", "1.00", "yes"]
    assert other[-5:] == ["1.50", "9", "rejects,", "not", "10"]
