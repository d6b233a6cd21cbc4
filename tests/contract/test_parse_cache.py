"""The cache of what files say: it gives what reading them gives, whatever became of its folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from atvos import contract, models
from atvos.contract import parse_cache
from atvos.contract.parse_cache import ParseCache
from local.layout import CONTRACTS, SQL
from tests.contract.editing import edited, written

Forbid = Callable[[], None]


@dataclass(frozen=True)
class Made:
    """What a text is made into."""

    text: str
    low: int | float
    folder: Path


def make(path: str, text: str) -> Made:
    """A whole number as one, another as a float, as a contract's bounds are."""
    return Made(text, json.loads(text), Path(path))


def make_refused(path: str, text: str) -> Made:
    raise ValueError(f"{path}: {text}")


def derived(folder: Path, text: str = "1", path: str = "/a") -> Made:
    return ParseCache(folder).derive(Made, make, path, text)


ONE = make("/a", "1")


@pytest.fixture
def no_judging(monkeypatch: pytest.MonkeyPatch) -> Forbid:
    """From its call on, reading YAML or parsing JSON of the standard library is an error."""

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("it is judged anew")

    def forbid() -> None:
        monkeypatch.setattr(yaml, "load", refuse)
        monkeypatch.setattr(json, "loads", refuse)

    return forbid


def test_what_was_made_once_is_not_made_again(tmp_path: Path, no_judging: Forbid) -> None:
    assert derived(tmp_path) == ONE
    no_judging()
    assert derived(tmp_path) == ONE


def test_each_of_the_texts_counts_and_where_it_ends(tmp_path: Path) -> None:
    assert derived(tmp_path, "1", path="/a") == make("/a", "1")
    assert derived(tmp_path, "2", path="/a") == make("/a", "2")
    assert derived(tmp_path, "1", path="/b") == make("/b", "1")
    assert derived(tmp_path, "1", path="/b1") != derived(tmp_path, "11", path="/b")


@pytest.mark.parametrize("text", ["1", "1.0", "-0.5"])
def test_a_number_comes_back_as_it_was_written(text: str, tmp_path: Path) -> None:
    for _ in range(2):
        assert repr(derived(tmp_path, text)) == repr(make("/a", text))
    assert len(list(tmp_path.iterdir())) == 1


def test_feeds_from_the_cache_are_those_of_the_files(tmp_path: Path, no_judging: Forbid) -> None:
    plain = contract.load_feeds([CONTRACTS])
    assert contract.load_feeds([CONTRACTS], tmp_path / "cache") == plain
    no_judging()
    again = contract.load_feeds([CONTRACTS], tmp_path / "cache")
    assert repr(again) == repr(plain)  # 1 == 1.0, and a job is written with one of them
    assert all(type(feed.path) is type(plain[name].path) for name, feed in again.items())


def test_models_from_the_cache_are_those_of_the_files(tmp_path: Path, no_judging: Forbid) -> None:
    plain = models.load_models(SQL)
    assert models.load_models(SQL, tmp_path / "cache") == plain
    no_judging()
    assert repr(models.load_models(SQL, tmp_path / "cache")) == repr(plain)


def test_a_contract_that_is_edited_is_read_anew(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "contracts"
    folder.mkdir()
    alone: dict[str, Any] = {"schema/readings/properties/device/relationships": []}
    written(edited(alone), folder)
    assert contract.load_feeds([folder], cache)["readings"].version == "1.0.0"
    written(edited({**alone, "version": "1.0.1"}), folder)
    assert contract.load_feeds([folder], cache)["readings"].version == "1.0.1"


def test_a_contract_under_another_name_is_judged_under_it(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "contracts"
    folder.mkdir()
    file = written(edited({"schema/readings/properties/device/relationships": []}), folder)
    contract.load_feeds([folder], cache)
    file.rename(folder / "others.odcs.yaml")
    with pytest.raises(contract.ContractError, match="the file's name"):
        contract.load_feeds([folder], cache)


def test_a_contract_with_a_problem_is_judged_every_time(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "contracts"
    folder.mkdir()
    written(edited({"version": "1"}), folder)
    for _ in range(2):
        with pytest.raises(contract.ContractError, match="a semantic version"):
            contract.load_feeds([folder], cache)
    assert list(cache.iterdir()) == []


def test_what_is_refused_is_not_kept(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="/a: 1"):
            ParseCache(tmp_path).derive(Made, make_refused, "/a", "1")
    assert list(tmp_path.iterdir()) == []


def test_code_that_changes_knows_no_entry_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived(tmp_path)
    (entry,) = tmp_path.iterdir()
    entry.write_text(json.dumps({"text": "old", "low": 2, "folder": "/old"}))
    assert derived(tmp_path) == Made("old", 2, Path("/old"))  # it is the entry that is read
    read_bytes = Path.read_bytes

    def changed(path: Path) -> bytes:
        return read_bytes(path) + (b"# changed" if path.name == "rules.py" else b"")

    monkeypatch.setattr(Path, "read_bytes", changed)
    parse_cache._maker.cache_clear()
    try:
        assert derived(tmp_path) == ONE
    finally:
        parse_cache._maker.cache_clear()


@pytest.mark.parametrize("text", ["NaN", "Infinity"])
def test_what_json_would_change_is_not_kept(text: str, tmp_path: Path) -> None:
    assert repr(derived(tmp_path, text)) == repr(make("/a", text))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b'{"text": "1', b"\xff\xfe", b'{"text": 1}', b"[]"])
def test_a_broken_entry_is_mended(content: bytes, tmp_path: Path, no_judging: Forbid) -> None:
    derived(tmp_path)
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(content)
    assert derived(tmp_path) == ONE
    no_judging()
    assert derived(tmp_path) == ONE


def test_many_may_write_the_same_entry_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: derived(tmp_path), range(64)))
    assert found == [ONE] * 64
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_a_folder_that_others_can_write_to_is_not_trusted(tmp_path: Path) -> None:
    derived(tmp_path)
    (entry,) = tmp_path.iterdir()
    entry.write_text(json.dumps({"text": "planted", "low": 2, "folder": "/"}))
    tmp_path.chmod(0o777)
    assert derived(tmp_path) == ONE


def test_a_link_in_the_place_of_the_folder_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "theirs")
    assert derived(tmp_path / "cache") == ONE
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_path_that_is_no_folder_turns_the_cache_off() -> None:
    assert derived(Path("/dev/null")) == ONE


def test_a_folder_that_is_gone_costs_nothing_but_time(tmp_path: Path) -> None:
    cache = ParseCache(tmp_path / "cache")
    (tmp_path / "cache").rmdir()
    assert cache.derive(Made, make, "/a", "1") == ONE
