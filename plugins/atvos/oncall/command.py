"""The commands ``atvos status`` and ``atvos why``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from atvos import settings
from atvos.contract import ContractError, Layer
from atvos.dataset_state import Freshness
from atvos.settings import Settings

if TYPE_CHECKING:
    from atvos.oncall.gather import Clients, Repository

FAILED, REFUSED, LATE = 1, 2, 3
"""Exit codes: what failed while it ran, what was given wrongly, something is late."""

_PIPED_WIDTH = 220

_Json = Annotated[bool, typer.Option("--json", help="Print JSON; its form is in docs/oncall.md.")]
_Local = Annotated[
    bool, typer.Option("--local", help="On the embedded stack that `make up` started.")
]


def status(
    as_json: _Json = False,
    watch: Annotated[
        float | None, typer.Option(min=1, metavar="SECONDS", help="Look again and again.")
    ] = None,
    layer: Annotated[
        list[Layer] | None, typer.Option(help="Only this layer; may be repeated.")
    ] = None,
    state: Annotated[
        list[Freshness] | None, typer.Option(help="Only this state; may be repeated.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 3 if something is late.")
    ] = False,
    local: _Local = False,
) -> None:
    """Show every dataset, the stalest first: state, age, SLO, last batch, what waits.

    Ends with 0, with 1 where BigQuery or Cloud Storage cannot be read, with 2 where the
    options contradict each other, and with 3 only under --exit-code.
    """
    from atvos.oncall import status as shown

    if watch and (as_json or exit_code):
        _refuse("--watch: neither with --json nor with --exit-code")
    clients, repository = _open(local)

    def look() -> bool:
        now = datetime.now(UTC)
        with _told():
            states = clients.states(repository, now).values()
        found = shown.worst_first(shown.chosen(states, layer or (), state or ()))
        if as_json:
            _print_json(shown.as_json(found, now))
        else:
            console = _console()
            if watch:
                console.clear()
            console.print(shown.table(found, now))
        return shown.needs_care(found)

    if watch:
        _again_and_again(look, watch)
    elif look() and exit_code:
        raise typer.Exit(LATE)


def why(
    table: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A feed or mart like fct_km_divergence; or a system."),
    ],
    as_json: _Json = False,
    local: _Local = False,
) -> None:
    """Say why a table is as old as it is: the first broken link, and what to do.

    Walks from a mart to what it reads, and from a feed to batches, tasks and objects. Airflow
    is asked at ATVOS_AIRFLOW_URL, Prometheus at ATVOS_PROMETHEUS_URL. Of a system that the data
    comes from it says which alerts fire. Ends with 0 whatever it finds, with 1 where BigQuery or
    Cloud Storage cannot be read, and with 2 for a name that there is not.
    """
    from atvos.oncall import gather, report
    from atvos.oncall.why import UnknownTableError, find, resolve

    clients, repository = _open(local)
    try:
        name = resolve(table, [*repository.feeds, *repository.models])
    except UnknownTableError as error:
        if not _shown_as_system(table, as_json):
            _refuse(error)
        return
    with _told():
        finding = find(name, gather.facts(name, repository, clients, datetime.now(UTC)))
    if as_json:
        _print_json(report.as_json(finding))
    else:
        report.show(finding, _console())


def _shown_as_system(name: str, as_json: bool) -> bool:
    """Show what fires about the system of that name; false where Prometheus watches none."""
    from atvos.oncall import system
    from atvos.oncall.prometheus_api import Prometheus
    from atvos.oncall.sessions import ServiceError

    url = settings.load().prometheus_url
    if url is None:
        return False
    try:
        prometheus = Prometheus(url)
        if name not in prometheus.systems():
            return False
        alarms = prometheus.alarms(name)
    except ServiceError as error:
        typer.echo(error, err=True)
        return False
    if as_json:
        _print_json(system.as_json(name, alarms))
    else:
        system.show(name, alarms, _console())
    return True


def _open(local: bool) -> tuple[Clients, Repository]:
    """Clients of what there is to read, and the tables that there should be."""
    from atvos.oncall import local_stack
    from atvos.oncall.gather import Repository

    try:
        if local:
            local_stack.join()
        chosen = settings.load()
        repository = Repository.load(chosen)
    except (local_stack.NoStackError, settings.SettingsError, ContractError, OSError) as error:
        _refuse(error)
    with _told():
        return _clients(chosen), repository


def _clients(chosen: Settings) -> Clients:
    from atvos.oncall.gather import Clients
    from atvos.oncall.reach import reach
    from atvos.user_clients import bigquery_client, storage_client

    bq = bigquery_client(chosen)
    reach(bq)
    return Clients(bq, storage_client(chosen), chosen)


@contextmanager
def _told() -> Iterator[None]:
    """End with FAILED, and a message, where Google's services cannot be read."""
    import requests

    from atvos.oncall.reach import errors

    try:
        yield
    except errors() as error:
        told = str(error)
        if isinstance(error, requests.RequestException) and error.request is not None:
            told = f"no answer from {error.request.url}"
        typer.echo(f"BigQuery or Cloud Storage: {told}", err=True)
        raise typer.Exit(FAILED) from None


def _again_and_again(look: Callable[[], object], seconds: float) -> None:
    """Until somebody interrupts; what cannot be read now may be read next time."""
    try:
        while True:
            with suppress(typer.Exit):
                look()
            time.sleep(seconds)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _console() -> Console:
    """A console that leaves lines whole where no terminal says how wide it is."""
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(width=width, soft_wrap=True, highlight=False)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _refuse(problem: object) -> NoReturn:
    typer.echo(problem, err=True)
    raise typer.Exit(REFUSED)
