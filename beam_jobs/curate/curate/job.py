"""What every step of the job needs to know, as one value that travels to the workers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from atvos.batch import Batch
from atvos.contract import Feed
from curate.folder import Folder
from curate.ranges import estimated_bytes
from curate.shuffle import Shuffle

RANGE_BYTES = 64 << 20
"""Bytes of one piece of work, those of gzip when decompressed."""
BUCKET_BYTES = 64 << 20
"""Bytes of source text whose rows one worker holds at once to find duplicates."""
BLOCK_BYTES = 4 << 20
"""Bytes of source text that are judged at once."""
MAX_BUCKETS = 512
_REJECT_FILES = 8


@dataclass(frozen=True)
class Job:
    """A batch, its contract, where its files go, and how it is cut up."""

    batch: Batch
    feed: Feed
    folder: Folder
    shuffle: Shuffle
    range_bytes: int = RANGE_BYTES
    bucket_bytes: int = BUCKET_BYTES
    block_bytes: int = BLOCK_BYTES
    pii_key_secret: str | None = None
    """The name of the secret with the key of pseudonyms; the key itself never travels."""

    @cached_property
    def buckets(self) -> int:
        """Into how many buckets the rows go by their key."""
        wanted = math.ceil(estimated_bytes(self.batch.objects) / self.bucket_bytes)
        return min(max(wanted, 1), MAX_BUCKETS)

    def reject_file(self, number: int) -> int:
        """The file that the rejects of an object go to."""
        return number % _REJECT_FILES
