"""What came of cases, a line for each, and of all of them together."""

from collections.abc import Callable
from dataclasses import dataclass, field

from local.faults.verdict import Verdict
from local.stack import say


@dataclass(frozen=True)
class Report:
    """What came of a case; ``struck`` says that every fault of it has really happened."""

    name: str
    title: str
    verdict: Verdict
    struck: bool
    seconds: float
    problems: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether the fault struck, and all is there once."""
        return self.verdict.is_right and self.struck and not self.problems

    def lines(self) -> list[str]:
        """The case's line, and one for each thing that is wrong."""
        mark = "ok   " if self.is_right else "WRONG"
        found = self.verdict
        counts = f"lost {len(found.lost)} doubled {len(found.doubled)} {self.seconds:5.1f} s"
        told = [f"{mark} {self.name:<34} {counts}  {self.title}"]
        if not self.struck:
            told.append("      the fault did not strike")
        told += [f"      lost {item}" for item in found.lost]
        told += [f"      doubled {item}" for item in found.doubled]
        return told + [f"      {item}" for item in (*found.wrong, *self.problems)]


def summary(reports: list[Report], seconds: float, tell: Callable[[str], None] = say) -> int:
    """Tell what came of all cases together; 0 where all are right."""
    right = sum(report.is_right for report in reports)
    lost = sum(len(report.verdict.lost) for report in reports)
    doubled = sum(len(report.verdict.doubled) for report in reports)
    tell(
        f"\n{right} of {len(reports)} cases right, {lost} lost, {doubled} doubled, "
        f"in {seconds / 60:.1f} minutes"
    )
    return 0 if reports and right == len(reports) else 1
