"""What people read of deploys."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from atvos.deploy.history import State
from atvos.deploy.manifest import Manifest
from atvos.deploy.plan import Action, Plan

_STYLES = {Action.ADD: "green", Action.CHANGE: "yellow", Action.REMOVE: "red"}


def show_plan(plan: Plan, manifest: Manifest, place: str, console: Console) -> None:
    """Print every step in its order, and how many there are of each kind."""
    table = Table("", "object", "bytes", box=None)
    for step in plan.steps:
        size = "" if step.entry is None else str(step.entry.size)
        table.add_row(Text(step.action, _STYLES[step.action]), Text(step.path), Text(size))
    title = f"{manifest.deploy_id} to {place}"
    counts = ", ".join(f"{plan.count(action)} to {action}" for action in Action)
    console.print(Text(title, "bold"))
    if plan.steps:
        console.print(table)
    console.print(Text(f"{counts}, {plan.unchanged} unchanged"))


def show_history(
    manifests: Mapping[str, Manifest],
    states: Mapping[str, State],
    current: str | None,
    console: Console,
) -> None:
    """Print the deploys that are kept, the newest first; ``*`` is the current one.

    A line each, and no table: that would shorten what is to be copied.
    """
    for deploy_id, manifest in manifests.items():
        mark = "*" if deploy_id == current else " "
        began = f"{manifest.created_at:%Y-%m-%d %H:%M:%S} UTC"
        restores = f"  restores {manifest.restores}" if manifest.restores else ""
        state = f"{states[deploy_id]:<11}"
        console.print(Text(f"{mark} {deploy_id}  {state}  {began}  {manifest.owner}{restores}"))
    if not manifests:
        console.print("nothing was deployed yet")
