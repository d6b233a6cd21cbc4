"""A stub of Power BI's REST API behind TLS, and of the sign-in that goes before it.

Power BI itself cannot be had in tests. This behaves as the reference says of enhanced refreshes:
202 with the id in the header ``RequestId``, 400 while another refresh runs, 429 with
``Retry-After`` when there were too many, and a history, newest first, that says ``Unknown`` of
what still runs. https://learn.microsoft.com/en-us/power-bi/connect-data/asynchronous-refresh
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

WORKSPACE = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
DATASET = "1f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
TENANT = "2f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
CLIENT = "3f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
_REFRESHES = f"/v1.0/myorg/groups/{WORKSPACE}/datasets/{DATASET}/refreshes"
_RUNNING = "Unknown"


@dataclass
class Service:
    """One semantic model: what was asked of it, and how each refresh ends.

    ``endings`` are the states of the refreshes to come, those that are asked for beyond them are
    ``Completed``. ``throttled`` is how often the next requests are refused.
    """

    endings: list[str] = field(default_factory=list)
    throttled: int = 0
    looks_until_done: int = 1
    bodies: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    refused: int = 0
    signed_in: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    address: str = ""
    certificate: Path = Path()

    @property
    def connection(self) -> str:
        """The Airflow connection to it, as an environment variable has it."""
        host = self.address.removeprefix("https://")
        extra = {
            "tenant_id": TENANT,
            "authority": host,
            "allowed_hosts": host.partition(":")[0],
            "disable_instance_discovery": True,
            "verify": str(self.certificate),
            "base_url": f"{self.address}/v1.0/",
        }
        client = {"conn_type": "powerbi", "login": CLIENT, "password": "client-secret"}
        return json.dumps({**client, "extra": extra})

    def respond(
        self, method: str, path: str, body: bytes, token: str | None
    ) -> tuple[int, dict[str, str], dict[str, Any] | None]:
        """Answer one request: status, headers, body."""
        if path.startswith(f"/{TENANT}/"):
            return 200, {}, self._sign_in(path)
        if token != "Bearer power-bi-token":
            return 403, {}, {"error": {"code": "Forbidden"}}
        if method == "POST" and path == _REFRESHES:
            return self._start(json.loads(body))
        if method == "GET" and path == _REFRESHES:
            return 200, {}, {"value": [self._looked_at(item) for item in self.history]}
        if method == "DELETE" and path.startswith(f"{_REFRESHES}/"):
            self.cancelled.append(path.rpartition("/")[2])
            return 200, {}, {}
        return 404, {}, {"error": {"code": "NotFound", "message": path}}

    def _sign_in(self, path: str) -> dict[str, Any]:
        if path.endswith("/openid-configuration"):
            own = f"{self.address}/{TENANT}"
            return {
                "issuer": f"{own}/v2.0",
                "authorization_endpoint": f"{own}/oauth2/v2.0/authorize",
                "token_endpoint": f"{own}/oauth2/v2.0/token",
            }
        self.signed_in += 1
        return {"token_type": "Bearer", "expires_in": 3599, "access_token": "power-bi-token"}

    def _start(self, body: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any] | None]:
        if self.throttled:
            self.throttled -= 1
            self.refused += 1
            return 429, {"Retry-After": "1"}, {"error": {"code": "TooManyRequests"}}
        if any(item["status"] == _RUNNING for item in self.history):
            self.refused += 1
            message = "Another refresh request is already executing"
            return 400, {}, {"error": {"code": "InvalidRequest", "message": message}}
        self.bodies.append(body)
        number = f"{len(self.bodies):08d}-0000-0000-0000-000000000000"
        ending = self.endings.pop(0) if self.endings else "Completed"
        self.history.insert(
            0, {"requestId": number, "status": _RUNNING, "ends": ending, "looks": 0}
        )
        return 202, {"RequestId": number, "Location": f"{self.address}{_REFRESHES}/{number}"}, None

    def _looked_at(self, item: dict[str, Any]) -> dict[str, Any]:
        item["looks"] += 1
        if item["looks"] > self.looks_until_done:
            item["status"] = item["ends"]
        shown = {name: item[name] for name in ("requestId", "status")}
        if item["status"] == "Failed":
            shown["serviceExceptionJson"] = '{"errorCode":"ModelRefresh_ShortMessage"}'
        return {**shown, "refreshType": "ViaEnhancedApi"}


@contextmanager
def served(service: Service, folder: Path) -> Iterator[Service]:
    """Serve it on a free port of the loopback interface; its certificate is in ``folder``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    service.certificate = _certificate(folder)
    context.load_cert_chain(service.certificate, folder / "key.pem")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Say nothing: a test tells what it expected."""

        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            token = self.headers.get("Authorization")
            status, headers, answer = service.respond(self.command, self.path, sent, token)
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if content:
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.address = f"https://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(folder: Path) -> Path:
    """A certificate of this machine's own for 127.0.0.1, good for an hour; its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate = folder / "certificate.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate
