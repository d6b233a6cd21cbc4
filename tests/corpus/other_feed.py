"""A file for another feed, or for no feed at all."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.csv_brazilian import bill, bulletin, occurrence, table
from tests.corpus.recipe import Part, Recipe, Shelf, Verdict, bad, json_line
from tests.corpus.rows import CSV_HEADER, TELEMETRY_COLUMNS, event, line, log_entry, row, trip

KIND = "other"
_EVENTS = Shelf(KIND, "telemetry_events", ".json")
_ROWS = Shelf(KIND, "telemetry_events", ".csv")
_TRIPS = Shelf(KIND, "trips", ".ndjson")
_LOG = Shelf(KIND, "app_logs", ".ndjson")
_OF_TRIP = ["trip_id", "asset_id", "register_number", "license_plate", "unit", "started_at"]
_OF_TRIP += ["full_distance_km"]
_OF_LOG = ["deployment_id", "project_id", "source", "host", "level"]
_FLEET = "deviceId,placa,tipo,frota,unidade,transportadora,assentos\nV-1,ABC1D23,x,x,UCP,x,40\n"


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    yield from _json()
    yield from _tables()
    yield from _no_table()


def _missing(columns: list[str]) -> list[str]:
    return [f"missing:{column}" for column in columns]


def _json() -> Iterator[Recipe]:
    due = [c for c in TELEMETRY_COLUMNS.values() if c != "viagem_id"]
    foreign = bad(json_line(trip("T1")), *_missing(due))
    yield _EVENTS.made("trips-in-telemetry", foreign)
    yield _EVENTS.made("trips-amid-telemetry", Part(line("x-1")), foreign, Part(line("x-2")))
    others = [c for c in due if c != "event_timestamp"]
    logged = bad(json_line(log_entry("L1")), *_missing(others), "type:event_timestamp")
    yield _EVENTS.made("logs-in-telemetry", logged)
    telemetry = json_line(event("V-1"))
    yield _TRIPS.made("telemetry-in-trips", bad(telemetry, *_missing(_OF_TRIP)))
    dated = [*_missing(["log_id", *_OF_LOG]), "type:logged_at"]
    yield _LOG.made("telemetry-in-logs", bad(telemetry, *dated))
    yield _LOG.made(
        "trips-in-logs",
        bad(json_line(trip("T1") | {"datetime": 1}), *_missing(["logged_at", *_OF_LOG])),
    )
    yield _EVENTS.made("empty-objects", *[bad(b"{}\n", *_missing(due))] * 3)


def _tables() -> Iterator[Recipe]:
    tables = {
        "fleet": _FLEET.encode(),
        "bulletins": table(bulletin("1")),
        "bills": table(bill("1")),
        "occurrences": table(occurrence("1"), encoding="utf-8"),
        "telemetry": CSV_HEADER + row("V-1"),
    }
    homes = {
        "telemetry": "telemetry_events",
        "bulletins": "km_bulletins",
        "bills": "contract_measurements",
        "occurrences": "occurrences",
    }
    for home, feed in homes.items():
        for what, content in tables.items():
            if what != home:
                shelf = Shelf(KIND, feed, ".csv")
                yield shelf.made(f"{what}-in-{home}", bad(content, "header"))
    content = CSV_HEADER + row("V-1")
    parts = [bad(text, "malformed_json") for text in content.splitlines(keepends=True)]
    yield _EVENTS.made("csv-under-a-json-name", *parts)
    yield _ROWS.made("ndjson-under-a-csv-name", bad(line("V-1") + line("V-2"), "header"))


def _no_table() -> Iterator[Recipe]:
    """Files of other programs; none of these heads has a line end but where it is shown."""
    binaries = {
        "zip": b"PK\x03\x04\x14\x00\x08\x08\xff\xfe[Content_Types].xml",
        "parquet": b"PAR1\x15\x04\x15\xff\xc0PAR1",
        "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
        "elf": b"\x7fELF\x02\x01\x01\x00\xff\xff",
        "old-excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "avro": b"Obj\x01\x04\x16avro.schema\xff",
        "zstandard": b"\x28\xb5\x2f\xfd\x04\x00",
    }
    for name, content in binaries.items():
        yield _EVENTS.raw(name, content, Verdict(rejects=((0, ("encoding",)),)))
        yield _ROWS.raw(name, content, Verdict(rejects=((0, ("header",)),)))
    head, middle, last = b"\x89PNG\r\n", b"\x1a\n", b"\x00\x00\x00\rIHDR"
    png = [bad(head, "encoding"), bad(middle, "malformed_json"), bad(last, "malformed_json")]
    yield _EVENTS.made("png", *png)
    texts = {
        "xml": b'<?xml version="1.0"?>\n<events/>\n',
        "html": b"<!DOCTYPE html>\n<title>Login</title>\n",
        "yaml": b"deviceId: V-1\n---\n",
        "error-of-storage": b"AccessDenied: caller has no access\n",
        "shell": b"#!/bin/sh\nreboot\n",
    }
    for name, content in texts.items():
        lines = content.splitlines(keepends=True)
        yield _EVENTS.made(name, *(bad(text, "malformed_json") for text in lines))
        yield _ROWS.made(name, bad(content, "header"))
