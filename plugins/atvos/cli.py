"""The command line: what engineers do with contracts and SQL, and people on call with tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from atvos import contract, environment_command, options, settings
from atvos.backup import command as backing_up
from atvos.composer import command as composer
from atvos.contract import ContractError
from atvos.deploy import command as deploying
from atvos.export import command as exporting
from atvos.flex_template import command as template
from atvos.monitoring import command as monitoring
from atvos.oncall import command as oncall
from atvos.options import INVALID
from atvos.powerbi import command as powerbi
from atvos.replays import command as replaying
from atvos.retention import command as retaining

FAILED = 1
"""Exit code of what failed while it ran."""

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
contracts = typer.Typer(no_args_is_help=True, help="Look at contracts.")
app.add_typer(contracts, name="contract")
sql = typer.Typer(no_args_is_help=True, help="Prove SQL before it runs.")
app.add_typer(sql, name="sql")
docs = typer.Typer(no_args_is_help=True, help="Keep the data dictionary.")
app.add_typer(docs, name="docs")
feeds = typer.Typer(no_args_is_help=True, help="Start a feed.")
app.add_typer(feeds, name="feed")
app.add_typer(monitoring.app, name="monitoring")
app.add_typer(composer.app, name="composer")
app.add_typer(deploying.app, name="deploy")
app.add_typer(template.app, name="template")
app.add_typer(backing_up.app, name="backup")
app.add_typer(powerbi.app, name="powerbi")
app.add_typer(retaining.app, name="retention")
app.add_typer(environment_command.app, name="env")
app.add_typer(environment_command.sandbox, name="sandbox")
app.command()(oncall.status)
app.command()(oncall.why)
app.command()(exporting.export)
app.command()(replaying.replay)


@app.callback()
def main() -> None:
    """What engineers do with contracts and SQL, and people on call with tables."""


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


@feeds.command(name="new")
def feed_new(
    name: Annotated[str, typer.Argument(help="Name of the feed and of its table.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Samples of its source.")],
    into: Annotated[
        Path | None, typer.Option(help="A folder laid out like the repository; default: it.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the contract and write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a contract and a test that are there.")
    ] = False,
) -> None:
    """Write the contract of a new feed, and its first test, from sample files.

    Format, columns, types, key and personal data are guessed; each guess is marked `inferred`
    in the contract. Nothing that looks like personal data is written.

    Example: atvos feed new fuel_receipts receipts.csv
    """
    from atvos.scaffold import SampleError, scaffold, writing

    _refuse(writing.name_problems(name))
    try:
        proposed = scaffold(name, files, datetime.now(UTC))
    except SampleError as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    for finding in proposed.findings:
        typer.echo(finding, err=dry_run)
    if dry_run:
        typer.echo(proposed.files[proposed.contract].decode(), nl=False)
        return
    root = into or settings.load().dags_dir.parent
    _refuse(writing.write_problems(proposed, root, force))
    try:
        written = writing.write(proposed, root)
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}", err=True)
        raise typer.Exit(FAILED) from None
    for file in written:
        typer.echo(f"wrote {file}")
    typer.echo(writing.next_step(root / proposed.contract, files))


_Folder = Annotated[
    Path | None, typer.Option("--folder", help="The dictionary's folder; default docs/dictionary.")
]


@docs.command(name="build")
def docs_build(folder: _Folder = None) -> None:
    """Write the data dictionary from the contracts and models, and say what changed."""
    from atvos.dictionary import files

    place = folder or files.FOLDER
    difference = files.write(_pages(), place)
    for line in difference.lines(place):
        typer.echo(line)
    if not difference:
        typer.echo(f"{place}: nothing changed")


@docs.command(name="check")
def docs_check(folder: _Folder = None) -> None:
    """Say where the data dictionary is not what the contracts and models make it.

    Ends with 2 where a page is missing, stale or superfluous.
    """
    from atvos.dictionary import files

    place = folder or files.FOLDER
    texts = _pages()
    found = files.compare(texts, place).lines(place)
    _refuse([*found, "run `make docs`, and commit what it writes"] if found else [])
    typer.echo(f"{len(texts)} pages are up to date")


def _pages() -> dict[str, str]:
    from atvos.dictionary import files
    from atvos.dictionary.lineage import LineageError

    chosen = settings.load()
    try:
        return files.pages(files.load(chosen.dags_dir / "contracts", chosen.sql_dir))
    except (ContractError, LineageError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None


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


@app.command()
def backfill(
    table: Annotated[str, typer.Argument(help="A mart, like fct_km_divergence.")],
    reason: Annotated[str, typer.Option(help="What for; it is recorded.")],
    first: options.FirstDay = None,
    last: options.LastDay = None,
    owner: options.Owner = None,
    local: options.Local = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show partitions and bytes; write nothing.")
    ] = False,
) -> None:
    """Build a mart's periods anew: stage, check, exchange, under a lock and on record.

    Whole periods are built, so a day of a monthly mart means its month. While it runs the
    scheduled builds of the mart wait. Needs the rights to write models and ops; ends with 2
    where it is refused, and with 1 where it fails, and then leaves the mart as it was.
    """
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError

    from atvos import backfill_command
    from atvos.backfill import CheckError
    from atvos.table_work import RefusedError

    if local:
        options.join_local_stack()
    begin, end = (moment.date() if moment else None for moment in (first, last))
    who = owner or backfill_command.default_owner()
    try:
        backfill_command.run(table, begin, end, who, reason, dry_run)
    except (RefusedError, ContractError) as error:
        typer.echo(error, err=True)
        failed = isinstance(error, CheckError)
        raise typer.Exit(FAILED if failed else INVALID) from None
    except (GoogleAPICallError, GoogleAuthError) as error:
        typer.echo(f"BigQuery: {error}", err=True)
        raise typer.Exit(FAILED) from None


@app.command()
def release(
    batch: Annotated[
        str | None, typer.Argument(help="A batch that is held; without one, all are listed.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why its checks may be passed over.")] = "",
    owner: options.Owner = None,
    local: options.Local = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the batch; publish nothing.")
    ] = False,
) -> None:
    """Publish a batch that a failed check holds back, with name and reason on record.

    Its rejected rows stay in quarantine. Ends with 2 where it is refused, and with 1 where it
    fails; running it again is safe.

    Example: atvos release 0f1e2d3c4b5a69788796 --reason "carrier confirmed the gap"
    """
    from atvos import backfill_command, held
    from atvos.oncall.reach import errors, reach
    from atvos.user_clients import bigquery_client, storage_client

    if local:
        options.join_local_stack()
    chosen = settings.load()
    try:
        bq = bigquery_client(chosen)
        reach(bq)
        feeds = contract.load_feeds(chosen.contract_dirs)
        batches = held.HeldBatches(bq, storage_client(chosen), chosen, feeds)
        for found in batches.all() if batch is None else [batches.find(batch)]:
            typer.echo(found.line())
        if batch is None or dry_run:
            return
        batches.release(found, owner or backfill_command.default_owner(), reason)
    except (held.ReleaseError, ContractError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    except errors() as error:
        typer.echo(f"Google Cloud: {error}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"{batch} is published; the marts take it in with their next run")


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
