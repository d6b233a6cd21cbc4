"""``atvos backup``: what it asks, does and prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atvos import contract, models, names, options, settings, snapshot
from atvos.backup.manifest import BackupError
from atvos.models import Model
from atvos.oncall import local_stack
from atvos.settings import Settings
from atvos.table_work import RefusedError

if TYPE_CHECKING:
    from atvos.backup.restore import Restore
    from atvos.backup.store import BackupStore

INVALID, FAILED = 2, 1

app = typer.Typer(no_args_is_help=True, help="Keep copies of the marts, and put them back.")

_Bucket = Annotated[
    str | None,
    typer.Option(help="Where the backups are; default ATVOS_BACKUP_BUCKET, else the work bucket."),
]
_Marts = Annotated[
    list[str] | None, typer.Argument(help="Marts, like rpt_d1; without any, all of them.")
]


@app.command()
def create(
    marts: _Marts = None,
    bucket: _Bucket = None,
    local: options.Local = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the marts and their rows; write nothing.")
    ] = False,
) -> None:
    """Copy marts to Cloud Storage as Parquet, with a manifest of rows and checksums.

    The DAG `backup` does it every night.
    """
    from atvos.backup.create import Copier

    with _told(local) as chosen:
        tables = _chosen(built(chosen), marts)
        client, store = _clients(chosen, bucket)
        if dry_run:
            rows = snapshot.row_counts(client, chosen, names.MODELS)
            for model in tables:
                there = rows.get(model.table_name)
                typer.echo(f"{model.name}: {'not built yet' if there is None else f'{there} rows'}")
            typer.echo("dry run: nothing was written")
            return
        manifest = Copier(client, store, chosen).run(tables, datetime.now(UTC), typer.echo)
        typer.echo(
            f"backup {manifest.backup_id}: {len(manifest.marts)} marts, {manifest.rows:,} rows, "
            f"{manifest.size / 1e6:.1f} MB"
        )


@app.command(name="list")
def list_(bucket: _Bucket = None, local: options.Local = False) -> None:
    """Show the backups, the oldest first."""
    with _told(local) as chosen:
        _, store = _clients(chosen, bucket)
        found = list(store.all())
        for item in found:
            typer.echo(
                f"{item.backup_id}  {item.created_at:%Y-%m-%d %H:%M} UTC  {item.environment} "
                f"{(item.commit or 'working tree')[:12]}  {len(item.marts)} marts  "
                f"{item.rows:,} rows  {item.size / 1e6:.1f} MB"
            )
        if not found:
            typer.echo(f"no backup in {names.gcs_uri(store.bucket, names.backup_prefix(''))}")


@app.command()
def restore(  # noqa: PLR0913, PLR0917 - an option each
    backup: Annotated[str, typer.Argument(help="A backup, as `atvos backup list` names it.")],
    reason: Annotated[str, typer.Option(help="What for; it is recorded.")],
    marts: _Marts = None,
    owner: options.Owner = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove the rows that are in the marts now.")
    ] = False,
    bucket: _Bucket = None,
    local: options.Local = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compare files and contracts; write nothing.")
    ] = False,
) -> None:
    """Put marts of a backup back, into this environment's project, which may be empty.

    Each mart is staged, compared with the manifest, and exchanged in one transaction under its
    lock and on record. All that stands against it is told before anything is written. Ends
    with 2 where it is refused, and with 1 where it fails, and leaves that mart as it was.

    Example: atvos backup restore 20261128T053000Z-0f1e2d --reason "project was lost"
    """
    from atvos.backfill_command import default_owner

    with _told(local) as chosen:
        client, store = _clients(chosen, bucket)
        who = (owner or default_owner(), reason, replace)
        found = list(_restores(chosen, client, store, backup, marts, who))
        problems = [line for item in found for line in item.problems()]
        if problems:
            raise BackupError("\n".join(problems))
        if dry_run:
            typer.echo(f"{len(found)} marts can be restored; dry run: nothing was written")
            return
        for item in found:
            item.run(typer.echo)
        created = store.read(backup).created_at
        typer.echo(
            f"restored {len(found)} marts as of {created:%Y-%m-%d %H:%M} UTC; what sources changed "
            "since is built in with `atvos backfill`"
        )


def built(chosen: Settings) -> dict[str, Model]:
    """The models that are tables, by name."""
    found = models.load_models(chosen.sql_dir)
    return {name: model for name, model in found.items() if not model.is_view}


def _restores(
    chosen: Settings,
    client: Any,
    store: BackupStore,
    backup: str,
    marts: list[str] | None,
    who: tuple[str, str, bool],
) -> Iterator[Restore]:
    from atvos.backfill_command import find
    from atvos.backup.restore import Request, Restore

    manifest = store.read(backup)
    copies = {copy.mart: copy for copy in manifest.marts}
    known = {name: model for name, model in built(chosen).items() if name in copies}
    if marts is None and (gone := copies.keys() - known.keys()):
        raise BackupError(f"no mart {min(gone)!r} here; valid: {' '.join(sorted(known))}")
    for model in _chosen(known, marts):
        _, sources = find(model.name, chosen)
        request = Request(model, sources, manifest, copies[model.name], *who)
        yield Restore(client, store, chosen, request)


def _chosen(known: dict[str, Model], marts: list[str] | None) -> list[Model]:
    wanted = [name.removeprefix(f"{names.MARTS}.") for name in marts or known]
    for name in wanted:
        if name not in known:
            raise BackupError(f"no mart {name!r}; valid: {', '.join(known)}")
    return models.in_order(known[name] for name in wanted)


def _clients(chosen: Settings, bucket: str | None) -> tuple[Any, BackupStore]:
    from atvos.backup.store import BackupStore
    from atvos.oncall.reach import reach
    from atvos.user_clients import bigquery_client, storage_client

    client = bigquery_client(chosen)
    reach(client)
    return client, BackupStore(storage_client(chosen), bucket or chosen.backup_bucket)


@contextmanager
def _told(local: bool) -> Iterator[Settings]:
    """The settings; what goes wrong within is told, and ends the command."""
    from atvos.oncall.reach import errors

    try:
        if local:
            local_stack.join()
        yield settings.load()
    except (
        *(BackupError, RefusedError, contract.ContractError),
        *(local_stack.NoStackError, settings.SettingsError),
    ) as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
    except errors() as error:
        typer.echo(f"Google Cloud: {error}", err=True)
        raise typer.Exit(FAILED) from None
