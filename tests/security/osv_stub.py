"""A server that speaks OSV, and knows of one vulnerability."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Osv:
    """Vulnerabilities by package and version, and what was asked."""

    url: str
    known: dict[tuple[str, str], dict[str, Any]]
    asked: list[tuple[str, str]] = field(default_factory=list)


def vulnerability(package: str, fixed: str | None) -> dict[str, Any]:
    """A vulnerability as OSV writes it."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {
        "package": {"name": package, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {
        "id": "PYSEC-2026-77",
        "aliases": ["CVE-2026-7777"],
        "summary": "A planted one.",
        "affected": [affected],
    }


@contextmanager
def serving(known: dict[tuple[str, str], dict[str, Any]]) -> Iterator[Osv]:
    """The server on a free port of 127.0.0.1."""
    osv = Osv("", known)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = (body["package"]["name"], body["version"])
            osv.asked.append(key)
            found = osv.known.get(key)
            content = json.dumps({"vulns": [found]} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    osv.url = f"http://127.0.0.1:{server.server_port}/v1/query"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield osv
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
