"""Every series that dashboards may ask for, as one page that Prometheus scrapes."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, product
from threading import Thread

from atvos.monitoring import registry
from atvos.monitoring.registry import Kind, Metric

DATASET = {"dataset": "trips", "layer": "curated", "tier": "1"}
SYSTEM = {"environment": "production", "system": "api", "instance": "api:443"}
_SAMPLES = {**DATASET, "step": "curate", "reason": "range:full_distance", "pool": "default_pool"}
"""A value for each label that can have any."""

_PROBE = {"job": "probes", **SYSTEM}
_REQUEST = {"job": "applications", **SYSTEM, "method": "GET", "status": "200"}
_NODE = {"job": "nodes", **SYSTEM}
_DISK = {**_NODE, "device": "sda", "fstype": "ext4", "mountpoint": "/"}
SCRAPED: Mapping[str, Mapping[str, str]] = {
    "ALERTS": {"alertname": "DatasetStale", "alertstate": "firing", "severity": "page", **DATASET},
    "up": _NODE,
    "probe_success": _PROBE,
    "probe_duration_seconds": _PROBE,
    "probe_ssl_earliest_cert_expiry": _PROBE,
    "http_requests_total": _REQUEST,
    "node_cpu_seconds_total": {**_NODE, "cpu": "0", "mode": "idle"},
    "node_filesystem_avail_bytes": _DISK,
    "node_filesystem_size_bytes": _DISK,
    "node_memory_MemAvailable_bytes": _NODE,
    "node_memory_MemTotal_bytes": _NODE,
}
"""What Prometheus has from elsewhere: itself, the probes, the applications and the machines."""


@contextmanager
def served(recorded: set[str]) -> Iterator[str]:
    """Serve every metric of the registry, what is scraped elsewhere, and recorded series.

    Gives host and port. Counters grow with every scrape.
    """
    scrapes = count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = "".join(_page(next(scrapes), recorded)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(scrape: int, recorded: set[str]) -> Iterator[str]:
    for metric in registry.REGISTRY:
        for labels in _combinations(metric):
            yield from _samples(metric, labels, scrape)
    for name, known in SCRAPED.items():
        yield _line(name, known, scrape)
    for name in recorded:
        yield _line(name, DATASET if name.startswith("dataset") else SYSTEM, 1)


def _combinations(metric: Metric) -> Iterator[dict[str, str]]:
    values = dict(metric.values)
    choices = (values.get(label) or (_SAMPLES[label],) for label in metric.labels)
    for chosen in product(*choices):
        yield dict(zip(metric.labels, chosen, strict=True))


def _samples(metric: Metric, labels: Mapping[str, str], scrape: int) -> Iterator[str]:
    if metric.kind is Kind.HISTOGRAM:
        for bound in (*metric.buckets, "+Inf"):
            yield _line(f"{metric.name}_bucket", {**labels, "le": str(bound)}, scrape)
        for part in ("sum", "count"):
            yield _line(f"{metric.name}_{part}", labels, scrape)
    elif metric.name.endswith("timestamp_seconds"):
        yield _line(metric.name, labels, time.time() - 60)
    else:
        yield _line(metric.name, labels, scrape)


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    text = ",".join(f'{label}="{given}"' for label, given in labels.items())
    return f"{name}{{{text}}} {value}\n"
