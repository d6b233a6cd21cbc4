"""``atvos export``: what it asks, does and prints."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from atvos import contract, models, options, settings
from atvos.export import Export, ExportError, Format, Span, Style, find, write
from atvos.export.writers import Sheet
from atvos.oncall import local_stack
from atvos.settings import Settings

INVALID, FAILED = 2, 1


def export(  # noqa: PLR0913, PLR0917 - an option each
    table: Annotated[str, typer.Argument(help="A mart or a feed, like rpt_d1 or curated.trips.")],
    format_: Annotated[
        Format, typer.Option("--format", help="What the file is written as.")
    ] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; default TABLE.FORMAT, here.")
    ] = None,
    first: options.FirstDay = None,
    last: options.LastDay = None,
    decimal: Annotated[
        Style, typer.Option(help="CSV with 1.5 between commas, or with 1,5 between semicolons.")
    ] = Style.POINT,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    local: options.Local = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the query and its bytes; write nothing.")
    ] = False,
) -> None:
    """Write a table's rows to a file: CSV, an Excel workbook, or Parquet.

    Personal data is in no table in the clear. A workbook has a second sheet with what the
    columns mean and how old the data was. Ends with 2 where it is refused, and with 1 where
    it fails, and then leaves no file.

    Example: atvos export rpt_d1 --format xlsx --from 2025-06-01 --to 2025-06-30
    """
    from atvos.oncall.reach import errors

    try:
        if local:
            local_stack.join()
        chosen = settings.load()
        span = Span(*(moment.date() if moment else None for moment in (first, last)))
        feeds = contract.load_feeds(chosen.contract_dirs)
        found = find(table, span, feeds, models.load_models(chosen.sql_dir))
        file = output or Path(f"{found.table.name}.{format_}")
        _refuse_file(file, force)
        _run(chosen, found, file, format_, decimal, dry_run)
    except (ExportError, contract.ContractError, local_stack.NoStackError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    except OSError as error:
        typer.echo(f"{error.filename or 'export'}: {error.strerror or error}", err=True)
        raise typer.Exit(FAILED) from None
    except errors() as error:
        typer.echo(f"BigQuery: {error}", err=True)
        raise typer.Exit(FAILED) from None


def _refuse_file(file: Path, force: bool) -> None:
    if file.is_dir():
        raise ExportError(f"{file} is a folder; valid: --output with the name of a file")
    if file.exists() and not force:
        raise ExportError(f"{file} is there already; valid: another --output, or --force")
    if not file.parent.is_dir():
        raise ExportError(f"{file.parent}: no such folder; valid: an --output below one")


def _run(
    chosen: Settings, found: Export, file: Path, format_: Format, style: Style, dry_run: bool
) -> None:
    from rich.console import Console

    from atvos import jobs
    from atvos.oncall.reach import reach
    from atvos.user_clients import bigquery_client

    client = bigquery_client(chosen)
    reach(client)
    configuration = found.query(chosen)
    if dry_run:
        typer.echo(configuration["query"]["query"])
        read = jobs.estimate(client, configuration)
        typer.echo(f"reads {read / 1e9:.3f} GB as BigQuery estimates; nothing was written")
        return
    as_of = _data_as_of(client, chosen, found)
    now = datetime.now(UTC)
    facts = [
        ("tabela", found.name),
        ("descrição", found.table.purpose),
        ("dados até", as_of),
        ("exportado em", now.isoformat(timespec="seconds")),
        ("ambiente", chosen.environment),
        ("horários", "America/Sao_Paulo"),
    ]
    sheet = Sheet(found.table.name, found.columns, facts)
    console = Console(stderr=True)
    with console.status(f"reading {found.name}") as status:
        rows = write(
            *(file, format_, style, sheet, found.batches(client, chosen)),
            tell=lambda count: status.update(f"{found.name}: {count:,} rows"),
        )
    typer.echo(f"wrote {file}: {rows:,} rows, {len(found.columns)} columns; data as of {as_of}")


def _data_as_of(client: object, chosen: Settings, found: Export) -> str:
    """The date of the data and its state, as people are told them."""
    from google.api_core.exceptions import GoogleAPICallError

    from atvos import jobs, names

    sql = f"SELECT data_as_of, state FROM `{names.OPS}.freshness` WHERE dataset = @dataset"
    parameters = [jobs.string_parameter("dataset", found.table.name)]
    labels, limit = {"step": "export"}, chosen.maximum_bytes_billed
    try:
        rows = jobs.run(client, jobs.query(sql, labels, limit, parameters))
    except GoogleAPICallError:  # who reads marts may have no right to read operations
        return "unknown"
    if not rows or rows[0]["data_as_of"] is None:
        return "unknown"
    return f"{rows[0]['data_as_of'].isoformat(timespec='seconds')} ({rows[0]['state']})"
