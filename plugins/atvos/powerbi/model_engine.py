"""What Microsoft's own engine says of the semantic model, where it is installed.

The engine is the npm package ``@microsoft/powerbi-modeling-mcp-linux-x64``, a preview under a
licence of Microsoft, which ``make powerbi-engine`` installs for those who accept it. It loads the
model's folder like Power BI Desktop does, and writes it again: what it writes is the form that
the files are kept in. It does not look at DAX or M. It is spoken to in JSON-RPC over its standard
input and output, one message a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from atvos.powerbi.m_syntax import REPOSITORY, ToolError
from atvos.powerbi.report_places import problem

PACKAGE = "@microsoft/powerbi-modeling-mcp-linux-x64"
ENGINE = REPOSITORY.joinpath(
    ".venv", "powerbi-engine", "node_modules", PACKAGE, "dist", "powerbi-modeling-mcp"
)
_SECONDS = 120
_VERSION = "2025-06-18"


def problems(folder: Path, engine: Path = ENGINE) -> list[str]:
    """What the engine refuses, or writes otherwise than it stands there. ToolError without it.

    ``folder`` ends with ``.SemanticModel``.
    """
    if not engine.is_file():
        raise ToolError(f"{engine} is not there: run `make powerbi-engine`")
    with tempfile.TemporaryDirectory(prefix="atvos-powerbi-") as temporary:
        written = Path(temporary) / "definition"
        with _started(engine, Path(temporary)) as process:
            _ask(process, 1, "initialize", _hello())
            _tell(process, {"method": "notifications/initialized"})
            load = {"operation": "ConnectFolder", "folderPath": str(folder.resolve())}
            export = {"operation": "ExportToTmdlFolder", "tmdlFolderPath": str(written)}
            answer = _call(process, 2, "connection_operations", load)
            if answer is not None:
                return [f"{folder}: {answer}"]
            answer = _call(process, 3, "database_operations", export)
            if answer is not None:
                return [f"{folder}: {answer}"]
        return list(_differences(folder / "definition", written))


def _hello() -> dict[str, Any]:
    client = {"name": "atvos", "version": "1"}
    return {"protocolVersion": _VERSION, "capabilities": {}, "clientInfo": client}


@contextmanager
def _started(engine: Path, home: Path) -> Iterator[subprocess.Popen[str]]:
    """The engine, which is ended behind it, and killed where it takes too long."""
    process = subprocess.Popen(
        [str(engine), "--start"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=home,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(home)},
    )
    watch = threading.Timer(_SECONDS, process.kill)
    watch.start()
    try:
        yield process
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def _tell(process: subprocess.Popen[str], message: dict[str, Any]) -> None:
    if process.stdin is None:
        raise ToolError("the engine has no input")
    try:
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        process.stdin.flush()
    except OSError as error:
        raise ToolError(f"the engine broke down: {error}") from None


def _ask(process: subprocess.Popen[str], number: int, method: str, params: dict[str, Any]) -> Any:
    """The result of one request. ToolError where the engine ends instead."""
    _tell(process, {"id": number, "method": method, "params": params})
    for line in process.stdout or ():
        answer = json.loads(line)
        if answer.get("id") == number and "result" in answer:
            return answer["result"]
    raise ToolError(f"the engine did not answer {method}")


def _call(
    process: subprocess.Popen[str], number: int, tool: str, request: dict[str, Any]
) -> str | None:
    """What the engine has against a request, None where it did it."""
    params = {"name": tool, "arguments": {"request": request}}
    result = _ask(process, number, "tools/call", params)
    if not result.get("isError"):
        return None
    text = "".join(part.get("text", "") for part in result["content"])
    return " ".join(str(json.loads(text)["message"]).split())


def _differences(ours: Path, theirs: Path) -> Iterator[str]:
    names = {
        str(file.relative_to(root)) for root in (ours, theirs) for file in root.rglob("*.tmdl")
    }
    for name in sorted(names):
        lines = [_lines(root / name) for root in (ours, theirs)]
        pairs = zip(
            *(each + [""] * (max(map(len, lines)) - len(each)) for each in lines), strict=True
        )
        for number, (found, valid) in enumerate(pairs, 1):
            if found != valid:
                yield problem(f"{ours / name}:{number}", "form", found, repr(valid))
                break


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").rstrip().splitlines() if file.is_file() else []
