"""Makes this process a client of the embedded stack."""

from __future__ import annotations

import os


class NoStackError(RuntimeError):
    """No stack runs in its folder."""


def join() -> None:
    """Take over the environment that the running stack has left. NoStackError without one."""
    # The embedded stack is part of the repository, not of what is deployed.
    from local.layout import DEFAULT_STATE_DIR
    from local.state import StackState

    state = StackState.read(DEFAULT_STATE_DIR)
    if state is None:
        raise NoStackError(f"--local: no stack runs in {DEFAULT_STATE_DIR}; start it: make up")
    os.environ.update(state.environment)
