"""The command line: what an engineer does with contracts and SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from atvos import contract, settings
from atvos.contract import ContractError

INVALID = 2
"""Exit code where what was given is refused."""

FAILED = 1
"""Exit code of what failed while it ran."""

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
contracts = typer.Typer(no_args_is_help=True, help="Look at contracts.")
app.add_typer(contracts, name="contract")
sql = typer.Typer(no_args_is_help=True, help="Prove SQL before it runs.")
app.add_typer(sql, name="sql")


@app.callback()
def main() -> None:
    """What an engineer does with contracts and SQL."""


@contracts.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Contract files; without any, all of dags/contracts."),
    ] = None,
) -> None:
    """Check contracts against the standard's JSON schema and the platform's own rules.

    Every problem is printed with file, attribute, bad value and a valid form.
    """
    from atvos.contract import odcs

    problems = []
    if files is None:
        folders = settings.load().contract_dirs
        chosen = contract.contract_files(folders)
        problems += _problems(lambda: contract.load_feeds(folders))
    else:
        chosen = files
        for file in chosen:
            problems += _problems(lambda file=file: contract.load_feed(file))
    for file in chosen:
        problems += _problems(lambda file=file: _raise(odcs.problems(file)))
    _refuse(dict.fromkeys(problems))
    typer.echo(f"{len(chosen)} contracts are valid")


@contracts.command()
def ddl(name: Annotated[str, typer.Argument(help="Name of a feed.")]) -> None:
    """Print the DDL of a feed's tables."""
    from atvos import tables

    feeds = contract.load_feeds(settings.load().contract_dirs)
    if name not in feeds:
        typer.echo(f"no feed {name!r}; valid: {', '.join(feeds)}", err=True)
        raise typer.Exit(INVALID)
    for spec in (tables.curated(feeds[name]), tables.quarantine(feeds[name])):
        typer.echo(spec.ddl())


@contracts.command(name="diff")
def contract_diff(
    base: Annotated[
        str, typer.Argument(help="A git revision, or else a folder laid out like the repository.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say what the contracts change since BASE, and refuse what a table cannot take.

    Ends with 2 where a change is breaking or the version is not raised by enough, and with 1
    where BASE cannot be read.
    """
    from rich.console import Console

    from atvos import gate
    from atvos.gate import base as states
    from atvos.gate import report

    chosen = settings.load()
    try:
        before = states.base_tables(base, chosen)
        diffs = gate.compare_all(before, states.tables(chosen))
    except states.BaseError as error:
        typer.echo(f"BASE: {error}", err=True)
        raise typer.Exit(FAILED) from None
    except ContractError as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    if as_json:
        typer.echo(json.dumps(report.as_json(base, diffs), indent=2, ensure_ascii=False))
    else:
        report.show(diffs, Console(soft_wrap=False))
    _refuse(problem for diff in diffs for problem in diff.problems)


@sql.command(name="check")
def sql_check(
    only: Annotated[
        str | None,
        typer.Option(help="One part alone: analyze, rules or lint.", metavar="PART"),
    ] = None,
) -> None:
    """Type-check, judge and lint every query and every statement that the platform generates.

    Nothing is run. Every problem is printed with file, place, what was found and what is valid.
    """
    from rich.console import Console

    from atvos.sqlcheck.environment import ToolError
    from atvos.sqlcheck.run import Part, check

    if only not in (None, *Part):
        typer.echo(f"--only: found {only!r}; valid: {', '.join(Part)}", err=True)
        raise typer.Exit(INVALID)
    try:
        problems = check(settings.load(), Part(only) if only else None, Console(soft_wrap=True))
    except (ContractError, ToolError, OSError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    _refuse(problems)


@app.command(name="try")
def try_(
    contract_file: Annotated[
        Path, typer.Argument(metavar="CONTRACT", help="A contract, committed or not.")
    ],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files of that feed.")],
    state_dir: Annotated[
        Path | None, typer.Option(help="State directory of the stack; default .local.")
    ] = None,
) -> None:
    """Run files through a contract on the embedded stack, and say what became of every row.

    The files are uploaded to the local landing bucket and ingested by the contract's own
    DAG, into tables named try_<feed>. Nothing of an earlier try is left in them. Start the
    stack with `make up` first.
    """
    # The embedded stack is part of the repository, not of what is deployed.
    from local.tryout import run

    problems = _problems(lambda: contract.load_feed(contract_file))
    problems += [f"{file}: no such file" for file in files if not file.is_file()]
    _refuse(problems)
    raise typer.Exit(run(contract_file, files, state_dir))


def _refuse(problems: Iterable[object]) -> None:
    """Print the problems and end with INVALID; nothing happens where there are none."""
    found = [str(problem) for problem in problems]
    for problem in found:
        typer.echo(problem, err=True)
    if found:
        raise typer.Exit(INVALID)


def _problems(load: object) -> list[str]:
    try:
        load()  # type: ignore[operator]
    except ContractError as error:
        return [str(problem) for problem in error.problems]
    return []


def _raise(problems: list[contract.Problem]) -> None:
    if problems:
        raise ContractError(problems)
