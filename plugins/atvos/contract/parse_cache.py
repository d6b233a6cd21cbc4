"""Remembers on local disk what files say: the dear steps of reading contracts and models.

Airflow reads every DAG file in a new process every few seconds, so a memory of the process is
no help. libyaml's scanner alone takes about 0.6 ms for a contract, JSON of the same document
0.02 ms.

Only plain mappings and lists are kept. The rules of a contract run on every reading,
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
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from atvos.contract import yaml_text


class ParseCache:
    """What was made of texts, one file each below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._usable = _is_own(folder)

    def read(self, text: str) -> Any:
        """The document that ``text`` holds, as ``yaml_text.read`` gives it."""
        return self.derive(yaml_text.read, text)

    def derive(self, make: Callable[[str], Any], text: str) -> Any:
        """What ``make``, a function of a module, makes of ``text``: plain mappings and lists."""
        if not self._usable:
            return make(text)
        entry = self._folder / f"{_key(make, text)}.json"
        # An entry cut short by a machine that went down is as good as none.
        with suppress(OSError, ValueError):
            return json.loads(entry.read_bytes())
        document = make(text)
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


def _key(make: Callable[[str], Any], text: str) -> str:
    digest = _maker(make).copy()
    digest.update(text.encode())
    return digest.hexdigest()


@lru_cache(maxsize=8)
def _maker(make: Callable[[str], Any]) -> hashlib._Hash:
    """Stands for how texts are read: a change of it makes all entries of before unknown."""
    module = Path(str(sys.modules[make.__module__].__file__))
    return hashlib.sha256(f"{yaml.__version__} {make.__qualname__}".encode() + module.read_bytes())


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
