"""``atvos powerbi``: check the semantic model and the report, and draw the report's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atvos import settings
from atvos.powerbi.wireframe_command import wireframes

INVALID = 2
"""Exit code where the project is not what it should be."""

FAILED = 1
"""Exit code where something that the check needs is not there."""

FOLDER = Path(__file__).resolve().parents[3] / "powerbi"

app = typer.Typer(no_args_is_help=True, help="Check the Power BI project, and draw its pages.")
app.command()(wireframes)


_Folder = Annotated[Path, typer.Argument(help="The project's folder.")]


@app.command()
def check(folder: _Folder = FOLDER) -> None:
    """Check the Power BI project against the contracts, and every reference within it.

    Nothing but files is read. Every problem is printed with file, line, what was found and what
    is valid. Ends with 2 where there is one, and with 1 where the parser of M is not there.
    """
    from atvos import contract
    from atvos.models import load_models
    from atvos.powerbi import check as checks
    from atvos.powerbi.m_syntax import ToolError

    chosen = settings.load()
    try:
        marts = load_models(chosen.sql_dir)
        units = contract.load_feeds(chosen.contract_dirs)["vehicles"].by_name["unidade"].enum
        found = checks.problems(folder, marts, units)
    except contract.ContractError as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    except (ToolError, OSError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(FAILED) from None
    _refuse(found)
    typer.echo(f"{folder}: model and report are valid")


@app.command()
def engine(folder: _Folder = FOLDER) -> None:
    """Have Microsoft's own engine load the semantic model, and compare what it writes.

    `make powerbi-engine` installs the engine first. Ends with 2 where it refuses the model or
    would write a file in another form, and with 1 where it is not there.
    """
    from atvos.powerbi import check as checks
    from atvos.powerbi import model_engine
    from atvos.powerbi.m_syntax import ToolError

    try:
        found = model_engine.problems(folder / checks.MODEL)
    except ToolError as error:
        typer.echo(error, err=True)
        raise typer.Exit(FAILED) from None
    _refuse(found)
    typer.echo(f"{folder / checks.MODEL}: the engine loads it, and writes the same")


def _refuse(found: list[str]) -> None:
    """Print the problems and end with INVALID; nothing happens where there are none."""
    for line in found:
        typer.echo(line, err=True)
    if found:
        raise typer.Exit(INVALID)
