"""``python -m local.faults [CASE…]``: the fault matrix from the command line."""

import importlib
from typing import Annotated

import typer

from local.errors import StackError
from local.stack import say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def faults(
    cases: Annotated[
        list[str] | None, typer.Argument(help="Names of cases, or globs like 'kill-*'.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Name the cases, and run none.")] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, help="How many cases run side by side.")
    ] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Keep logs and tables.")] = False,
) -> None:
    """Break every step of a feed in every way, and count what is lost or doubled.

    Exit codes: 0 nothing is, 1 something is or a fault did not strike, 2 wrong arguments.
    """
    # Imported only here: every process of a task imports this module again.
    run = importlib.import_module("local.faults.run")
    if list_:
        for case in (*run.CASES.values(), *run.SCHEDULED.values()):
            say(f"{case.name:<34} {case.title}")
        return
    try:
        code = run.main(cases or [], keep=keep, jobs=jobs)
    except ValueError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    except StackError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    raise typer.Exit(code)


if __name__ == "__main__":
    app(prog_name="python -m local.faults")
