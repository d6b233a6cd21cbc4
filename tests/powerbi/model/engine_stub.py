"""Behaves like Microsoft's engine where the check speaks to it; started with ``--start``.

It refuses a model whose database has another compatibility level than 1601, and writes every
file as it stands, but ``plano.tmdl`` without its annotations.
"""

import json
import shutil
import sys
from pathlib import Path


def answer(tool: str, request: dict[str, str], loaded: list[Path]) -> dict[str, object]:
    """The result of one call of a tool."""
    if tool == "connection_operations":
        loaded.append(Path(request["folderPath"]) / "definition")
        if "1601" not in (loaded[0] / "database.tmdl").read_text(encoding="utf-8"):
            text = json.dumps({"message": "Failed to import:\n\tlevel", "operation": "x"})
            return {"content": [{"type": "text", "text": text}], "isError": True}
    else:
        target = Path(request["tmdlFolderPath"])
        shutil.copytree(loaded[0], target)
        plan = target / "tables" / "plano.tmdl"
        lines = plan.read_text(encoding="utf-8").splitlines()
        if "Unfit" in "".join(lines):
            lines = [line for line in lines if "Unfit" not in line]
        plan.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return {"content": [{"type": "text", "text": '{"message": "done"}'}], "isError": False}


def main() -> None:
    """Answer until nothing more is asked."""
    loaded: list[Path] = []
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") == "tools/call":
            params = message["params"]
            result = answer(params["name"], params["arguments"]["request"], loaded)
        else:
            result = {"protocolVersion": "2025-06-18"}
        if "id" in message:
            print(json.dumps({"jsonrpc": "2.0", "method": "notifications/message"}), flush=True)
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)


if __name__ == "__main__":
    main()
