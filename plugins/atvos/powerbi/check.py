"""All offline checks of a Power BI project: the semantic model, its queries, and the report."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from atvos.models import Model as Mart
from atvos.powerbi import (
    dax_check,
    m_syntax,
    model,
    model_contracts,
    model_project,
    model_refresh,
    model_shape,
    model_words,
    report_check,
    report_fields,
)
from atvos.powerbi.tmdl import TmdlError

MODEL, REPORT = "Atvos.SemanticModel", "Atvos.Report"


def problems(folder: Path, marts: Mapping[str, Mart], units: Collection[str]) -> list[str]:
    """What is wrong with the project in ``folder``, one line each, check by check.

    ``marts`` are all models of ``sql/``, ``units`` the company's. A model that cannot be read
    is the only line. ToolError without the parser of M, OSError without the files.
    """
    try:
        read = model.load(folder / MODEL)
    except TmdlError as error:
        return [str(error)]
    wanted = {name: mart for name, mart in marts.items() if mart.power_bi is not None}
    return [
        *model_project.problems(folder, read),
        *model_contracts.problems(read, wanted),
        *model_refresh.problems(read, wanted),
        *model_shape.problems(read, units, _shown(folder / REPORT)),
        *model_words.problems(read),
        *dax_check.problems(read),
        *m_syntax.problems(read),
        *report_check.problems(folder / REPORT, read),
    ]


def _shown(report: Path) -> set[str]:
    """The names of the measures that the report speaks of; what is no JSON is told elsewhere."""
    found: set[str] = set()
    for file in (report / "definition").rglob("*.json"):
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            continue
        found |= {each.name for each in report_fields.references(data) if each.kind == "Measure"}
    return found
