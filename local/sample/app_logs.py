"""The app_logs feed: what Vercel's log drain sends, a JSON array or NDJSON.

Paths and messages quote query strings that name people, and proxies know their addresses.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from random import Random

from local.sample.answer import TableAnswer
from local.sample.books import Fault, Feed, Fields, changed, chunks, cut, soiled, without
from local.sample.model import ZONE, SampleObject, Settings
from local.sample.requests import Applications, requests_of
from local.sample.timeline import Day

APP_LOGS = "app_logs"
_PROXY_COLUMNS = (
    "proxied_at",
    "proxy_method",
    "proxy_host",
    "proxy_path",
    "proxy_user_agents",
    "proxy_region",
    "proxy_status_code",
    "client_ip_hash",
    "vercel_cache",
    "response_bytes",
)
_ADDRESS, _ADDRESS_NUMBER = "203.0.113.255", 3_405_804_031
"""The same one as a text and, where it is spoiled, as a number."""


class AppLogs(Feed):
    """As many requests a day as there are vehicles. All in the first wave."""

    name = APP_LOGS

    def __init__(self, settings: Settings, days: list[Day]) -> None:
        super().__init__()
        self._settings = settings
        self._days = days
        random = Random(f"{settings.seed} {APP_LOGS}")  # noqa: S311 - no secret
        self.applications = Applications(random)
        faults = [*_faults(settings.until), cut(lambda text: f"[{text}]", "not_an_object")]
        self._faults = cycle(faults)
        self._line_faults = cycle([*faults, cut(lambda text: text[:-20], "malformed_json")])
        self.secrets = self.applications.secrets
        self.secrets |= {_ADDRESS, str(_ADDRESS_NUMBER)}

    def objects(self, wave: int) -> Iterator[SampleObject]:
        """A few objects: arrays, packed lines and plain lines by turns."""
        if wave > 1:
            return
        folder = f"{APP_LOGS}/{self._settings.until.astimezone(ZONE):%Y/%m/%d}"
        for index, rows in enumerate(chunks(self._logged(), self._settings)):
            turn = index % 3
            lines = soiled(rows, _json, self._line_faults if turn else self._faults)
            suffix = (".json", ".ndjson.gz", ".ndjson")[turn]
            content = _content(suffix, [line.text for line in lines])
            yield self._made(wave, f"{folder}/drain-{index:05d}{suffix}", content, lines)

    def table(self, after: int) -> TableAnswer:  # noqa: ARG002
        """A row per entry."""
        newest = datetime.fromtimestamp(self.applications.newest / 1000, ZONE)
        return TableAnswer(self.applications.entries, newest)

    def _logged(self) -> Iterator[Fields]:
        for day in self._days:
            yield from self.applications.log(day, requests_of(day, self._settings.vehicles))


def _content(suffix: str, texts: list[str]) -> bytes:
    if suffix == ".json":
        return f"[{', '.join(texts)}]\n".encode()
    content = "".join(f"{text}\n" for text in texts).encode()
    return gzip.compress(content, 6, mtime=0) if suffix.endswith(".gz") else content


def _json(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _quoted_proxy(fields: Fields) -> Fields:
    """The proxy as a text of JSON, as some exporters send it."""
    proxy = fields.get("proxy") or {"clientIp": _ADDRESS}
    return fields | {"proxy": json.dumps(proxy)}


def _faults(until: datetime) -> list[Fault]:
    now = int(until.timestamp() * 1000)
    day = timedelta(days=1) // timedelta(milliseconds=1)
    return [
        changed({"level": "debug"}, "enum:level"),
        changed({"timestamp": until.isoformat()}, "type:logged_at"),
        changed({"timestamp": now + day}, "future:logged_at"),
        changed({"timestamp": now - 70 * day}, "late:logged_at"),
        changed({"timestamp": 9 * 10**17}, "range:logged_at"),
        Fault(_quoted_proxy, tuple(f"type:{column}" for column in _PROXY_COLUMNS)),
        changed({"proxy": {"userAgent": "curl/8.5"}}, "type:proxy_user_agents"),
        changed({"proxy": {"userAgent": ["curl/8.5", 8]}}, "type:proxy_user_agents"),
        changed({"proxy": {"clientIp": _ADDRESS_NUMBER}}, "type:client_ip_hash"),
        without("deploymentId", "missing:deployment_id"),
        changed({"statusCode": 1000}, "range:status_code"),
        changed({"statusCode": "500"}, "type:status_code"),
        changed({"source": "cron", "host": None}, "enum:source", "missing:host"),
        changed({"id": ""}, "length:log_id"),
    ]
