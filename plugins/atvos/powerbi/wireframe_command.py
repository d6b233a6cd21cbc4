"""``atvos powerbi wireframes``: keep the pictures of the report's pages up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

INVALID = 2
"""Exit code where a picture is not what the report makes it, or the report cannot be read."""

_REPOSITORY = Path(__file__).resolve().parents[3]
REPORT = _REPOSITORY / "powerbi" / "Atvos.Report"
PICTURES = _REPOSITORY / "docs" / "assets" / "powerbi"


def wireframes(
    check: Annotated[
        bool, typer.Option("--check", help="Only say which pictures are not up to date.")
    ] = False,
    report: Annotated[Path, typer.Option(help="The report's folder.")] = REPORT,
    folder: Annotated[Path, typer.Option(help="Where the pictures are.")] = PICTURES,
) -> None:
    """Draw every page of the report, and its layout for phones, as SVG; say what changed.

    With --check nothing is written. Ends with 2 then where a picture is missing, stale or
    superfluous, and wherever the report cannot be read.
    """
    from atvos import generated
    from atvos.powerbi import pbir_files, wireframe

    try:
        texts = wireframe.pictures(pbir_files.load(report))
    except pbir_files.PbirError as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    there = [file.name for file in folder.glob("*.svg")]
    difference = generated.compare(texts, folder, there)
    for line in difference.lines(folder):
        typer.echo(line, err=check)
    if not check:
        generated.apply(difference, texts, folder)
    elif difference:
        typer.echo("run `atvos powerbi wireframes`, and commit what it draws", err=True)
        raise typer.Exit(INVALID)
    typer.echo(f"{len(texts)} pictures are up to date")
