"""`atvos deploy`: put a commit into an environment, look at what is there, go back."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from atvos import environments
from atvos.deploy.errors import DeployError, RefusedError
from atvos.settings import SettingsError

if TYPE_CHECKING:
    from atvos.deploy.deploying import Desk

INVALID = 2
FAILED = 1

app = typer.Typer(invoke_without_command=True, help="Deploy to an environment, and go back.")

_REPOSITORY = Path(__file__).resolve().parents[3]
_GO_ON = "\nrun it again, and it goes on where it stopped; or go back: atvos deploy rollback"

_Env = Annotated[str, typer.Option("--env", help="An environment, like dev or prod.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan; write nothing.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask, where prod is meant.")]
_NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not ask Airflow what it makes of it.")]
_Timeout = Annotated[float, typer.Option(help="How long Airflow may take, in seconds.", min=1)]


@app.callback()
def deploy(
    context: typer.Context,
    env: Annotated[str | None, typer.Option("--env", help="An environment, like dev.")] = None,
    dry_run: _DryRun = False,
    yes: _Yes = False,
    skip_checks: Annotated[
        bool, typer.Option("--skip-checks", help="Deploy whatever it is; never to prod.")
    ] = False,
    no_wait: _NoWait = False,
    timeout: _Timeout = 600,
) -> None:
    """Put the commit that is checked out into an environment, and see that Airflow takes it.

    Where Airflow cannot import it, what was there before is put in place again. Ends with 2
    where it is refused, and with 1 where it failed.

    Example: atvos deploy --env dev --dry-run
    """
    if context.invoked_subcommand is not None:
        return
    if env is None:
        typer.echo(f"--env is missing; valid: {', '.join(environments.names())}", err=True)
        raise typer.Exit(INVALID)
    with _errors(_GO_ON):
        from atvos.deploy.deploying import Wishes

        wishes = Wishes(dry_run, yes, no_wait, timeout)
        _desk(env).deploy(wishes, skip_checks=skip_checks)


@app.command()
def rollback(
    env: _Env,
    to: Annotated[
        str | None,
        typer.Option("--to", help="A deploy of `atvos deploy list`; default the last good."),
    ] = None,
    dry_run: _DryRun = False,
    yes: _Yes = False,
    no_wait: _NoWait = False,
    timeout: _Timeout = 600,
) -> None:
    """Put an earlier deploy in place again, from what the bucket keeps.

    Where a deploy was left half-finished that is the one before it.
    """
    with _errors(_GO_ON):
        from atvos.deploy.deploying import Wishes

        wishes = Wishes(dry_run, yes, no_wait, timeout)
        _desk(env).roll_back(wishes, to)


@app.command(name="list")
def list_(env: _Env) -> None:
    """Show the deploys that can be gone back to, the newest first."""
    with _errors():
        _desk(env).show_history()


@app.command()
def status(env: _Env) -> None:
    """Say what is deployed, whether the bucket still holds just that, and who deploys now.

    Ends with 1 where the bucket holds something else.
    """
    with _errors():
        _desk(env).show_status()


@app.command()
def unlock(
    env: _Env,
    owner_was: Annotated[str, typer.Option("--owner-was", help="Whose deploy it was.")],
) -> None:
    """Remove the lock of a deploy that has died. One that runs stops where it is."""
    with _errors():
        _desk(env).unlock(owner_was)


def _desk(env: str) -> Desk:
    from rich.console import Console

    from atvos import backfill_command
    from atvos.deploy.deploying import Desk

    try:
        environment = environments.load(env, folder=_REPOSITORY / "environments")
    except SettingsError as error:
        raise RefusedError(str(error)) from None
    console = Console(soft_wrap=True, highlight=False)
    return Desk(_REPOSITORY, environment, backfill_command.default_owner(), console)


@contextmanager
def _errors(again: str = "") -> Iterator[None]:
    """Turn what is raised into a message and an exit code."""
    from atvos.oncall import reach

    try:
        with _orderly_end():
            yield
    except RefusedError as error:
        _end(str(error), INVALID)
    except DeployError as error:
        _end(str(error), FAILED)
    except reach.errors() as error:
        _end(f"Cloud Storage: {error}{again}", FAILED)


def _end(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code) from None


@contextmanager
def _orderly_end() -> Iterator[None]:
    """Give the lock back when a CI system ends this process."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(FAILED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
