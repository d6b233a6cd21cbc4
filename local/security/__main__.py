"""``python -m local.security`` runs every check: a line for each, and one for what it found.

``--all`` fails too where something could not be looked at, ``--only NAME`` runs one check,
``--osv-url URL`` asks an OSV server about packages instead of PyPI. ``--baseline`` writes what
looks like a secret into .secrets.baseline, for a person to judge. Exit codes: 0 fine, 1 found,
2 refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from local.security import insecure_code, packages, programs, secrets_scan, sql_values
from local.security.accepted import AcceptedError
from local.security.outcome import Outcome, State

_MARKS = {State.FINE: "ok  ", State.FOUND: "FAIL", State.NOT_LOOKED: "??  "}


def checks(osv_url: str | None = None) -> dict[str, Callable[[], Outcome]]:
    """Every check by its name."""
    return {
        packages.NAME: lambda: packages.check(osv_url=osv_url),
        insecure_code.NAME: insecure_code.check,
        sql_values.NAME: sql_values.check,
        secrets_scan.NAME: secrets_scan.check,
        programs.WORKFLOWS: programs.check_workflows,
        programs.IMAGES: programs.check_images,
    }


def exit_code(outcomes: Sequence[Outcome], strict: bool) -> int:
    """1 where something was found, or where ``strict`` and something was not looked at."""
    bad = {State.FOUND, State.NOT_LOOKED} if strict else {State.FOUND}
    return int(any(outcome.state in bad for outcome in outcomes))


def lines(outcome: Outcome) -> Iterator[str]:
    """What is said about a check."""
    yield f"{_MARKS[outcome.state]} {outcome.name}: {outcome.state}; {outcome.text}"
    yield from (f"     {finding}" for finding in outcome.findings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m local.security", description=__doc__)
    parser.add_argument("--all", action="store_true", help="fail where a check cannot look")
    parser.add_argument("--only", choices=list(checks()), help="run one check")
    parser.add_argument("--osv-url", help="an OSV server that is asked about packages")
    parser.add_argument("--baseline", action="store_true", help="write .secrets.baseline anew")
    options = parser.parse_args(arguments)
    if options.baseline:
        open_ = secrets_scan.write_baseline()
        sys.stdout.writelines(f"judge {secrets_scan.BASELINE}: {file}\n" for file in open_)
        return 0
    outcomes = []
    for name, check in checks(options.osv_url).items():
        if options.only in {None, name}:
            try:
                outcome = check()
            except AcceptedError as error:
                sys.stderr.write(f"{error}\n")
                return 2
            sys.stdout.writelines(f"{line}\n" for line in lines(outcome))
            sys.stdout.flush()
            outcomes.append(outcome)
    return exit_code(outcomes, options.all)


if __name__ == "__main__":
    sys.exit(main())
