"""``atvos status`` and ``atvos why`` on the emulators, and where there is nothing to read."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from atvos.oncall import command

app = typer.Typer()
app.command()(command.status)
app.command()(command.why)


def atvos(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.usefixtures("client")
def test_status_shows_every_feed_and_mart() -> None:
    found = atvos("status")
    assert found.exit_code == 0, found.output
    for name in ("curated.telemetry_events", "curated.trips", "marts.fct_km_divergence"):
        assert name in found.output


@pytest.mark.usefixtures("client")
def test_status_as_json_is_filtered_by_layer_and_state() -> None:
    found = atvos("status", "--json", "--layer", "curated", "--state", "unknown")
    assert found.exit_code == 0, found.output
    datasets = json.loads(found.stdout)["datasets"]
    assert "app_logs" in [item["dataset"] for item in datasets]
    assert {(item["layer"], item["state"]) for item in datasets} == {("curated", "unknown")}


@pytest.mark.usefixtures("client")
def test_only_with_exit_code_something_unknown_ends_with_3() -> None:
    assert atvos("status", "--exit-code").exit_code == command.LATE
    assert atvos("status").exit_code == 0


@pytest.mark.usefixtures("client")
def test_why_says_that_nothing_ever_landed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATVOS_AIRFLOW_URL")
    found = atvos("why", "app_logs")
    assert found.exit_code == 0, found.output
    assert "curated.app_logs is unknown" in found.output
    assert "no object has ever landed below app_logs/" in found.output
    assert "set ATVOS_AIRFLOW_URL" in found.output
    assert "docs/runbooks/en/source-silent.md" in found.output


@pytest.mark.usefixtures("client")
def test_why_of_a_mart_walks_to_its_feed() -> None:
    found = atvos("why", "marts.fct_occurrence", "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["dataset"] == "fct_occurrence"
    assert told["broken"]["table"].startswith("curated.")
    assert told["broken"]["link"] == "landing"


@pytest.mark.usefixtures("client")
def test_a_name_that_there_is_not_is_refused() -> None:
    found = atvos("why", "fct_nothing")
    assert found.exit_code == command.REFUSED
    assert "no feed or mart 'fct_nothing'" in found.stderr
    assert "fct_occurrence" in found.stderr


def test_a_watch_is_for_people() -> None:
    found = atvos("status", "--watch", "5", "--json")
    assert found.exit_code == command.REFUSED
    assert "--watch: neither with --json nor with --exit-code" in found.stderr


def test_bigquery_that_cannot_be_reached_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:9")
    for arguments in (("status",), ("why", "trips")):
        found = atvos(*arguments)
        assert found.exit_code == command.FAILED
        assert "BigQuery or Cloud Storage: no answer from http://127.0.0.1:9/" in found.stderr


def test_without_a_stack_local_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.layout.DEFAULT_STATE_DIR", tmp_path)
    found = atvos("status", "--local")
    assert found.exit_code == command.REFUSED
    assert f"--local: no stack runs in {tmp_path}; start it: make up" in found.stderr


def test_a_watch_goes_on_after_a_look_that_failed_until_it_is_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    looks = iter([typer.Exit(command.FAILED), None, KeyboardInterrupt()])

    def look() -> None:
        outcome = next(looks)
        if outcome is not None:
            raise outcome

    with pytest.raises(typer.Exit) as ended:
        command._again_and_again(look, 1)
    assert ended.value.exit_code == 0
    assert list(looks) == []
