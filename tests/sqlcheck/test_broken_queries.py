"""Every kind of fault is caught in the query that has it, and in no other."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from atvos.sqlcheck.run import check
from tests.sqlcheck.fixtures import BROKEN, broken_models, settings_for

FIRST, LAST = "@first_day", "@last_day"
SCAN = "full-history scan of curated.readings: found"
EXPECTED = {
    "misspelt_column": "4:7: Unrecognized name: distanse; Did you mean distance?",
    "type_mismatch": "4:7: No matching signature for operator + Argument types: NUMERIC, STRING",
    "wrong_output_type": " column km: found FLOAT64; valid: NUMERIC, as in model.yaml",
    "missing_column": (" column km: found nothing; valid: a column km NUMERIC, as in model.yaml"),
    "additional_column": (
        " column 4: found readings; valid: the columns of model.yaml: device, read_date, km"
    ),
    "wrong_order": (
        " order of the columns: found read_date, device, km; "
        "valid: the order of model.yaml: device, read_date, km"
    ),
    "unknown_table": "5:6: Table not found: curated.reading; Did you mean curated.readings?",
    "unknown_parameter": "8:19: Query parameter 'since' not found",
    "missing_partition_filter": (
        f"5:6: {SCAN} r.read_date = day, which does not limit the partitions that are read; "
        "valid: r.read_date IN UNNEST(@days) beside the table, or for more days "
        f"r.read_date BETWEEN DATE_SUB({FIRST}, INTERVAL 7 DAY) AND {LAST}"
    ),
    "full_history_scan": (
        f"5:8: {SCAN} no filter on read_date; "
        "valid: read_date IN UNNEST(@days) beside the table, or for more days "
        f"read_date BETWEEN DATE_SUB({FIRST}, INTERVAL 7 DAY) AND {LAST}"
    ),
    "other_column_filtered": f"5:6: {SCAN} no filter on read_date",
    "function_around_column": f"5:6: {SCAN} DATE_TRUNC(read_date, DAY) IN UNNEST(@days), which",
    "or_true": f"5:6: {SCAN} read_date IN UNNEST(@days) OR TRUE, which does not limit",
    "open_end": f"5:6: {SCAN} read_date >= {FIRST}, which does not limit",
    "fixed_days": f"5:6: {SCAN} read_date BETWEEN '2020-01-01' AND '2030-01-01', which does not",
    "select_star": "3:5: found *; valid: the columns by name",
    "lint_violation": "5:1: Keywords must be upper case. (CP01 capitalisation.keywords)",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check of all broken queries said, by model, and how often it started what."""

    findings: dict[str, list[str]]
    starts: list[str]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    starts: list[str] = []

    class Counted(subprocess.Popen[str]):
        def __init__(self, command: list[Path], **options: object) -> None:
            starts.append(command[-1].name)
            super().__init__(command, **options)  # type: ignore[call-overload]

    sql_dir = broken_models(tmp_path_factory.mktemp("broken") / "sql")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", Counted)
        found = check(settings_for(sql_dir), None, Console(quiet=True))
    by_model: dict[str, list[str]] = {}
    for finding in found:
        text = str(finding).removeprefix(f"{finding.file}:")
        by_model.setdefault(finding.file.parent.name, []).append(text)
    return Outcome(by_model, starts)


def test_every_broken_query_has_an_expectation() -> None:
    assert sorted(EXPECTED) == [file.stem for file in BROKEN]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_query_is_caught_with_its_place_and_a_way_out(outcome: Outcome, name: str) -> None:
    (found,) = outcome.findings[name]
    assert found.startswith(EXPECTED[name])


def test_what_is_in_order_is_not_complained_about(outcome: Outcome) -> None:
    assert set(outcome.findings) == set(EXPECTED)


def test_the_line_in_question_is_shown_with_the_place_below_it(outcome: Outcome) -> None:
    _, line, pointer = outcome.findings["misspelt_column"][0].splitlines()
    assert line[pointer.index("^") :].startswith("distanse")


def test_the_analyzer_is_started_once_for_all_statements(outcome: Outcome) -> None:
    assert outcome.starts.count("zetasql_worker.py") == 1
