"""Remembers on local disk what files were found to say: the dear step of parsing DAGs.

Airflow reads every DAG file in a new process every few seconds, so a memory of the process is
no help. To read and judge a contract takes about 1 ms, the sources of a query several; what
came of it is decoded in a twentieth.

Only what is sound is kept: a contract with a problem is judged on every reading. An entry is
plain data, decoded into the one type that is asked for, so nothing that is read back can run
code, as it could from a pickle. It is named by the hash of the texts and of the code that judged
them, so it cannot be out of date, and two processes that write it write the same. A folder
that is absent, full, read-only or somebody else's costs the time of judging anew, nothing more.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import yaml

Made = TypeVar("Made")


class ParseCache:
    """What was made of texts, one file each below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._usable = _is_own(folder)

    def derive(self, kind: type[Made], make: Callable[..., Made], *texts: str) -> Made:
        """What ``make``, a function of a module, makes of the texts: a ``kind``.

        An error of ``make`` is the caller's, and nothing is kept then.
        """
        if not self._usable:
            return make(*texts)
        entry = self._folder / f"{_key(make, texts)}.json"
        # An entry cut short by a machine that went down is as good as none.
        with suppress(OSError, msgspec.MsgspecError):
            found: Made = _decoder(cast("Any", kind)).decode(entry.read_bytes())
            return found
        made = make(*texts)
        kept = _encoded(kind, made)
        if kept is not None:
            with suppress(OSError):
                _write(entry, kept)
        return made


def _is_own(folder: Path) -> bool:
    """Whether the folder is there, or can be made, and nobody else can write to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not shared


def _key(make: Callable[..., Any], texts: tuple[str, ...]) -> str:
    digest = _maker(make).copy()
    for text in texts:
        content = text.encode()
        digest.update(b"%d:" % len(content))
        digest.update(content)
    return digest.hexdigest()


@lru_cache(maxsize=8)
def _maker(make: Callable[..., Any]) -> hashlib._Hash:
    """Stands for how texts are judged: a change of the code makes all entries of before unknown."""
    digest = hashlib.sha256(
        f"{yaml.__version__} {msgspec.__version__} {make.__qualname__}".encode()
    )
    own = Path(str(sys.modules[make.__module__].__file__)).parent
    for folder in dict.fromkeys((Path(__file__).parent, own)):
        for file in sorted(folder.glob("*.py")):
            digest.update(file.read_bytes())
    return digest


@lru_cache(maxsize=8)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=lambda inner, value: inner(value))


def _encoded(kind: type[Made], made: Made) -> bytes | None:
    """The JSON of it, None where another thing would be read back."""
    try:
        text = msgspec.json.encode(made, enc_hook=str)
        again = _decoder(cast("Any", kind)).decode(text)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError):
        return None
    return text if repr(again) == repr(made) else None


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
