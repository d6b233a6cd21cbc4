"""``atvos retention``: what it asks, does and prints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from atvos import contract, models, options, settings
from atvos.contract import ContractError

FAILED = 1

app = typer.Typer(no_args_is_help=True, help="Remove what has had its time.")


@app.callback()
def main() -> None:
    """Remove what has had its time."""


@app.command()
def run(
    local: options.Local = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what is due; remove nothing.")
    ] = False,
) -> None:
    """Remove staging tables of ended batches and old batch folders; say what goes by itself.

    The DAG `retention` does it every night. Ends with 2 where a contract is refused, and with 1
    where it fails; running it again is safe.

    Example: atvos retention run --dry-run
    """
    from atvos.oncall.reach import errors, reach
    from atvos.retention.store import Retention
    from atvos.user_clients import bigquery_client, storage_client

    if local:
        options.join_local_stack()
    chosen = settings.load()
    now = datetime.now(UTC)
    try:
        bq = bigquery_client(chosen)
        reach(bq)
        feeds = contract.load_feeds(chosen.contract_dirs)
        known = models.load_models(chosen.sql_dir)
        retention = Retention(bq, storage_client(chosen), chosen, feeds, known)
        due = retention.due(now)
        for item in due:
            typer.echo(item.line())
        for promise in retention.promises(now):
            typer.echo(promise.line())
        if dry_run:
            typer.echo(f"dry run: {len(due)} are due, nothing was removed")
            return
        removed = retention.remove(due)
    except ContractError as error:
        typer.echo(error, err=True)
        raise typer.Exit(options.INVALID) from None
    except errors() as error:
        typer.echo(f"Google Cloud: {error}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"removed {removed}")
