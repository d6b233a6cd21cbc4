"""Walks from a table back to its objects, and finds the first link that does not hold."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from atvos import names
from atvos.contract import Feed
from atvos.oncall import feed_links, mart_links, metric_link
from atvos.oncall.chain import Case, Finding, Link, Look
from atvos.oncall.facts import Facts


class UnknownTableError(ValueError):
    """No feed and no mart has the name."""


def find(name: str, facts: Facts) -> Finding:
    """The finding on the table of that name.

    A mart's own links come first: what it has not taken in is its own fault. Where they hold,
    the walk goes on to the source furthest behind, and its finding is the mart's.
    """
    case = Case(facts, name)
    return Finding(case.state, chain := _chain(case), _first_broken(chain))


def _chain(case: Case) -> tuple[Link, ...]:
    if isinstance(case.state.table, Feed):
        return tuple(feed_links.links(case))
    own = tuple(mart_links.links(case))
    metric = metric_link.link(case)
    if not case.is_late or not case.late_sources:
        return (*own, mart_links.sources(case), metric)
    if _first_broken(own):
        return (*own, metric)
    return (*own, *_chain(Case(case.facts, case.late_sources[0])), metric)


def resolve(name: str, known: Iterable[str]) -> str:
    """The name of the feed or mart that people call ``curated.x``, ``marts.x`` or ``x``.

    UnknownTableError says which there are.
    """
    valid = sorted(known)
    bare = name.removeprefix(f"{names.CURATED}.").removeprefix(f"{names.MARTS}.")
    if bare in valid:
        return bare
    near = difflib.get_close_matches(bare, valid, 1)
    meant = f" (do you mean {near[0]}?)" if near else ""
    raise UnknownTableError(f"no feed or mart {name!r}{meant}; valid: {', '.join(valid)}")


def _first_broken(chain: tuple[Link, ...]) -> Link | None:
    return next((link for link in chain if link.look is Look.BROKEN), None)
