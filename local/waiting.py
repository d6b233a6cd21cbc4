"""Waits for something and shows how it comes along."""

import time
from collections.abc import Callable

from local.errors import StackError
from local.stack import say

_POLL_SECONDS = 2


def wait(progress: Callable[[], tuple[bool, str]], limit: float) -> None:
    """Poll until done, with a line for every change. StackError after ``limit`` seconds."""
    deadline = time.monotonic() + limit
    shown = ""
    while True:
        done, text = progress()
        if text != shown:
            say(f"    {text}")
            shown = text
        if done:
            return
        if time.monotonic() > deadline:
            raise StackError(f"after {limit:.0f} s only {text}")
        time.sleep(_POLL_SECONDS)
