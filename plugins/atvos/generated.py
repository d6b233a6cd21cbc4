"""Files that are generated and committed: written where they changed, compared in CI."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Difference:
    """How a folder differs from what is generated; files are relative to the folder, sorted."""

    missing: tuple[str, ...]
    stale: tuple[str, ...]
    superfluous: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.superfluous)

    def lines(self, folder: Path) -> list[str]:
        """One line for each file of ``folder`` that differs."""
        return [
            f"{folder / name}: {state}"
            for state in ("missing", "stale", "superfluous")
            for name in getattr(self, state)
        ]


def compare(texts: Mapping[str, str], folder: Path, there: Collection[str]) -> Difference:
    """How ``there``, files of ``folder`` that are or were generated, differ from ``texts``."""
    known = set(there)
    changed = (name for name in known & texts.keys() if _read(folder / name) != texts[name])
    return Difference(
        missing=tuple(sorted(texts.keys() - known)),
        stale=tuple(sorted(changed)),
        superfluous=tuple(sorted(known - texts.keys())),
    )


def apply(difference: Difference, texts: Mapping[str, str], folder: Path) -> None:
    """Take the difference away."""
    for name in (*difference.missing, *difference.stale):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(texts[name], encoding="utf-8")
    for name in difference.superfluous:
        (folder / name).unlink()


def _read(file: Path) -> str | None:
    """A file's text, None where it is none."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
