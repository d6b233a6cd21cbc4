"""JSON of the wrong shape: values, records and whole objects."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.corpus.recipe import VALID, Fate, Part, Recipe, Shelf, Verdict, bad, json_line, nothing
from tests.corpus.rows import TELEMETRY_COLUMNS, between, event, leg, log_entry, spoiled, trip

KIND = "shape"
_JSON = Shelf(KIND, "telemetry_events", ".json")
_TRIPS = Shelf(KIND, "trips", ".ndjson")
_ARRAY = Shelf(KIND, "app_logs", ".json")
_NUMBERS = ("odometroKm", "custoVariavel", "custoFixo")
_OTHERS = {"object": '{"id": "V-1"}', "array": '["V-1"]', "true": "true", "empty-object": "{}"}
_MALFORMED, _NO_OBJECT = ("malformed_json",), ("not_an_object",)
_GOOD = json.dumps(event("HERE", 30))
# name, a line, its fate; HERE becomes a device of the recipe's own.
_LINES: list[tuple[str, str, Fate]] = [
    ("array-where-a-row-is-due", f"[{_GOOD}]", _NO_OBJECT),
    ("empty-array", "[]", _NO_OBJECT),
    ("null", "null", _NO_OBJECT),
    ("true", "true", _NO_OBJECT),
    ("number", "42", _NO_OBJECT),
    ("text", json.dumps(_GOOD), _NO_OBJECT),
    ("two-records", _GOOD + _GOOD, _MALFORMED),
    ("comma-after", _GOOD + ",", _MALFORMED),
    ("cut-short", _GOOD[:-20], _MALFORMED),
    ("no-closing-brace", _GOOD[:-1], _MALFORMED),
    ("brace-too-many", _GOOD + "}", _MALFORMED),
    ("trailing-comma", _GOOD[:-1] + ",}", _MALFORMED),
    ("comment", _GOOD + " // ok", _MALFORMED),
    ("single-quotes", _GOOD.replace('"', "'"), _MALFORMED),
    ("python-literal", repr(event("HERE") | {"viagemId": None}), _MALFORMED),
    ("no-quotes-around-a-name", _GOOD.replace('"deviceId"', "deviceId"), _MALFORMED),
    ("smart-quotes", _GOOD.replace('"deviceId"', "“deviceId”"), _MALFORMED),
    ("javascript-prefix", ")]}'," + _GOOD, _MALFORMED),
    ("record-separator", "\x1e" + _GOOD, _MALFORMED),
    ("vertical-tab-before", "\v" + _GOOD, _MALFORMED),
    ("raw-tab-in-a-text", _GOOD.replace("urbano", "urb\tano"), _MALFORMED),
    ("unknown-escape", _GOOD.replace("urbano", "urb\\xano"), _MALFORMED),
    ("backslash-at-the-end", '{"deviceId": "\\', _MALFORMED),
    ("sql", "'; DROP TABLE telemetry_events; --", _MALFORMED),
    ("csv-row", "V-1,2025-06-01T10:00:00Z,urbano,1,1,1,T1", _MALFORMED),
    ("html", "<html><body>502 Bad Gateway</body></html>", _MALFORMED),
    ("1000-nested-arrays", "[" * 1000 + "]" * 1000, _MALFORMED),
    ("100000-open-brackets", "[" * 100_000, _MALFORMED),
    ("100000-nested-objects", '{"a":' * 100_000 + "1" + "}" * 100_000, _MALFORMED),
    ("500-nested-arrays", "[" * 500 + "]" * 500, _NO_OBJECT),
]


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    for name, text, fate in _LINES:
        content = text.replace("HERE", f"s-{name}").encode() + b"\n"
        yield _JSON.made(name, *between(f"s-{name}", Part(content, fate)))
    yield from _values()
    yield from _keys()
    yield from _deep()
    yield from _printed()
    yield from _legs()
    yield from _arrays()


def _values() -> Iterator[Recipe]:
    """Each attribute missing, null, and of each type that it may not have."""
    for attribute, column in TELEMETRY_COLUMNS.items():
        absent: Fate = VALID if column == "viagem_id" else (f"missing:{column}",)
        device = f"a-{column}"
        without = {k: v for k, v in event(device, 30).items() if k != attribute}
        yield _JSON.made(f"{column}-missing", *between(device, Part(json_line(without), absent)))
        null = spoiled(f"{device}-null", attribute, "null")
        yield _JSON.made(f"{column}-null", *between(f"{device}-null", Part(null, absent)))
        others = _OTHERS | ({} if attribute in _NUMBERS else {"number-for-a-text": "5"})
        for what, text in others.items():
            content = spoiled(f"{device}-{what}", attribute, text)
            parts = between(f"{device}-{what}", bad(content, f"type:{column}"))
            yield _JSON.made(f"{column}-{what}", *parts)
    every = [f"missing:{c}" for c in TELEMETRY_COLUMNS.values() if c != "viagem_id"]
    yield _JSON.made("empty-object", *between("a-empty", bad(b"{}\n", *every)))
    content = b'{"deviceId": {}, "timestamp": 5, "tipoVeiculo": "x", "odometroKm": -1}\n'
    codes = ["type:device_id", "type:event_timestamp", "enum:tipo_veiculo", "range:odometro_km"]
    missing = ["missing:custo_variavel", "missing:custo_fixo"]
    yield _JSON.made("six-faults-at-once", *between("a-six", bad(content, *codes, *missing)))


def _keys() -> Iterator[Recipe]:
    head = '{"deviceId": "k-early", '
    rest = json.dumps(event("k-last", 30))[1:]
    cases: list[tuple[str, str, Fate, str | None]] = [
        ("doubled", head + rest, VALID, "k-last"),
        (
            "doubled-good-last",
            '{"deviceId": {}, ' + rest.replace("k-last", "k-good"),
            VALID,
            "k-good",
        ),
        ("doubled-bad-last", _ending("k-bad", '"deviceId": {}'), ("type:device_id",), None),
        ("doubled-null-last", _ending("k-null", '"deviceId": null'), ("missing:device_id",), None),
        ("tripled", _ending("k-3", '"deviceId": 1, "deviceId": "k-three"'), VALID, "k-three"),
        ("escaped-name", _ending("k-esc", r'"device\u0049d": "k-escaped"'), VALID, "k-escaped"),
        ("ignored-doubled", _ending("k-ign", '"x": 1, "x": NaN'), _MALFORMED, None),
        ("prototype", _ending("k-proto", '"__proto__": {"deviceId": 1}'), VALID, "k-proto"),
        ("empty-name", _ending("k-none", '"": 1'), VALID, "k-none"),
    ]
    for name, text, fate, device in cases:
        values = {"device_id": device} if device else {}
        part = Part(text.encode() + b"\n", fate, values)
        yield _JSON.made(f"key-{name}", *between(f"kk-{name}", part))
    renamed = json_line({k.lower(): v for k, v in event("k-case", 30).items()})
    wrong = [c for k, c in TELEMETRY_COLUMNS.items() if k != k.lower() and c != "viagem_id"]
    yield _JSON.made(
        "key-in-lower-case", *between("k-case", bad(renamed, *(f"missing:{c}" for c in wrong)))
    )


def _ending(device: str, more: str) -> str:
    return json.dumps(event(device, 30))[:-1] + f", {more}}}"


def _deep() -> Iterator[Recipe]:
    """JSON nested beyond what any reader holds is malformed; a shallower one is only a type."""
    for depth, ignored, value in (
        (500, VALID, ("type:odometro_km",)),
        (1000, _MALFORMED, _MALFORMED),
    ):
        arrays = "[" * depth + "]" * depth
        extra = _ending(f"deep-{depth}", f'"x": {arrays}').encode() + b"\n"
        parts = between(f"deep-{depth}", Part(extra, ignored))
        yield _JSON.made(f"{depth}-arrays-in-an-ignored-attribute", *parts)
        inside = Part(spoiled(f"deep-v-{depth}", "odometroKm", arrays), value)
        yield _JSON.made(f"{depth}-arrays-in-a-number", *between(f"deep-v-{depth}", inside))


def _printed() -> Iterator[Recipe]:
    """One record over many lines is many records that are none."""
    lines = json.dumps(event("p-pretty"), indent=1).encode().splitlines(keepends=True)
    yield _JSON.made("pretty-printed", *(bad(text, *_MALFORMED) for text in lines))
    rows = [event("p-array", second) for second in (1, 2)]
    yield _JSON.made("json-array-in-ndjson", bad(json.dumps(rows).encode(), *_NO_OBJECT))
    content = b"[\n" + b",\n".join(json.dumps(item).encode() for item in rows) + b"\n]\n"
    parts = [bad(text, *_MALFORMED) for text in content.splitlines(keepends=True)]
    # The last element's line has no comma, and so is a record by itself.
    parts[2] = Part(parts[2].content)
    yield _JSON.made("json-array-by-line-in-ndjson", *parts)


def _legs() -> Iterator[Recipe]:
    cases: list[tuple[str, object, Fate]] = [
        ("null", None, VALID),
        ("empty", [], VALID),
        ("object", leg(), ("type:stops",)),
        ("text", "[]", ("type:stops",)),
        ("of-null", [None], ("type:stops",)),
        ("of-arrays", [[leg()]], ("type:stops",)),
        ("of-texts", ["Usina"], ("type:stops",)),
        ("one-of-three-null", [leg(), None, leg()], ("type:stops",)),
        ("missing-field", [{"departure_site": "Usina"}], ("missing:stops.departure_at",)),
        (
            "bad-twice-counts-once",
            [leg(trip_time=-1), leg(trip_time=-2)],
            ("range:stops.trip_time_min",),
        ),
        ("field-of-another-type", [leg(arrival_site={})], ("type:stops.arrival_site",)),
        (
            "30-february",
            [leg(departure_time="2025-02-30T00:00:00")],
            ("format:stops.departure_at",),
        ),
        ("fraction-for-an-integer", [leg(trip_time=1.5)], ("type:stops.trip_time_min",)),
        ("1000-legs", [leg(trip_time=n) for n in range(1000)], VALID),
    ]
    for name, stops, fate in cases:
        good = Part(json_line(trip(f"g-{name}")))
        yield _TRIPS.made(
            f"legs-{name}", good, Part(json_line(trip(f"l-{name}", stops=stops)), fate)
        )


def _arrays() -> Iterator[Recipe]:
    """Objects that must be one JSON array."""
    first, second = (json.dumps(log_entry(f"r-{n}")).encode() for n in ("a", "b"))
    good = [nothing(b"["), Part(first), nothing(b", "), Part(second)]
    yield _ARRAY.made("array", *good, nothing(b"]"))
    for name, tail in (("not-closed", b""), ("closed-by-a-brace", b"}"), ("without-comma", b"{}]")):
        yield _array(name, bad(tail, "unreadable"))
    yield _array("with-a-trailing-comma", nothing(b","), bad(b"]", "unreadable"))
    yield _array("with-text-after", nothing(b"] "), bad(b"x", "unreadable"))
    yield _array("cut-within-an-element", nothing(b","), bad(b'{"id"', "unreadable"))
    for name, text, code in _ELEMENTS:
        yield _array(f"element-{name}", nothing(b", "), bad(text, code), nothing(b"]"))
    yield _big_integer()
    mark = b"\xef\xbb\xbf"
    yield _array("with-a-bom", nothing(b"]"), before=mark)
    for name, content in (
        ("ndjson", first),
        ("empty", b""),
        ("csv", b"id,timestamp\n"),
        ("null", b"null"),
    ):
        due = Verdict(rejects=((0, ("unreadable",)),))
        yield _ARRAY.raw(f"array-due-{name}-there", content, due)
    yield _ARRAY.raw("array-of-nothing", b" [ ] ", Verdict())


_ELEMENTS = [
    ("null", b"null", "not_an_object"),
    ("array", b"[]", "not_an_object"),
    ("text", b'"x"', "not_an_object"),
    ("nan", b'{"id": NaN}', "malformed_json"),
    ("infinity", b'{"id": -Infinity}', "malformed_json"),
    ("raw-tab", b'{"id": "a\tb"}', "malformed_json"),
    ("latin-1", b'{"id": "\xe2"}', "encoding"),
    ("lone-surrogate", rb'{"id": "\ud800"}', "malformed_json"),
]


def _array(name: str, *tail: Part, before: bytes = b"") -> Recipe:
    """An array with two good elements of the recipe's own, and then this."""
    first, second = (json.dumps(log_entry(f"r-{name}-{n}")).encode() for n in (1, 2))
    head = (nothing(before + b"["), Part(first), nothing(b", "), Part(second))
    return _ARRAY.made(f"array-{name}", *head, *tail)


def _big_integer() -> Recipe:
    """An integer of more digits than Python reads by itself spoils one element and no other."""
    entry = json.dumps(log_entry("r-digits", statusCode="HERE")).replace('"HERE"', "1" * 5000)
    after = json.dumps(log_entry("r-digits-after")).encode()
    tail = bad(entry.encode(), "range:status_code"), nothing(b", "), Part(after), nothing(b"]")
    return _array("element-5000-digits", nothing(b", "), *tail)
