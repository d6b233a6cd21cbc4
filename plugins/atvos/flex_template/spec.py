"""The spec of a Flex Template, as `gcloud dataflow flex-template build` writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

METADATA = Path(__file__).resolve().parents[3] / "beam_jobs" / "curate" / "metadata.json"

_IMAGE = re.compile(
    r"[a-z0-9-]+-docker\.pkg\.dev/[a-z0-9-]+/[a-z0-9-]+/curate"
    r"(:[A-Za-z0-9_][\w.-]{0,127}|@sha256:[0-9a-f]{64})"
)
_NAME = {"type": "string", "pattern": r"^[a-z][a-z0-9_]*$"}
_TEXT = {"type": "string", "minLength": 1}
_PARAMETER = {
    "type": "object",
    "properties": {
        "name": _NAME,
        "label": _TEXT,
        "helpText": _TEXT,
        "isOptional": {"type": "boolean"},
        "regexes": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "regex"}},
        "paramType": {"enum": ["TEXT", "GCS_READ_FOLDER", "GCS_WRITE_FOLDER"]},
    },
    "required": ["name", "label", "helpText", "regexes"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": _TEXT,
        "description": _TEXT,
        "parameters": {"type": "array", "minItems": 1, "items": _PARAMETER},
    },
    "required": ["name", "description", "parameters"],
    "additionalProperties": False,
}
"""What Dataflow's documentation says of metadata, narrowed to what this job uses of it."""


class SpecError(ValueError):
    """The image or the metadata are not what a spec is made of."""


def metadata(file: Path = METADATA) -> dict[str, Any]:
    """The metadata of the job. SpecError with file, attribute and what is wrong."""
    from jsonschema import Draft202012Validator, FormatChecker

    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpecError(f"{file}: {error}") from None
    validator = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
    for problem in validator.iter_errors(found):
        raise SpecError(f"{file}: {problem.json_path}: {problem.message}")
    names = [parameter["name"] for parameter in found["parameters"]]
    if len(names) != len(set(names)):
        raise SpecError(f"{file}: parameters: a name is there twice in {', '.join(names)}")
    return found


def spec(image: str, described: dict[str, Any]) -> str:
    """The text of the spec of an image. SpecError where the image is none of Artifact Registry."""
    if not _IMAGE.fullmatch(image):
        valid = "REGION-docker.pkg.dev/PROJECT/REPOSITORY/curate@sha256:… (or :TAG)"
        raise SpecError(f"--image: found {image!r}; valid: {valid}")
    document = {
        "defaultEnvironment": {},
        "image": image,
        "metadata": described,
        "sdkInfo": {"language": "PYTHON"},
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
