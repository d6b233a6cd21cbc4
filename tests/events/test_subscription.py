"""Each feed has a subscription of its own, which hears of its objects alone."""

import pytest

from atvos.contract import load_feeds
from atvos.events.subscription import LONGEST_FILTER, SubscriptionError, filter_of, of_feed
from local.layout import CONTRACTS


def test_every_feed_has_a_subscription_of_its_own() -> None:
    feeds = load_feeds((CONTRACTS,))

    found = {of_feed("landing-{feed}", feed) for feed in feeds}

    assert len(found) == len(feeds) > 5
    assert "landing-telemetry_events" in found


@pytest.mark.parametrize(
    "template", ["", "landing", "{feed", "1-{feed}", "a/{feed}", "goog-{feed}"]
)
def test_what_can_be_no_subscription_of_a_feed_is_refused(template: str) -> None:
    with pytest.raises(SubscriptionError, match=r"valid: the id of a subscription with \{feed\}"):
        of_feed(template, "trips")


def test_the_longest_feeds_filter_is_one_that_pub_sub_takes() -> None:
    assert len(filter_of("f" * 48)) <= LONGEST_FILTER
    assert filter_of("trips") == (
        'attributes.eventType = "OBJECT_FINALIZE" AND hasPrefix(attributes.objectId, "trips/")'
    )
