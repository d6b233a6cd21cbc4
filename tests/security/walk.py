"""A feed's objects on their whole way, step by step in this process, and all that is told of it."""

from __future__ import annotations

import re
import socket
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from atvos import data_docs, names, settings
from atvos.audit_operators import AuditOperator
from atvos.batch_store import BatchStore
from atvos.contract import load_feed
from atvos.report_operators import ReconcileOperator, ReportOperator
from atvos.sensors import NewObjectsSensor
from curate.pipeline import run as curate
from local.client import Client
from local.environment import WORK_BUCKET
from local.layout import CONTRACTS
from local.sample import SampleObject
from tests.atvos.desk import Desk, query
from tests.dags.running import context_of

OPERATIONS = (names.OBJECT_LEDGER, names.CHECK_RESULTS, names.TABLE_CHANGES, names.RECONCILIATIONS)


@dataclass
class Walk:
    """What a feed has left behind: ``xcoms`` are what tasks returned, ``packets`` metrics."""

    client: Client
    desk: Desk
    batch_id: str = ""
    xcoms: list[Any] = field(default_factory=list)
    packets: list[str] = field(default_factory=list)

    def told(self) -> Iterator[tuple[str, str]]:
        """Every place in which a person could be found, by its name, with its text."""
        feed = self.desk.feed.name
        own = (names.curated_table(feed), names.quarantine_table(feed), *self._staging())
        for table in (*own, *OPERATIONS):
            rows = query(self.client.bigquery, f"SELECT * FROM `{table}`")
            yield table, "\n".join(map(repr, rows))
        for blob in self.client.storage.list_blobs(WORK_BUCKET):
            if feed in blob.name:
                kind = "Data Docs" if blob.name.startswith(data_docs.FOLDER) else "file"
                text = blob.download_as_bytes().decode("utf-8", errors="replace")
                yield f"{kind} {blob.name}", text
        yield "XComs", repr(self.xcoms)
        yield "metrics", "\n".join(self.packets)

    def _staging(self) -> list[str]:
        listed = self.client.bigquery.list_tables(names.STAGING)
        found = [table.table_id for table in listed if self.batch_id in table.table_id]
        return [f"{names.STAGING}.{table}" for table in found]


def contract(folder: Path, feed: str, *, leaking: str | None = None) -> Path:
    """The contract of the feed under a name of its own.

    ``leaking`` is a column that is not classified any more, and so goes through as it is.
    """
    text = (CONTRACTS / f"{feed}.odcs.yaml").read_text(encoding="utf-8")
    name = f"{feed}_{uuid.uuid4().hex[:8]}"
    text = re.sub(rf"^name: {feed}$", f"name: {name}", text, flags=re.MULTILINE)
    text = re.sub(rf"^  - name: {feed}$", f"  - name: {name}", text, flags=re.MULTILINE)
    text = re.sub(rf"\belement: {feed}\b", f"element: {name}", text)
    if leaking:
        column = text.index(f"- name: {leaking}\n")
        before, after = text[:column], text[column:]
        after = after.replace("        classification: pii\n", "", 1)
        after = after.replace("          - {property: protection, value: hash}\n", "", 1)
        text = before + after
    file = folder / f"{name}.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def walk(client: Client, file: Path, objects: Iterable[SampleObject]) -> Walk:
    """Land the objects of the contract's feed and take them all the way into the table."""
    desk = Desk(client, load_feed(file))
    feed, done = desk.feed, Walk(client, desk)
    for item in objects:
        name = item.name.partition("/")[2]
        client.upload(names.landing_prefix(feed.name) + name, item.content)
    with _metrics(done.packets) as port:
        chosen = replace(settings.load(), statsd_port=port)
        sensor = NewObjectsSensor(task_id="sense", settings=chosen, feed=feed)
        done.batch_id = sensor.execute(context_of(feed.name))
        context = context_of(feed.name, sense=done.batch_id)
        store = BatchStore(client.storage, WORK_BUCKET, feed)
        assert curate(["--batch", store.folder_uri(done.batch_id)]) == 0
        _publish(desk, store, done.batch_id, AuditOperator, chosen, context)
        feeds = {feed.name: feed}
        report = ReportOperator(task_id="report", settings=chosen, feeds=feeds)
        compare = ReconcileOperator(task_id="compare", settings=chosen, feeds=feeds)
        returned = [done.batch_id, report.execute(context), compare.execute(context)]
        done.xcoms += [*returned, context["ti"].pushed]
    return done


def _publish(
    desk: Desk, store: BatchStore, batch_id: str, audit: type[AuditOperator], chosen: Any, ctx: Any
) -> None:
    batch, stats = store.batch(batch_id), store.stats(batch_id)
    for stage in (desk.jobs.stage_rows, desk.jobs.stage_rejects, desk.jobs.stage_objects):
        desk.run(stage(batch, stats))
    desk.run(desk.jobs.quarantine(batch))
    audit(task_id="audit", settings=chosen, feed=desk.feed).execute(ctx)
    desk.run(desk.jobs.publish(batch, stats))


@contextmanager
def _metrics(packets: list[str]) -> Iterator[int]:
    """Keep what is sent to the port that is given."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.2)
        ended = threading.Event()

        def receive() -> None:
            while not ended.is_set():
                try:
                    packets.append(server.recv(1 << 16).decode())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=receive, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        ended.set()
        thread.join(timeout=10)
