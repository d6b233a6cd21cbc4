"""All offline checks of the report: its form, its fields, its layout, its words, its freshness."""

from __future__ import annotations

from pathlib import Path

from atvos.powerbi import (
    pbir_files,
    report_fields,
    report_freshness,
    report_layout,
    report_pages,
    report_shape,
    report_theme,
    report_words,
)
from atvos.powerbi.model import Model
from atvos.powerbi.pbir import Report
from atvos.powerbi.report_places import at, problem


def problems(report_folder: Path, model: Model) -> list[str]:
    """What is wrong with a report, one line each with file, line, what was found and what would do.

    ``report_folder`` ends with ``.Report``. Files that cannot be read, or have not their form,
    are the only lines.
    """
    try:
        report = pbir_files.load(report_folder)
        return [
            *_dataset(report),
            *report_shape.problems(report),
            *report_fields.problems(report, model),
            *report_pages.problems(report),
            *report_layout.problems(report),
            *report_words.problems(report),
            *report_freshness.problems(report, model),
            *report_theme.problems(report, model),
        ]
    except pbir_files.PbirError as error:
        return list(error.lines)


def _dataset(report: Report) -> list[str]:
    """The report reads the semantic model that stands beside it."""
    file = report.folder / "definition.pbir"
    path = report.files[file]["datasetReference"]["byPath"]["path"]
    if (report.folder / path).is_dir():
        return []
    return [problem(at(file, '"path"'), "datasetReference", path, "../Atvos.SemanticModel")]
