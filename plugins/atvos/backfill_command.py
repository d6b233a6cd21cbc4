"""What ``atvos backfill`` asks, does and prints."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Mapping
from datetime import date

from rich.console import Console

from atvos import contract, models, names, settings
from atvos.backfill import Backfill, BackfillError, Preview, Request
from atvos.contract import Table
from atvos.models import Model
from atvos.settings import Settings
from atvos.user_clients import bigquery_client

_SHOWN_PARTITIONS = 8


def run(
    table: str, first: date | None, last: date | None, owner: str, reason: str, dry_run: bool
) -> None:
    """Preview the backfill, and do it unless it is a dry run.

    BackfillError where it is refused or stopped; what the client raises passes on.
    """
    console = Console(soft_wrap=True, highlight=False)
    chosen = settings.load()
    model, sources = find(table, chosen)
    request = Request(model, *_days(model, first, last), owner, reason)
    build = request.build  # refused before anything is asked of BigQuery
    backfill = Backfill(bigquery_client(chosen), chosen, request, build, sources)
    _show(console, model, backfill.preview(), sources)
    if dry_run:
        console.print("dry run: nothing was written")
        return
    console.print(f"backfill {backfill.backfill_id} by {owner}: {reason}")
    rows = backfill.run(lambda text: console.print(f"  {text}"))
    console.print(f"published {rows} rows; recorded in {names.BACKFILLS}")


def find(table: str, chosen: Settings) -> tuple[Model, dict[str, Table]]:
    """The model of that name, and the tables that it reads by ``dataset.table``."""
    feeds = contract.load_feeds(chosen.contract_dirs)
    found = models.load_models(chosen.sql_dir)
    built = {name: model for name, model in found.items() if not model.is_view}
    name = table.removeprefix(f"{names.MARTS}.")
    if name not in built:
        valid = ", ".join(built)
        if name.removeprefix(f"{names.CURATED}.") in feeds:
            raise BackfillError(
                f"{table} is a feed: what was read once is replayed from its objects; "
                f"valid: a mart, one of {valid}"
            )
        raise BackfillError(f"no mart {table!r}; valid: {valid}")
    known: Mapping[str, Table] = {
        **{names.curated_table(feed): value for feed, value in feeds.items()},
        **{model.view_name: model for model in built.values()},
    }
    model = built[name]
    return model, {source: known[source] for source in model.sources if source in known}


def default_owner() -> str:
    """Who runs this: git's e-mail address, or else the name of the user."""
    asked = ["git", "config", "user.email"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10)
    except OSError:
        return getpass.getuser()
    return found.stdout.strip() or getpass.getuser()


def _days(model: Model, first: date | None, last: date | None) -> tuple[date, date]:
    if model.partition is None:
        if first or last:
            raise BackfillError(f"{model.name} has no partitions; valid: neither --from nor --to")
        return date.min, date.max
    if first is None or last is None:
        raise BackfillError(f"{model.name} is partitioned; valid: --from and --to, as 2025-06-01")
    return first, last


def _show(console: Console, model: Model, preview: Preview, sources: Mapping[str, Table]) -> None:
    console.print(f"{model.table_name}, shown as {model.view_name}, from {', '.join(sources)}")
    count = len(preview.partitions)
    if count:
        shown = [day.isoformat() for day in preview.partitions[:_SHOWN_PARTITIONS]]
        more = f" and {count - len(shown)} more" if count > len(shown) else ""
        span = f"{preview.days[0]} to {preview.days[-1]}"
        listed = f"{', '.join(shown)}{more}"
        console.print(f"  partitions  {count} ({model.period}, days {span}): {listed}")
    else:
        console.print("  partitions  none: the whole table")
    console.print(f"  reads       {preview.bytes_read / 1e9:.3f} GB as BigQuery estimates")
    if preview.lock is not None:
        console.print(f"  locked      by {preview.lock.owner}, {preview.lock.reason}")
