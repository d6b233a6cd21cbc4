"""`atvos env` and `atvos sandbox`: which environments there are, and an engineer's own."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from atvos import environments
from atvos.environments import Environment
from atvos.settings import SettingsError

INVALID = 2
FAILED = 1

app = typer.Typer(no_args_is_help=True, help="Look at environments.")
sandbox = typer.Typer(no_args_is_help=True, help="An engineer's own datasets and buckets.")

_Owner = Annotated[str | None, typer.Option(help="Whose sandbox, like ana.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")]


@app.command()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Environments; without any, all of them.")
    ] = None,
) -> None:
    """Judge the files of environments/ as the processes would at their start.

    Every problem is printed with file, setting, bad value and a valid form.
    """
    problems = []
    chosen = names or environments.names()
    for name in chosen:
        try:
            environments.load(name, "ana" if name == "sandbox" else None)
        except SettingsError as error:
            problems.append(str(error))
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(INVALID)
    typer.echo(f"{len(chosen)} environments are valid")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="An environment, like dev or sandbox.")],
    owner: _Owner = None,
) -> None:
    """Print the environment's variables as a shell takes them.

    Example: eval "$(bin/atvos env show sandbox --owner ana)"
    """
    for variable, value in _load(name, owner).variables.items():
        typer.echo(f"export {variable}={shlex.quote(value)}")


@sandbox.command()
def create(owner: _Owner = None, dry_run: _DryRun = False) -> None:
    """Make the buckets of a sandbox, where they are not there; what lands in them expires.

    Its datasets are made by the first run.
    """
    from atvos.sandbox import Sandbox

    _run(Sandbox(_load("sandbox", owner)).create, dry_run)


@sandbox.command()
def delete(owner: _Owner = None, dry_run: _DryRun = False) -> None:
    """Delete the buckets and the datasets of a sandbox with all that is in them."""
    from atvos.sandbox import Sandbox

    _run(Sandbox(_load("sandbox", owner)).delete, dry_run)


def _run(action: Callable[[bool], Iterator[str]], dry_run: bool) -> None:
    from atvos.oncall.reach import errors

    try:
        for line in action(dry_run):
            typer.echo(f"would: {line}" if dry_run else line)
    except errors() as error:
        typer.echo(f"Google Cloud: {error}", err=True)
        raise typer.Exit(FAILED) from None


def _load(name: str, owner: str | None) -> Environment:
    try:
        return environments.load(name, owner)
    except SettingsError as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
