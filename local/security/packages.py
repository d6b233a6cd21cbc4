"""Known vulnerabilities of every package that a lock installs, as pip-audit knows them.

pip-audit asks PyPI's JSON API, or an OSV server, about each package of the locks, by name and
version: it needs the network. Where it gets no answer nothing is said to be fine.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from local.layout import REPOSITORY
from local.security import accepted
from local.security.accepted import Accepted
from local.security.outcome import Outcome, State, judged, not_installed, program, run

NAME = "packages"
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,. -]+\])?==([^\s;\\]+)", re.MULTILINE)

_NEEDS = (
    "https://pypi.org/pypi/<package>/<version>/json is not reached from here; run it where it is, "
    "or give --osv-url with the address of a server that speaks OSV"
)

Pins = Mapping[str, frozenset[tuple[str, str]]]
"""The packages of each lock, as name and version."""


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """A vulnerability of a version of a package; ``ids`` are all that it is known by."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, about how many packages an answer came, and about which none did."""

    found: tuple[Vulnerability, ...]
    looked_at: int
    unknown: tuple[str, ...]


def check(
    root: Path = REPOSITORY, osv_url: str | None = None, today: date | None = None
) -> Outcome:
    """Judges all locks of the repository. ``osv_url`` is asked instead of PyPI, if given."""
    if program("pip-audit") is None:
        return not_installed(NAME, "pip-audit")
    day = today or date.today()  # noqa: DTZ011  a day in the calendar of who looks
    pins = pinned(root)
    count = len(frozenset[tuple[str, str]]().union(*pins.values()))
    try:
        audit = audited(pins, osv_url)
    except OSError as error:
        return Outcome(NAME, State.NOT_LOOKED, str(error))
    findings = problems(audit, accepted.load(today=day), pins, day)
    text = f"{audit.looked_at} of {count} packages of {len(pins)} locks looked at"
    return judged(NAME, text, findings)


def pinned(root: Path = REPOSITORY) -> dict[str, frozenset[tuple[str, str]]]:
    """What every requirements/*.lock pins."""
    return {
        file.name: frozenset(_PIN.findall(file.read_text(encoding="utf-8")))
        for file in sorted((root / "requirements").glob("*.lock"))
    }


def audited(pins: Pins, osv_url: str | None = None) -> Audit:
    """What pip-audit says about every pin. OSError where its service does not answer."""
    service = ["--vulnerability-service", "osv", "--osv-url", osv_url] if osv_url else []
    once = rounds(pins)
    # One package first: without an answer the others need not be asked about.
    for name, version in list(once[0].items())[:1]:
        if not _asked({name: version}, service).looked_at:
            raise OSError(f"nothing is known of {name} {version}: {_NEEDS}")
    audits = [_asked(versions, service) for versions in once]
    return Audit(
        tuple(found for audit in audits for found in audit.found),
        sum(audit.looked_at for audit in audits),
        tuple(sorted({name for audit in audits for name in audit.unknown})),
    )


def rounds(pins: Pins) -> list[dict[str, str]]:
    """The versions by package, as often as it takes: pip-audit reads no package twice."""
    found: list[dict[str, str]] = []
    for name, version in sorted(frozenset[tuple[str, str]]().union(*pins.values())):
        free = next((one for one in found if name not in one), None)
        if free is None:
            found.append(free := {})
        free[name] = version
    return found


def _asked(versions: Mapping[str, str], service: Sequence[str]) -> Audit:
    with tempfile.TemporaryDirectory(prefix="pip-audit-") as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
        done = run(
            [
                *(program("pip-audit") or "pip-audit", "--format", "json", "--disable-pip"),
                *("--no-deps", "--progress-spinner", "off", "--desc", "off", *service),
                *("--requirement", file),
            ]
        )
    try:
        return read(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise OSError(f"pip-audit: {said[0]}; {_NEEDS}") from None


def read(document: str) -> Audit:
    """pip-audit's JSON. ValueError where it is none."""
    found: list[Vulnerability] = []
    unknown: list[str] = []
    looked_at = 0
    for package in json.loads(document)["dependencies"]:
        if "skip_reason" in package:
            unknown.append(package["name"])
            continue
        looked_at += 1
        for each in package["vulns"]:
            ids = tuple(dict.fromkeys([each["id"], *each.get("aliases", [])]))
            fixed = tuple(each["fix_versions"])
            found.append(Vulnerability(package["name"], package["version"], ids, fixed))
    return Audit(tuple(found), looked_at, tuple(sorted(set(unknown))))


def problems(audit: Audit, taken: Sequence[Accepted], pins: Pins, today: date) -> list[str]:
    """A line for each vulnerability that nobody has accepted, and for each entry that is wrong."""
    lines = [f"{name}: nobody could say whether it is vulnerable" for name in audit.unknown]
    used = set()
    for each in audit.found:
        entry = _entry_of(each, taken)
        if entry is not None:
            used.add(entry)
        if entry is None or entry.until < today:
            lines.append(_told(each, pins, entry))
    lines += [
        f"{entry.id} of {entry.package} is no finding any more: take it out of accepted.yaml"
        for entry in taken
        if entry not in used
    ]
    return lines


def _entry_of(found: Vulnerability, taken: Sequence[Accepted]) -> Accepted | None:
    fitting = (e for e in taken if e.package == found.package and e.id in found.ids)
    return next(fitting, None)


def _told(found: Vulnerability, pins: Pins, entry: Accepted | None) -> str:
    pin = (found.package, found.version)
    locks = ", ".join(name for name, packages in pins.items() if pin in packages)
    fix = f"fixed in {', '.join(found.fixed_in)}" if found.fixed_in else "no release fixes it"
    late = f"; {entry.owner} accepted it until {entry.until}" if entry else ""
    return f"{found.package} {found.version} ({locks}): {' = '.join(found.ids)}, {fix}{late}"
