"""A web site with TLS whose certificate can be exchanged while it runs."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@dataclass(frozen=True)
class Site:
    """Where it is, and what its visitors are shown as its certificate."""

    url: str
    context: ssl.SSLContext

    certificate: Path

    @contextmanager
    def showing(self, certificate: Path) -> Iterator[None]:
        """Use another certificate for every connection that is made in the block."""
        self.context.load_cert_chain(certificate)
        try:
            yield
        finally:
            self.context.load_cert_chain(self.certificate)


@contextmanager
def served(certificate: Path) -> Iterator[Site]:
    """Serve a page on a free port of the loopback interface."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: Prometheus tells."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A visitor who leaves early is no error of the site."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"https://127.0.0.1:{server.server_port}/", context, certificate)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
