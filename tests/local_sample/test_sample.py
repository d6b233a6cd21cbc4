"""The sample is deterministic, has the size that was asked for, and holds every kind of dirt."""

import gzip
import json
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.sample import Sample, Settings, VehicleDay, build
from local.sample.__main__ import main
from tests.local_sample.conftest import Built
from tests.local_sample.reading import FEEDS
from tests.local_sample.reasons import REASONS

MISSING = VehicleDay(Decimal("0.000"), 0, outlier=False, faltante=True)
STILL = VehicleDay(Decimal("0.000"), 1, outlier=False, faltante=False)


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
    # One shift, one run and one request a day; every other occurrence is reported.
    objects, answer = build(Settings(until=noon, vehicles=1, days=1, events_per_vehicle_day=2))

    assert [(item.wave, item.name) for item in objects] == [
        (1, "vehicles/2026/11/23/frota-1.csv"),
        (1, "telemetry_events/reenvios/"),
        (1, "telemetry_events/2026/11/22/part-00000.json.gz"),
        (1, "telemetry_events/2026/11/22/part-vazia.json"),
        (1, "telemetry_events/2026/11/23/part-00000.json.gz"),
        (1, "trips/2026/11/23/trips-1-000.json"),
        (1, "km_bulletins/2026/11/23/boletim 000.csv"),
        (1, "contract_measurements/2026/10/medição 2026-10-16.csv"),
        (1, "contract_measurements/2026/11/medição 2026-11-16.csv"),
        (1, "occurrences/2026/11/23/ocorrencias-1-000.csv"),
        (1, "app_logs/2026/11/23/drain-00000.json"),
        (2, "vehicles/2026/11/23/frota-2.csv"),
        (2, "occurrences/2026/11/23/ocorrencias-2-000.csv"),
    ]
    assert objects[0].content.decode().splitlines()[1:] == [
        "ATV-00001,AAA0000,ônibus,F0001,UAE,Sertran,16"
    ]
    for part in (objects[2], objects[4]):
        lines = gzip.decompress(part.content).splitlines()
        assert {json.loads(line)["deviceId"] for line in lines} == {"ATV-00001", "ATV-90001"}
    telemetry = [o for o in answer.objects if o.feed == "telemetry_events"]
    assert [(o.read, o.valid, o.pending) for o in telemetry] == [(2, 1, 1), (0, 0, 0), (2, 1, 1)]
    assert {feed: table.rows for feed, table in answer.tables.items()} == {
        "vehicles": 1,
        "telemetry_events": 2,
        "trips": 2,
        "km_bulletins": 2,
        "contract_measurements": 2,
        "occurrences": 1,
        "app_logs": sum(total.entries for total in answer.service_hours.values()),
    }
    assert sum(total.requests for total in answer.service_hours.values()) == 2
    assert answer.tables["telemetry_events"].last_event_at == noon - timedelta(seconds=7)
    today = noon.date()
    yesterday = today - timedelta(days=1)
    assert answer.vehicle_days == {
        **{("ATV-00001", today - timedelta(days=back)): MISSING for back in range(2, 7)},
        ("ATV-00001", yesterday): STILL,
        ("ATV-00001", today): STILL,
    }


@pytest.mark.parametrize("wave", [1, 2])
def test_rows_read_are_valid_rejected_duplicate_or_pending(demo: Built, wave: int) -> None:
    answer = demo.answer.after_wave(wave)
    for rows in [*answer.objects, *answer.feeds.values()]:
        assert rows.read == rows.valid + rows.rejected + rows.duplicate + rows.pending
        assert sum(rows.reasons.values()) >= rows.rejected


def test_the_answer_names_every_object_but_placeholders_in_upload_order(demo: Built) -> None:
    assert [(a.feed, a.name) for a in demo.answer.objects] == [
        (o.feed, o.name) for o in demo.objects if not o.name.endswith("/")
    ]
    assert any(o.name.endswith("/") for o in demo.objects)


def test_the_default_size_is_that_of_a_demo(demo: Built) -> None:
    assert 20_000 <= demo.answer.feeds["telemetry_events"].read <= 30_000
    objects = Counter(item.feed for item in demo.objects)
    assert objects.pop("telemetry_events") <= 18
    assert all(1 <= count <= 4 for count in objects.values())
    for feed in set(FEEDS) - {"telemetry_events", "vehicles"}:
        assert 300 <= demo.answer.feeds[feed].read <= 3_000, feed


SMALL = {"vehicles": 20, "days": 4, "events_per_vehicle_day": 12}


@pytest.mark.parametrize("size", [{}, SMALL])
def test_every_object_passes_the_rule_of_95_percent_by_itself(
    noon: datetime, size: dict[str, Any]
) -> None:
    _, answer = build(Settings(until=noon, **size))
    for rows in answer.objects:
        assert rows.rejected <= 0.05 * rows.read, rows.name


def test_duplicates_are_near_one_percent(demo: Built) -> None:
    rows = demo.answer.feeds["telemetry_events"]
    assert 0.005 < rows.duplicate / rows.read < 0.02


@pytest.mark.parametrize("feed", sorted(set(FEEDS) - {"telemetry_events", "vehicles"}))
def test_duplicates_of_an_object_are_less_than_one_percent(demo: Built, feed: str) -> None:
    found = [rows for rows in demo.answer.objects if rows.feed == feed]
    assert sum(rows.duplicate for rows in found) > 0
    assert all(rows.duplicate < 0.01 * rows.read for rows in found)


@pytest.mark.parametrize("feed", FEEDS)
def test_every_reason_is_there(demo: Built, feed: str) -> None:
    assert set(demo.answer.feeds[feed].reasons) == REASONS[feed]


def test_odometers_fall_and_jump_and_vehicles_are_missing(demo: Built) -> None:
    days = demo.answer.vehicle_days
    assert any(day.outlier and day.km_dia == 0 and day.events for day in days.values())
    assert any(day.km_dia > 2000 and not day.outlier for day in days.values())
    assert any(day.faltante and not day.events for day in days.values())
    assert {device for device, _ in days} == {f"ATV-{n:05d}" for n in range(1, 101)}


@pytest.mark.parametrize("clock", ["00:00:03", "00:00:30", "01:00:00", "23:59:59"])
def test_the_newest_event_is_seconds_old_at_any_time_of_day(clock: str) -> None:
    until = datetime.fromisoformat(f"2026-11-23T{clock}-03:00")
    settings = Settings(until=until, vehicles=3, days=2, events_per_vehicle_day=5)
    _, answer = build(settings)
    assert answer.tables["telemetry_events"].last_event_at == until - timedelta(seconds=7)


def test_sizes_follow_the_settings(noon: datetime) -> None:
    _, answer = build(Settings(until=noon, vehicles=40, days=3, events_per_vehicle_day=100))
    assert answer.feeds["telemetry_events"].valid == pytest.approx(40 * 3 * 100, rel=0.1)
    assert answer.feeds["app_logs"].read > 40 * 3
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
    assert set(answer["vehicle_days"][0]) == {
        "device_id", "day", "km_dia", "events", "outlier", "faltante",
    }  # fmt: skip
    assert set(answer["divergences"][0]) == {
        "janela_inicio", "nivel", "fonte", "placa", "dia", "km_declarado", "km_medido", "achado",
    }  # fmt: skip
    assert len(answer["after_wave_1"]["vehicle_days"]) < len(answer["vehicle_days"])


def test_the_command_explains_a_wrong_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path), "--vehicles", "0"])
    assert "vehicles=0: valid is 1 to 80000" in capsys.readouterr().err
