"""Contract files: the real ones load, unreadable ones are refused, and feeds fit together."""

from pathlib import Path
from typing import Any

import pytest

from atvos import contract
from atvos.contract import odcs
from tests.contract.editing import ABSENT, BASE, edited, written

CONTRACTS = Path(__file__).parents[2] / "dags" / "contracts"
READINGS = edited({"schema/readings/properties/device/relationships": ABSENT})


def feed(name: str, to: str | None = None) -> dict[str, Any]:
    """A feed of that name; its device refers ``to`` another table's column."""
    relation = [{"to": to}] if to else ABSENT
    return edited(
        {
            "name": name,
            "schema/readings/properties/device/relationships": relation,
            "slaProperties/freshness/element": name,
            "customProperties/maxFutureMinutes": ABSENT,
            "customProperties/maxLateDays": ABSENT,
            "schema/readings/name": name,
        }
    )


def devices() -> dict[str, Any]:
    """A feed whose key is its device alone."""
    document = feed("devices")
    document["schema"][0]["properties"] = document["schema"][0]["properties"][:1]
    document["schema"][0]["quality"] = []
    for item in document["customProperties"]:
        if item["property"] == "loadMode":
            item["value"] = "replace_snapshot"
        if item["property"] == "clusterBy":
            item["value"] = ["device"]
    return document


def refused(folders: list[Path]) -> list[contract.Problem]:
    with pytest.raises(contract.ContractError) as caught:
        contract.load_feeds(folders)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return list(caught.value.problems)


def problem_of(file: Path) -> contract.Problem:
    with pytest.raises(contract.ContractError) as caught:
        contract.load_feed(file)
    (problem,) = caught.value.problems
    assert problem.file == file
    return problem


def test_every_contract_of_the_platform_loads() -> None:
    assert set(contract.load_feeds([CONTRACTS])) == {
        "app_logs",
        "contract_measurements",
        "km_bulletins",
        "occurrences",
        "telemetry_events",
        "trips",
        "vehicles",
    }


@pytest.mark.parametrize("file", contract.contract_files([CONTRACTS]), ids=lambda file: file.name)
def test_every_contract_of_the_platform_keeps_the_standard(file: Path) -> None:
    assert odcs.problems(file) == []


def test_telemetry_is_read_as_its_contract_says() -> None:
    telemetry = contract.load_feeds([CONTRACTS])["telemetry_events"]
    assert telemetry.key == ("device_id", "event_timestamp", "viagem_id")
    assert telemetry.partition is not None
    assert telemetry.partition.derived_from == "event_timestamp"
    assert telemetry.partition_in_key
    assert telemetry.by_name["odometro_km"].precision_scale == (12, 3)
    assert telemetry.source_of("telemetry_events/a.csv.gz").format is contract.SourceFormat.CSV
    assert telemetry.source_of("telemetry_events/a.json").format is contract.SourceFormat.NDJSON
    assert telemetry.metric_labels == {
        "dataset": "telemetry_events",
        "layer": "curated",
        "tier": "1",
    }


@pytest.mark.parametrize(
    ("edits", "attribute", "valid"),
    [
        ({"id": ABSENT}, "(root)", "all of version"),
        ({"kind": "Contract"}, "kind", "one of DataContract"),
        ({"schema/readings/properties/km/required": "yes"}, "schema[readings].", "type boolean"),
        ({"slaProperties/freshness/speed": 1}, "slaProperties[freshness]", "ODCS v3.2.0"),
    ],
)
def test_the_standard_refuses_what_it_does_not_allow(
    edits: dict[str, Any], attribute: str, valid: str, tmp_path: Path
) -> None:
    (problem,) = odcs.problems(written(edited(edits), tmp_path))
    assert problem.attribute.startswith(attribute)
    assert valid in problem.valid


@pytest.mark.parametrize(
    ("text", "found", "valid"),
    [
        ("a: [1", "expected ',' or ']'", "a YAML document"),
        ("a: 2026-02-30", "day", "a YAML document"),
        ("a: 1\na: 2", "a is given twice, line 2", "a YAML document"),
        ("a: {b: 1, b: 1}", "b is given twice, line 1", "a YAML document"),
        ("- name: readings", "name", "a YAML mapping"),
        ("", "None", "a YAML mapping"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine", "a YAML document"),
    ],
)
def test_what_is_no_yaml_mapping_is_refused(
    text: str, found: str, valid: str, tmp_path: Path
) -> None:
    problem = problem_of(written(text, tmp_path))
    assert (problem.attribute, problem.valid) == ("(file)", valid)
    assert found in str(problem.found)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "readings.odcs.yaml"
    file.write_bytes("name: São Paulo".encode("latin-1"))
    assert problem_of(file).valid == "a YAML document"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "readings.odcs.yaml").valid == "a readable file"


def test_a_file_is_named_as_its_feed(tmp_path: Path) -> None:
    problem = problem_of(written(READINGS, tmp_path, "other.odcs.yaml"))
    assert (problem.attribute, problem.found) == ("name", "readings")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    edits = {
        "version": "1",
        "schema/readings/properties/km/description": ABSENT,
        "schema/readings/quality/has_rows/metric": "rows",
        "customProperties/tier/value": 9,
    }
    with pytest.raises(contract.ContractError) as caught:
        contract.load_feed(written(edited(edits), tmp_path))
    assert {problem.attribute for problem in caught.value.problems} == {
        "version",
        "schema[readings].properties[km].description",
        "schema[readings].quality[has_rows].metric",
        "customProperties.tier",
    }


def test_a_problem_reads_as_file_attribute_found_and_valid(tmp_path: Path) -> None:
    file = written(edited({"version": "1"}), tmp_path)
    assert str(problem_of(file)) == (
        f"{file}: version: found '1'; valid: a semantic version like 1.0.0"
    )


def test_the_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    written(feed("one") | {"version": "1"}, tmp_path, "one.odcs.yaml")
    written(feed("two") | {"kind": "x"}, tmp_path, "two.odcs.yaml")
    assert [problem.attribute for problem in refused([tmp_path])] == ["version", "kind"]


def test_two_folders_may_not_have_the_same_feed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written(READINGS, tmp_path / name)
    (problem,) = refused([tmp_path / "a", tmp_path / "b"])
    assert problem.file == tmp_path / "b" / "readings.odcs.yaml"
    assert (problem.attribute, problem.found) == ("name", "readings")
    assert str(tmp_path / "a") in problem.valid


def test_a_relationship_may_lead_to_the_key_of_another_feed(tmp_path: Path) -> None:
    written(devices(), tmp_path, "devices.odcs.yaml")
    written(feed("readings", "devices.device"), tmp_path)
    assert set(contract.load_feeds([tmp_path])) == {"devices", "readings"}


@pytest.mark.parametrize("to", ["nowhere.device", "devices.colour", "readings.kind"])
def test_a_relationship_that_leads_nowhere_is_refused(to: str, tmp_path: Path) -> None:
    written(devices(), tmp_path, "devices.odcs.yaml")
    file = written(feed("readings", to), tmp_path)
    (problem,) = refused([tmp_path])
    assert problem == contract.Problem(
        file,
        "schema[readings].properties[device].relationships.to",
        to,
        "the key of a feed, one of devices.device",
    )


def test_a_relationship_to_a_feed_that_is_refused_is_not_told_besides(tmp_path: Path) -> None:
    written(devices() | {"version": "1"}, tmp_path, "devices.odcs.yaml")
    written(feed("readings", "devices.device"), tmp_path)
    assert [problem.attribute for problem in refused([tmp_path])] == ["version"]


def test_a_feed_alone_may_refer_to_one_that_is_not_at_hand() -> None:
    reference = contract.load_feed(BASE).by_name["device"].reference
    assert reference == contract.Reference("devices", "device")


def test_folders_that_are_not_there_have_no_contracts(tmp_path: Path) -> None:
    assert contract.load_feeds([tmp_path / "none"]) == {}


def test_a_table_is_named_as_its_folder(tmp_path: Path) -> None:
    document = edited({})
    kept = [c for c in document["customProperties"] if c["property"] in ("tier", "clusterBy")]
    file = written({**document, "customProperties": kept}, tmp_path, "model.yaml")
    text = file.read_text(encoding="utf-8")
    table, custom = contract.load_table(file, text, contract.Layer.MARTS, "readings", ())
    custom.finish()
    assert (table.name, table.layer) == ("readings", contract.Layer.MARTS)
    _, custom = contract.load_table(file, text, contract.Layer.MARTS, "other", ())
    with pytest.raises(contract.ContractError, match="found 'readings'; valid: other"):
        custom.finish()
