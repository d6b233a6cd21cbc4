"""The checks of the models: none objects to what its query makes, each objects to what it must.

``broken/<model>.yaml`` has, for each check that the model's contract states, rows that break it.
"""

from pathlib import Path

import pytest

from atvos import audit
from atvos.contract import Check, Severity
from atvos.models import Model
from tests.atvos.desk import query
from tests.atvos.examples import SQL
from tests.sql.cases import case_folders, read_case, read_yaml
from tests.sql.running import MODELS, TABLES, Runner
from tests.sql.values import Row, filled

BROKEN = Path(__file__).with_name("broken")


def stated(model: Model) -> dict[str, Check]:
    """The checks in the model's contract, without those that its key and columns imply."""
    return {check.name: check for check in model.checks if ":" not in check.name}


def broken(model: Model) -> dict[str, list[Row]]:
    """Rows that break each check."""
    file = BROKEN / f"{model.name}.yaml"
    rows_by_check = read_yaml(file)
    return {
        check: [filled(row, model.columns, str(file)) for row in rows]
        for check, rows in rows_by_check.items()
    }


def objects(runner: Runner, model: Model, check: Check) -> bool:
    """Whether the check finds fault with what stands where readers find the model."""
    sql = audit.violation_query(check).format(batch=f"(SELECT * FROM `{model.view_name}`)")
    return bool(query(runner.client.bigquery, sql))


@pytest.mark.parametrize("name", MODELS)
def test_each_check_objects_to_rows_that_break_it(runner: Runner, name: str) -> None:
    model = MODELS[name]
    checks = stated(model)
    rows_by_check = broken(model)
    assert rows_by_check.keys() == checks.keys()
    found = {}
    for check, rows in rows_by_check.items():
        runner.fill(model.view_name, rows)
        found[check] = objects(runner, model, checks[check])
    assert found == dict.fromkeys(checks, True)


@pytest.mark.parametrize("name", MODELS)
def test_no_check_stops_the_rows_of_a_case(runner: Runner, name: str) -> None:
    model = MODELS[name]
    folders = [f for f in case_folders(SQL) if f.parents[1].name == name]
    cases = {f.name: read_case(f, model, TABLES).expected for f in folders}
    stops = [check for check in model.checks if check.severity is Severity.ERROR]
    objections = []
    for case, rows in cases.items():
        if rows:
            runner.fill(model.view_name, rows)
            objections += [(case, c.name) for c in stops if objects(runner, model, c)]
    assert objections == []
