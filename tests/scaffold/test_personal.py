"""What looks like personal data is proposed as such, and is written nowhere."""

from pathlib import Path

import pytest

from atvos.contract import Protection
from tests.scaffold.helpers import csv_of, feed_of, loaded, ndjson, proposed

MANY = 30


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Nome do motorista", "x"),
        ("driverId", "x"),
        ("clientIp", "x"),
        ("user.email", "x"),
        ("CPF", "12345678909"),
        ("codigo", "12345678909"),
        ("codigo", "123.456.789-09"),
        ("obs", "ligar para (11) 91234-5678"),
        ("obs", "escreveu fulano@example.com"),
        ("origem", "203.0.113.7"),
        ("origem", "2001:db8:0:1:2:3:4:5"),
        ("assinado por", "Maria Aparecida"),
    ],
)
def test_names_and_values_of_people_are_hashed(tmp_path: Path, name: str, value: str) -> None:
    feed = feed_of(tmp_path, csv_of({"lote": ["a", "b"], name: [value, "y"]}))
    column = feed.columns[1]
    assert (column.classification, column.protection) == ("pii", Protection.HASH)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("garage_name", "Norte"),
        ("nome da unidade", "UAE"),
        ("id", "550e8400-e29b-41d4-a716-446655440000"),
        ("versao", "1.2.3"),
        ("hora", "10:20:30"),
        ("contrato", "2025-0601"),
        ("lacre", "12345678901"),
    ],
)
def test_other_names_and_values_are_not(tmp_path: Path, name: str, value: str) -> None:
    feed = feed_of(tmp_path, csv_of({"lote": ["a", "b"], name: [value, value]}))
    assert feed.protections == frozenset()


def test_query_strings_are_cut_off(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, ndjson([{"lote": "a", "path": "/busca?q=1"}]))
    assert feed.by_name["path"].protection is Protection.STRIP_QUERY


def test_personal_data_within_arrays_is_found(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, ndjson([{"lote": "a", "emails": ["x"], "legs": [{"motorista": "x"}]}]))
    emails, legs = feed.by_name["emails"].items, feed.by_name["legs"].items
    assert emails is not None
    assert emails.protection is Protection.HASH
    assert legs is not None
    assert legs.fields[0].protection is Protection.HASH


def test_a_number_that_names_a_person_is_left_out_as_it_cannot_be_hashed(tmp_path: Path) -> None:
    found = proposed(tmp_path, ndjson([{"lote": "a", "cpf": 12345678909}]))
    assert [column.name for column in loaded(tmp_path, found).columns] == ["lote"]
    assert "left out: cpf: looks like personal data and is no text" in " ".join(found.findings)


def test_no_text_of_the_sample_is_written_or_told(tmp_path: Path) -> None:
    secrets = ["Zoroastro Quintela", "987.654.321-00", "fulano@example.com", "Rua Sete, 12"]
    names = ["nome", "documento", "contato", "destino"]
    record = dict(zip(names, secrets, strict=True))
    nested = {"inner": record, "legs": [record], "visto": ["Ana Souza"]}
    by_key = {"fulano@example.com": 1}
    files = (
        ndjson([{"lote": f"lote {n}", **nested, **record, **by_key} for n in range(MANY)]),
        csv_of({name: [secret] * MANY for name, secret in record.items()}),
        (";".join(secrets) + "\n").encode() * 2,
    )
    for content in files:
        found = proposed(tmp_path, content)
        told = "\n".join([*found.findings, *(file.decode() for file in found.files.values())])
        hidden = [*secrets, "lote 1", "Ana Souza"]
        assert [secret for secret in hidden if secret in told] == []
