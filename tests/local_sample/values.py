"""Reads a record's values as the types of their columns, and says what is wrong with them."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.local_sample.reading import with_custom

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


class WrongError(Exception):
    """A value that breaks a rule, by the kind of the rule."""


def instant_of(text: str) -> datetime:
    """The instant of an ISO 8601 text; a naive one is São Paulo's."""
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=SAO_PAULO)).astimezone(UTC)


def csv_value(column: dict[str, Any], fields: dict[str, Any]) -> str | None:
    """The text of a column's sources, None where one is blank."""
    sources = column["custom"].get("sourceName", column["name"])
    texts = [fields[name].strip() for name in ([sources] if isinstance(sources, str) else sources)]
    return " ".join(texts) if all(texts) else None


def json_value(column: dict[str, Any], fields: dict[str, Any]) -> Any:
    """The value at a column's path."""
    custom = column["custom"]
    *path, last = custom.get("sourcePath", [custom.get("sourceName", column["name"])])
    node: Any = fields
    for name in path:
        node = node.get(name)
        if node is None:
            return None
        if not isinstance(node, dict):
            raise WrongError("type")
    return node.get(last)


def typed_as(column: dict[str, Any], value: Any, mark: str | None) -> Any:
    """The value as the column's type; ``mark`` is the decimal mark of a text."""
    kind = column["logicalType"]
    if value is None:
        if column.get("required"):
            raise WrongError("missing")
        return [] if kind == "array" else None
    if kind == "array":
        return _elements(column, value)
    if "sourcePattern" in column["custom"]:
        value = _group(column["custom"]["sourcePattern"], value)
    typed = {"string": _text, "integer": _number, "number": _number}.get(kind, _time)(
        column, value, mark
    )
    choices = [choice["value"] for choice in column.get("enum", [])]
    if choices and typed not in choices:
        raise WrongError("enum")
    return typed


def _group(pattern: str, value: str) -> str:
    found = re.search(pattern, value)
    if not found:
        raise WrongError("format")
    return found[1]


def _text(column: dict[str, Any], value: Any, mark: str | None) -> str:
    if not isinstance(value, str):
        raise WrongError("type")
    options = column.get("logicalTypeOptions", {})
    if not options.get("minLength", 0) <= len(value) <= options.get("maxLength", len(value)):
        raise WrongError("length")
    if not re.search(options.get("pattern", ""), value):
        raise WrongError("pattern")
    return value


def _number(column: dict[str, Any], value: Any, mark: str | None) -> int | Decimal:
    whole = column["logicalType"] == "integer"
    if mark is not None:
        if not re.fullmatch(r"[+-]?\d+" + ("" if whole else rf"({re.escape(mark)}\d+)?"), value):
            raise WrongError("format")
        number = Decimal(value.replace(mark, "."))
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongError("type")
    else:
        number = Decimal(str(value))
    if whole and number != int(number):
        raise WrongError("type")
    options = column.get("logicalTypeOptions", {})
    low, high = options.get("minimum", number), options.get("maximum", number)
    if not Decimal(str(low)) <= number <= Decimal(str(high)):
        raise WrongError("range")
    if whole:
        return int(number)
    scale = int(re.findall(r"\d+", column["physicalType"])[-1])
    return number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN)


def _time(column: dict[str, Any], value: Any, mark: str | None) -> date | datetime:
    if column["custom"].get("epochUnit") == "ms":
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongError("type")
        if not 0 <= value < 253_402_300_800_000:
            raise WrongError("range")
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value)
    if not isinstance(value, str):
        raise WrongError("type")
    pattern = column.get("logicalTypeOptions", {}).get("format")
    try:
        if pattern is None:
            return instant_of(value)
        moment = _by_pattern(pattern, value)
    except ValueError as error:
        raise WrongError("format") from error
    is_date = column["logicalType"] == "date"
    return moment.date() if is_date else moment.replace(tzinfo=SAO_PAULO).astimezone(UTC)


def _by_pattern(pattern: str, text: str) -> datetime:
    """The naive time of a text in dd/MM/yyyy, perhaps with HH:mm, every digit there."""
    if not re.fullmatch(re.sub("[a-zA-Z]", r"\\d", pattern), text):
        raise ValueError(text)
    return datetime.strptime(text, "%d/%m/%Y %H:%M" if " " in pattern else "%d/%m/%Y")  # noqa: DTZ007


def _elements(column: dict[str, Any], value: Any) -> list[Any]:
    """The elements; all that is wrong in any of them is told at once."""
    items = column["items"]
    if not isinstance(value, list):
        raise WrongError("type")
    expected = dict if items["logicalType"] == "object" else str
    faults = (
        []
        if all(isinstance(e, expected) for e in value)
        else [WrongError(f"type:{column['name']}")]
    )
    elements: list[Any] = [e for e in value if isinstance(e, expected)]
    if expected is dict:
        for element in elements:
            for field in map(with_custom, items["properties"]):
                try:
                    typed_as(field, json_value(field, element), None)
                except WrongError as wrong:
                    faults.append(WrongError(f"{wrong}:{column['name']}.{field['name']}"))
    if faults:
        raise ExceptionGroup("elements", faults)
    return elements
