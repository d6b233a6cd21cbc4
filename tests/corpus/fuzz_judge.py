"""Coverage-guided fuzzing of the readers and judges: arbitrary bytes, and what must hold of them.

``python -m tests.corpus.fuzz_judge [seconds] [folder]`` runs with atheris for so many seconds (60),
starting from the corpus, or from a folder of inputs, which it adds to. A finding is left as
``crash-…`` in the working directory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from atvos.contract import SourceFormat, load_feed, reasons
from curate import csv_table, json_array, ndjson
from curate.examine import Examiner
from curate.gunzip import MAGIC, decompressed
from curate.judge import Judge, header_names
from curate.lines import whole_lines
from curate.records import Block, Fault, Records
from tests.corpus.recipe import NOW
from tests.corpus.runner import CONTRACTS

_KEY = b"of-the-fuzzer-0123456789abcdef01"
_LONGEST = 1 << 16
TARGETS = (
    ("telemetry_events", "x.json"),
    ("telemetry_events", "x.csv"),
    ("trips", "x.ndjson"),
    ("app_logs", "x.json"),
    ("app_logs", "x.ndjson"),
    ("occurrences", "x.csv"),
    ("contract_measurements", "x.csv"),
    ("km_bulletins", "x.csv"),
)
"""Feed and object name of each reader; an input's first byte chooses one."""


class Target:
    """One feed's reader and judges."""

    def __init__(self, feed: str, name: str) -> None:
        self._feed = load_feed(CONTRACTS / f"{feed}.odcs.yaml")
        self._source = self._feed.source_of(name)
        self._judge = Judge(self._feed, self._source, NOW)
        self._examiner = Examiner(self._feed, self._source, NOW, _KEY)

    def records(self, content: bytes, size: int) -> Records:
        """The records of an object that is read ``size`` bytes at once."""
        pieces = (content[at : at + size] for at in range(0, len(content), size))
        chunks = decompressed(pieces, size)
        match self._source.format:
            case SourceFormat.NDJSON:
                return ndjson.read(whole_lines(chunks))
            case SourceFormat.JSON_ARRAY:
                return json_array.read(chunks, size)
            case SourceFormat.CSV:
                return csv_table.read(whole_lines(chunks), self._source, header_names(self._feed))

    def check(self, content: bytes) -> int:
        """The number of records; AssertionError where one is lost, or judged in two ways."""
        whole = list(self.records(content, max(len(content), 1)))
        small = list(self.records(content, 7))
        if not _is_damaged_gzip(content, whole):
            assert _places(whole) == _places(small), "other records where other blocks are read"
        for item in whole:
            if isinstance(item, Block) and len(item):
                self._agree(item)
        return len(_places(whole))

    def _agree(self, block: Block) -> None:
        """The fast judge and the scalar one come to the same, and each record has one fate."""
        frame, rejects = self._examiner.examine(block)
        valid = frame.get_column("_position").to_list()
        found = {reject.position: reject.reasons for reject in rejects}
        places = [*valid, *found]
        assert sorted(places) == sorted(block.positions.tolist()), "a record is lost or doubled"
        for index, position in enumerate(block.positions.tolist()):
            texts = block.row(index)
            verdict = (
                self._judge.line(block.lines[index]) if texts is None else self._judge.row(texts)
            )
            assert verdict.reasons == found.get(position, ()), "the judges disagree"


def _is_damaged_gzip(content: bytes, records: list[Block | Fault]) -> bool:
    """How much of it can be read before the damage depends on how much is read at once."""
    faults = [item.reason for item in records if isinstance(item, Fault)]
    return content.startswith(MAGIC) and reasons.UNREADABLE in faults


def _places(records: list[Block | Fault]) -> list[tuple[int, str]]:
    """Position of each record in order, with the reason of a fault."""
    found: list[tuple[int, str]] = []
    for item in records:
        if isinstance(item, Fault):
            found.append((item.position, item.reason))
        else:
            assert np.all(np.diff(item.positions) > 0)
            found += [(position, "") for position in item.positions.tolist()]
    return sorted(found)


@cache
def target(feed: str, name: str) -> Target:
    """The target, built once."""
    return Target(feed, name)


def one_input(data: bytes) -> None:
    """What the fuzzer calls; its first byte chooses the reader."""
    if data:
        target(*TARGETS[data[0] % len(TARGETS)]).check(data[1:])


def seeds() -> Iterator[bytes]:
    """The corpus as inputs."""
    from tests.corpus.book import recipes  # noqa: PLC0415  only where they are needed

    suffixes = {(feed, Path(name).suffix): n for n, (feed, name) in enumerate(TARGETS)}
    for recipe in recipes():
        number = suffixes.get((recipe.feed, Path(recipe.object.removesuffix(".gz")).suffix))
        if number is not None and len(recipe.content) < _LONGEST:
            yield bytes([number]) + recipe.content


def main(seconds: str = "60", folder: str | None = None) -> int:
    """Fuzz in a process of its own, which libFuzzer ends; 0 where it found nothing."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        place = Path(folder or temporary)
        place.mkdir(parents=True, exist_ok=True)
        for seed in seeds():
            (place / sha256(seed).hexdigest()[:20]).write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-timeout=20"]
        command = [sys.executable, "-c", _CHILD, *limits, str(place)]
        environment = os.environ | {"PYTHONPATH": ":".join(path for path in sys.path if path)}
        return subprocess.run(command, check=False, env=environment).returncode


_CHILD = """
import sys
import atheris
from tests.corpus.fuzz_judge import one_input

atheris.instrument_all()
atheris.Setup(sys.argv, one_input)
atheris.Fuzz()
"""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
