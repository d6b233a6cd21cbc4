"""What is wrong with a contract, said so that the person who wrote it can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a contract: where it stands, what was found, what would be valid."""

    file: Path
    attribute: str
    found: object
    valid: str

    def __str__(self) -> str:
        return f"{self.file}: {self.attribute}: found {self.found!r}; valid: {self.valid}"


class ContractError(ValueError):
    """A contract that is refused, with every problem found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))
