"""``python -m tests.corpus``: land the bad input corpus, judge it, print verdict counts.

Exit code 0 where every object has the verdict that is due, 1 where one has another.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.corpus.book import recipes
from tests.corpus.recipe import Recipe
from tests.corpus.runner import run


def main() -> int:
    """Run the corpus and report."""
    logging.disable(logging.WARNING)
    begun = time.monotonic()
    book = recipes()
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        found = run(book, Path(folder))
    for text in report(book, found):
        print(text)
    wrong = sum(map(bool, found.values()))
    print(f"{len(found)} objects, {wrong} not as expected, {time.monotonic() - begun:.0f} s")
    return 1 if wrong else 0


def report(book: Sequence[Recipe], found: Mapping[str, Sequence[str]]) -> list[str]:
    """A line of counts for each kind, and one for each difference."""
    lines = [f"{'kind':<10} objects   read  valid  rejected  duplicate"]
    for kind in dict.fromkeys(recipe.kind for recipe in book):
        due = [recipe.verdict for recipe in book if recipe.kind == kind]
        valid, rejected = sum(len(v.valid) for v in due), sum(len(v.rejects) for v in due)
        read, double = sum(v.read for v in due), sum(v.duplicate for v in due)
        lines.append(f"{kind:<10} {len(due):>7} {read:>6} {valid:>6} {rejected:>9} {double:>10}")
    lines += [f"{name}: {text}" for name, texts in found.items() for text in texts]
    return lines


if __name__ == "__main__":
    sys.exit(main())
