"""How a finding is told: one sentence, the chain that was walked, and what to do."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from atvos.dataset_state import DatasetState
from atvos.oncall import lateness, words
from atvos.oncall.chain import Finding, Link, Look

RUNBOOKS = "docs/runbooks/en"
_COLOURS = {Look.OK: "green", Look.BROKEN: "bold red", Look.NOT_LOOKED_AT: "yellow"}


def sentence(finding: Finding) -> str:
    """What the walk found, in one sentence."""
    state = finding.state
    is_late = lateness.is_late(state)
    if finding.broken is None:
        missing = sum(link.look is Look.NOT_LOOKED_AT for link in finding.chain)
        rest = f"; {words.counted(missing, 'link')} not looked at" if missing else ""
        verdict = "no broken link was found" if is_late else "nothing is wrong"
        return f"{_age(state)}: {verdict}{rest}."
    own = f"{state.table.layer.value}.{state.table.name}: "
    reason = finding.broken.evidence.removeprefix(own).removesuffix(".")
    return f"{_age(state)}{': ' if is_late else ', but '}{reason}."


def show(finding: Finding, console: Console) -> None:
    """Print the sentence, the chain, and what to do."""
    console.print(Text(sentence(finding), "bold"))
    console.print()
    for link in finding.chain:
        console.print(_line(link))
    if finding.broken is not None:
        console.print()
        console.print(Text(f"do        {finding.broken.action}"))
        console.print(Text(f"runbook   {runbook(finding.broken)}"))


def as_json(finding: Finding) -> dict[str, Any]:
    """The form of ``atvos why --json``, described in docs/oncall.md."""
    state, broken = finding.state, finding.broken
    return {
        "dataset": state.table.name,
        "layer": state.table.layer.value,
        "state": state.freshness.value,
        "sentence": sentence(finding),
        "broken": None if broken is None else _entry(broken),
        "chain": [_entry(link) for link in finding.chain],
    }


def runbook(link: Link) -> str | None:
    """The runbook's file in the repository."""
    return f"{RUNBOOKS}/{link.runbook.value}.md" if link.runbook else None


def _entry(link: Link) -> dict[str, Any]:
    return {
        "table": link.table,
        "link": link.name,
        "look": link.look.value,
        "evidence": link.evidence,
        "action": link.action,
        "runbook": runbook(link),
    }


def _line(link: Link) -> Text:
    table = f"{link.table:<28} {link.name:<8} "
    evidence = link.evidence.removeprefix(f"{link.table}: ")
    return Text.assemble(table, (f"{link.look.value:<13}", _COLOURS[link.look]), evidence)


def _age(state: DatasetState) -> str:
    name = f"{state.table.layer.value}.{state.table.name}"
    slo = words.age(state.table.freshness_slo)
    if state.age is None:
        return f"{name} is unknown (SLO {slo})"
    past = ", past its deadline" if lateness.misses_deadline(state) else ""
    return f"{name} is {state.freshness.value}{past} ({words.age(state.age)} old, SLO {slo})"
