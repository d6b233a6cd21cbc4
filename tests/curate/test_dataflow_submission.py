"""The job as Beam's DataflowRunner submits it: what is posted, and what is staged."""

from __future__ import annotations

import base64
import bz2
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.internal.gcp.auth import _Credentials
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from google.api_core.exceptions import Conflict

from atvos import names, settings
from atvos.clients import storage_client
from curate.pipeline import run
from local.environment import WORK_BUCKET
from local.stack import Stack
from tests.curate.dataflow_service import DataflowService
from tests.curate.helpers import TELEMETRY, event, make_batch, ndjson
from tests.dags.api_stub import served

IMAGE = "southamerica-east1-docker.pkg.dev/atvos/curate/curate:1"
SCALING = "THROUGHPUT_BASED"
ACCOUNT = "curate@atvos.iam.gserviceaccount.com"
SUBNETWORK = "regions/southamerica-east1/subnetworks/s"
KEY = "k" * 32
STEPS = {"Pack", "Split", "Spread", "Judge", "Rows", "GroupRows", "Deduplicate", "Rejects"}
STEPS |= {"GroupRejects", "Quarantine", "Tallies", "Merge", "Finish"}


@dataclass(frozen=True)
class Submitted:
    """A batch whose job was submitted, and the service that has it."""

    place: Path
    service: DataflowService
    address: str

    @property
    def job(self) -> dict[str, Any]:
        """The job as it was posted."""
        (job,) = self.service.created
        return job

    @property
    def pool(self) -> dict[str, Any]:
        """Its only pool of workers."""
        (pool,) = self.job["environment"]["workerPools"]
        return dict(pool)

    @property
    def options(self) -> dict[str, Any]:
        """The options that its workers are given."""
        return dict(self.job["environment"]["sdkPipelineOptions"]["options"])

    def submit(self) -> int:
        """Submit the job with the options of production; the exit code."""
        return run([f"--batch={self.folder}", *_flags(self.name, self.address)])

    @property
    def folder(self) -> str:
        """The batch's folder in Cloud Storage."""
        return f"gs://{WORK_BUCKET}/{names.batch_prefix('telemetry_events', self.place.name)}"

    def upload(self) -> None:
        """Put what the job reads before it is submitted where it reads it."""
        bucket = storage_client(settings.load()).bucket(WORK_BUCKET)
        prefix = names.batch_prefix("telemetry_events", self.place.name)
        for file in self.place.iterdir():
            bucket.blob(prefix + file.name).upload_from_filename(file)

    @property
    def name(self) -> str:
        """The job's name: the batch has no other."""
        return names.dataflow_job("telemetry_events", self.place.name)

    def staged(self) -> bytes:
        """The pipeline, from where the job says that it is."""
        bucket, path = self.options["pipelineUrl"].removeprefix("gs://").split("/", 1)
        blob = storage_client(settings.load()).bucket(bucket).blob(path)
        return bytes(blob.download_as_bytes())


def _flags(name: str, address: str) -> list[str]:
    # Beam takes an address without a domain only if it is called localhost.
    return [
        "--runner=DataflowRunner",
        f"--dataflow_endpoint={address.replace('127.0.0.1', 'localhost')}",
        "--project=atvos",
        "--region=southamerica-east1",
        f"--job_name={name}",
        f"--temp_location=gs://{WORK_BUCKET}/tmp",
        f"--staging_location=gs://{WORK_BUCKET}/staging",
        f"--service_account_email={ACCOUNT}",
        "--machine_type=n2-standard-2",
        "--num_workers=1",
        "--max_num_workers=4",
        f"--autoscaling_algorithm={SCALING}",
        f"--subnetwork={SUBNETWORK}",
        "--no_use_public_ips",
        "--labels=environment=prod",
        f"--sdk_container_image={IMAGE}",
        "--sdk_location=container",
    ]


@pytest.fixture(scope="module")
def submitted(emulators: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Submitted]:
    """The job of a batch of one event, submitted once; Beam looks for no credentials."""
    text = TELEMETRY.read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("dataflow")
    place = make_batch(folder, text, {"a.ndjson": ndjson(event())})
    service = DataflowService()
    with pytest.MonkeyPatch.context() as patch, served(service.respond) as address:
        patch.setattr(_Credentials, "_credentials_init", True)
        patch.setenv("ATVOS_PII_KEY", KEY)
        one = Submitted(place, service, address)
        one.upload()
        assert one.submit() == 0
        yield one


def test_the_job_is_posted_to_its_project_and_region_under_the_name_of_the_batch(
    submitted: Submitted,
) -> None:
    assert submitted.service.paths == ["/v1b3/projects/atvos/locations/southamerica-east1/jobs"]
    assert submitted.job["name"] == f"curate-telemetry-events-{submitted.place.name}"
    assert submitted.job["labels"] == {"environment": "prod"}
    assert submitted.job["environment"]["version"]["job_type"] == "FNAPI_BATCH"


def test_the_workers_have_the_machine_the_numbers_the_network_and_the_image_asked_for(
    submitted: Submitted,
) -> None:
    pool = submitted.pool
    assert pool["machineType"] == "n2-standard-2"
    assert pool["numWorkers"] == 1
    assert pool["autoscalingSettings"] == {"algorithm": 2, "maxNumWorkers": 4}  # 2: basic
    assert pool["subnetwork"] == SUBNETWORK
    assert pool["ipConfiguration"] == 2  # 2: private
    assert [image["containerImage"] for image in pool["sdkHarnessContainerImages"]] == [IMAGE]


def test_the_workers_run_as_the_account_of_the_job_on_runner_v2(submitted: Submitted) -> None:
    environment = submitted.job["environment"]
    assert environment["serviceAccountEmail"] == ACCOUNT
    assert {"use_runner_v2", "use_unified_worker"} <= set(environment["experiments"])
    assert submitted.options["batch"] == submitted.folder


def test_the_staged_pipeline_is_the_one_posted_and_decodes_to_the_steps_of_the_job(
    submitted: Submitted,
) -> None:
    content = submitted.staged()
    assert hashlib.sha256(content).hexdigest() == submitted.options["pipelineProtoHash"]
    proto = beam_runner_api_pb2.Pipeline.FromString(content)
    decoded = beam.Pipeline.from_runner_api(proto, FnApiRunner(), PipelineOptions([]))
    parts = decoded._root_transform().parts
    assert {part.full_label for part in parts} == STEPS


def test_only_the_pipeline_is_staged_the_code_is_in_the_image(submitted: Submitted) -> None:
    prefix = submitted.options["staging_location"].removeprefix(f"gs://{WORK_BUCKET}/")
    blobs = storage_client(settings.load()).list_blobs(WORK_BUCKET, prefix=prefix)
    assert [blob.name for blob in blobs] == [f"{prefix}/pipeline.pb"]


def test_the_key_of_pseudonyms_is_in_nothing_that_is_staged_or_posted(
    submitted: Submitted,
) -> None:
    steps = list(_pickled(submitted.staged()))
    # The batch travels with the steps, so what travels is seen.
    assert sum(submitted.place.name.encode() in step for step in steps) > 1
    assert not [step for step in steps if KEY.encode() in step]
    assert KEY.encode() not in submitted.staged()
    assert KEY not in str(submitted.job)


def _pickled(pipeline: bytes) -> Iterator[bytes]:
    """What travels with each step, unpacked: Beam compresses it."""
    proto = beam_runner_api_pb2.Pipeline.FromString(pipeline)
    for transform in proto.components.transforms.values():
        if transform.spec.urn == common_urns.primitives.PAR_DO.urn:
            payload = beam_runner_api_pb2.ParDoPayload.FromString(transform.spec.payload)
            yield bz2.decompress(base64.b64decode(payload.do_fn.payload))


def test_a_second_job_of_the_batch_is_refused_while_the_first_is_active(
    submitted: Submitted, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL), pytest.raises(Conflict, match="already an active job"):
        submitted.submit()
    assert submitted.service.refused >= 1
    assert len(submitted.service.created) == 1
