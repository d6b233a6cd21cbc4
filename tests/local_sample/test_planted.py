"""What is planted in the sample is there: late vehicles, newer states, findings, and secrets."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from local.sample import Answer, Divergence, DivergenceKey, SampleObject
from tests.local_sample.conftest import Built, registered
from tests.local_sample.reading import unpacked

WINDOW = date(2026, 11, 16)
NEW_OBJECTS = {"vehicles", "trips", "occurrences"}


def findings(demo: Built, number: int, level: str, source: str) -> list[Divergence]:
    """A vehicle's rows of one kind in the running window; vehicles count from 1."""
    plate = registered(demo)[f"ATV-{number:05d}"]
    return [
        row
        for key, row in demo.answer.divergences.items()
        if key[:4] == (WINDOW, level, source, plate)
    ]


def test_the_second_wave_comes_after_the_first_and_brings_what_changes(demo: Built) -> None:
    waves = [item.wave for item in demo.objects]
    assert waves == sorted(waves)
    assert {item.feed for item in demo.objects if item.wave == 2} == NEW_OBJECTS
    names = [item.name for item in demo.objects]
    assert len(set(names)) == len(names)


def test_the_first_answer_has_the_first_objects_alone(demo: Built) -> None:
    first = demo.answer.after_wave(1)
    assert [o.name for o in first.objects] == [
        item.name for item in demo.objects if item.wave == 1 and not item.name.endswith("/")
    ]
    assert demo.answer.after_wave(2) is demo.answer


def test_late_vehicles_are_pending_until_they_are_registered(demo: Built) -> None:
    first, last = demo.answer.after_wave(1), demo.answer
    late = set(registered(demo, wave=2)) - set(registered(demo, wave=1))
    assert late == {"ATV-00099", "ATV-00100"}
    assert not late & {device for device, _ in first.vehicle_days}
    assert late <= {device for (device, _), row in last.vehicle_days.items() if row.events}
    replayed = sum(row.events for (device, _), row in last.vehicle_days.items() if device in late)
    telemetry = [answer.feeds["telemetry_events"] for answer in (first, last)]
    assert [rows.valid for rows in telemetry] == [telemetry[1].valid - replayed, telemetry[1].valid]
    assert telemetry[0].pending == telemetry[1].pending + replayed


def test_strangers_are_pending_for_ever(demo: Built) -> None:
    assert demo.answer.feeds["telemetry_events"].pending > 0
    assert not [device for device, _ in demo.answer.vehicle_days if device >= "ATV-9"]
    plates = set(registered(demo).values())
    assert {key.placa for key in demo.answer.divergences} == plates


def test_a_newer_state_is_no_row_more(demo: Built) -> None:
    first, last = demo.answer.after_wave(1), demo.answer
    assert first.tables["occurrences"] == last.tables["occurrences"]
    assert last.feeds["occurrences"].valid > last.tables["occurrences"].rows
    assert last.occurrences["Concluído"] > first.occurrences["Concluído"]
    assert sum(last.occurrences.values()) == last.tables["occurrences"].rows
    assert last.feeds["trips"].valid > last.tables["trips"].rows > first.tables["trips"].rows


def test_honest_vehicles_have_no_finding(demo: Built) -> None:
    honest = findings(demo, 1, "dia", "boletim")
    assert len(honest) == 8
    assert {(row.achado, row.km_declarado - row.km_medido) for row in honest} == {
        ("nenhum", Decimal(0))
    }
    assert [r.achado for r in findings(demo, 1, "janela", "medicao")] == ["nenhum"]


@pytest.mark.parametrize(
    ("number", "least", "most", "finding"),
    [
        (8, "1.049", "1.05", "nenhum"),
        (10, "1.2", "1.21", "divergencia"),
        (12, "0.849", "0.85", "divergencia"),
        (14, "1.1", "1.1", "nenhum"),
    ],
)
@pytest.mark.parametrize("level", ["dia", "janela"])
def test_what_is_declared_is_so_much_of_what_was_driven(
    demo: Built, number: int, least: str, most: str, finding: str, level: str
) -> None:
    rows = findings(demo, number, level, "boletim")
    assert rows
    for row in rows:
        low, high = row.km_medido * Decimal(least), row.km_medido * Decimal(most)
        assert low <= row.km_declarado <= high
        assert row.achado == finding


def test_a_carrier_bills_more_than_its_drivers_declare(demo: Built) -> None:
    (declared,) = findings(demo, 16, "janela", "boletim")
    (billed,) = findings(demo, 16, "janela", "medicao")
    assert declared.achado == "nenhum"
    assert billed.achado == "divergencia"
    assert billed.km_declarado / declared.km_declarado == pytest.approx(Decimal("1.2"))


def test_vehicles_without_telemetry_declare_too(demo: Built) -> None:
    for level in ("dia", "janela"):
        rows = findings(demo, 6, level, "boletim")
        assert {row.achado for row in rows} == {"sem_telemetria"}
        assert all(row.km_declarado > 0 for row in rows)


def test_days_lack_a_bulletin_and_windows_are_billed_without_one(demo: Built) -> None:
    assert 0 < len(findings(demo, 18, "dia", "boletim")) < 8
    before = [key for key in demo.answer.divergences if key.janela_inicio < WINDOW]
    assert Counter(key[:3] for key in before) == {(date(2026, 10, 16), "janela", "medicao"): 100}


def test_late_vehicles_can_be_compared_once_they_are_registered(demo: Built) -> None:
    key = DivergenceKey(WINDOW, "dia", "boletim", registered(demo)["ATV-00100"], date(2026, 11, 20))
    answers: list[Answer] = [demo.answer.after_wave(wave) for wave in (1, 2)]
    assert [a.divergences[key].achado for a in answers] == ["sem_telemetria", "nenhum"]


def secret_texts(objects: list[SampleObject]) -> str:
    return "\n".join(unpacked(item)[0].decode("utf-8", "replace") for item in objects)


@pytest.mark.parametrize(
    ("feed", "sign"),
    [("trips", " "), ("occurrences", " "), ("app_logs", "@example.com"), ("app_logs", ":db8:")],
)
def test_secrets_are_what_people_would_be_known_by(demo: Built, feed: str, sign: str) -> None:
    written = secret_texts([item for item in demo.objects if item.feed == feed])
    assert len([s for s in demo.answer.secrets if sign in s and s in written]) > 50


def test_no_text_that_may_be_shown_holds_a_secret(demo: Built) -> None:
    shown = secret_texts(
        [o for o in demo.objects if o.feed not in ("trips", "occurrences", "app_logs")]
    )
    assert [secret for secret in demo.answer.secrets if secret in shown] == []
