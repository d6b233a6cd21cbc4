"""The spec that Dataflow launches the job from, and the metadata in it."""

import json
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from atvos.flex_template.spec import METADATA, SpecError, metadata, spec
from curate.options import CurateOptions

IMAGE = "southamerica-east1-docker.pkg.dev/atvos-dados-dev/images/curate"
DIGEST = f"{IMAGE}@sha256:{'0a' * 32}"
VALUES = {
    "batch": ("gs://work/batches/trips/0123456789abcdef0123", "gs://work/batches/trips/../x"),
    "pii_key_secret": ("projects/p/secrets/pii-key/versions/latest", "pii-key"),
    "range_bytes": ("67108864", "0"),
    "bucket_bytes": ("67108864", "64M"),
}
"""By parameter: a value that is taken, and one that is refused."""


def test_it_is_the_image_the_language_and_the_metadata() -> None:
    assert json.loads(spec(DIGEST, metadata())) == {
        "image": DIGEST,
        "sdkInfo": {"language": "PYTHON"},
        "metadata": json.loads(METADATA.read_text()),
        "defaultEnvironment": {},
    }


@pytest.mark.parametrize("image", ["curate", f"{IMAGE}", f"{IMAGE}:", f"{IMAGE}@sha256:0a", "x y"])
def test_what_is_no_image_of_the_job_is_refused(image: str) -> None:
    with pytest.raises(SpecError, match=r"--image: found .*; valid: REGION-docker"):
        spec(image, metadata())


def test_every_parameter_is_an_option_of_the_job() -> None:
    parser = ArgumentParser()
    CurateOptions._add_argparse_args(parser)
    options = {action.dest for action in parser._actions} - {"help"}
    assert {parameter["name"] for parameter in metadata()["parameters"]} == options


@pytest.mark.parametrize("parameter", metadata()["parameters"], ids=lambda item: item["name"])
def test_a_parameters_pattern_takes_a_value_and_refuses_another(parameter: dict[str, Any]) -> None:
    good, bad = VALUES[parameter["name"]]
    assert [p for p in parameter["regexes"] if not re.search(p, good)] == []
    assert [p for p in parameter["regexes"] if re.search(p, bad)] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"label"', '"lable"', "$.parameters[0]"),
        ('"isOptional": true', '"isOptional": "yes"', "is not of type 'boolean'"),
        ('"^[1-9][0-9]*$"', '"^[1-9"', "is not a 'regex'"),
        ('"name": "range_bytes"', '"name": "bucket_bytes"', "a name is there twice"),
        ("{", "[", "metadata.json: "),
    ],
)
def test_metadata_that_is_not_sound_is_refused(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "metadata.json"
    text = METADATA.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(SpecError) as refused:
        metadata(file)
    assert said in str(refused.value)
