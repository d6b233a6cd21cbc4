"""Options that commands have alike."""

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
