"""An object of a replay is told by its name, and is a batch of its own."""

from datetime import date

import pytest

from atvos import names
from atvos.batch import ObjectKey, next_batch, replay_day
from tests.atvos.examples import LANDED, version

REPLAYED = f"{names.replay_prefix('positions', '20260601' + '0a' * 6)}000.ndjson"


@pytest.mark.parametrize(
    ("name", "day"),
    [
        (REPLAYED, date(2026, 6, 1)),
        ("positions/replay/202613010a0a0a0a0a0a/000.ndjson", None),
        ("positions/replay/a.ndjson", None),
        ("positions/20260601.ndjson", None),
        ("positions/replay/202606010a0a0a0a0a0a", None),
    ],
)
def test_the_name_says_whether_and_when(name: str, day: date | None) -> None:
    assert replay_day(name) == day


def test_it_shares_a_batch_with_no_other_object() -> None:
    landed = [
        version("positions/a", 1),
        version("positions/b", 2),
        version(REPLAYED, 3),
        version(REPLAYED.replace("000", "001"), 4),
        version("positions/c", 5),
    ]
    known: set[ObjectKey] = set()
    batches = []
    while batch := next_batch("positions", landed, known, LANDED, 1000, 1 << 30):
        known |= {item.key for item in batch.objects}
        batches.append([item.generation for item in batch.objects])
    assert batches == [[1, 2], [3], [4], [5]]
