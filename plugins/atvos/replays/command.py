"""``atvos replay``: what it asks, does and prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from atvos import backfill_command, contract, options, settings
from atvos.contract import ContractError, Feed
from atvos.replays import core
from atvos.replays.core import ReplayError

if TYPE_CHECKING:
    from atvos.replays.store import Count, Done

FAILED = 1
_SHOWN = 5


def replay(  # noqa: PLR0913, PLR0917  a command has as many arguments as options
    feed: Annotated[str, typer.Argument(help="Name of a feed, like km_bulletins.")],
    reason: Annotated[
        list[str] | None,
        typer.Option(help="A code like enum:tipo, or a kind of codes like enum; repeatable."),
    ] = None,
    object_name: Annotated[
        str | None, typer.Option("--object", help="The object that they were read from.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First UTC day on which they landed."),
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many records, the oldest first.")] = 10_000,
    because: Annotated[str, typer.Option(help="What was corrected; it is recorded.")] = "",
    owner: options.Owner = None,
    local: options.Local = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count them by reason and object; write nothing.")
    ] = False,
) -> None:
    """Send rejected records of FEED through the front door again, after its contract was corrected.

    They land as a new object and are judged anew. They leave quarantine when that is published;
    until then they are on their way, and are not sent again. Ends with 2 where it is refused, and
    with 1 where it fails; running it again is safe.

    Example: atvos replay km_bulletins --reason enum --because "new vehicle type allowed"
    """
    from atvos.oncall.reach import errors, reach
    from atvos.replays.store import Replays, Wanted
    from atvos.user_clients import bigquery_client, storage_client

    if local:
        options.join_local_stack()
    chosen = settings.load()
    now = datetime.now(UTC)
    wanted = Wanted(tuple(reason or ()), object_name, since.date() if since else None, limit)
    try:
        found = _feed(feed, contract.load_feeds(chosen.contract_dirs))
        core.check(found)
        bq = bigquery_client(chosen)
        reach(bq)
        replays = Replays(bq, storage_client(chosen), chosen, found)
        for line in [] if dry_run else replays.resume(now):
            typer.echo(line)
        counts = replays.counts(wanted, now.date())
        _show(counts)
        if dry_run:
            typer.echo("dry run: nothing was written")
            return
        _refuse_what_never_can(counts)
        who = owner or backfill_command.default_owner()
        _tell(replays.send(wanted, who, because, now))
    except (ReplayError, ContractError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(options.INVALID) from None
    except errors() as error:
        typer.echo(f"Google Cloud: {error}", err=True)
        raise typer.Exit(FAILED) from None


def _feed(name: str, feeds: dict[str, Feed]) -> Feed:
    if name not in feeds:
        raise ReplayError(f"no feed {name!r}; valid: {', '.join(feeds)}")
    return feeds[name]


def _show(counts: Iterable[Count]) -> None:
    listed = list(counts)
    ready = [c for c in listed if c.is_record and not c.on_its_way]
    typer.echo(f"{_rows(ready)} records to replay")
    for code, count in core.by_reason((c.reasons, c.row_count) for c in ready).items():
        typer.echo(f"  {code}: {count}")
    for name in dict.fromkeys(c.object for c in ready):
        typer.echo(f"  in {name}: {_rows(c for c in ready if c.object == name)}")
    if away := _rows(c for c in listed if c.on_its_way):
        typer.echo(f"{away} records are on their way already, and are skipped")
    for lost in listed:
        if not lost.is_record and not lost.on_its_way:
            typer.echo(
                f"{lost.row_count} of {lost.object} cannot be replayed line by line "
                f"({', '.join(lost.reasons)}): land the corrected object again"
            )


def _refuse_what_never_can(counts: Iterable[Count]) -> None:
    listed = [c for c in counts if not c.on_its_way]
    if listed and not any(c.is_record for c in listed):
        raise ReplayError("none of them is a whole record; valid: land the objects again")


def _tell(done: Done) -> None:
    for line in done.gone[:_SHOWN]:
        typer.echo(f"stays in quarantine: {line}", err=True)
    if len(done.gone) > _SHOWN:
        typer.echo(f"and {len(done.gone) - _SHOWN} more stay there", err=True)
    if not done.sent:
        typer.echo("nothing was sent")
        return
    typer.echo(f"replay {done.replay_id}: {done.sent} records are on their way in")
    for name in done.objects:
        typer.echo(f"  {name}")


def _rows(counts: Iterable[Count]) -> int:
    return sum(count.row_count for count in counts)
