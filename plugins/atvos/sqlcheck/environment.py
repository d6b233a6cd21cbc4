"""Where the analyzer and the linter are: an environment of their own, as their pins differ."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
ENVIRONMENT = REPOSITORY / ".venv" / "zetasql"


class ToolError(RuntimeError):
    """The analyzer or the linter is not there, or broke down."""


def python() -> Path:
    """The environment's interpreter. ToolError where nobody has built it."""
    interpreter = ENVIRONMENT / "bin" / "python"
    if not interpreter.exists():
        raise ToolError(
            f"{ENVIRONMENT} is not there: run `make sql-check`, which builds it and then checks"
        )
    return interpreter
