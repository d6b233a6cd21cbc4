"""Files of environments/: what is wrong with one is said before anything runs there."""

import dataclasses
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from atvos import environments
from atvos.cli import app
from atvos.environments import Composer
from atvos.settings import LOCAL, SettingsError

VARIABLES: dict[str, object] = {
    "ATVOS_ENVIRONMENT": "test",
    "ATVOS_PROJECT": "p",
    "ATVOS_LOCATION": "l",
    "ATVOS_LANDING_BUCKET": "p-landing",
    "ATVOS_WORK_BUCKET": "p-work",
    "ATVOS_STATSD_HOST": "statsd",
    "ATVOS_RETRIES": 2,
}
COMPOSER = {"name": "c", "bucket": "p-composer", "airflowUrl": None, "deploys": "main"}


def written(folder: Path, **changes: object) -> Path:
    """A folder with the good environment ``test``, changed: None takes a variable away."""
    named = {**VARIABLES, **{name: v for name, v in changes.items() if name.isupper()}}
    variables = {name: value for name, value in named.items() if value is not None}
    other = {name: value for name, value in changes.items() if not name.isupper()}
    document = {"variables": variables, "composer": COMPOSER, **other}
    (folder / "test.yaml").write_text(yaml.safe_dump(document))
    return folder


def test_an_environment_is_its_variables_and_where_it_is_deployed(tmp_path: Path) -> None:
    found = environments.load("test", folder=written(tmp_path))
    assert found.variables["ATVOS_RETRIES"] == "2"
    assert found.composer == Composer("c", "p-composer", None, "main")
    assert (found.project, found.is_sandbox) == ("p", False)
    assert found.settings().landing_bucket == "p-landing"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ATVOS_LANDING_BUKET": "x"}, "a setting that is read: ATVOS_LANDING_BUCKET"),
        ({"HOME": "/"}, "variables.HOME: found '/'; valid: names of settings"),
        ({"ATVOS_RETRIES": "many"}, "ATVOS_RETRIES: found 'many'; valid: a whole number"),
        ({"ATVOS_RETRIES": True}, "ATVOS_RETRIES: found True; valid: a text or a whole number"),
        ({"ATVOS_WORK_BUCKET": None}, "environment variable ATVOS_WORK_BUCKET is not set"),
        ({"BEAM_RUNNER": "DirectRunner"}, "BEAM_RUNNER: found 'DirectRunner'; valid: FnApi"),
        ({"ATVOS_DATASET_SUFFIX": "_x"}, "found '_x'; valid: one with {owner} in it, or none"),
        ({"composer": {"name": "c"}}, "composer.bucket: found None; valid: a text"),
        ({"composer": {"name": "c", "bucket": "b", "url": 1}}, "composer.url: found 1; valid"),
        (
            {"composer": {"name": "c", "bucket": "b", "airflowUrl": "http://x"}},
            "composer.airflowUrl: found 'http://x'; valid: null, or https://…",
        ),
        (
            {"composer": {**COMPOSER, "deploys": "all"}},
            "composer.deploys: found 'all'; valid: one of any, main, tag",
        ),
        ({"composr": {}}, "composr: found {}; valid: one of variables, composer"),
        ({"variables": []}, "variables: found []; valid: a mapping of names to values"),
    ],
)
def test_what_is_wrong_is_said_with_file_attribute_and_a_valid_form(
    changes: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refused:
        environments.load("test", folder=written(tmp_path, **changes))
    assert str(refused.value).startswith(f"{tmp_path / 'test.yaml'}: ")
    assert said in str(refused.value)


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test.yaml").write_text("variables: [")
    with pytest.raises(SettingsError, match=r"test.yaml: \(file\): found 'no YAML"):
        environments.load("test", folder=tmp_path)


def test_one_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"environment '\.\./test' is not there; valid: test"):
        environments.load("../test", folder=written(tmp_path))


class TestOurs:
    """The environments of this repository."""

    @pytest.mark.parametrize("name", ["dev", "staging", "prod"])
    def test_those_that_are_deployed_to_share_nothing(self, name: str) -> None:
        found = environments.load(name)
        assert found.composer is not None
        assert found.variables["ATVOS_ENVIRONMENT"] == name
        own = {found.composer.bucket, *(v for k, v in found.variables.items() if "BUCKET" in k)}
        assert all(bucket.startswith(f"{found.project}-") for bucket in own)
        assert found.project.endswith(f"-{name}")
        assert found.settings("0f" * 20).dataflow is not None
        assert f"/{'0f' * 20}.json" in str(found.settings("0f" * 20).dataflow)

    def test_a_sandbox_is_one_engineers_and_expires(self) -> None:
        ana, rui = (environments.load("sandbox", owner) for owner in ("ana", "rui"))
        assert ana.is_sandbox
        assert ana.composer is None
        assert ana.settings().dataset_expiration_days == 14
        names = ("ATVOS_DATASET_SUFFIX", "ATVOS_LANDING_BUCKET", "ATVOS_WORK_BUCKET")
        assert all(ana.variables[name] != rui.variables[name] for name in names)

    def test_none_is_local(self) -> None:
        for name in environments.names():
            found = environments.load(name, "ana" if name == "sandbox" else None)
            assert found.settings().environment != LOCAL

    @pytest.mark.parametrize("owner", ["Ana", "ana_b", "1", "", "a" * 21])
    def test_an_owner_that_no_bucket_can_have_is_refused(self, owner: str) -> None:
        with pytest.raises(SettingsError, match="--owner: found"):
            environments.load("sandbox", owner)


class TestCommand:
    """`atvos env`."""

    def test_all_are_checked(self) -> None:
        done = CliRunner().invoke(app, ["env", "check"])
        assert (done.exit_code, done.output) == (0, "4 environments are valid\n")

    def test_a_wrong_one_ends_with_2(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(environments, "FOLDER", written(tmp_path, ATVOS_RETRIES="many"))
        done = CliRunner().invoke(app, ["env", "check"])
        assert done.exit_code == 2
        assert "test.yaml: environment variable ATVOS_RETRIES: found 'many'" in done.output

    def test_it_is_shown_as_a_shell_takes_it(self) -> None:
        done = CliRunner().invoke(app, ["env", "show", "prod"])
        assert "export ATVOS_PROJECT=atvos-dados-prod\n" in done.output
        assert "export ATVOS_DATAFLOW_TEMPLATE='gs://" in done.output

    def test_a_sandbox_without_its_owner_is_refused(self) -> None:
        done = CliRunner().invoke(app, ["env", "show", "sandbox"])
        assert done.exit_code == 2
        assert "say whose with --owner" in done.output


def test_an_environment_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        environments.load("dev").name = "x"  # type: ignore[misc]
