"""Rejected records come in again once their contract was corrected: all of them, and once."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import Forbidden, GoogleAPICallError
from google.cloud.storage import Bucket

from atvos import names
from atvos.contract import LoadMode
from atvos.replays import originals, statements
from atvos.replays.books import Books
from atvos.replays.core import ReplayError
from atvos.replays.store import Done, Replays, Wanted
from local.environment import LANDING_BUCKET
from tests.curate.helpers import ndjson
from tests.replays.conftest import Open, visits
from tests.replays.house import House

NOW = datetime.now(UTC)
TODAY = NOW.date()
KEY = "k" * 32
PLACE = "source_object, source_generation, source_position"
FROM = "from_object, from_generation, from_position"
ORIGIN = "origin_object, origin_generation, origin_position"
COUNTS = "object, rows_read, rows_valid, rows_rejected, rows_duplicate, rows_pending"


def visit(number: int, kind: str = "bus", note: str | None = None) -> dict[str, Any]:
    """One record of a feed."""
    return {"id": number, "day": "2025-06-01", "kind": kind, "note": note}


def send(house: House, *reasons: str, **other: Any) -> Done:
    """Replay what was rejected for these reasons."""
    return house.replays.send(Wanted(reasons, **other), "ana@example.com", "corrected", NOW)


def on_its_way(house: House) -> int:
    """How many records are on their way."""
    counts = house.replays.counts(Wanted(), TODAY)
    return sum(count.row_count for count in counts if count.on_its_way)


@pytest.fixture
def corrected(open_house: Open) -> House:
    """A feed of which two vans and a tram were rejected, and that takes vans now."""
    house = open_house("bus")
    house.land("a.ndjson", ndjson(visit(1), visit(2, "van"), visit(3, "tram"), visit(4, "van")))
    house.ingest()
    house.correct(visits(house.feed.name, "bus", "van"))
    return house


def test_what_was_rejected_is_published_after_a_correction_and_leaves_quarantine(
    corrected: House,
) -> None:
    house = corrected
    rejected = house.quarantined(PLACE)
    done = send(house, "enum")
    assert (done.sent, len(done.objects), done.gone) == (3, 1, ())
    # Until it is published nothing is gone from anywhere, and nothing is sent twice.
    assert (house.curated("id"), house.quarantined(PLACE)) == ([(1,)], rejected)
    assert (on_its_way(house), send(house).sent) == (3, 0)
    (batch,) = house.ingest()
    (item,) = batch.objects
    assert item.name == done.objects[0]
    assert house.curated("id, kind") == [(1, "bus"), (2, "van"), (4, "van")]
    first = rejected[0][0]
    assert house.ledger(COUNTS) == [(first, 4, 1, 3, 0, 0), (item.name, 3, 2, 1, 0, 0)]
    claims = house.claims(f"{FROM}, {ORIGIN}, position, generation, batch_id, owner, because")
    assert sorted((c[:3] for c in claims), key=repr) == rejected
    assert sorted((c[3:6] for c in claims), key=repr) == rejected
    assert {c[7:] for c in claims} == {
        (item.generation, batch.batch_id, "ana@example.com", "corrected")
    }
    # The tram is in quarantine once, where it is now, and its origin is on record.
    (left,) = house.quarantined(f"{PLACE}, reasons")
    (tram,) = (c for c in claims if c[6] == left[2])
    assert (left[:2], left[3]) == ((item.name, item.generation), ["enum:kind"])
    assert tram[5] == sorted(r[2] for r in rejected)[1]


def test_a_record_that_is_replayed_again_keeps_its_first_origin(corrected: House) -> None:
    house = corrected
    send(house)
    house.ingest()
    (second,) = house.quarantined(PLACE)
    house.correct(visits(house.feed.name, "bus", "van", "tram"))
    again = house.replays.send(Wanted(), "ana@example.com", "trams", NOW + timedelta(seconds=1))
    assert again.sent == 1
    house.ingest()
    assert (house.quarantined(PLACE), len(house.curated("id"))) == ([], 4)
    (claim,) = house.rows(names.REPLAYS, f"{FROM}, {ORIGIN}", f"replay_id = '{again.replay_id}'")
    assert claim[:3] == second
    assert claim[3].endswith("/a.ndjson")


def test_steps_that_are_run_again_bring_nothing_back_and_nothing_twice(corrected: House) -> None:
    house = corrected
    send(house)
    batch = house.sense()
    assert batch is not None
    stats = house.curate(batch)
    house.stage(batch, stats)
    for _ in range(2):  # a kill after the commit, and the next try
        house.run(house.jobs.publish(batch, stats))
        assert (len(house.curated("id")), len(house.quarantined(PLACE))) == (3, 1)
    assert len(house.rows(names.TABLE_CHANGES, "1", f"change_id = '{batch.batch_id}'")) == 1


def test_rejects_that_are_quarantined_anew_after_their_replay_are_taken_out(
    open_house: Open,
) -> None:
    house = open_house("bus")
    house.land("a.ndjson", ndjson(visit(1, "van"), visit(2)))
    (batch,) = house.ingest()
    house.correct(visits(house.feed.name, "bus", "van"))
    send(house)
    house.ingest()
    house.run(house.jobs.quarantine(batch))  # somebody cleared the first run
    assert len(house.quarantined(PLACE)) == 1
    assert (house.replays.leftovers(TODAY), house.replays.leftovers(TODAY)) == (1, 0)
    assert house.quarantined(PLACE) == []


def test_who_dies_between_claim_and_landing_loses_nothing(
    corrected: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = corrected

    def dies(self: Replays, item: object) -> None:
        raise KeyboardInterrupt

    landing = Replays._land
    monkeypatch.setattr(Replays, "_land", dies)
    with pytest.raises(KeyboardInterrupt):
        send(house)
    monkeypatch.setattr(Replays, "_land", landing)
    assert house.sense() is None
    assert (len(house.quarantined(PLACE)), send(house).sent) == (3, 0)
    assert house.replays.resume(NOW + timedelta(minutes=59)) == []
    (said,) = house.replays.resume(NOW + timedelta(minutes=61))
    assert ": landed " in said
    assert house.replays.resume(NOW + timedelta(minutes=61)) == []
    house.ingest()
    assert (len(house.curated("id")), len(house.quarantined(PLACE))) == (3, 1)
    assert house.replays.resume(NOW + timedelta(minutes=61)) == []


def test_a_claim_that_cannot_land_any_more_gives_its_records_free(
    corrected: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = corrected
    with monkeypatch.context() as patch:
        patch.setattr(Replays, "_land", lambda *_: None)
        send(house)
    gone = lambda *_: (_ for _ in ()).throw(originals.GoneError("gone"))  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr("atvos.replays.records.Reader.record", gone)
        (said,) = house.replays.resume(NOW + timedelta(hours=2))
    assert "given free" in said
    assert (house.claims("replay_id"), len(house.quarantined(PLACE))) == ([], 3)
    assert send(house).sent == 3


def test_of_two_that_claim_the_same_record_at_once_none_goes_on(
    corrected: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = corrected
    rivals = []

    def claims_as_well(self: Books, *_: object) -> int:
        monkeypatch.undo()
        rivals.append(1)
        return 1

    monkeypatch.setattr(Books, "rivals", claims_as_well)
    with pytest.raises(ReplayError, match="another replay has just claimed"):
        send(house)
    assert (rivals, house.claims("replay_id"), house.sense()) == ([1], [], None)


def test_a_claim_of_what_is_claimed_is_refused_as_a_whole(
    corrected: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = corrected
    known = house.replays._rejected(Wanted(), TODAY)
    send(house, limit=1)
    monkeypatch.setattr(Replays, "_rejected", lambda *_: known)  # asked just before that
    monkeypatch.setattr(Books, "withdraw", lambda *_: None)  # there must be nothing to withdraw
    with pytest.raises(ReplayError, match="another replay has just claimed"):
        house.replays.send(Wanted(), "bia@example.com", "corrected", NOW + timedelta(seconds=1))
    assert len(house.claims("replay_id")) == 1


def test_an_older_record_does_not_replace_a_newer_row(open_house: Open) -> None:
    house = open_house("bus", loadMode="upsert_latest")
    house.land("a.ndjson", ndjson(visit(1, "van", "old"), visit(2, "van", "only"), visit(9)))
    house.ingest()
    house.land("b.ndjson", ndjson(visit(1, "bus", "new")))
    house.ingest()
    house.correct(visits(house.feed.name, "bus", "van", loadMode="upsert_latest"))
    send(house)
    # A newer object that waits together with the replay is a batch of its own.
    house.land("c.ndjson", ndjson(visit(2, "bus", "newest")))
    batches = house.ingest()
    assert [len(batch.objects) for batch in batches] == [1, 1]
    assert house.curated("id, note") == [(1, "new"), (2, "newest"), (9, None)]
    counts = {row[0].rpartition("/")[2]: row[1:] for row in house.ledger(COUNTS)}
    assert counts["000.ndjson"] == (2, 1, 0, 1, 0)
    assert house.quarantined(PLACE) == []


CSV = {"format": "csv", "encoding": "latin-1", "delimiter": ";", "decimalMark": ","}


def test_csv_rows_land_under_their_own_header_byte_for_byte(open_house: Open) -> None:
    house = open_house("bus", sourceFormat=CSV)
    one = 'id;kind;note;day\r\n1;van;"até;\r\nlogo";2025-06-01\r\n2;bus;;2025-06-01\r\n'
    other = "\n\nday;id;kind;note\n2025-06-01;3;van;ção\n2025-06-01;4;van;x;y\n"
    house.land("a.csv", one.encode("latin-1"))
    house.land("b.csv.gz", gzip.compress(other.encode("latin-1")))
    house.ingest()
    house.correct(visits(house.feed.name, "bus", "van", sourceFormat=CSV))
    done = send(house)
    assert (done.sent, len(done.objects)) == (3, 2)
    blob = house.client.storage.bucket(LANDING_BUCKET).blob(done.objects[0])
    written = 'id;kind;note;day\n1;van;"até;\r\nlogo";2025-06-01\n'
    assert blob.download_as_bytes().decode("latin-1") == written
    house.ingest()
    assert house.curated("id, note") == [(1, "até;\r\nlogo"), (2, None), (3, "ção")]
    assert [row[1] for row in house.quarantined("source_object, reasons")] == [["ragged_row"]]


def test_personal_data_comes_from_where_it_landed_and_is_protected_anew(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATVOS_PII_KEY", KEY)
    note = {"classification": "pii", "custom": {"protection": "hash"}}
    house = open_house("bus", note=note)
    house.land("a.ndjson", ndjson(visit(1, "van", "Ana Lima"), visit(2, "bus", "Ana Lima")))
    house.land("b.ndjson", ndjson(visit(3, "van", "Bia Reis")))
    house.ingest()
    assert "Lima" not in repr(house.quarantined("line"))
    house.correct(visits(house.feed.name, "bus", "van", note=note))
    # One original is gone: what quarantine has of it is no original.
    house.client.storage.bucket(LANDING_BUCKET).blob(f"{house.feed.name}/b.ndjson").delete()
    done = send(house)
    (said,) = done.gone
    assert (done.sent, said.endswith("quarantine does not keep the line")) == (1, True)
    house.ingest()
    pseudonyms = {row[1] for row in house.curated("id, note")}
    assert len(house.curated("id")) == 2
    assert len(pseudonyms) == 1
    assert "Lima" not in repr(pseudonyms)
    assert [row[0].endswith("b.ndjson") for row in house.quarantined(PLACE)] == [True]


def test_elements_of_an_array_are_an_array_again_and_lines_outlive_their_object(
    open_house: Open,
) -> None:
    array = {"format": "json_array"}
    house = open_house("bus", sourceFormat=array)
    house.land("a.json", b'[{"id": 1, "day": "2025-06-01", "kind": "van"}, {"id": 2,\n "kind": 7}]')
    house.ingest()
    house.client.storage.bucket(LANDING_BUCKET).blob(f"{house.feed.name}/a.json").delete()
    house.correct(visits(house.feed.name, "bus", "van", sourceFormat=array))
    assert send(house).sent == 2
    house.ingest()
    assert (house.curated("id"), len(house.quarantined(PLACE))) == ([(1,)], 1)


def test_only_the_wanted_records_are_replayed(open_house: Open) -> None:
    house = open_house("bus")
    house.land("a.ndjson", ndjson(visit(1, "van"), {"id": "x", "day": "2025-06-01"}, visit(9)))
    house.land("b.ndjson", ndjson(visit(2, "van"), visit(3, "van")) + b"{\n")
    house.ingest()
    a, b = (f"{house.feed.name}/{name}.ndjson" for name in "ab")

    def wanted(*reasons: str, **other: Any) -> list[str]:
        found = house.replays._rejected(Wanted(reasons, **other), TODAY)
        return [item.place.object for item in found]

    assert wanted() == [a, a, b, b, b]
    assert wanted("enum") == wanted("enum:kind") == [a, b, b]
    assert wanted("enum:day") == wanted("enu") == []
    assert wanted("type", "malformed_json") == [a, b]
    assert wanted(object=b) == [b, b, b]
    assert wanted(since=TODAY + timedelta(days=1)) == []
    assert wanted(limit=2) == [a, a]
    with pytest.raises(ReplayError, match="--limit: found 0"):
        wanted(limit=0)


def test_what_is_no_record_is_counted_and_never_sent(open_house: Open) -> None:
    house = open_house("bus", sourceFormat=CSV)
    house.land("a.csv", b"id;day\n1;2025-06-01\n")
    house.land("b.csv.gz", gzip.compress(b"id;kind;note;day\n" + b"1;bus;;2025-06-01\n" * 99)[:-9])
    house.ingest()
    counts = house.replays.counts(Wanted(), date(2025, 1, 1))
    assert {count.reasons: count.is_record for count in counts} == {
        ("header",): False,
        ("unreadable",): False,
    }
    assert send(house).sent == 0


def test_lines_of_a_snapshot_are_refused(open_house: Open) -> None:
    house = open_house("bus")
    house.feed = replace(house.feed, load_mode=LoadMode.REPLACE_SNAPSHOT)
    with pytest.raises(ReplayError, match="valid: land the whole snapshot again"):
        send(house)


def test_without_a_reason_it_is_refused(corrected: House) -> None:
    with pytest.raises(ReplayError, match="--because is empty"):
        corrected.replays.send(Wanted(), "ana@example.com", " ", NOW)
    assert corrected.claims("replay_id") == []


def test_a_held_replay_is_on_its_way_until_it_is_released(corrected: House) -> None:
    house = corrected
    send(house)
    batch = house.sense()
    assert batch is not None
    stats = house.curate(batch)
    house.stage(batch, stats)
    house.run(house.jobs.hold(batch, "valid_ratio: 0.5"))
    # What is rejected anew is there, too; neither of the two is sent.
    assert (on_its_way(house), send(house).sent) == (4, 0)
    house.run(house.jobs.publish(batch, stats))
    assert (len(house.quarantined(PLACE)), on_its_way(house)) == (1, 0)


def test_a_publish_that_fails_at_its_end_moves_nothing(
    corrected: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = corrected
    send(house)
    batch = house.sense()
    assert batch is not None
    stats = house.curate(batch)
    house.stage(batch, stats)
    before = house.quarantined(PLACE)
    settle = statements.settle
    monkeypatch.setattr(statements, "settle", lambda *a: [*settle(*a), "SELECT * FROM ops.none"])
    with pytest.raises(GoogleAPICallError):
        house.run(house.jobs.publish(batch, stats))
    assert (house.curated("id"), house.quarantined(PLACE)) == ([(1,)], before)
    assert {row[0] for row in house.claims("generation")} == {None}
    monkeypatch.setattr(statements, "settle", settle)
    house.run(house.jobs.publish(batch, stats))
    assert (len(house.curated("id")), len(house.quarantined(PLACE))) == (3, 1)


def test_who_may_not_write_what_lands_gives_the_records_free(
    corrected: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = corrected

    def refused(*_: object) -> None:
        raise Forbidden("storage.objects.create")  # type: ignore[no-untyped-call]

    with monkeypatch.context() as patch:
        patch.setattr(Replays, "_land", refused)
        with pytest.raises(Forbidden):
            send(house)
    assert (house.claims("replay_id"), on_its_way(house)) == ([], 0)


def test_who_may_not_read_what_landed_takes_the_line_of_quarantine(
    corrected: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = corrected

    def refused(*_: object, **__: object) -> None:
        raise Forbidden("storage.objects.get")  # type: ignore[no-untyped-call]

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "get_blob", refused)
        done = send(house)
    assert (done.sent, done.gone) == (3, ())
    written = house.client.storage.bucket(LANDING_BUCKET).blob(done.objects[0])
    assert written.download_as_bytes() == ndjson(visit(2, "van"), visit(3, "tram"), visit(4, "van"))
