"""From sample files to the files of a feed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from atvos.scaffold.contract_text import Proposal, contract_text
from atvos.scaffold.drafts import draft_table, personal_columns
from atvos.scaffold.example import example_files
from atvos.scaffold.heads import SampleError
from atvos.scaffold.keys import choose, joined_timestamp
from atvos.scaffold.outliers import without_outliers
from atvos.scaffold.samples import read_samples


@dataclass(frozen=True)
class Scaffold:
    """The files of a new feed, by their paths in the repository, and what was found.

    ``findings`` are sentences for a person.
    """

    contract: Path
    files: dict[Path, bytes]
    findings: tuple[str, ...]


def scaffold(name: str, samples: Sequence[Path], now: datetime) -> Scaffold:
    """The contract and the test of the feed ``name``, whose samples are looked at ``now``.

    SampleError where no contract can be made of the samples.
    """
    sample = without_outliers(read_samples(samples))
    table = draft_table(sample.records, sample.decimal_mark)
    if not table.columns:
        raise SampleError(f"{samples[0]}: " + "; ".join(table.left_out) + "; valid: named values")
    combined = joined_timestamp(table.columns)
    if combined is not None:
        taken = {column.name for column in table.columns}
        while combined.name in taken:
            combined = dataclasses.replace(combined, name=f"{combined.name}_2")
        table.columns.append(combined)
    proposal = Proposal(name, sample, table, choose(table.columns), now)
    contract = Path("dags/contracts") / f"{name}.odcs.yaml"
    test = Path("tests/feeds") / name
    files = {contract: contract_text(proposal).encode()}
    files |= {test / file: content for file, content in example_files(proposal).items()}
    return Scaffold(contract, files, tuple(_findings(proposal)))


def _findings(proposal: Proposal) -> list[str]:
    sample, table, keys = proposal.sample, proposal.table, proposal.keys
    found = [f"{len(sample.records)} records, {sample.source.format.value}"]
    found += [f"skipped: {count} {reason}" for reason, count in sample.skipped.items()]
    found += sample.notes
    found.append(f"{len(table.columns)} columns, key {' + '.join(c.name for c in keys.key)}")
    found += keys.doubts
    found.append(f"event time: {keys.event.name if keys.event else 'none'}")
    personal = ", ".join(personal_columns(table.columns))
    if personal:
        found.append(f"looks like personal data, to be confirmed: {personal}")
    return found + [f"left out: {why}" for why in table.left_out]
