"""The sample is deterministic, has the size that was asked for, and holds every kind of dirt."""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.sample import Sample, SampleObject, Settings, VehicleDay, build
from local.sample.__main__ import main
from tests.local_sample.conftest import Built
from tests.local_sample.recount import instant_of, records, unpacked

REASONS = {
    "encoding",
    "enum:tipo_veiculo",
    "format:event_timestamp",
    "format:odometro_km",
    "future:event_timestamp",
    "late:event_timestamp",
    "length:device_id",
    "length:viagem_id",
    "malformed_json",
    "missing:custo_fixo",
    "missing:device_id",
    "missing:tipo_veiculo",
    "not_an_object",
    "ragged_row",
    "range:custo_variavel",
    "range:odometro_km",
    "type:custo_fixo",
    "type:device_id",
    "type:event_timestamp",
    "type:odometro_km",
    "unbalanced_quote",
    "unreadable",
}
MISSING = VehicleDay(Decimal("0.000"), 0, outlier=False, faltante=True)
STILL = VehicleDay(Decimal("0.000"), 1, outlier=False, faltante=False)


def telemetry(built: Built) -> list[SampleObject]:
    return [o for o in built.objects if o.feed == "telemetry_events" and not o.name.endswith("/")]


def events(built: Built) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields of every record that could be read, with the object's name."""
    for item in telemetry(built):
        yield from ((item.name, fields) for fields, codes in records(item) if not codes)


def test_the_same_settings_give_the_same_bytes(demo: Built) -> None:
    assert build(demo.settings) == (demo.objects, demo.answer)


def test_another_seed_gives_other_values_of_the_same_size(demo: Built, noon: datetime) -> None:
    objects, answer = build(Settings(until=noon, seed=8))
    assert objects != demo.objects
    assert answer.feeds["telemetry_events"].valid == pytest.approx(
        demo.answer.feeds["telemetry_events"].valid, rel=0.01
    )


def test_a_sample_that_can_be_counted_by_hand(noon: datetime) -> None:
    # Noon to noon with two events a day: one in each half day, of the one registered
    # vehicle and of the one stranger. Five of the last seven days have no telemetry.
    objects, answer = build(Settings(until=noon, vehicles=1, days=1, events_per_vehicle_day=2))

    assert [item.name for item in objects] == [
        "vehicles/2026/11/23/frota.csv",
        "telemetry_events/reenvios/",
        "telemetry_events/2026/11/22/part-00000.json.gz",
        "telemetry_events/2026/11/22/part-vazia.json",
        "telemetry_events/2026/11/23/part-00000.json.gz",
    ]
    assert objects[0].content.decode().splitlines()[1:] == [
        "ATV-00001,AAA0000,ônibus,F0001,UAE,Sertran,16"
    ]
    for part in (objects[2], objects[4]):
        lines = gzip.decompress(part.content).splitlines()
        assert {json.loads(line)["deviceId"] for line in lines} == {"ATV-00001", "ATV-90001"}
    assert [(o.read, o.valid, o.rejected, o.duplicate) for o in answer.objects] == [
        (1, 1, 0, 0),
        (2, 2, 0, 0),
        (0, 0, 0, 0),
        (2, 2, 0, 0),
    ]
    assert answer.tables["vehicles"].rows == 1
    assert answer.tables["vehicles"].last_event_at is None
    assert answer.tables["telemetry_events"].rows == 4
    assert answer.tables["telemetry_events"].last_event_at == noon - timedelta(seconds=7)
    today = noon.date()
    yesterday = today - timedelta(days=1)
    assert answer.vehicle_days == {
        **{("ATV-00001", today - timedelta(days=back)): MISSING for back in range(2, 7)},
        ("ATV-00001", yesterday): STILL,
        ("ATV-90001", yesterday): STILL,
        ("ATV-00001", today): STILL,
        ("ATV-90001", today): STILL,
    }


def test_rows_read_are_valid_rejected_or_duplicate(demo: Built) -> None:
    for rows in [*demo.answer.objects, *demo.answer.feeds.values()]:
        assert rows.read == rows.valid + rows.rejected + rows.duplicate
        assert sum(rows.reasons.values()) >= rows.rejected


def test_the_answer_names_every_object_but_placeholders_in_upload_order(demo: Built) -> None:
    assert [(a.feed, a.name) for a in demo.answer.objects] == [
        (o.feed, o.name) for o in demo.objects if not o.name.endswith("/")
    ]
    assert any(o.name.endswith("/") for o in demo.objects)


def test_the_default_size_is_that_of_a_demo(demo: Built) -> None:
    assert 20_000 <= demo.answer.feeds["telemetry_events"].read <= 30_000
    assert len(demo.objects) <= 18
    assert demo.answer.feeds["vehicles"].valid == 100


def test_every_object_passes_the_rule_of_95_percent_by_itself(demo: Built) -> None:
    for rows in demo.answer.objects:
        assert rows.valid + rows.duplicate >= 0.97 * rows.read, rows.name


def test_duplicates_are_near_one_percent(demo: Built) -> None:
    rows = demo.answer.feeds["telemetry_events"]
    assert 0.005 < rows.duplicate / rows.read < 0.02


def test_every_reason_is_there(demo: Built) -> None:
    assert set(demo.answer.feeds["telemetry_events"].reasons) == REASONS
    assert demo.answer.feeds["vehicles"].reasons == {
        "enum:unidade": 1,
        "pattern:placa": 1,
        "ragged_row": 1,
        "range:assentos": 1,
    }
    assert demo.answer.feeds["vehicles"].duplicate == 1


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


def test_odometers_fall_and_jump_and_vehicles_are_missing_or_unknown(demo: Built) -> None:
    days = demo.answer.vehicle_days
    assert any(day.outlier and day.km_dia == 0 and day.events for day in days.values())
    assert any(day.km_dia > 2000 and not day.outlier for day in days.values())
    assert any(day.faltante and not day.events for day in days.values())
    assert any(device >= "ATV-9" and day.events for (device, _), day in days.items())
    assert {device for device, _ in days} >= {f"ATV-{n:05d}" for n in range(1, 101)}


@pytest.mark.parametrize("clock", ["00:00:03", "00:00:30", "01:00:00", "23:59:59"])
def test_the_newest_event_is_seconds_old_at_any_time_of_day(clock: str) -> None:
    until = datetime.fromisoformat(f"2026-11-23T{clock}-03:00")
    settings = Settings(until=until, vehicles=3, days=2, events_per_vehicle_day=5)
    _, answer = build(settings)
    assert answer.tables["telemetry_events"].last_event_at == until - timedelta(seconds=7)


def test_sizes_follow_the_settings(noon: datetime) -> None:
    _, answer = build(Settings(until=noon, vehicles=40, days=3, events_per_vehicle_day=100))
    assert answer.feeds["telemetry_events"].valid == pytest.approx(40 * 3 * 100, rel=0.1)
    assert answer.tables["vehicles"].rows == 40
    assert {day for _, day in answer.vehicle_days} == {
        noon.date() - timedelta(days=back) for back in range(7)
    }


def test_objects_are_made_one_at_a_time(noon: datetime) -> None:
    sample = Sample(Settings(until=noon, vehicles=80_000, days=60, events_per_vehicle_day=10_000))
    assert next(sample.objects()).feed == "vehicles"


def test_the_answer_is_not_given_before_the_last_object(noon: datetime) -> None:
    sample = Sample(Settings(until=noon, vehicles=1, days=1, events_per_vehicle_day=1))
    objects = sample.objects()
    next(objects)
    with pytest.raises(RuntimeError, match="read to its end"):
        _ = sample.answer
    list(objects)
    assert sample.answer.tables["vehicles"].rows == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"vehicles": 0},
        {"days": 61},
        {"events_per_vehicle_day": 10_001},
        {"until": datetime(2026, 11, 23)},  # noqa: DTZ001
        {"until": datetime.fromisoformat("2019-01-01T00:00:00-03:00")},
    ],
)
def test_settings_out_of_bounds_are_refused(noon: datetime, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}=.*valid is"):
        Settings(**{"until": noon, **wrong})


def test_the_command_writes_the_files_and_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ["--vehicles", "12", "--days", "2", "--events", "24"]
    until = "2026-11-23T12:00:00-03:00"
    assert main(["--out", str(tmp_path), "--until", until, *size]) == 0
    answer = json.loads((tmp_path / "answer.json").read_text())
    for item in answer["objects"]:
        assert (tmp_path / item["object"]).is_file()
    total = answer["feeds"]["telemetry_events"]["read"]
    assert f"telemetry_events: {total} rows = " in capsys.readouterr().out
    assert {"device_id", "day", "km_dia", "events", "outlier", "faltante"} == set(
        answer["vehicle_days"][0]
    )


def test_the_command_explains_a_wrong_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path), "--vehicles", "0"])
    assert "vehicles=0: valid is 1 to 80000" in capsys.readouterr().err
