"""How far a running stack is with what was landed."""

from collections.abc import Mapping
from dataclasses import dataclass

from google.cloud import bigquery

from atvos import names
from atvos.models import Model
from local.client import Client
from local.repository import built_models
from local.sample import Answer


@dataclass(frozen=True, slots=True)
class Progress:
    """Objects in the ledger, rows that wait, and models that lag behind their sources."""

    objects: int
    pending: int
    behind: tuple[str, ...]

    def is_done(self, answer: Answer) -> bool:
        """Whether everything that ``answer`` tells of can be there."""
        waiting = sum(item.pending for item in answer.objects)
        done = self.objects == len(answer.objects) and self.pending == waiting
        return done and not self.behind

    def describe(self, answer: Answer) -> str:
        """A line for a person who waits."""
        text = f"{self.objects} of {len(answer.objects)} objects published"
        if self.pending:
            text += f", {self.pending} rows pending"
        return f"{text}; models to build: {', '.join(self.behind) or 'none'}"


def progress(client: Client, answer: Answer) -> Progress:
    """The progress with the objects of the sample."""
    ledger = client.rows(
        "SELECT object, IFNULL(rows_pending, 0) AS pending "
        f"FROM `{names.OBJECT_LEDGER}` WHERE feed IN UNNEST(@feeds)",
        bigquery.ArrayQueryParameter("feeds", "STRING", list(answer.feeds)),
    )
    pending = sum(row["pending"] for row in ledger)
    return Progress(len(ledger), pending, tuple(behind(client, built_models())))


def behind(client: Client, models: Mapping[str, Model]) -> list[str]:
    """The models that have not taken in every change of their sources, sorted."""
    changes = client.rows(f"SELECT table_name, change_id FROM `{names.TABLE_CHANGES}`")
    taken = client.rows(f"SELECT table_name, change_id FROM `{names.MODEL_LEDGER}`")
    known = {(row["table_name"], row["change_id"]) for row in taken}
    return sorted(
        name
        for name, model in models.items()
        if any(
            change["table_name"] in model.sources
            and (model.table_name, change["change_id"]) not in known
            for change in changes
        )
    )
