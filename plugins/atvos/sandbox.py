"""Makes and deletes the buckets and datasets of one engineer's sandbox."""

from __future__ import annotations

from collections.abc import Iterator

from atvos import names
from atvos.environments import Environment
from atvos.settings import SettingsError


class Sandbox:
    """The sandbox that an environment is. SettingsError where it is none."""

    def __init__(self, environment: Environment) -> None:
        """Nothing is asked or made yet."""
        if not environment.is_sandbox:
            raise SettingsError(f"{environment.file} is no sandbox: its datasets have no suffix")
        self._settings = environment.settings()
        self._buckets = (self._settings.landing_bucket, self._settings.work_bucket)
        suffix = environment.variables["ATVOS_DATASET_SUFFIX"]
        self._datasets = [f"{role}{suffix}" for role in names.ROLES]

    def create(self, dry_run: bool) -> Iterator[str]:
        """Make the buckets that are missing, a line for each. Raises what the client raises."""
        from google.cloud.storage import Bucket

        from atvos.user_clients import storage_client

        client = storage_client(self._settings)
        for name in self._buckets:
            if client.lookup_bucket(name) is not None:
                continue
            if not dry_run:
                bucket = Bucket(client, name)
                bucket.iam_configuration.uniform_bucket_level_access_enabled = True
                bucket.iam_configuration.public_access_prevention = "enforced"
                bucket.add_lifecycle_delete_rule(age=self._settings.dataset_expiration_days)
                client.create_bucket(
                    bucket, project=self._settings.project, location=self._settings.location
                )
            yield f"create bucket {name}"

    def delete(self, dry_run: bool) -> Iterator[str]:
        """Delete datasets and buckets, a line for each. Raises what the clients raise."""
        from atvos.user_clients import bigquery_client, storage_client

        bq, gcs = bigquery_client(self._settings), storage_client(self._settings)
        there = {dataset.dataset_id for dataset in bq.list_datasets()}
        for dataset in self._datasets:
            if dataset not in there:
                continue
            if not dry_run:
                bq.delete_dataset(dataset, delete_contents=True, not_found_ok=True)
            yield f"delete dataset {dataset}"
        for name in self._buckets:
            bucket = gcs.lookup_bucket(name)
            if bucket is None:
                continue
            if not dry_run:
                for blob in bucket.list_blobs():
                    blob.delete()
                bucket.delete()
            yield f"delete bucket {name}"
