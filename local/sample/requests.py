"""What the applications log: requests of one entry to four, and the entries of builds."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from local.sample import people
from local.sample.answer import ServiceTotals
from local.sample.books import Fields
from local.sample.timeline import Day

_HOSTS = ("portal.transporte.example.com", "api.transporte.example.com", "rotas.example.com")
_PATHS = ("/", "/api/rotas", "/api/veiculos/posicao", "/painel")
_SOURCES = ("lambda", "edge", "static", "external", "firewall", "redirect")
_REGIONS = ("gru1", "iad1")
_AGENTS = ("Mozilla/5.0 (Linux; Android 14)", "atvos-app/3.1")
_BUILD_EVERY = 20
_LONGEST_REQUEST_S = 10
_DAY_S = 86_400


class _End(NamedTuple):
    """How a request ends: its status, the level of its last entry, and whether it failed."""

    status: int
    level: str
    failed: bool = False


_ENDS = (
    *[_End(200, "info")] * 12,
    _End(304, "info"),
    _End(404, "warning"),
    _End(500, "error", failed=True),
    _End(503, "info", failed=True),
    _End(-1, "fatal", failed=True),
    _End(200, "error", failed=True),
)


class Applications:
    """The entries in the order in which requests begin, and totals of those made so far.

    ``newest`` is the instant of the newest entry (ms since 1970).
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._requests = 0
        self.entries = self.newest = 0
        self.totals = dict.fromkeys(_HOSTS, ServiceTotals())
        self.secrets: set[str] = set()

    def log(self, day: Day, requests: int) -> Iterator[Fields]:
        """The entries of a day with so many requests; none of these passes midnight."""
        room = max(1, 1000 * (day.end - day.start - _LONGEST_REQUEST_S))
        starts = [day.start * 1000 + self._random.randrange(room) for _ in range(requests)]
        for instant in sorted(starts):
            self._requests += 1
            if self._requests % _BUILD_EVERY == 0:
                yield self._entry(_HOSTS[0], instant, _build(self._requests))
            yield from self._request(instant)

    def _request(self, instant: int) -> Iterator[Fields]:
        random, number = self._random, self._requests
        host, end = random.choice(_HOSTS), random.choice(_ENDS)
        path = self._path(random.choice(_PATHS))
        ending = {"statusCode": end.status, "proxy": self._proxy(instant, host, path, end)}
        shared = {
            "source": random.choice(_SOURCES),
            "requestId": f"gru1::req-{number:08d}",
            "path": path,
            "executionRegion": random.choice(_REGIONS),
            "trace.id": f"{random.getrandbits(128):032x}",
            "span.id": None if number % 7 == 0 else f"{random.getrandbits(64):016x}",
        }
        self.totals[host] += ServiceTotals(0, 1, int(end.failed), int(end.status == -1))
        entries = random.randint(1, 4)
        for place in range(entries):
            last = place == entries - 1
            values = shared | {
                "level": end.level if last else "info",
                "message": _message(place, f"https://{host}{path}"),
            }
            logged = instant + 1000 * place + random.randrange(1, 900)
            yield self._entry(host, logged, values | (ending if last else {"proxy": None}))

    def _entry(self, host: str, instant: int, values: Fields) -> Fields:
        self.entries += 1
        self.newest = max(self.newest, instant)
        self.totals[host] += ServiceTotals(entries=1)
        return {
            "id": f"{instant}{self.entries:012d}",
            "deploymentId": f"dpl_{instant // 86_400_000}",
            "host": host,
            "timestamp": instant,
            "projectId": f"prj_{host.partition('.')[0]}",
            "environment": "preview" if self.entries % 9 == 0 else "production",
        } | values

    def _path(self, path: str) -> str:
        number = self._requests
        if number % 4 == 0:
            return path
        query = f"email={people.mail(number)}&token=t{number:06d}"
        self.secrets |= {query, people.mail(number)}
        return f"{path}?{query}" + ("#resumo" if number % 9 == 0 else "")

    def _proxy(self, instant: int, host: str, path: str, end: _End) -> Fields:
        number = self._requests
        address = f"2001:db8::{number:x}:1" if number % 3 == 0 else f"203.0.113.{number % 254 + 1}"
        self.secrets.add(address)
        return {
            "timestamp": instant,
            "method": "POST" if number % 5 == 0 else "GET",
            "scheme": "https",  # no column of the contract, nor is the referrer
            "host": host,
            "path": path,
            "userAgent": list(_AGENTS[: number % 3]),
            "referer": f"https://{host}{path}",
            "region": "gru1",
            "statusCode": end.status,
            "clientIp": address,
            "vercelCache": "MISS" if number % 2 else "HIT",
            "responseByteSize": number * 7919 % 60_000,
        }


def requests_of(day: Day, a_day: int) -> int:
    """Requests in what the period covers of a day, one at least."""
    return max(1, a_day * (day.end - day.start) // _DAY_S)


def _build(number: int) -> Fields:
    """An entry that belongs to no request."""
    return {"source": "build", "level": "info", "message": f"Compilação {number} concluída"}


def _message(place: int, url: str) -> str:
    return (
        f"GET {url} recebido",
        f'Consulta:\n  "{url}"\nlinhas: 12',
        f"Erro ao buscar {url}\n    at handler (rotas.ts:42)\nTudo bem? Não.",
        f"fim de {url}",
    )[place]
