"""The job on each feed's own contract and files as the feed's source writes them."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from curate.pipeline import run
from tests.curate.helpers import Outcome, curate, make_batch, ndjson
from tests.curate.test_protect import KEY, pseudonym

CONTRACTS = Path(__file__).parents[2] / "dags/contracts"
LEVELS = (logging.DEBUG, "curate")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATVOS_PII_KEY", KEY)


def contract_of(feed: str) -> str:
    """The feed's own contract."""
    return (CONTRACTS / f"{feed}.odcs.yaml").read_text(encoding="utf-8")


def everything_written(outcome: Outcome, log: pytest.LogCaptureFixture) -> str:
    """All bytes and all decoded rows that the job wrote, and all that it logged."""
    parts = [log.text]
    for file in outcome.folder.rglob("*"):
        if file.is_file() and file.name != "manifest.json":
            parts.append(file.read_bytes().decode("latin-1"))
            if file.suffix == ".parquet":
                parts += [repr(row) for row in pq.read_table(file).to_pylist()]
    return "\n".join(parts)


def secrets_in(secrets: Sequence[str], text: str) -> list[str]:
    """Those of the personal texts that are in the text."""
    return [secret for secret in secrets if secret in text]


def rejected(outcome: Outcome) -> list[tuple[list[str], str | None, str]]:
    """Reasons, line and its encoding of all rejects, in order."""
    return list(outcome.rejects.select("reasons", "line", "line_encoding").iter_rows())


def trip(number: str, **changes: Any) -> dict[str, Any]:
    """A valid trip of two legs, with some attributes changed."""
    legs = [
        {
            "departure_time": "2025-06-01T05:10:00",
            "departure_site": "Garagem",
            "arrival_time": "2025-06-01T05:50:00",
            "arrival_site": "Usina",
            "trip_time": 40,
            "trip_distance": 31.25,
        },
        {"departure_time": "2025-06-01T06:00:00", "departure_site": "Usina"},
    ]
    return {
        "id": number,
        "asset_id": "V-1",
        "register_number": "000042",
        "garage_name": "Central",
        "license_plate": "ABC-1D23",
        "unit": "UCP",
        "datetime": "2025-06-01T05:10:00",
        "full_distance": 62.5,
        "occupancy_percentage": 81.25,
        "motorista": "José da Silva",
        "stops": legs,
    } | changes


def test_trips_keep_their_legs_and_not_their_drivers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(*LEVELS)
    records = [
        trip("T1"),
        trip("T2", stops=None, motorista=None),
        trip("T1", occupancy_percentage=90, motorista="Maria Souza"),
        trip("T3", stops=[{"departure_site": "Usina"}, "Carlos Lima"], motorista="Ana Reis"),
        trip("T4", register_number="42", motorista=["Rui Paz"], cpf="123.456.789-00"),
    ]
    content = ndjson(*records) + b'{"id": "T5", "motorista": "Beto Lira"'
    outcome = curate(tmp_path, contract_of("trips"), {"trips.json": content})
    assert outcome.counts("trips.json") == (6, 2, 3, 1)
    rows = {row["trip_id"]: row for row in outcome.rows.iter_rows(named=True)}
    assert rows["T2"]["stops"] == []
    assert rows["T1"]["occupancy_percentage"] == Decimal("90.00")
    assert rows["T1"]["motorista_hash"] == pseudonym("Maria Souza")
    first, second = rows["T1"]["stops"]
    assert first == {
        "departure_at": datetime(2025, 6, 1, 8, 10, tzinfo=UTC),
        "departure_site": "Garagem",
        "arrival_at": datetime(2025, 6, 1, 8, 50, tzinfo=UTC),
        "arrival_site": "Usina",
        "trip_time_min": 40,
        "trip_distance_km": Decimal("31.250"),
    }
    assert (second["departure_site"], second["trip_distance_km"]) == ("Usina", None)
    (faults, line, _), (typed, other, _), broken = rejected(outcome)
    assert faults == ["missing:stops.departure_at", "type:stops"]
    assert json.loads(line or "")["stops"] == [{"departure_site": "Usina"}, None]
    assert json.loads(line or "")["motorista"] == pseudonym("Ana Reis")
    assert typed == ["length:register_number", "type:motorista_hash"]
    assert json.loads(other or "")["motorista"] == pseudonym('["Rui Paz"]')
    assert broken == (["malformed_json"], None, "withheld")
    secrets = ["José da", "Maria", "Carlos", "Ana Reis", "Rui", "Beto", "123.456"]
    assert secrets_in(secrets, everything_written(outcome, caplog)) == []


BULLETINS = """\
ata;placa;data;turno;local saída;hora saída;km saída;local chegada;\
hora chegada;km chegada;km rota;pessoas;empresa
A1;ABC1234;01/06/2025;A;"Garagem; pátio";05:10;1.000,5;Usina;06:00;1.031,75;31,25;40;Sertran
A1;ABC1234;01/06/2025;A;Garagem;05:10;1000,5;Usina;06:00;1031,75;31,25;40;Sertran
A1;ABC1234;01/06/2025;B;"Garagem; pátio";14:10;1031,75;Usina São José;15:00;1063;31,25;;Sertran
A2;abc 1d23;02/06/2025;C;Usina;23:50;10;Garagem;00:20;30;20;12;Conlog
A3;ABC1234;02/06/2025;A;Usina;10:00;30;Garagem;11:00;20;10;1;Conlog
A4;ABC1234;02/06/2025;A;Usina;11:00;30;Garagem;12:00;40;12,5;1;Conlog
A5;ABC1234;31/06/2025;A;Usina;25:00;30;Garagem;12:00;40;10;1;Conlog
"""


def test_bulletins_are_read_from_latin_1_with_decimal_commas(tmp_path: Path) -> None:
    content = BULLETINS.replace("\n", "\r\n").encode("latin-1")
    outcome = curate(tmp_path, contract_of("km_bulletins"), {"ata.csv": content})
    assert outcome.counts("ata.csv") == (7, 3, 4, 0)
    row = outcome.rows.filter(outcome.rows["hora_saida"] == "14:10").row(0, named=True)
    assert (row["data"], row["km_rota"]) == (date(2025, 6, 1), Decimal("31.250"))
    assert row["saida_em"] == datetime(2025, 6, 1, 17, 10, tzinfo=UTC)
    assert (row["local_saida"], row["local_chegada"]) == ("Garagem; pátio", "Usina São José")
    assert [reasons for reasons, _, _ in rejected(outcome)] == [
        ["format:km_saida", "format:km_chegada"],
        ["rule:odometer_order", "rule:route_distance"],
        ["rule:route_distance"],
        ["format:data", "pattern:hora_saida", "format:saida_em"],
    ]
    assert rejected(outcome)[1][1:] == (BULLETINS.splitlines()[5], "utf-8")


MEASUREMENTS = """\
unidade;empresa;período;placa;frota;rota;turnos;regime;Contrato/Spot;tipo;km rodado;R$/km;\
total variável;R$/mês fixo;parcela;total a faturar
UCP;Sertran;16/05/2025 a 15/06/2025;ABC1234;F-1;Centro;60;safra;Contrato;ônibus;1234,5;3,2101;\
3962,87;10000;5000;8962,87
UCP;Sertran;15/05/2025 a 14/06/2025;ABC1234;F-1;Vila;60;safra;Contrato;ônibus;1;1;1;1;1;1
UCP;Sertran;16/06/2025 a 15/06/2025;ABC1234;F-1;Mata;60;safra;Avulso;ônibus;1;1;1;1;1;-1
UCP;Sertran;16/06/2025 a 15/06/2025;ABC1234;F-1;Serra;60;safra;Spot;ônibus;1;1;1;1;1;1
"""


def test_measurements_have_both_days_of_their_window_from_one_text(tmp_path: Path) -> None:
    content = MEASUREMENTS.encode("latin-1")
    outcome = curate(tmp_path, contract_of("contract_measurements"), {"medicao.csv": content})
    assert outcome.counts("medicao.csv") == (4, 1, 3, 0)
    row = outcome.rows.row(0, named=True)
    assert (row["periodo_inicio"], row["periodo_fim"]) == (date(2025, 5, 16), date(2025, 6, 15))
    assert (row["km_rodado"], row["valor_km"]) == (Decimal("1234.500"), Decimal("3.2101"))
    assert row["total_a_faturar"] == Decimal("8962.87")
    assert [reasons for reasons, _, _ in rejected(outcome)] == [
        ["format:periodo_inicio", "format:periodo_fim"],
        ["enum:modalidade", "range:total_a_faturar"],
        ["rule:window_order"],
    ]


OCCURRENCES = """\
unidade;frota;data;evento;transportadora;tempo de atraso;categoria;responsável;status;\
causa raiz;prazo baseline;prazo revisado
UCP;F-1;01/06/2025;Atraso;Sertran;25;Manutenção;José da Silva;Em andamento;"Pneu;
furado";10/06/2025;
UCP;F-1;01/06/2025;Atraso;Sertran;30;Manutenção;José da Silva;Concluído;Pneu furado;\
10/06/2025;12/06/2025
UCP;F-2;01/06/2025;Falta;Conlog;;Gestão;;Planejado;;;
UCP;F-3;2025-06-01;Falta;Conlog;x;Outra;Ana Reis;Planejado;;;
UCP;F-4;01/06/2025;Falta;Conlog;1;Gestão;Rui Paz
UCP;F-5;01/06/2025;"Falta;Conlog;1;Gestão;Beto Lira;Planejado;;;
"""


def test_occurrences_keep_no_name_of_who_is_responsible(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(*LEVELS)
    content = OCCURRENCES.encode()
    outcome = curate(tmp_path, contract_of("occurrences"), {"ocorrencias.csv": content})
    assert outcome.counts("ocorrencias.csv") == (6, 2, 3, 1)
    first, second = outcome.rows.sort("frota").iter_rows(named=True)
    assert (first["status"], first["prazo_revisado"]) == ("Concluído", date(2025, 6, 12))
    assert first["responsavel_hash"] == pseudonym("José da Silva")
    assert (second["responsavel_hash"], second["tempo_atraso_min"]) == (None, None)
    (faults, line, encoding), *withheld = rejected(outcome)
    assert faults == ["format:data", "format:tempo_atraso_min", "enum:categoria"]
    assert encoding == "utf-8"
    assert json.loads(line or "")["responsável"] == pseudonym("Ana Reis")
    assert json.loads(line or "")["tempo de atraso"] == "x"
    assert withheld == [
        (["ragged_row"], None, "withheld"),
        (["unbalanced_quote"], None, "withheld"),
    ]
    assert outcome.rejects["detail"].to_list() == [
        None,
        "8 fields where the header has 12",
        "a quoted field is not closed",
    ]
    secrets = ["José", "Ana Reis", "Rui Paz", "Beto"]
    assert secrets_in(secrets, everything_written(outcome, caplog)) == []


def entry(number: str, **changes: Any) -> dict[str, Any]:
    """A valid log entry of 1 June 2025, 10:00 UTC, with some attributes changed."""
    proxy = {
        "timestamp": 1748772000000,
        "method": "GET",
        "host": "frota.example.com",
        "path": "/api/viagens?cpf=12345678900",
        "userAgent": ["Mozilla/5.0", "curl/8"],
        "region": "gru1",
        "statusCode": -1,
        "clientIp": "203.0.113.7",
        "vercelCache": "MISS",
        "responseByteSize": 512,
    }
    return {
        "id": number,
        "deploymentId": "dpl_1",
        "source": "lambda",
        "host": "frota.example.com",
        "timestamp": 1748772000123,
        "projectId": "prj_1",
        "level": "error",
        "message": 'GET "https://frota.example.com/?email=ana@example.com" failed\nretry?',
        "path": "/api/viagens?email=ana@example.com#top",
        "statusCode": -1,
        "requestId": "r1",
        "proxy": proxy,
        "trace.id": "t1",
        "span.id": "s1",
        "trace": {"id": "not this one"},
    } | changes


def test_logs_keep_no_address_and_no_query_string(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(*LEVELS)
    array = json.dumps([entry("a"), entry("b", proxy=None, message=None)], indent=1).encode()
    more = [
        entry("c", proxy={"clientIp": "2001:db8::7", "userAgent": None}),
        entry("a", timestamp=1748772000123),
        entry("d", level="debug", proxy="198.51.100.9"),
        entry("e", timestamp="2025-06-01T10:00:00Z", proxy={"userAgent": "x", "path": 7}),
        ["203.0.113.8"],
    ]
    lines = ndjson(*more) + b'{"id": "f", "path": "/?q=bia@example.com\xff"}'
    objects = {"drain.json": array, "drain.ndjson.gz": gzip.compress(lines)}
    outcome = curate(tmp_path, contract_of("app_logs"), objects)
    assert outcome.counts("drain.json") == (2, 2, 0, 0)
    assert outcome.counts("drain.ndjson.gz") == (6, 1, 4, 1)
    rows = {row["log_id"]: row for row in outcome.rows.iter_rows(named=True)}
    first = rows["a"]
    assert first["logged_at"] == datetime(2025, 6, 1, 10, 0, 0, 123000, UTC)
    assert first["proxied_at"] == datetime(2025, 6, 1, 10, tzinfo=UTC)
    assert first["message"] == 'GET "https://frota.example.com/" failed\nretry'
    assert (first["path"], first["proxy_path"]) == ("/api/viagens", "/api/viagens")
    assert (first["status_code"], first["proxy_status_code"]) == (-1, -1)
    assert first["proxy_user_agents"] == ["Mozilla/5.0", "curl/8"]
    assert first["client_ip_hash"] == pseudonym("203.0.113.7")
    assert (first["trace_id"], first["span_id"]) == ("t1", "s1")
    assert (rows["b"]["proxy_user_agents"], rows["b"]["client_ip_hash"]) == ([], None)
    assert rows["c"]["client_ip_hash"] == pseudonym("2001:db8::7")
    (level, line, _), (typed, other, _), *withheld = rejected(outcome)
    assert level[0] == "enum:level"
    assert {"type:proxied_at", "type:client_ip_hash", "type:proxy_user_agents"} <= set(level)
    assert "proxy" not in json.loads(line or "")
    assert json.loads(line or "")["trace.id"] == "t1"
    assert typed == ["type:logged_at", "type:proxy_path", "type:proxy_user_agents"]
    assert "path" not in json.loads(other or "")["proxy"]
    assert withheld == [
        (["not_an_object"], None, "withheld"),
        (["encoding"], None, "withheld"),
    ]
    secrets = ["203.0.113", "2001:db8", "198.51", "example.com?", "ana@", "bia@", "12345678900"]
    assert secrets_in(secrets, everything_written(outcome, caplog)) == []


def test_a_feed_with_pseudonyms_does_not_start_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("ATVOS_PII_KEY")
    place = make_batch(tmp_path, contract_of("trips"), {"trips.json": ndjson(trip("T1"))})
    assert run(["--batch", str(place)]) == 2
    assert "ATVOS_PII_KEY" in caplog.text
    assert "--pii_key_secret" in caplog.text
    assert sorted(file.name for file in place.iterdir()) == ["manifest.json", "trips.odcs.yaml"]


def test_a_secret_that_is_not_named_in_full_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert run(["--batch", str(tmp_path), "--pii_key_secret", "pii"]) == 2
    assert "--pii_key_secret=pii; valid: projects/<project>/secrets/" in caplog.text
