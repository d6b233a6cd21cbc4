"""A proxy between the clients and an emulator, in which requests meet with faults.

Its own, as Toxiproxy works on bytes of TCP: it cannot answer 503, nor drop the connection after
the emulator has acted, nor tell the request for which something must be killed.
"""

import contextlib
import http.client
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from local.faults.rules import ANSWERED, Kind, Plan, Request, Rule
from local.faults.strict import Answer, Strict, error
from local.ports import LOOPBACK
from local.services import Service

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}
_REASONS = {429: "rateLimitExceeded", 500: "backendError", 503: "backendError"}
_LIMIT_SECONDS = 120
_ACT_SECONDS = 0.05
"""How long an emulator has worked on a request when something happens in the midst of it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    proxy: "Proxy"

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that were killed."""


class Proxy:
    """Stands before one emulator on a port of its own."""

    def __init__(self, service: Service, upstream_port: int, plan: Plan) -> None:
        """Nothing is listened to yet."""
        self.service = service
        self.port = 0
        self.strict = Strict(self.forward)
        self.plan = plan
        self.over = Event()
        """Set when a case is over: nothing hangs any longer."""
        self._upstream_port = upstream_port
        self._server: _Server | None = None
        self._lock = Lock()

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Listen, on the port that it had before if it had one."""
        self._server = _Server((LOOPBACK, self.port), _Handler)
        self._server.proxy = self
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        self.over.set()
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def refuse(self, seconds: float) -> None:
        """Refuse connections for a while; returns at once."""

        def pause() -> None:
            self.stop()
            self.over.clear()
            time.sleep(seconds)
            self.start()

        Thread(target=pause, daemon=True).start()

    def forward(self, request: Request, midst: Rule | None = None) -> Answer:
        """What the emulator answers. OSError where it does not."""
        connection = http.client.HTTPConnection(
            LOOPBACK, self._upstream_port, timeout=_LIMIT_SECONDS
        )
        with contextlib.closing(connection):
            try:
                connection.request(
                    request.method, request.target, request.body or None, request.headers
                )
                if midst is not None:
                    time.sleep(midst.seconds or _ACT_SECONDS)
                    midst.call()
                found = connection.getresponse()
                headers = {k: v for k, v in found.getheaders() if k.lower() not in _HOP_BY_HOP}
                return Answer(found.status, found.read(), headers)
            except http.client.HTTPException as failure:
                raise ConnectionError(str(failure)) from failure

    def respond(self, request: Request) -> Answer | None:
        """The answer, None where the connection is to be reset."""
        rule = self.plan.take(request)
        if rule is None:
            return self._answer(request)
        if rule.kind in ANSWERED:
            return self._answered(request, rule)
        self._lose(request, rule)
        return None

    def _answered(self, request: Request, rule: Rule) -> Answer | None:
        """The answer of a request that gets one."""
        if rule.kind is Kind.ANSWER:
            return error(rule.status, _REASONS[rule.status], "an error on purpose")
        if rule.kind in (Kind.SLOW, Kind.FAIL):
            return self._answer(request, rule)
        if rule.kind is Kind.GO_ON_AFTER:
            rule.call()
        answer = self._answer(request)
        if rule.kind is Kind.GO_ON_BEFORE:
            rule.call()
        if answer is not None and rule.kind is Kind.REWRITE:
            return Answer(answer.status, rule.rewrite(answer.body), answer.headers)
        return answer

    def _lose(self, request: Request, rule: Rule) -> None:
        """What happens to a request that gets no answer."""
        if rule.kind is Kind.HANG:
            self.over.wait(rule.seconds)
        if rule.kind is Kind.RESET:
            self.refuse(rule.seconds)
        if rule.kind is Kind.CALL_BEFORE:
            rule.call()
        if rule.kind is Kind.CALL_MIDST:
            with contextlib.suppress(OSError):
                self.forward(request, rule)
        if rule.kind in (Kind.DROP, Kind.CALL_AFTER):
            self._answer(request)
            rule.call()

    def _answer(self, request: Request, meanwhile: Rule | None = None) -> Answer | None:
        try:
            return self.strict.answer(request, meanwhile)
        except OSError:  # the emulator is gone
            return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing: the cases tell what they expected."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        request = Request(self.server.proxy.service, self.command, self.path, headers, self._body())
        answer = self.server.proxy.respond(request)
        if answer is None:
            self._reset()
            return
        with contextlib.suppress(OSError):  # who asked may have been killed
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in {"server", "date"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reset(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()


@contextmanager
def serving(proxy: Proxy) -> Iterator[Proxy]:
    """The proxy, listening."""
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
