"""`make bench-parse` compares like with like, and says what it could not measure."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from atvos import contract
from bench import inputs, parse
from bench.report import Row, table, verdict

ABSENT = replace(parse.FACTORY, python=Path("/nowhere/bin/python"))


@pytest.mark.slow
def test_three_dags_give_a_row_for_every_contender(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contenders = (parse.BARE, parse.FIRST, parse.OURS, ABSENT)
    monkeypatch.setattr(parse, "CONTENDERS", contenders)
    file = tmp_path / "bench_parse.json"

    parse.main(["--counts", "3", "--repetitions", "1", "--json", str(file)])

    rows = [Row(**row) for row in json.loads(file.read_text(encoding="utf-8"))]
    assert [(row.case, row.contender) for row in rows] == [(3, c.name) for c in contenders]
    *measured, absent = rows
    assert absent == Row(3, "dag-factory", error="not installed: `make bench-parse` installs it")
    assert all(row.seconds and row.ratio and row.error is None for row in measured)
    assert measured[0].ratio == 1
    assert table(rows) in capsys.readouterr().out


def test_contracts_of_every_count_load(tmp_path: Path) -> None:
    for count in (1, 2, 7):
        inputs.write_contracts(tmp_path / str(count), count)
        assert len(contract.load_feeds([tmp_path / str(count)])) == count


def test_contenders_that_made_different_dags_are_not_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(contender: parse.Contender, *_: object) -> parse.Measurement:
        shape = {"sense": [] if contender is parse.BARE else ["curate"]}
        return {"dags": 1, "seconds": 1.0, "import_seconds": 0.0, "shapes": [shape]}

    monkeypatch.setattr(parse, "_run", run)
    with pytest.raises(parse.BenchError, match="different DAGs"):
        parse.measure(1, 1, parse.CONTENDERS)


def test_the_verdict_is_on_the_largest_case() -> None:
    rows = [
        Row(1, "ours", 0.03, 0.03, 9.0),
        Row(1, "dag-factory", 0.1, 0.09, 30.0),
        Row(300, "ours", 0.6, 0.03, 1.4),
        Row(300, "dag-factory", 2.8, 0.09, 7.0),
    ]
    assert verdict(rows, "ours", "dag-factory") == [
        "300 DAGs: 1.40 of bare Airflow (promised: at most 1.5)",
        "300 DAGs: 0.20 of dag-factory (promised: below 0.5)",
    ]


def test_what_was_not_measured_is_not_judged() -> None:
    rows = [Row(3, "ours", 0.6, 0.03, 1.4), Row(3, "dag-factory", error="not installed")]
    assert verdict(rows, "ours", "dag-factory") == [
        "3 DAGs: 1.40 of bare Airflow (promised: at most 1.5)"
    ]
    assert "not installed" in table(rows)
