"""A stub of Cloud Storage's JSON API, as far as one object is created once.

It behaves as the reference says of ``ifGenerationMatch``: with 0 an upload is answered 412 where
the object exists, and with a generation a deletion is where the object has another. The emulator
takes both, so it cannot show any of this.
https://cloud.google.com/storage/docs/request-preconditions
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class StorageStub:
    """The objects of every bucket, by name. ``hidden`` ones are there but not found by a GET.

    So a test can have two processes look at the same instant.
    """

    objects: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    _generation: int = 1000
    _lock: Lock = field(default_factory=Lock)

    def upload(self, name: str, content: bytes, match: int | None) -> tuple[int, bytes]:
        """Create or replace an object, as far as the precondition holds."""
        with self._lock:
            is_there = self.objects.get(name, (0, b""))[0]
            if match is not None and match != is_there:
                self.hidden.discard(name)
                return _failed(
                    412, "At least one of the pre-conditions you specified did not hold."
                )
            self._generation += 1
            self.objects[name] = (self._generation, content)
            return 200, _metadata(name, self._generation)

    def delete(self, name: str, match: int | None) -> tuple[int, bytes]:
        """Remove an object, as far as the precondition holds."""
        with self._lock:
            if name not in self.objects:
                return _failed(404, "No such object")
            if match is not None and match != self.objects[name][0]:
                return _failed(
                    412, "At least one of the pre-conditions you specified did not hold."
                )
            del self.objects[name]
            return 204, b""

    def get(self, name: str, wants_content: bool) -> tuple[int, bytes]:
        """An object's content, or what is known of it."""
        with self._lock:
            if name not in self.objects or name in self.hidden:
                return _failed(404, "No such object")
            generation, content = self.objects[name]
            return 200, content if wants_content else _metadata(name, generation)


@contextmanager
def served(stub: StorageStub) -> Iterator[str]:
    """Serve on a free port of the loopback interface; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*stub.get(self._name(), self._query().get("alt") == "media"))

        def do_DELETE(self) -> None:
            self._say(*stub.delete(self._name(), self._match()))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            boundary = self.headers["Content-Type"].partition("boundary=")[2].strip('"').encode()
            about, content = (
                part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
                for part in body.split(b"--" + boundary)[1:3]
            )
            self._say(*stub.upload(json.loads(about)["name"], content, self._match()))

        def log_message(self, *_: object) -> None:
            """Say nothing: a test tells what it expected."""

        def _name(self) -> str:
            return unquote(urlsplit(self.path).path.partition("/o/")[2])

        def _query(self) -> dict[str, str]:
            return {
                name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()
            }

        def _match(self) -> int | None:
            given = self._query().get("ifGenerationMatch")
            return None if given is None else int(given)

        def _say(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _metadata(name: str, generation: int) -> bytes:
    said: dict[str, Any] = {"name": name, "bucket": "b", "generation": str(generation)}
    return json.dumps(said).encode()


def _failed(status: int, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"error": {"code": status, "message": message}}).encode()
