"""Who is measured, on what, and how each is started."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from bench.curate.recipe import Case, millions
from local.layout import REPOSITORY

MAIN = REPOSITORY / "beam_jobs" / "curate" / "main.py"


class Kept(Enum):
    """What of a contender's output can be held against what is right."""

    ALL = auto()
    ROWS = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Contender:
    """A name, the arguments of Python that start it, and what its output lacks.

    ``{source}`` and ``{out}`` stand for its folders; ``is_job``: ``out`` is a batch's folder.
    """

    name: str
    arguments: tuple[str, ...]
    kept: Kept = Kept.ALL
    lacks: str = ""
    is_job: bool = False

    def command(self, source: Path, out: Path) -> list[str]:
        """The arguments, with the folders."""
        return [part.format(source=source, out=out) for part in self.arguments]


def _job(workers: int) -> Contender:
    processes = ("--direct_running_mode", "multi_processing", "--direct_num_workers", str(workers))
    arguments = (str(MAIN), "--batch", "{out}", *(processes if workers > 1 else ()))
    return Contender(f"ours-{workers}", arguments, is_job=True)


def _peer(
    name: str, module: str, *options: str, kept: Kept = Kept.ALL, lacks: str = ""
) -> Contender:
    arguments = ("-m", f"bench.curate.peers.{module}", "{source}", "{out}", *options)
    return Contender(name, arguments, kept, lacks)


_LOSES = "no bad lines nor reasons"
OURS, OURS_2 = _job(1), _job(2)
EQUAL, EQUAL_2 = (
    _peer(f"duckdb-equal-{n}", "duck", "equal", str(n), lacks="no places") for n in (1, 2)
)
PLAIN, PLAIN_2 = (
    _peer(f"duckdb-plain-{n}", "duck", "plain", str(n), kept=Kept.ROWS, lacks=_LOSES)
    for n in (1, 2)
)
TEXTBOOK = _peer("textbook", "textbook", lacks="no places")
POLARS = _peer("polars", "polars_job", kept=Kept.ROWS, lacks="bad lines without reasons")
FLOOR = _peer("floor", "floor", kept=Kept.NOTHING, lacks="parses, and writes nothing")
BARE = Contender("import beam", ("-c", "import apache_beam"), Kept.NOTHING, "does nothing")

CONTENDERS = (*(OURS, OURS_2, EQUAL, EQUAL_2, PLAIN, PLAIN_2, POLARS, TEXTBOOK, FLOOR, BARE),)
"""In the order of the table."""

ONE_MB = Case("1MB", 5_150, files=1, gzip=False)
SMALL, MIDDLE, LARGE = millions(0.2), millions(2), millions(8)
ONE_GB = Case("1GB", 5_150_000, files=1, gzip=False)
"""One plain file, which has to be cut up to be read by two."""
CASES = (ONE_MB, SMALL, MIDDLE, LARGE, ONE_GB)


def entered(case: Case, *, everything: bool) -> tuple[Contender, ...]:
    """Who is measured on a case. The textbook takes minutes for millions, so it stops at two."""
    if case is ONE_MB:
        return (OURS, BARE)
    left_out = {BARE}
    if case is ONE_GB:
        left_out |= {POLARS, TEXTBOOK}
    if case is LARGE and not everything:
        left_out.add(TEXTBOOK)
    return tuple(item for item in CONTENDERS if item not in left_out)
