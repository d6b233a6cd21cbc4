"""requirements.txt goes with the Composer image, and what would not is named."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from atvos.cli import app
from atvos.composer import image, parity, resolver
from atvos.composer.errors import ComposerError, UnsatisfiableError
from atvos.composer.parity import Parity
from atvos.composer.resolver import Resolved
from local.layout import REPOSITORY

INSTALLED = {"pyarrow": "25.0.1", "sqlalchemy": "2.0.52", "apache-beam": "2.76.0"}


def found(**versions: str) -> dict[str, Resolved]:
    """A resolve: what is installed, but for ``versions``; ``other`` asks for everything."""
    names = {name.replace("_", "-"): version for name, version in versions.items()}
    return {n: Resolved(v, ("other",)) for n, v in {**INSTALLED, **names}.items()}


def test_what_is_there_already_and_what_is_new_is_told_apart() -> None:
    answer = parity.compare(
        ["apache-beam[gcp]==2.76.0", "sqlglot>=30"], found(sqlglot="30.1.0"), INSTALLED
    )
    assert answer == Parity(added=("sqlglot==30.1.0",), superfluous=("apache-beam[gcp]==2.76.0",))
    assert answer.is_sound


def test_a_requirement_that_the_image_does_not_meet_is_a_conflict() -> None:
    answer = parity.compare(["PyArrow==14.0.0"], found(pyarrow="14.0.0"), INSTALLED)
    assert answer.conflicts == (
        (
            "pyarrow: the image has 25.0.1, and 14.0.0 would be installed: requirements.txt asks "
            "for PyArrow==14.0.0"
        ),
    )
    assert not answer.is_sound


def test_a_package_that_another_one_changes_is_named_with_who_asks() -> None:
    answer = parity.compare(["other"], found(sqlalchemy="1.4.54"), INSTALLED)
    assert answer.changed == (
        "sqlalchemy: the image has 2.0.52, and 1.4.54 would be installed for other",
    )
    assert not answer.is_sound


def test_comments_and_options_are_no_requirements() -> None:
    text = "# a comment\n--index-url x\n\nsqlglot>=30,<31  # why\n-r other.txt\n"
    assert parity.lines(text) == ("sqlglot>=30,<31",)


class TestResolved:
    """Our requirements by the real resolver; it asks PyPI, or what it keeps of it."""

    @pytest.mark.slow
    def test_ours_go_with_the_image(self) -> None:
        done = CliRunner().invoke(app, ["composer", "check", "--no-newest"])
        assert done.exit_code == 0, done.output
        lines = done.output.splitlines()
        assert lines[-1] == (
            f"requirements.txt goes with {image.load().name}: nothing that it has would change"
        )
        assert "added: great-expectations==1.22.0" in lines

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("planted", "said"),
        [
            ("pyarrow==24.0.0", "conflict: pyarrow: the image has 25.0.1, and 24.0.0 would be"),
            ("sqlalchemy<2", "conflict: Because apache-airflow"),
            (
                "no-such-package-of-atvos==1",
                "conflict: Because no-such-package-of-atvos was not found",
            ),
        ],
    )
    def test_a_planted_conflict_is_caught(self, planted: str, said: str, tmp_path: Path) -> None:
        file = tmp_path / "requirements.txt"
        file.write_text((REPOSITORY / "requirements.txt").read_text() + f"\n{planted}\n")
        done = CliRunner().invoke(app, ["composer", "check", "--no-newest", "--file", str(file)])
        assert done.exit_code == 2
        assert said in done.output
        assert done.output.endswith(f"{file} does not go with {image.load().name}\n")

    @pytest.mark.slow
    def test_a_package_that_changes_what_the_image_has_is_caught(self, tmp_path: Path) -> None:
        file = tmp_path / "requirements.txt"
        file.write_text("databricks-sql-connector==3.3.0\n")
        done = CliRunner().invoke(app, ["composer", "check", "--no-newest", "--file", str(file)])
        assert done.exit_code == 2
        changes = [line for line in done.output.splitlines() if line.startswith("would change: ")]
        assert any(
            line.startswith("would change: pyarrow: the image has 25.0.1, and 16.")
            and line.endswith(" would be installed for databricks-sql-connector")
            for line in changes
        ), changes


def test_what_is_newer_elsewhere_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    target = image.load()
    newer = {**{n: Resolved(v, ()) for n, v in target.packages.items()}}
    newer["apache-airflow-providers-google"] = Resolved("99.0.0", ())
    asked: list[str] = []

    def resolve(requirements: list[str], *_: object) -> dict[str, Resolved]:
        asked.extend(requirements)
        return newer

    monkeypatch.setattr(parity, "resolve", resolve)
    assert parity.newest(["apache-beam[gcp]==2.76.0"], target) == (
        "apache-airflow-providers-google: 22.4.0 in the image, 99.0.0 is there",
    )
    assert "apache-airflow==3.3.*" in asked
    assert "apache-airflow-providers-google" in asked


def test_the_newest_that_does_not_go_together_is_a_warning_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(*_: object) -> dict[str, Resolved]:
        raise UnsatisfiableError("because a asks for b")

    monkeypatch.setattr(parity, "resolve", resolve)
    assert parity.newest([], image.load()) == (
        "requirements.txt does not go with the newest Airflow 3.3: because a asks for b",
    )


def test_a_missing_resolver_is_named(tmp_path: Path) -> None:
    with pytest.raises(ComposerError, match="uv is missing: run `make install`"):
        resolver.resolve(["a"], "3.11", {}, uv=tmp_path / "uv")


def test_a_resolver_that_breaks_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "uv"
    broken.write_text("#!/bin/sh\necho 'error: Failed to fetch: https://…' >&2\nexit 2\n")
    broken.chmod(0o755)
    with pytest.raises(ComposerError, match="uv: error: Failed to fetch") as raised:
        resolver.resolve(["a"], "3.11", {}, uv=broken)
    assert not isinstance(raised.value, UnsatisfiableError)
