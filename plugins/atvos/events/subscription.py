"""The Pub/Sub subscription of a feed: its name, and the filter that it is made with."""

from __future__ import annotations

import re

from atvos import names
from atvos.events.messages import FINALIZED

FEED = "{feed}"
LONGEST_FILTER = 256
"""Bytes that Pub/Sub takes as a filter."""

_ID = re.compile(r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}")


class SubscriptionError(ValueError):
    """A subscription's name cannot be one."""


def of_feed(template: str, feed: str) -> str:
    """The id of the feed's subscription. SubscriptionError where ``template`` has no {feed}.

    A subscription gives a message to one reader alone: feeds that shared one would take each
    other's.

    >>> of_feed("landing-{feed}", "trips")
    'landing-trips'
    """
    found = template.replace(FEED, feed)
    if FEED not in template or not _ID.fullmatch(found) or found.startswith("goog"):
        raise SubscriptionError(
            f"ATVOS_EVENT_SUBSCRIPTION: found {template!r}; valid: the id of a subscription with "
            f"{FEED} in it, like landing-{FEED}"
        )
    return found


def filter_of(feed: str) -> str:
    """The filter of the feed's subscription; Pub/Sub acknowledges by itself what it leaves out."""
    prefix = names.landing_prefix(feed)
    return f'attributes.eventType = "{FINALIZED}" AND hasPrefix(attributes.objectId, "{prefix}")'
