"""Goes through cases: a line for each, and what is left in the tables of those that are wrong."""

import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from queue import Empty, SimpleQueue

from local.faults import verdict
from local.faults.airflow_ground import AirflowGround, Watched
from local.faults.cases import CASES
from local.faults.cases.case import Case
from local.faults.cases.scheduler import SCHEDULED, ScheduledCase
from local.faults.ground import Field, Ground
from local.faults.report import Report, summary
from local.faults.task import State
from local.faults.verdict import Verdict
from local.services import EMULATORS
from local.stack import say

_NOT_JUDGED = Verdict([], [], ["it was not judged"])


def chosen(patterns: Iterable[str], cases: Iterable[str] = (*CASES, *SCHEDULED)) -> list[str]:
    """The names that match one of the patterns, all where there is none.

    ValueError for a pattern that matches nothing.
    """
    known, wanted = list(cases), list(patterns)
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise ValueError(f"no case is named {pattern!r}; valid: those of --list, or a glob")
    return [n for n in known if not wanted or any(fnmatchcase(n, p) for p in wanted)]


def run(ground: Ground, case: Case) -> Report:
    """Go through one case; one that breaks does not take the others with it."""
    own = ground.field(case.name, case.mode)
    return _judged(case, own, ground, lambda: _restless(own))


def run_scheduled(ground: AirflowGround, case: ScheduledCase) -> Report:
    """Go through one case of the real scheduler."""
    return _judged(case, ground.watched(case.name), ground, list)


def _judged(
    case: Case | ScheduledCase,
    own: Field | Watched,
    ground: Ground | AirflowGround,
    more: Callable[[], list[str]],
) -> Report:
    """Have the case act, mend what it broke, and look at the tables."""
    began = time.monotonic()
    problems: list[str] = []
    found = _NOT_JUDGED
    try:
        case.act(own)  # type: ignore[arg-type]
        ground.mend()
        found = verdict.judge(verdict.read(own.client, own.feed), own.answer)
        problems += [*verdict.expire(own.client, own.feed, ground.staging_days), *more()]
    except Exception:  # noqa: BLE001  a case may break of anything
        problems.append(traceback.format_exc())
        ground.mend()
    struck = bool(own.faults) and all(fault.struck for fault in own.faults)
    return Report(case.name, case.title, found, struck, time.monotonic() - began, problems)


def _restless(own: Field) -> list[str]:
    """Whether something still waits for a run when the last one has ended."""
    last = own.outcomes[-1] if own.outcomes else None
    if last is not None and last.state is State.SKIPPED:
        return []
    return [f"the last run ended in {last}"]


def main(
    patterns: list[str], *, keep: bool, jobs: int = 1, tell: Callable[[str], None] = say
) -> int:
    """Run the matrix in a temporary folder; 0 where nothing is lost, doubled or wrong.

    ``jobs`` cases run side by side, each with emulators of its own.
    """
    picked = chosen(patterns)
    folder = Path(tempfile.mkdtemp(prefix="atvos-faults-"))
    began = time.monotonic()
    tell(f"{len(picked)} cases against {' and '.join(sorted(EMULATORS))}")
    try:
        reports = _side_by_side(folder, [n for n in picked if n in CASES], jobs, tell)
        reports += _scheduled(folder / "airflow", [n for n in picked if n in SCHEDULED], tell)
    finally:
        if keep:
            tell(f"logs and tables are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return summary(reports, time.monotonic() - began, tell)


def _side_by_side(
    folder: Path, wanted: list[str], jobs: int, tell: Callable[[str], None]
) -> list[Report]:
    """Go through cases, ``jobs`` at a time."""
    waiting: SimpleQueue[str] = SimpleQueue()
    for name in wanted:
        waiting.put(name)
    places = [folder / str(place) for place in range(min(jobs, len(wanted)))]
    if not places:
        return []
    with ExitStack() as stack:
        grounds = [stack.enter_context(Ground(place).ready()) for place in places]
        stack.enter_context(grounds[0].warmed())
        pool = stack.enter_context(ThreadPoolExecutor(len(places)))
        workers = [pool.submit(_work, ground, waiting, tell) for ground in grounds]
        return [outcome for worker in workers for outcome in worker.result()]


def _work(ground: Ground, waiting: SimpleQueue[str], tell: Callable[[str], None]) -> list[Report]:
    """Go through cases until none waits."""
    reports = []
    with suppress(Empty):
        while True:
            reports.append(run(ground, CASES[waiting.get_nowait()]))
            tell("\n".join(reports[-1].lines()))
    return reports


def _scheduled(folder: Path, wanted: list[str], tell: Callable[[str], None]) -> list[Report]:
    """Go through cases of the real scheduler, in one stack."""
    if not wanted:
        return []
    reports = []
    with AirflowGround(folder, wanted).ready() as ground:
        for name in wanted:
            reports.append(run_scheduled(ground, SCHEDULED[name]))
            tell("\n".join(reports[-1].lines()))
    return reports
