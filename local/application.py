"""A small web application that counts its requests, and does badly when it is told to.

``python application.py PORT``. ``PUT /behaviour`` with ``{"seconds": 0.6, "fail_every": 10}``
says how long each request takes and which fails; 0 is none.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import ClassVar

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

REQUESTS = Counter("http_requests_total", "Requests.", ["method", "status"])
DURATION = Histogram("http_request_duration_seconds", "Duration of requests, in seconds.")


class Handler(BaseHTTPRequestHandler):
    """Answers the users, the prober, Prometheus, and the test."""

    behaviour: ClassVar = {"seconds": 0.0, "fail_every": 0}
    numbers = count(1)

    def do_GET(self) -> None:
        """Answer with metrics, with a sign of life, or with what a user asked for."""
        if self.path == "/metrics":
            self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
        elif self.path == "/healthz":
            time.sleep(self.behaviour["seconds"])
            self._answer(200, b"ok")
        else:
            self._serve()

    def do_PUT(self) -> None:
        """Take the behaviour of all requests from now on."""
        length = int(self.headers["Content-Length"])
        self.behaviour.update(json.loads(self.rfile.read(length)))
        self._answer(200, b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing: Prometheus tells."""

    def _serve(self) -> None:
        with DURATION.time():
            time.sleep(self.behaviour["seconds"])
        fail_every = self.behaviour["fail_every"]
        status = 503 if fail_every and next(self.numbers) % fail_every == 0 else 200
        REQUESTS.labels("GET", str(status)).inc()
        self._answer(status, b"trips")

    def _answer(self, status: int, content: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
