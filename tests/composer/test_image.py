"""The image's description and its lock say the same, and what is wrong with them is said."""

import shutil
from pathlib import Path

import pytest

from atvos.composer import image
from atvos.composer.errors import ComposerError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A copy of the image's description, beside a copy of its lock."""
    for name in ("composer.yaml", "composer.lock"):
        shutil.copy(image.FOLDER / name, tmp_path)
    return tmp_path / "composer.yaml"


def change(file: Path, old: str, new: str) -> None:
    """Replace a text that is there."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_the_image_is_a_build_with_all_its_packages() -> None:
    found = image.load()
    assert found.name == "composer-3-airflow-3.3.1-build.0"
    assert (found.python, found.airflow) == ("3.11", "3.3.1")
    assert "apache-beam[gcp]==2.76.0" in found.known
    assert found.packages["apache-airflow-providers-google"] == "22.4.0"
    assert len(found.packages) > len(found.known)


def test_local_runs_have_the_airflow_and_the_providers_of_the_image() -> None:
    local = image.pins((image.FOLDER / "airflow.lock").read_text())
    target = image.load().packages
    added = (image.FOLDER.parent / "requirements.txt").read_text()
    ours = {
        name: version
        for name, version in local.items()
        if name.startswith(("apache-", "pyarrow", "sqlalchemy"))
        and (name in target or name not in added)
    }
    assert len(ours) > 8
    assert {n: v for n, v in ours.items() if target.get(n) != v} == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3.3.1-build.0", "3.3.2-build.0", "valid: composer-3-airflow-3.3.1-build.<number>"),
        ("-build.0", "-preview.0", "image: found 'composer-3-airflow-3.3.1-preview.0'"),
        ('python: "3.11"', "", "python: found None"),
        ("pyarrow: 25.0.1", "pyarrow: 25.0.2", "pyarrow: found 25.0.1; valid: 25.0.2"),
        ("packages:", "package:", "packages: valid: names to versions"),
        ("image:", "[", "composer.yaml: "),
    ],
)
def test_a_description_that_is_not_sound_is_refused(
    old: str, new: str, said: str, file: Path
) -> None:
    change(file, old, new)
    with pytest.raises(ComposerError) as raised:
        image.load(file)
    assert said in str(raised.value)


def test_without_its_lock_it_is_refused(file: Path) -> None:
    file.with_suffix(".lock").unlink()
    with pytest.raises(ComposerError, match=r"composer\.lock: No such file.*make lock"):
        image.load(file)
