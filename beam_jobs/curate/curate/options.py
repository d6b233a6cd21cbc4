"""The job's own options, and their validation."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions

from curate.job import BUCKET_BYTES, RANGE_BYTES
from curate.pii_key import VARIABLE

_SECRET = re.compile(r"projects/[^/\s]+/secrets/[\w-]+/versions/[\w-]+")
_GCS_FOLDER = re.compile(r"gs://[a-z0-9][a-z0-9._-]+/.+")


class CurateOptions(PipelineOptions):
    """``--batch``, where the key of pseudonyms is, and how finely the work is cut."""

    @classmethod
    def _add_argparse_args(cls, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", help="the batch's folder, gs://bucket/path or a local one")
        parser.add_argument(
            "--pii_key_secret",
            help="the version of the secret with the key of pseudonyms, which each worker reads "
            f"itself; without it the environment variable {VARIABLE} has the key",
        )
        parser.add_argument(
            "--range_bytes", type=int, default=RANGE_BYTES, help="bytes of one piece of work"
        )
        parser.add_argument(
            "--bucket_bytes",
            type=int,
            default=BUCKET_BYTES,
            help="bytes of source text whose rows are searched for duplicates together",
        )

    def problems(self) -> list[str]:
        """A sentence for each option that has no valid value."""
        found = []
        if self.batch is None:
            found.append("--batch is missing; valid: gs://bucket/batches/<feed>/<batch_id>")
        elif not _GCS_FOLDER.fullmatch(self.batch) and not Path(self.batch).is_dir():
            found.append(f"--batch={self.batch} is no gs://bucket/path, nor a folder that exists")
        secret = self.pii_key_secret
        if secret is not None and not _SECRET.fullmatch(secret):
            valid = "projects/<project>/secrets/<secret>/versions/<version>"
            found.append(f"--pii_key_secret={secret}; valid: {valid}")
        sizes = {"range_bytes": self.range_bytes, "bucket_bytes": self.bucket_bytes}
        return found + [
            f"--{name}={size}; valid: a number of bytes above 0"
            for name, size in sizes.items()
            if size < 1
        ]
