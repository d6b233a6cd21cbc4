"""What a reconcile may put right by itself, because the ledger says beyond doubt what is right.

Everything else is counted and alerted, and left to people: a row too many or too few has a cause,
and a repair would hide it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from atvos.contract import Feed
from atvos.replays.core import NoTablesError
from atvos.replays.store import Replays
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery, storage


def of_feed(
    bq: bigquery.Client,
    gcs: storage.Client,
    settings: Settings,
    feed: Feed,
    landed: Collection[str],
    now: datetime,
) -> list[str]:
    """Repair what is safe to repair; what was done, and what somebody should do, in sentences.

    Records are taken out of quarantine whose replay is published. A replay that was claimed and
    has not landed is only told of: it needs to read what landed, which this may not. ``landed``
    are the names of the feed's objects in the landing bucket. Raises what the clients raise.
    """
    replays = Replays(bq, gcs, settings, feed)
    try:
        left = replays.leftovers(now.date())
        stuck = replays.stuck(now, landed)
    except NoTablesError:  # the first time of all
        return []
    done = [f"took {left} records out of quarantine whose replay is published"] if left else []
    return done + [
        f"replay {identity} has not landed: run `atvos replay {feed.name}` to go on with it"
        for identity in stuck
    ]
