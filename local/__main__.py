"""``python -m local``: the embedded stack from the command line."""

import importlib
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from local import tools
from local.errors import StackError
from local.layout import DEFAULT_STATE_DIR, DRILL_STATE_DIR
from local.ports import Ports
from local.services import ALL, FOUND, Service
from local.stack import Stack, say

app = typer.Typer(
    help="Cloud Storage, BigQuery, metrics and Airflow on this machine. "
    "Exit codes: 0 done, 1 not done (the reason is on standard error), 2 wrong arguments.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
StateDir = Annotated[
    Path, typer.Option("--state-dir", help="The folder that holds the stack's files.")
]


@contextmanager
def _errors_to_exit_code() -> Iterator[None]:
    try:
        yield
    except StackError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def up(
    state_dir: StateDir = DEFAULT_STATE_DIR,
    service: Annotated[
        list[Service] | None, typer.Option(help="Start only this one (repeat for more).")
    ] = None,
) -> None:
    """Start the stack and wait until every service is ready."""
    with _errors_to_exit_code():
        stack = Stack(state_dir, service or ALL, preferred_ports=Ports())
        stack.start()
        if Service.API_SERVER in stack.services:
            say(f"Airflow: {stack.url(Service.API_SERVER)}  (no login)")
        if (status := stack.services.get(Service.PROMETHEUS)) and status.url:
            say(f"Prometheus: {status.url}")
        say("Stop it with `make down`.")


@app.command()
def down(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Stop the stack; its files stay for the next start."""
    with _errors_to_exit_code():
        Stack(state_dir).stop()


@app.command()
def status(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """List the services: state, pid, address and log file."""
    with _errors_to_exit_code():
        services = Stack(state_dir).services.values()
        if not services:
            say(f"no stack runs in {state_dir}")
            return
        rows = [("SERVICE", "STATE", "PID", "ADDRESS", "LOG")]
        rows += [
            (s.service, s.state, str(s.pid or "-"), s.url or "-", str(s.log or s.note))
            for s in services
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
            say("  ".join([*cells, row[-1]]))


@app.command()
def env(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Print the stack's variables for a shell: eval "$(python -m local env)"."""
    with _errors_to_exit_code():
        for name, value in sorted(Stack.attach(state_dir).environment().items()):
            say(f"export {name}={shlex.quote(value)}")


@app.command("tools")
def install_tools(
    for_tests: Annotated[
        bool, typer.Option("--for-tests", help="Chromium and actionlint too.")
    ] = False,
) -> None:
    """Find Prometheus and what belongs to it, or install them where that is possible."""
    for name in (*sorted(FOUND, reverse=True), *(tools.TESTS_ONLY if for_tests else ())):
        tools.ensure(name, say)


@app.command()
def demo(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Land sample files and watch them become checked, fresh tables."""
    with _errors_to_exit_code():
        # Imported only here: it needs much that the other commands do not.
        main = importlib.import_module("local.demo").main
        raise typer.Exit(main(Stack(state_dir, preferred_ports=Ports())))


@app.command()
def drill(
    state_dir: StateDir = DRILL_STATE_DIR,
    only: Annotated[
        list[str] | None, typer.Option(help="Only the scenario of this alert (repeat for more).")
    ] = None,
) -> None:
    """Break the platform in seven ways, and see who is paged for what."""
    with _errors_to_exit_code():
        main = importlib.import_module("local.drill.run").main
        raise typer.Exit(main(Stack(state_dir), only or []))


if __name__ == "__main__":
    app(prog_name="python -m local")
