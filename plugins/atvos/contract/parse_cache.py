"""Remembers on local disk what YAML texts say: the one dear step of reading a contract.

Airflow reads every DAG file in a new process every few seconds, so a memory of the process is
no help. libyaml's scanner alone takes about 0.6 ms for a contract, JSON of the same document
0.02 ms.

Only YAML's plain mappings and lists are kept. The rules of a contract run on every reading,
so code that changes never meets a model that older code made, and nothing that is read back
can run code, as it could from a pickle. An entry is named by the hash of the text and of the
reader, so it cannot be out of date, and two processes that write it write the same. A folder
that is absent, full, read-only or somebody else's costs the time of reading YAML, nothing more.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from atvos.contract import yaml_text


class ParseCache:
    """The documents of YAML texts, one file each below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._usable = _is_own(folder)

    def read(self, text: str) -> Any:
        """The document that ``text`` holds, as ``yaml_text.read`` gives it."""
        if not self._usable:
            return yaml_text.read(text)
        entry = self._folder / f"{_key(text)}.json"
        # An entry cut short by a machine that went down is as good as none.
        with suppress(OSError, ValueError):
            return json.loads(entry.read_bytes())
        document = yaml_text.read(text)
        kept = _as_json(document)
        if kept is not None:
            with suppress(OSError):
                _write(entry, kept)
        return document


def _is_own(folder: Path) -> bool:
    """Whether the folder is there, or can be made, and nobody else can write to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not shared


def _key(text: str) -> str:
    digest = _reader().copy()
    digest.update(text.encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _reader() -> hashlib._Hash:
    """Stands for how YAML is read: a change of it makes all entries of before unknown."""
    return hashlib.sha256(yaml.__version__.encode() + Path(yaml_text.__file__).read_bytes())


def _as_json(document: Any) -> bytes | None:
    """The document as JSON, None where JSON would give back another: of dates or sets, say."""
    try:
        text = json.dumps(document)
    except (TypeError, ValueError):
        return None
    return text.encode() if json.loads(text) == document else None


def _write(entry: Path, content: bytes) -> None:
    """Put the file there whole: who reads it meanwhile sees all of it or none."""
    handle, name = tempfile.mkstemp(dir=entry.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(entry)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
