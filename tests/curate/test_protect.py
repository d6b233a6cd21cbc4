"""Personal data: its protected forms, what a reject shows of it, and where the key is from."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from atvos.contract import Feed, Protection
from curate import pii_key
from curate.examine import Examiner
from curate.protect import Protector
from curate.records import Block
from curate.redact import Redactor
from tests.curate.helpers import NOW, array, column, contract, feed_of, item, key

KEY = "0123456789abcdef0123456789abcdef"
SECRET = "projects/p/secrets/pii/versions/3"
HASHED: dict[str, Any] = {"classification": "pii", "custom": {"protection": "hash"}}
STRIPPED: dict[str, Any] = {"classification": "pii", "custom": {"protection": "strip_query"}}


def pseudonym(text: str) -> str:
    """What a text becomes under ``KEY``."""
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """A feed with personal data on its surface, within objects and within arrays."""
    leg = item(
        "object", properties=[column("site", "string"), column("driver", "string", **HASHED)]
    )
    ip = {**HASHED, "custom": {"protection": "hash", "sourcePath": ["proxy", "ip"]}}
    columns = [
        key("id"),
        column("name", "string", **HASHED),
        column("url", "string", **STRIPPED),
        column("ip", "string", **ip),
        column("host", "string", custom={"sourcePath": ["proxy", "host"]}),
        array("legs", leg),
        array("urls", item("string", **STRIPPED)),
    ]
    return feed_of(tmp_path, contract("personal", columns))


@pytest.fixture
def redactor(feed: Feed) -> Redactor:
    return Redactor(feed, Protector(feed, KEY.encode()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/a", "/a"),
        ("/a?b=c", "/a"),
        ("/a?b=c#d", "/a"),
        ("/a#d", "/a#d"),
        ('GET "https://x/?e=a@example.com" 200', 'GET "https://x/" 200'),
        ("GET /?e=a@example.com\n  at /b?c\td", "GET /\n  at /b\td"),
        ("/a?b?c d?e", "/a d"),
        ("/a?n=O'Neil&e=1 ok", "/a ok"),
        ("?", ""),
    ],
)
def test_query_strings_are_cut_off_wherever_they_stand(feed: Feed, text: str, shown: str) -> None:
    assert Protector(feed, KEY.encode()).text(Protection.STRIP_QUERY, text) == shown


def test_a_pseudonym_is_a_keyed_hash_of_the_text(feed: Feed) -> None:
    found = Protector(feed, KEY.encode()).text(Protection.HASH, "José")
    assert found == pseudonym("José")
    assert len(found) == 64


def test_there_are_no_pseudonyms_without_a_key(feed: Feed) -> None:
    with pytest.raises(ValueError, match="personal has columns with protection: hash"):
        Protector(feed, None)


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"id": "a", "other": "x"}, {"id": "a"}),
        ({"id": 7, "name": "José", "url": "/a?b"}, {"id": 7, "name": "José", "url": "/a"}),
        ({"name": None, "url": None}, {"name": None, "url": None}),
        ({"name": 7, "url": 7}, {"name": "7"}),
        ({"name": {"n": "José"}, "url": ["?"]}, {"name": '{"n":"José"}'}),
        ({"proxy": {"ip": "::1", "host": ["h"], "z": 1}}, {"proxy": {"ip": "::1", "host": ["h"]}}),
        ({"proxy": "::1", "id": "a"}, {"id": "a"}),
        ({"proxy": None}, {}),
        (
            {"legs": [{"site": "s", "driver": "Ana", "x": 1}, "Ana", None]},
            {"legs": [{"site": "s", "driver": "Ana"}, None, None]},
        ),
        ({"legs": "Ana", "urls": "/?Ana"}, {}),
        ({"urls": ["/a?b", 7, None]}, {"urls": ["/a", None, None]}),
    ],
)
def test_a_reject_shows_only_what_is_read_and_personal_data_protected(
    redactor: Redactor, record: dict[str, Any], shown: dict[str, Any]
) -> None:
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    assert json.loads(redactor.line(line) or b"") == _with_pseudonyms(shown)


def test_a_reject_shows_numbers_as_they_were_written(redactor: Redactor) -> None:
    assert redactor.line(b'{"id": 1.50, "id": 1e999, "name": 1e999}') == (
        b'{"id":1e999,"name":"%s"}' % pseudonym("1e999").encode()
    )


def test_a_record_that_is_nested_too_deeply_is_withheld_and_stops_nothing(feed: Feed) -> None:
    examiner = Examiner(feed, feed.sources[0], NOW, KEY.encode())
    lines = [b'{"id": 1, "host": %s%s}' % (b"[" * n, b"]" * n) for n in range(800, 1100)]
    rejects = examiner.examine(Block(np.arange(len(lines)), lines))[1]
    assert len(rejects) == len(lines)
    assert [rejects[0].reasons, rejects[-1].reasons] == [("type:id",), ("malformed_json",)]
    assert rejects[-1].line is None


def test_a_csv_reject_is_an_object_by_header_name(tmp_path: Path) -> None:
    columns = [key("id"), column("name", "string", **HASHED), column("km", "number")]
    feed = feed_of(tmp_path, contract("flat", columns, sourceFormat={"format": "csv"}))
    redactor = Redactor(feed, Protector(feed, KEY.encode()))
    assert json.loads(redactor.row({"id": "", "name": " José ", "km": "x"})) == {
        "id": "",
        "name": pseudonym("José"),
        "km": "x",
    }


def _with_pseudonyms(shown: Any, name: str = "") -> Any:
    """What is expected, the texts of hashed columns replaced."""
    if isinstance(shown, dict):
        return {inner: _with_pseudonyms(value, inner) for inner, value in shown.items()}
    if isinstance(shown, list):
        return [_with_pseudonyms(value, name) for value in shown]
    return pseudonym(shown) if shown and name in ("name", "ip", "driver") else shown


def test_the_key_is_in_the_environment_where_no_secret_is_named(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATVOS_PII_KEY", KEY)
    assert pii_key.key_of(feed, None) == KEY.encode()


@pytest.mark.parametrize(("found", "told"), [(None, "nothing"), ("x" * 31, "31 characters")])
def test_a_key_that_is_absent_or_short_is_refused_and_not_told(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, found: str | None, told: str
) -> None:
    monkeypatch.delenv("ATVOS_PII_KEY", raising=False)
    if found:
        monkeypatch.setenv("ATVOS_PII_KEY", found)
    with pytest.raises(
        pii_key.KeyRefusedError, match=f"found {told}; valid: a key of 32"
    ) as caught:
        pii_key.check(feed, None)
    assert "x" * 31 not in str(caught.value)


def test_a_feed_without_pseudonyms_needs_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ATVOS_PII_KEY", raising=False)
    plain = feed_of(tmp_path, contract("plain", [key("id"), column("url", "string", **STRIPPED)]))
    pii_key.check(plain, None)
    assert pii_key.key_of(plain, None) is None


class Secrets:
    """Stands for Secret Manager's client: it has one secret, and counts who asks."""

    def __init__(self, value: str) -> None:
        self.asked: list[str] = []
        self._value = value

    def access_secret_version(self, name: str) -> Any:
        """The reply, in the shape of Google's."""
        self.asked.append(name)
        return SimpleNamespace(payload=SimpleNamespace(data=self._value.encode()))


def test_a_named_secret_is_read_once_by_a_process(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A mock: no emulator of Secret Manager is at hand.
    secrets = Secrets(KEY)
    monkeypatch.setattr(pii_key, "_client", lambda: secrets)
    pii_key._secret.cache_clear()
    assert [pii_key.key_of(feed, SECRET) for _ in range(2)] == [KEY.encode()] * 2
    assert secrets.asked == [SECRET]


def test_a_short_secret_is_refused(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pii_key, "_client", lambda: Secrets("short"))  # a mock, as above
    pii_key._secret.cache_clear()
    with pytest.raises(pii_key.KeyRefusedError, match=f"{SECRET}: found 5 characters"):
        pii_key.key_of(feed, SECRET)


def test_google_s_client_is_as_the_mock_has_it() -> None:
    from google.cloud.secretmanager import (  # noqa: PLC0415  # only here
        AccessSecretVersionResponse,
        SecretManagerServiceClient,
    )

    reply = AccessSecretVersionResponse(payload={"data": KEY.encode()})
    assert reply.payload.data.decode() == KEY
    assert "name" in SecretManagerServiceClient.access_secret_version.__annotations__
