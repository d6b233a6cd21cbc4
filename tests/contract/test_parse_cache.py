"""The cache of what YAML says: it gives what reading gives, whatever became of its folder."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from atvos import contract
from atvos.contract import parse_cache
from atvos.contract.parse_cache import ParseCache
from tests.contract.editing import edited, written

TEXT = "name: readings\nversion: 1.0.0\n"
DOCUMENT = {"name": "readings", "version": "1.0.0"}
CONTRACTS = Path(__file__).parents[2] / "dags" / "contracts"
Forbid = Callable[[], None]


@pytest.fixture
def no_yaml(monkeypatch: pytest.MonkeyPatch) -> Forbid:
    """From its call on, reading YAML is an error."""

    def refuse(text: str, **_: object) -> Any:
        raise AssertionError(f"YAML is read: {text}")

    return lambda: monkeypatch.setattr(yaml, "load", refuse)


def test_what_was_read_once_is_not_read_again(tmp_path: Path, no_yaml: Forbid) -> None:
    assert ParseCache(tmp_path).read(TEXT) == DOCUMENT
    no_yaml()
    assert ParseCache(tmp_path).read(TEXT) == DOCUMENT


def test_feeds_from_the_cache_are_those_of_the_files(tmp_path: Path, no_yaml: Forbid) -> None:
    plain = contract.load_feeds([CONTRACTS])
    assert contract.load_feeds([CONTRACTS], tmp_path / "cache") == plain
    no_yaml()
    assert contract.load_feeds([CONTRACTS], tmp_path / "cache") == plain


def test_a_contract_that_is_edited_is_read_anew(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "contracts"
    folder.mkdir()
    alone: dict[str, Any] = {"schema/readings/properties/device/relationships": []}
    written(edited(alone), folder)
    assert contract.load_feeds([folder], cache)["readings"].version == "1.0.0"
    written(edited({**alone, "version": "1.0.1"}), folder)
    assert contract.load_feeds([folder], cache)["readings"].version == "1.0.1"


def test_the_rules_hold_for_what_comes_from_the_cache(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "contracts"
    folder.mkdir()
    written(edited({"version": "1"}), folder)
    for _ in range(2):
        with pytest.raises(contract.ContractError, match="a semantic version"):
            contract.load_feeds([folder], cache)


def test_a_reader_that_changes_knows_no_entry_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ParseCache(tmp_path).read(TEXT)
    (entry,) = tmp_path.iterdir()
    entry.write_text(json.dumps({"name": "old"}))
    assert ParseCache(tmp_path).read(TEXT) == {"name": "old"}  # it is the entry that is read
    monkeypatch.setattr(yaml, "__version__", "99")
    parse_cache._maker.cache_clear()
    try:
        assert ParseCache(tmp_path).read(TEXT) == DOCUMENT
    finally:
        parse_cache._maker.cache_clear()


@pytest.mark.parametrize(
    "text", ["a: 2026-01-01", "1: a", "a: !!set {b}", "a: .nan", "a: !!binary aGk=", "&a [*a]"]
)
def test_what_json_would_change_is_not_kept(text: str, tmp_path: Path) -> None:
    ParseCache(tmp_path).read(text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a: 2026-02-30", "a: ["])
def test_what_is_no_document_is_refused_every_time(text: str, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises((yaml.YAMLError, ValueError)):
            ParseCache(tmp_path).read(text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b'{"name": "rea', b"\xff\xfe\xfd"])
def test_a_broken_entry_is_mended(content: bytes, tmp_path: Path, no_yaml: Forbid) -> None:
    ParseCache(tmp_path).read(TEXT)
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(content)
    assert ParseCache(tmp_path).read(TEXT) == DOCUMENT
    no_yaml()
    assert ParseCache(tmp_path).read(TEXT) == DOCUMENT


def test_many_may_write_the_same_entry_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ParseCache(tmp_path).read(TEXT), range(64)))
    assert found == [DOCUMENT] * 64
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_a_folder_that_others_can_write_to_is_not_trusted(tmp_path: Path) -> None:
    ParseCache(tmp_path).read(TEXT)
    (entry,) = tmp_path.iterdir()
    entry.write_text(json.dumps({"name": "planted"}))
    tmp_path.chmod(0o777)
    assert ParseCache(tmp_path).read(TEXT) == DOCUMENT


def test_a_link_in_the_place_of_the_folder_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "theirs")
    assert ParseCache(tmp_path / "cache").read(TEXT) == DOCUMENT
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_path_that_is_no_folder_turns_the_cache_off() -> None:
    assert ParseCache(Path("/dev/null")).read(TEXT) == DOCUMENT


def test_a_folder_that_is_gone_costs_nothing_but_time(tmp_path: Path) -> None:
    cache = ParseCache(tmp_path / "cache")
    (tmp_path / "cache").rmdir()
    assert cache.read(TEXT) == DOCUMENT
