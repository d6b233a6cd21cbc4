"""Which request of a run meets with which fault."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from local.services import Service


class Kind(StrEnum):
    """What becomes of a request."""

    ANSWER = "answer"
    """It is answered with an error, and never gets to the emulator."""
    HANG = "hang"
    """Nothing is answered, and the connection is closed in the end."""
    RESET = "reset"
    """The connection is reset; for a while afterwards others are refused."""
    DROP = "drop"
    """It is done, and the connection is closed in place of an answer."""
    CALL_BEFORE = "call before"
    """Something happens first, and the request is lost with it."""
    CALL_MIDST = "call midst"
    """Something happens while the emulator works on it."""
    CALL_AFTER = "call after"
    """It is done, something happens, and the answer is lost with it."""
    GO_ON_AFTER = "go on after"
    """Something happens, and then the request goes on."""
    GO_ON_BEFORE = "go on before"
    """It is done, then something happens, and it is answered."""
    SLOW = "slow"
    """The job is taken, something happens, and a while later it is done."""
    FAIL = "fail"
    """The job is taken, something happens, and a while later it has failed."""
    REWRITE = "rewrite"
    """It is done, and the answer is another one."""


ANSWERED = (
    *(Kind.ANSWER, Kind.GO_ON_AFTER, Kind.GO_ON_BEFORE, Kind.SLOW, Kind.FAIL, Kind.REWRITE),
)
"""The faults with which a request is answered all the same."""


def _nothing() -> None:
    return


def _same(content: bytes) -> bytes:
    return content


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request to an emulator; ``target`` is the path with the query."""

    service: Service
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Rule:
    """A fault for the requests that match, of those the ``skip`` first ones not, ``times`` then.

    ``pattern`` is searched in "METHOD target", ``step`` is the task that must be running, and
    ``body`` is searched in the body. ``seconds`` is how long a fault lasts.
    """

    kind: Kind
    service: Service
    pattern: str
    step: str | None = None
    body: str = ""
    status: int = 500
    seconds: float = 0.0
    skip: int = 0
    times: int = 1
    call: Callable[[], None] = _nothing
    rewrite: Callable[[bytes], bytes] = _same
    struck: int = field(default=0, init=False)
    _seen: int = field(default=0, init=False)

    def takes(self, request: Request, step: str) -> bool:
        """Whether this request meets with the fault; counts it."""
        if request.service is not self.service or self.step not in (None, step):
            return False
        if not re.search(self.pattern, f"{request.method} {request.target}"):
            return False
        if self.body and not re.search(self.body.encode(), request.body):
            return False
        self._seen += 1
        if not self.skip < self._seen <= self.skip + self.times:
            return False
        self.struck += 1
        return True


class Plan:
    """The faults of one case; asked from several threads."""

    def __init__(self) -> None:
        """No fault at all."""
        self.step = ""
        """The task that runs now."""
        self._rules: list[Rule] = []
        self._lock = Lock()

    def add(self, rule: Rule) -> Rule:
        """Have requests meet with the rule's fault from now on."""
        with self._lock:
            self._rules.append(rule)
        return rule

    def take(self, request: Request) -> Rule | None:
        """The rule that a request meets with, None where it is left alone."""
        with self._lock:
            return next((rule for rule in self._rules if rule.takes(request, self.step)), None)

    def clear(self) -> None:
        """Forget every rule."""
        with self._lock:
            self._rules = []
