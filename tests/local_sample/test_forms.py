"""Objects and rows come in every form that their sources write."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from local.sample import SampleObject
from tests.local_sample.conftest import Built, decoded, registered
from tests.local_sample.judging import Row
from tests.local_sample.marts import normal
from tests.local_sample.reading import records, unpacked
from tests.local_sample.recount import Warehouse
from tests.local_sample.values import SAO_PAULO, instant_of


def telemetry(built: Built) -> list[SampleObject]:
    return [o for o in built.objects if o.feed == "telemetry_events" and not o.name.endswith("/")]


def events(built: Built) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields of every record that could be read, with the object's name."""
    for item in telemetry(built):
        yield from ((item.name, fields) for fields, codes in records(item) if not codes)


def test_times_are_written_in_every_way(demo: Built) -> None:
    texts = [f["timestamp"] for _, f in events(demo) if isinstance(f.get("timestamp"), str)]
    for ending in ("-03:00", "-04:00", "+00:00", "Z", ".500Z"):
        assert any(text.endswith(ending) for text in texts), ending
    assert any(len(text) == 19 and text[10] == "T" for text in texts)
    assert any(len(text) == 19 and text[10] == " " for text in texts)


def test_a_trip_is_null_absent_blank_or_hard_to_write(demo: Built) -> None:
    trips = [fields.get("viagemId", "absent") for _, fields in events(demo)]
    assert None in trips
    assert "absent" in trips
    for part in ('"', "ã", "\n"):
        assert any(trip and part in trip for trip in trips)


def test_events_come_out_of_order_within_and_across_objects(demo: Built) -> None:
    days: dict[str, list[datetime]] = {}
    for name, fields in events(demo):
        try:
            days.setdefault(name, []).append(instant_of(fields["timestamp"]))
        except (KeyError, TypeError, ValueError):
            continue
    ordinary = days["telemetry_events/2026/11/20/part-00001.json.gz"]
    assert ordinary != sorted(ordinary)
    assert min(t.date() for t in ordinary) < datetime(2026, 11, 20).date()  # noqa: DTZ001


def test_objects_come_in_every_condition(demo: Built) -> None:
    objects = {item.name: item for item in telemetry(demo)}
    assert [name for name, item in objects.items() if not item.content] == [
        "telemetry_events/2026/11/16/part-vazia.json"
    ]
    damaged = [name for name, item in objects.items() if unpacked(item)[1]]
    assert damaged == ["telemetry_events/2026/11/20/part-00000.json.gz"]
    (hostile,) = [name for name in objects if "DROP" in name]
    assert all(sign in hostile for sign in "'\"; #á")
    plain, packed = [item for name, item in objects.items() if ".csv" in name]
    assert plain.content.startswith(b"\xef\xbb\xbfviagemId,timestamp,")
    assert unpacked(packed)[0].startswith(b'"viagemId","timestamp",')


def test_a_truncation_leaves_a_part_of_a_line(demo: Built) -> None:
    data = unpacked(next(item for item in telemetry(demo) if unpacked(item)[1]))[0]
    assert data.rpartition(b"\n")[2].startswith(b'{"deviceId"')


@pytest.fixture(scope="module")
def trips(demo: Built) -> list[dict[tuple[str], Row]]:
    """The table of trips after each wave."""
    warehouse = Warehouse(demo.settings.until)
    tables = []
    for wave in (1, 2):
        objects = [o for o in demo.objects if (o.feed, o.wave) == ("trips", wave)]
        warehouse.take(objects)
        tables.append(dict(warehouse.tables["trips"]))
    return tables


def test_trips_have_up_to_four_stops_in_a_list_or_none(demo: Built) -> None:
    lines = [line for text in decoded(demo, "trips", 1) for line in text.splitlines()]
    assert any('"stops": null' in line for line in lines)
    assert any('"stops"' not in line for line in lines)
    stops = [json.loads(line).get("stops") for line in lines if line.endswith("}")]
    assert {len(legs) for legs in stops if isinstance(legs, list)} == {0, 1, 2, 3, 4}


def test_a_trip_is_as_long_as_its_legs_and_a_day_as_its_trips(
    demo: Built, trips: list[dict[tuple[str], Row]]
) -> None:
    days: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for trip in trips[-1].values():
        legs = [round(1000 * leg["trip_distance"]) for leg in trip["stops"]]
        assert not legs or Decimal(sum(legs)).scaleb(-3) == trip["full_distance_km"]
        days[trip["asset_id"], trip["started_at"].astimezone(SAO_PAULO).date()] += trip[
            "full_distance_km"
        ]
    plain = {key: row for key, row in demo.answer.vehicle_days.items() if key[0] == "ATV-00001"}
    assert {key: days[key] for key in plain} == {key: row.km_dia for key, row in plain.items()}


def test_trips_under_way_arrive_and_one_moves_to_the_day_before(
    trips: list[dict[tuple[str], Row]],
) -> None:
    before, after = trips
    changed = [(row, after[key]) for key, row in before.items() if row != after[key]]
    assert len(changed) > 100
    assert all(old["full_distance_km"] <= new["full_distance_km"] for old, new in changed)
    under_way = [old for old, _ in changed if old["stops"]]
    assert not any(old["stops"][-1]["arrival_time"] for old in under_way)
    moves = [new["started_at"] - old["started_at"] for old, new in changed]
    assert [move for move in moves if move] == [timedelta(days=-1)]


def test_drivers_spell_plates_otherwise_and_some_were_converted(demo: Built) -> None:
    lines = "".join(decoded(demo, "km_bulletins", 1)).splitlines()
    rows = [line.split(";") for line in lines if "/2026;" in line]
    spellings: dict[str, set[str]] = {}
    for row in rows:
        if len(row[1]) >= 7 and row[1] != "AB-12345":
            spellings.setdefault(normal(row[1]), set()).add(row[1])
    assert set(spellings) == set(registered(demo).values())
    assert max(len(found) for found in spellings.values()) >= 3
    (snapshot,) = decoded(demo, "vehicles", 2)
    old = {normal(p): p for p in (row.split(",")[1] for row in snapshot.splitlines()[1:])}
    converted = [
        plate
        for plate, found in spellings.items()
        if old[plate][-3].isdigit() and any(spelled[-3].isalpha() for spelled in found)
    ]
    assert converted


def test_occurrences_are_of_every_status_and_category(demo: Built) -> None:
    assert set(demo.answer.occurrences) == {"Atrasado", "Concluído", "Em andamento", "Planejado"}
    (report,) = decoded(demo, "occurrences", 1)
    for text in (";Comportamental;", ";Gestão;", ";Manutenção;", '"Pneu além do limite;\nsem'):
        assert text in report


def test_log_drains_send_arrays_and_lines_packed_and_plain(demo: Built) -> None:
    drains = [item for item in demo.objects if item.feed == "app_logs"]
    suffixes = (".json", ".ndjson.gz", ".ndjson")
    assert [item.name.partition("drain-")[2][5:] for item in drains] == list(suffixes)
    texts = [unpacked(item)[0] for item in drains]
    assert [text[:1] for text in texts] == [b"[", b"{", b"{"]
    entries = [entry for entry in json.loads(texts[0]) if isinstance(entry, dict)]
    requests = Counter(entry.get("requestId") for entry in entries)
    assert set(requests.values()) >= {1, 2, 3, 4}
    assert requests[None] > 0
    assert any(entry.get("statusCode") == -1 for entry in entries)
    assert any("\n" in entry["message"] and "?email=" in entry["message"] for entry in entries)
    assert {entry["source"] for entry in entries} >= {
        "build", "edge", "lambda", "static", "external", "firewall", "redirect",
    }  # fmt: skip
