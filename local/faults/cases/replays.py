"""Whatever is run again on purpose, and batches that are held and released."""

from functools import partial

from atvos import contract, settings
from atvos.held import HeldBatches
from local.faults.cases.case import Case, Point, land_two
from local.faults.ground import Field
from local.faults.rules import Kind
from local.services import Service

_HOLD = Point("hold", "audit", Service.BIGQUERY, r"POST \S*/jobs\b", r"MERGE `ops\.object_ledger`")


def _run_again(field: Field, since: str, *, job_ids: bool) -> None:
    """A run that has published is cleared, from a task on."""
    again = field.mark()
    land_two(field)
    run_id = f"{field.feed}-again"
    field.runner.run(run_id)
    field.ground.bigquery.strict.job_ids = job_ids
    field.outcomes.append(field.runner.run(run_id, since=since))
    again()
    field.go()


def _land_bad(field: Field) -> None:
    """Two objects with a row that a blocking check does not let through."""
    field.land(0, state="held")
    field.land(1, high=True, state="held")


def _hold_killed(field: Field, kind: Kind) -> None:
    _land_bad(field)
    _HOLD.rule(field, kind, call=field.killing(field.runner.kill_group))
    field.go()


def _released(field: Field, times: int) -> None:
    """A held batch is released, twice where somebody is impatient."""
    done = field.mark()
    _land_bad(field)
    field.go()
    found = settings.load(field.runner.environment)
    feed = contract.load_feed(field.runner.contract)
    clients = field.ground.client
    held = HeldBatches(clients.bigquery, clients.storage, found, {feed.name: feed})
    (batch,) = (batch for batch in held.all() if batch.feed == feed.name)
    for _ in range(times):
        held.release(batch, "data-platform", "the fault matrix releases it")
        done()
    field.answer.publish_held()
    field.go(label="more")


CASES = [
    *(
        Case(
            f"again-{since.replace('_', '-')}{'' if job_ids else '-no-job-ids'}",
            f"a published run is cleared from {since} on"
            + ("" if job_ids else ", and BigQuery takes a job id twice"),
            partial(_run_again, since=since, job_ids=job_ids),
        )
        for since in ("prepare", "curate", "stage_rows", "quarantine", "publish")
        for job_ids in (True, False)
    ),
    Case(
        "hold-killed-before",
        "kill -9 before a batch is held",
        partial(_hold_killed, kind=Kind.CALL_BEFORE),
    ),
    Case(
        "hold-killed-after",
        "kill -9 after a batch was held",
        partial(_hold_killed, kind=Kind.CALL_AFTER),
    ),
    Case("released", "a held batch is released", partial(_released, times=1)),
    Case("released-twice", "a held batch is released twice", partial(_released, times=2)),
]
