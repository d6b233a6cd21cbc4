"""The floor: ``... floor SOURCE OUTPUT``, which decompresses and parses each line, no more."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import msgspec
from isal import igzip


def main() -> None:
    """Parse every line of the files; what is no JSON is counted."""
    source, output = sys.argv[1:3]
    decode = msgspec.json.Decoder().decode
    read = broken = 0
    for file in sorted(Path(source).iterdir()):
        opened: Any = igzip if file.suffix == ".gz" else builtins
        with opened.open(file, "rb") as lines:
            for line in lines:
                read += 1
                try:
                    decode(line)
                except msgspec.DecodeError:
                    broken += 1
    Path(output).mkdir()
    Path(output, "floor.txt").write_text(f"{read} lines, {broken} broken\n", encoding="utf-8")


if __name__ == "__main__":
    main()
