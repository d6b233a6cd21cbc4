"""Runs of one batch do not meet each other's files, and the first that is done counts."""

from pathlib import Path

from curate.folder import Folder


def test_each_run_writes_into_a_part_of_its_own() -> None:
    folder = Folder("gs://work/batches/positions/0f1e")
    one, other = folder.for_run(), folder.for_run()
    assert one.file("objects.ndjson") != other.file("objects.ndjson")
    assert one.file("").startswith("gs://work/batches/positions/0f1e/runs/")
    assert one.whole == other.whole == folder


def test_a_local_folder_has_no_parts(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    assert folder.for_run().file("objects.ndjson") == str(tmp_path / "objects.ndjson")


def test_the_first_file_of_a_name_stays(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    assert folder.create_first("stats.json", b"first")
    assert not folder.create_first("stats.json", b"second")
    assert folder.read("stats.json") == b"first"
