"""Settings come from the environment; what is wrong with them is said by name."""

import os
from pathlib import Path
from typing import Any

import pytest

from atvos import environments
from atvos.settings import VARIABLES, Dataflow, SettingsError, load
from tests.atvos.examples import REPOSITORY

DATAFLOW = {
    "BEAM_RUNNER": "DataflowRunner",
    "ATVOS_DATAFLOW_TEMPLATE": "gs://t/curate.json",
    "ATVOS_DATAFLOW_SERVICE_ACCOUNT": "curate@p.iam.gserviceaccount.com",
    "ATVOS_DATAFLOW_TEMP_LOCATION": "gs://t/tmp",
    "ATVOS_DATAFLOW_SUBNETWORK": "regions/r/subnetworks/s",
}
NUMBERS = [
    "ATVOS_STATSD_PORT",
    "ATVOS_SENSE_INTERVAL",
    "ATVOS_SENSE_TIMEOUT",
    "ATVOS_MAX_BATCH_OBJECTS",
    "ATVOS_MAX_BATCH_BYTES",
    "ATVOS_MAXIMUM_BYTES_BILLED",
    "ATVOS_RETRIES",
]


def test_without_any_variable_everything_is_local() -> None:
    found = load({})
    assert (found.environment, found.project, found.location) == (
        *("local", "atvoslocal", "southamerica-east1"),
    )
    assert (found.landing_bucket, found.work_bucket) == ("landing", "work")
    assert (found.statsd_host, found.statsd_port) == ("127.0.0.1", 9125)
    assert (found.beam_runner, found.runs_on_dataflow, found.dataflow) == (
        *("FnApiRunner", False, None),
    )
    assert (found.max_batch_objects, found.max_batch_bytes) == (1000, 4 << 30)
    assert found.maximum_bytes_billed == 100 << 30


def test_without_any_variable_paths_are_those_of_this_tree() -> None:
    found = load({})
    assert found.dags_dir == REPOSITORY / "dags"
    assert found.contract_dirs == (REPOSITORY / "dags" / "contracts",)
    assert found.sql_dir == REPOSITORY / "sql"
    assert found.curate_main == REPOSITORY / "beam_jobs" / "curate" / "main.py"


def test_the_project_is_googles_variable_unless_ours_says_otherwise() -> None:
    google = {"GOOGLE_CLOUD_PROJECT": "theirs"}
    assert load(google).project == "theirs"
    assert load(google | {"ATVOS_PROJECT": "ours"}).project == "ours"


def test_sql_that_ships_below_dags_comes_before_the_trees_own(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    assert load({"ATVOS_DAGS_DIR": str(tmp_path)}).sql_dir == tmp_path / "sql"


def test_the_sql_folder_can_be_named() -> None:
    assert load({"ATVOS_SQL_DIR": "/elsewhere"}).sql_dir == Path("/elsewhere")


def test_the_cache_of_contracts_is_a_folder_of_this_user_and_can_be_named() -> None:
    assert load({}).parse_cache.name == f"atvos-parse-cache-{os.geteuid()}"
    assert load({"ATVOS_PARSE_CACHE": "/dev/null"}).parse_cache == Path("/dev/null")


def test_a_folder_of_more_contracts_is_read_after_the_first(tmp_path: Path) -> None:
    env = {"ATVOS_DAGS_DIR": str(tmp_path), "ATVOS_EXTRA_CONTRACTS_DIR": "/more"}
    assert load(env).contract_dirs == (tmp_path / "contracts", Path("/more"))


def test_a_variable_that_is_set_to_nothing_counts_as_not_set() -> None:
    assert load({"ATVOS_LANDING_BUCKET": "", "ATVOS_RETRIES": ""}) == load({})


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_is_none_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({name: "many"})
    assert str(refused.value) == (
        f"environment variable {name}: found 'many'; valid: a whole number"
    )


def test_zero_is_a_number() -> None:
    assert load({"ATVOS_RETRIES": "0"}).retries == 0


def test_an_unknown_runner_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"BEAM_RUNNER": "DirectRunner"})
    assert str(refused.value) == (
        "environment variable BEAM_RUNNER: found 'DirectRunner'; valid: FnApiRunner, DataflowRunner"
    )


def test_dataflow_is_told_where_and_as_whom_to_run() -> None:
    found = load(DATAFLOW)
    assert found.runs_on_dataflow
    assert found.dataflow == Dataflow(
        template="gs://t/curate.json",
        region="southamerica-east1",
        service_account="curate@p.iam.gserviceaccount.com",
        temp_location="gs://t/tmp",
        subnetwork="regions/r/subnetworks/s",
        max_workers=4,
        machine_type="n2-standard-2",
        pii_key_secret=None,
    )


def test_dataflow_is_told_which_secret_holds_the_key_of_pseudonyms() -> None:
    secret = "projects/p/secrets/pii-key/versions/3"
    found = load(DATAFLOW | {"ATVOS_PII_KEY_SECRET": secret}).dataflow
    assert found is not None
    assert found.pii_key_secret == secret


@pytest.mark.parametrize("name", [name for name in DATAFLOW if name != "BEAM_RUNNER"])
def test_dataflow_without_one_of_its_variables_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({key: value for key, value in DATAFLOW.items() if key != name})
    assert str(refused.value) == (
        f"environment variable {name} is not set; set it under `variables` in the environment's "
        f"file in environments/, or here: export {name}=…"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("ATVOS_PROJECT", "ATVOS_LOCATION", "ATVOS_LANDING_BUCKET", "ATVOS_WORK_BUCKET"),
        *("ATVOS_STATSD_HOST", "ATVOS_DATAFLOW_REGION"),
    ],
)
def test_elsewhere_than_here_nothing_that_differs_has_a_default(name: str) -> None:
    variables = {**environments.load("prod").variables, "ATVOS_COMMIT": "0a"}
    assert load(variables).environment == "prod"
    del variables[name]
    with pytest.raises(SettingsError, match=f"environment variable {name} is not set"):
        load(variables)


class TestCommit:
    """Which commit's template is launched."""

    NAMED = DATAFLOW | {"ATVOS_DATAFLOW_TEMPLATE": "gs://t/{commit}.json"}

    def test_it_is_the_one_that_the_deploy_wrote_beside_the_dags(self, tmp_path: Path) -> None:
        (tmp_path / "release.json").write_text('{"commit": "0f1e", "deployed_by": "ana"}')
        found = load(self.NAMED | {"ATVOS_DAGS_DIR": str(tmp_path)}).dataflow
        assert found is not None
        assert found.template == "gs://t/0f1e.json"

    def test_a_variable_comes_before_it(self, tmp_path: Path) -> None:
        (tmp_path / "release.json").write_text('{"commit": "0f1e"}')
        env = {"ATVOS_DAGS_DIR": str(tmp_path), "ATVOS_COMMIT": "0a0a"}
        found = load(self.NAMED | env).dataflow
        assert found is not None
        assert found.template == "gs://t/0a0a.json"

    @pytest.mark.parametrize("text", [None, "", "[]", "{}"])
    def test_where_nothing_says_it_that_is_refused_with_what_to_do(
        self, text: str | None, tmp_path: Path
    ) -> None:
        if text is not None:
            (tmp_path / "release.json").write_text(text)
        with pytest.raises(SettingsError) as refused:
            load(self.NAMED | {"ATVOS_DAGS_DIR": str(tmp_path)})
        assert f"{tmp_path}/release.json does not say" in str(refused.value)
        assert "set ATVOS_COMMIT" in str(refused.value)

    def test_a_template_without_it_is_taken_as_it_stands(self) -> None:
        assert load(DATAFLOW).dataflow == load(DATAFLOW | {"ATVOS_COMMIT": "0a"}).dataflow


@pytest.mark.parametrize("suffix", ["ana", "_Ana", "_ana-b", "_", "_" + "a" * 21, "_a b", "_a\n"])
def test_a_suffix_that_no_dataset_can_have_is_refused(suffix: str) -> None:
    with pytest.raises(SettingsError, match="environment variable ATVOS_DATASET_SUFFIX: found"):
        load({"ATVOS_DATASET_SUFFIX": suffix})


class Recorder(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(DATAFLOW, ATVOS_DATAFLOW_TEMPLATE="{commit}", ATVOS_COMMIT="0a")
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_the_list_of_variables_is_what_is_read() -> None:
    env = Recorder()
    load(env)
    assert env.asked - {"GOOGLE_CLOUD_PROJECT"} == set(VARIABLES)
    assert len(VARIABLES) == len(set(VARIABLES))


def test_dataflow_workers_must_be_a_number() -> None:
    with pytest.raises(SettingsError, match="ATVOS_DATAFLOW_MAX_WORKERS: found 'all'"):
        load(DATAFLOW | {"ATVOS_DATAFLOW_MAX_WORKERS": "all"})


@pytest.mark.parametrize("found", ["large", "n2-standard", "N2-standard-2", "n2 standard 2"])
def test_a_machine_type_is_one_of_compute_engine(found: str) -> None:
    with pytest.raises(SettingsError, match=f"ATVOS_DATAFLOW_MACHINE_TYPE: found '{found}'"):
        load(DATAFLOW | {"ATVOS_DATAFLOW_MACHINE_TYPE": found})


def test_a_machine_type_can_be_chosen() -> None:
    found = load(DATAFLOW | {"ATVOS_DATAFLOW_MACHINE_TYPE": "c3-highmem-22"}).dataflow
    assert found is not None
    assert found.machine_type == "c3-highmem-22"


@pytest.mark.parametrize("found", ["landing", "landing-{fed}", "{feed}", "a b{feed}"])
def test_a_subscription_without_its_feed_is_refused(found: str) -> None:
    with pytest.raises(SettingsError, match=r"ATVOS_EVENT_SUBSCRIPTION: found .* valid: nothing"):
        load({"ATVOS_EVENT_SUBSCRIPTION": found})


def test_one_of_a_semantic_models_ids_alone_is_refused() -> None:
    with pytest.raises(SettingsError, match="ATVOS_POWERBI_DATASET: found ''; valid: the id"):
        load({"ATVOS_POWERBI_WORKSPACE": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"})


def test_backups_go_where_they_are_told_to() -> None:
    assert load({}).backup_bucket == load({}).work_bucket
    assert load({"ATVOS_BACKUP_BUCKET": "safe"}).backup_bucket == "safe"
