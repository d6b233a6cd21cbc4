"""Runs the parts of the check one after the other, and says how far it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from atvos import contract, models
from atvos.settings import Settings
from atvos.sqlcheck import analyzer, environment, inventory, lint, rules
from atvos.sqlcheck.findings import Finding
from atvos.sqlcheck.inventory import Inventory, Kind


class Part(StrEnum):
    """A part of the check."""

    ANALYZE = "analyze"
    RULES = "rules"
    LINT = "lint"


def check(settings: Settings, only: Part | None, console: Console) -> list[Finding]:
    """Everything that is wrong with the SQL of the repository, with progress on ``console``.

    ContractError where contracts cannot be read, ToolError where the environment of the
    analyzer and the linter is not there.
    """
    parts = [only] if only else list(Part)
    python = environment.python() if parts != [Part.RULES] else Path()
    feeds = contract.load_feeds(settings.contract_dirs)
    found = inventory.collect(feeds, models.load_models(settings.sql_dir), settings)
    findings: list[Finding] = []
    for part in parts:
        started = time.monotonic()
        match part:
            case Part.ANALYZE:
                with _progress(console, part, len(found.statements)) as done:
                    analysis = analyzer.analyze(found, python, done)
                problems, seen = analysis.findings, _counts(analysis.kinds)
            case Part.RULES:
                with _progress(console, part, len(found.statements) + len(found.jobs)) as done:
                    problems = rules.check(found, done)
                seen = f"{len(found.statements)} scripts, {len(found.jobs)} job configurations"
            case Part.LINT:
                queries = _queries(found)
                with _progress(console, part, None):
                    problems = lint.lint(queries, python)
                seen = f"{len(queries)} queries"
        findings += problems
        spent = time.monotonic() - started
        console.print(f"{part:8} {_verdict(problems)} in {spent:.1f} s: {seen}", highlight=False)
    return findings


def _queries(found: Inventory) -> list[Path]:
    return [s.owner for s in found.statements if s.kind is Kind.MODEL]


def _counts(kinds: Counter[str]) -> str:
    by_kind = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return f"{kinds.total()} statements: {by_kind}"


def _verdict(problems: list[Finding]) -> str:
    return f"{len(problems)} problems" if problems else "ok"


@contextmanager
def _progress(console: Console, part: Part, total: int | None) -> Iterator[Callable[[], None]]:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(part, total=total)
        yield lambda: progress.advance(task)
