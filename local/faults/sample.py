"""The objects of a case, and what must be in the tables in the end."""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from atvos.contract import LoadMode
from local.faults import __file__ as _here

CONTRACT = Path(_here).with_name("feed.odcs.yaml")
_NEW_PER_OBJECT = 6
_DAYS = 3
_REFUSED = ('{"meter": "broken', '{"meter": "m", "read_at": "never", "value": 1}')


@dataclass(frozen=True, slots=True)
class Row:
    """A reading: the meter is the key."""

    meter: str
    read_at: datetime
    value: int

    def line(self) -> str:
        """The row as the source writes it."""
        item = {"meter": self.meter, "read_at": self.read_at.isoformat(), "value": self.value}
        return json.dumps(item)


@dataclass(frozen=True, slots=True)
class Content:
    """What one object holds: rows, some of them repeated, and lines that are refused."""

    rows: tuple[Row, ...]
    rejects: tuple[str, ...]

    @property
    def data(self) -> bytes:
        """The object's bytes: refused lines stand among the others."""
        lines = [row.line() for row in self.rows]
        for place, reject in enumerate(self.rejects):
            lines.insert(2 * place + 1, reject)
        return ("\n".join(lines) + "\n").encode()

    @property
    def read(self) -> int:
        """How many records it has."""
        return len(self.rows) + len(self.rejects)


def content(number: int, now: datetime, *, high: bool = False, early: bool = False) -> Content:
    """The content of the object of that number.

    Six new meters, one of them twice, and from the second object on a meter of the object before
    with another value. Two lines are refused. ``high`` makes a check fail that blocks;
    ``early`` adds a row on a day that no other object has.
    """
    base = now.astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
    rows = [
        Row(
            meter=f"m{number:03}-{place}",
            read_at=base - timedelta(days=place % _DAYS, minutes=number),
            value=(2_000_000 if high and place == 0 else 100 * number + place),
        )
        for place in range(_NEW_PER_OBJECT)
    ]
    rows.append(Row(rows[0].meter, rows[0].read_at, 90_000 + number))
    if number:
        before = content(number - 1, now).rows[1]
        rows.append(Row(before.meter, before.read_at, 80_000 + number))
    if early:
        rows.append(Row(f"m{number:03}-early", base - timedelta(days=9), number))
    return Content(tuple(rows), _REFUSED)


@dataclass(frozen=True, slots=True)
class Landing:
    """A generation of an object that was landed; ``is_gone``: nobody could read it any more."""

    name: str
    generation: int
    content: Content
    is_gone: bool = False
    state: str = "published"


@dataclass
class Answer:
    """What must be there of all that has landed."""

    mode: LoadMode
    landed: list[Landing] = field(default_factory=list)

    @property
    def generations(self) -> Counter[tuple[str, int, str]]:
        """Each object generation once, with the state that it must have."""
        return Counter((item.name, item.generation, item.state) for item in self.landed)

    def publish_held(self) -> None:
        """Expect that what was held is published."""
        self.landed = [replace(item, state="published") for item in self.landed]

    @property
    def rows(self) -> dict[str, int]:
        """The value of every meter."""
        published = [item for item in self.landed if not item.is_gone and item.state == "published"]
        if self.mode is LoadMode.REPLACE_SNAPSHOT:
            published = published[-1:]
        values: dict[str, int] = {}
        for item in published:
            for row in item.content.rows:
                if self.mode is LoadMode.APPEND_FIRST:
                    values.setdefault(row.meter, row.value)
                else:
                    values[row.meter] = row.value
        return values

    @property
    def rejects(self) -> Counter[tuple[str, int]]:
        """How many refused records each generation has; one that is gone is one reject."""
        found = {
            (item.name, item.generation): 1 if item.is_gone else len(item.content.rejects)
            for item in self.landed
        }
        return Counter({key: number for key, number in found.items() if number})


def write_contract(folder: Path, name: str, mode: LoadMode) -> Path:
    """The contract under a name of its own, so that cases have nothing to do with each other."""
    data = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    data["name"] = data["schema"][0]["name"] = name
    for item in data["slaProperties"]:
        if "element" in item:
            item["element"] = name + item["element"].removeprefix("faults")
    columns = data["schema"][0]["properties"]
    if mode is not LoadMode.APPEND_FIRST:  # a meter has one row, whatever it was read
        del columns[1]["primaryKey"], columns[1]["primaryKeyPosition"]
    for item in data["customProperties"]:
        if item["property"] == "loadMode":
            item["value"] = mode.value
    if mode is LoadMode.REPLACE_SNAPSHOT:
        data["slaProperties"] = [
            {"property": "freshness", "value": 1, "unit": "d", "element": name}
        ]
        data["customProperties"] = [
            item for item in data["customProperties"] if item["property"] != "maxLateDays"
        ]
        for column in columns:
            column.pop("partitioned", None)
    file = folder / f"{name}.odcs.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file
