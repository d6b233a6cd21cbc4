"""Options that commands have alike, and what is done about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

import typer

Local: TypeAlias = Annotated[
    bool, typer.Option("--local", help="On the embedded stack that `make up` started.")
]
Owner: TypeAlias = Annotated[
    str | None, typer.Option(help="Who answers for it; default git's user.email.")
]
FirstDay: TypeAlias = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
]
LastDay: TypeAlias = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.")
]

INVALID = 2
"""Exit code where what was given is refused."""


def join_local_stack() -> None:
    """Make this process a client of the embedded stack; ends it with INVALID where none runs."""
    from atvos.oncall import local_stack

    try:
        local_stack.join()
    except local_stack.NoStackError as error:
        typer.echo(error, err=True)
        raise typer.Exit(INVALID) from None
