"""What the inside of a visual looks like, sketched from its kind and fields, without any data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from atvos.powerbi.pbir import PHONE_WIDTH, Box, Visual, first, properties, text
from atvos.powerbi.report_fields import references
from atvos.powerbi.wireframe_svg import FAINT, GROUND, INK, LINE, fit, line, rect, words, wrap

_HEIGHTS = (0.9, 0.72, 0.6, 0.52, 0.44, 0.37, 0.31, 0.26, 0.22)
_SHARES = {1: (1,), 2: (0.5, 0.5), 3: (0.6, 0.25, 0.15)}
_WAVE = (0.55, 0.62, 0.48, 0.7, 0.66, 0.8, 0.58, 0.74, 0.86, 0.78, 0.9, 0.7)
_DASHES = {"dashed": "7 5", "dotted": "2 4"}
_ROW = 22
_COLOURED = "#B3263E"
_NARROW = 400

Colours = Sequence[str]


def sketch(visual: Visual, box: Box, colours: Colours) -> list[str]:
    """The parts that stand within ``box``."""
    return _KINDS[visual.kind](visual, box, colours)


def names(visual: Visual, role: str = "") -> list[str]:
    """How the fields of a role are called where readers see them; of all roles without one."""
    shown = visual.roles.get(role, []) if role else visual.projections
    return [each.get("displayName") or _field(each) for each in shown]


def _field(projection: Mapping[str, object]) -> str:
    return next((each.name for each in references(projection.get("field"))), "?")


def _cards(visual: Visual, box: Box, _: Colours) -> list[str]:
    """Each measure with dots for its value, in as many columns as the visual's layout says."""
    labels = names(visual)
    columns = _card_columns(visual, box) or len(labels)
    wide, high = box.width / columns, box.height / -(-len(labels) // columns)
    unnamed = any(text(each.get("show")) == "false" for each in properties(visual.objects, "label"))
    coloured = any(references([*properties(visual.objects, "value")]))
    parts = []
    for number, label in enumerate(labels):
        x, y = box.x + wide * (number % columns), box.y + high * (number // columns)
        middle = y + high / 2
        if unnamed:
            fill = _COLOURED if coloured else INK
            parts.append(words(fit(f"[{label}]", wide, 13), x, middle + 5, 13, fill=fill))
        else:
            parts.append(words("● ● ●", x, middle - 1, 13))
            parts.append(words(fit(label, wide - 8, 11), x, middle + 15, 11, fill=FAINT))
    return parts


def _card_columns(visual: Visual, box: Box) -> int:
    """How many cards stand side by side; the layout for phones may have a number of its own."""
    on_phone = visual.phone is not None and box.width < PHONE_WIDTH
    places = [visual.phone.objects] if on_phone and visual.phone else []
    for objects in (*places, visual.objects):
        for each in properties(objects, "layout"):
            return int(text(each.get("columnCount")).rstrip("LD"))
    return 0


def _series(visual: Visual) -> list[str]:
    if "Series" in visual.roles:
        (name,) = names(visual, "Series")
        return [f"{name} {letter}" for letter in "ABC"]
    return names(visual, "Y") + names(visual, "Y2")


def _legend(visual: Visual, box: Box, colours: Colours) -> tuple[list[str], Box]:
    """The legend's parts, and what is left below it."""
    series = _series(visual)
    if not any(text(each.get("show")) == "true" for each in properties(visual.objects, "legend")):
        return [], box
    parts, x = [], box.x
    for name, colour in zip(series, colours, strict=False):
        parts += [rect(Box(x, box.y + 3, 9, 9), colour), words(name, x + 14, box.y + 12, 11)]
        x += 30 + len(name) * 6.2
    return parts, Box(box.x, box.y + 18, box.width, box.height - 18)


def _columns(visual: Visual, box: Box, colours: Colours) -> list[str]:
    parts, plot = _legend(visual, box, colours)
    foot = plot.bottom - 16
    parts.append(line([(plot.x, foot), (plot.right, foot)], LINE))
    category = names(visual, "Category")[0]
    parts.append(
        words(category, plot.x + plot.width / 2, plot.bottom - 3, 11, fill=FAINT, end="middle")
    )
    series = [each for each in _series(visual) if each not in names(visual, "Y2")]
    stacked = visual.kind == "columnChart"
    step = plot.width / len(_WAVE)
    for number, wave in enumerate(_WAVE):
        left, high = plot.x + number * step + step * 0.15, wave * (foot - plot.y - 4)
        wide, top = step * 0.7, foot
        for place, colour in zip(range(len(series)), colours, strict=False):
            if stacked:
                part = high * _SHARES[len(series)][place]
                top -= part
                parts.append(rect(Box(left, top, wide, part), colour))
            else:
                own, tall = wide / len(series), high * (1, 0.82)[place % 2]
                parts.append(rect(Box(left + own * place, foot - tall, own - 1, tall), colour))
    if visual.roles.get("Y2"):
        level = foot - 0.75 * (foot - plot.y)
        parts.append(line([(plot.x, level), (plot.right, level)], colours[len(series)]))
    return parts


def _bars(visual: Visual, box: Box, colours: Colours) -> list[str]:
    parts, plot = _legend(visual, box, colours)
    category = names(visual, "Category")[0]
    series, label = _series(visual), 30 + 6.3 * len(category)
    count = max(int(plot.height // 18), 1)
    for number, share in enumerate(_HEIGHTS[:count]):
        y, x = plot.y + number * plot.height / count, plot.x + label
        name = fit(f"{category} {number + 1}", label - 6, 11)
        parts.append(words(name, x - 6, y + 12, 11, fill=FAINT, end="end"))
        for colour in colours[: len(series)]:
            wide = share * (plot.width - label - 40) / len(series)
            parts.append(rect(Box(x, y + 2, wide, 12), colour))
            x += wide
    return parts


def _lines(visual: Visual, box: Box, colours: Colours) -> list[str]:
    parts, plot = _legend(visual, box, colours)
    foot = plot.bottom - 16
    parts.append(line([(plot.x, foot), (plot.right, foot)], LINE))
    category = names(visual, "Category")[0]
    parts.append(
        words(category, plot.x + plot.width / 2, plot.bottom - 3, 11, fill=FAINT, end="middle")
    )
    styles = {
        (each["selector"] or {}).get("metadata"): text(each.get("lineStyle"))
        for each in properties(visual.objects, "lineStyles")
    }
    step = plot.width / (len(_WAVE) - 1)
    for number, each in enumerate(visual.roles["Y"]):
        scale = (foot - plot.y) * (0.55 if number == 0 and len(visual.roles["Y"]) > 1 else 0.95)
        points = [(plot.x + step * at, foot - wave * scale) for at, wave in enumerate(_WAVE)]
        dash = _DASHES.get(styles.get(each["queryRef"], ""), "")
        parts.append(line(points, colours[number], dash))
    return parts


def _table(visual: Visual, box: Box, colours: Colours) -> list[str]:
    """The heads of the columns, and empty rows."""
    heads = names(visual)
    if visual.kind == "pivotTable":
        rows = names(visual, "Rows")
        heads = [" / ".join(rows), *heads[len(rows) :]]
    wide = box.width / len(heads)
    size = 11 if wide > 78 else 10  # noqa: PLR2004
    parts = [rect(Box(box.x, box.y, box.width, _ROW), GROUND)]
    for number, head in enumerate(heads):
        x = box.x + wide * number + 4
        parts.append(words(fit(head, wide - 4, size, bold=True), x, box.y + 15, size, bold=True))
    parts.append(line([(box.x, box.y + _ROW), (box.right, box.y + _ROW)], colours[0]))
    for row in range(1, int(box.height // _ROW)):
        y = box.y + _ROW * row
        for number in range(len(heads)):
            bar = Box(box.x + wide * number + 4, y + 8, wide * (0.7 if number % 2 else 0.5), 6)
            parts.append(rect(bar, LINE, radius=3))
    return parts


def _slicer(visual: Visual, box: Box, _: Colours) -> list[str]:
    field = Box(box.x, box.y, box.width, min(box.height, 24))
    arrow = [(box.right - 18, box.y + 9), (box.right - 13, box.y + 15), (box.right - 8, box.y + 9)]
    chosen = any(text(each.get("singleSelect")) == "true" for each in _selections(visual))
    label = "Escolha um" if chosen else "Todos"
    return [
        rect(field, stroke=LINE, radius=3),
        words(label, box.x + 8, box.y + 16, 11, fill=FAINT),
        line(arrow, FAINT),
    ]


def _selections(visual: Visual) -> list[Mapping[str, object]]:
    return list(properties(visual.objects, "selection"))


def _text(visual: Visual, box: Box, _: Colours) -> list[str]:
    first, *rest = visual.words
    parts = [words(first, box.x, box.y + 18, 14, fill=FAINT)]
    size = 21 if box.width > _NARROW else 17
    lines = [each for words_ in rest for each in wrap(words_, box.width, size, 3, bold=True)]
    for number, each in enumerate(lines):
        parts.append(words(each, box.x, box.y + 42 + number * (size + 3), size, bold=True))
    return parts


def _button(visual: Visual, box: Box, _: Colours) -> list[str]:
    label = text(first(visual.objects, "text", "text"))
    middle = box.y + box.height / 2
    x = box.x + 14
    arrow = [(x + 7, middle - 7), (x, middle), (x + 7, middle + 7)]
    return [line(arrow, INK), words(label, x + 16, middle + 4, 13)]


_KINDS: Mapping[str, Callable[[Visual, Box, Colours], list[str]]] = {
    "actionButton": _button,
    "barChart": _bars,
    "cardVisual": _cards,
    "clusteredBarChart": _bars,
    "clusteredColumnChart": _columns,
    "columnChart": _columns,
    "lineChart": _lines,
    "lineClusteredColumnComboChart": _columns,
    "pivotTable": _table,
    "slicer": _slicer,
    "tableEx": _table,
    "textbox": _text,
}
