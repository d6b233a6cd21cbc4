"""Shows what changed: a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from atvos.gate.changes import Change, ContractDiff, Verdict

_STYLES = {Verdict.METADATA: "dim", Verdict.COMPATIBLE: "green", Verdict.BREAKING: "red"}


def show(diffs: Sequence[ContractDiff], console: Console) -> None:
    """One table per contract that changed, or a line where none did."""
    if not diffs:
        console.print("no contract has changed")
    for diff in diffs:
        grid = Grid(title=_title(diff), title_justify="left", box=box.SIMPLE)
        for name in ("attribute", "before", "after", "verdict", "what comes of it"):
            grid.add_column(name, overflow="fold", no_wrap=name == "verdict")
        for change in diff.changes:
            grid.add_row(*_cells(change))
        console.print(grid)


def as_json(base: str, diffs: Sequence[ContractDiff]) -> dict[str, Any]:
    """``{"base", "refused", "contracts": [{"name", "before", "after", "needed", "refused",
    "problems", "changes": [{"attribute", "before", "after", "verdict", "note", "by_major"}]}]}``,
    where ``before`` and ``after`` of a contract are its versions, and ``needed`` is the lowest
    version that the changes allow.
    """
    return {
        "base": base,
        "refused": any(diff.refused for diff in diffs),
        "contracts": [
            {
                "name": diff.name,
                "before": diff.before,
                "after": diff.after,
                "needed": diff.needed,
                "refused": diff.refused,
                "problems": list(diff.problems),
                "changes": [asdict(change) for change in diff.changes],
            }
            for diff in diffs
        ],
    }


def _title(diff: ContractDiff) -> str:
    if diff.before == diff.after:
        return f"{diff.name} {diff.after}"
    return f"{diff.name} {diff.before or 'not there'} → {diff.after or 'not there'}"


def _cells(change: Change) -> list[str]:
    verdict = f"[{_STYLES[change.verdict]}]{change.verdict}[/]"
    texts = [escape(text or "—") for text in (change.attribute, change.before, change.after)]
    return [*texts, verdict, escape(change.note)]
