"""``atvos monitoring``: keep what is generated for Prometheus and Alertmanager up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atvos import settings
from atvos.contract import ContractError

INVALID = 2
"""Exit code where something generated is not what it should be."""

app = typer.Typer(no_args_is_help=True, help="Keep rules, routes and lists of runbooks.")

_Root = Annotated[
    Path | None, typer.Option("--root", help="A folder laid out like the repository; default: it.")
]


@app.command()
def build(root: _Root = None) -> None:
    """Write rules, Alertmanager's configuration and the lists of runbooks; say what changed."""
    from atvos.monitoring import files

    place = root or files.ROOT
    difference = files.write(_texts(), place)
    for line in difference.lines(place):
        typer.echo(line)
    if not difference:
        typer.echo(f"{place}: nothing changed")


@app.command()
def check(root: _Root = None) -> None:
    """Say which generated file is not what contracts, models and the list of alerts make it.

    Ends with 2 where one is missing, stale or superfluous.
    """
    from atvos.monitoring import files

    place = root or files.ROOT
    texts = _texts()
    found = files.compare(texts, place).lines(place)
    for line in found:
        typer.echo(line, err=True)
    if found:
        typer.echo("run `atvos monitoring build`, and commit what it writes", err=True)
        raise typer.Exit(INVALID)
    typer.echo(f"{len(texts)} files are up to date")


def _texts() -> dict[str, str]:
    from atvos.monitoring import files

    chosen = settings.load()
    try:
        return files.texts(chosen.dags_dir / "contracts", chosen.sql_dir)
    except ContractError as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
