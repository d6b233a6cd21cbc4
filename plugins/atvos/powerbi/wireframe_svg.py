"""Shapes and words as SVG. Widths of words are estimated, as no font is at hand."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from atvos.powerbi.pbir import Box

INK, FAINT, LINE, PAPER, GROUND = "#1F2A30", "#5B6870", "#C9D2CC", "#FFFFFF", "#F3F6F4"

_EM = 0.56
"""Mean width of a letter, in its size; a bold one is a little wider."""


def rect(box: Box, fill: str = PAPER, stroke: str = "none", radius: float = 0) -> str:
    """A rectangle."""
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
        f' rx="{radius:g}" fill="{fill}" stroke="{stroke}"/>'
    )


def line(points: Iterable[tuple[float, float]], stroke: str, dash: str = "") -> str:
    """A line through points; ``dash`` as in SVG, such as ``6 4``."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="2"{dashed}/>'


def words(
    text: str,
    x: float,
    y: float,
    size: float,
    *,
    bold: bool = False,
    fill: str = INK,
    end: str = "",
) -> str:
    """One line of text with its foot at ``y``; ``end`` is middle or end where ``x`` is that."""
    style = ' font-weight="600"' if bold else ""
    anchor = f' text-anchor="{end}"' if end else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{style}{anchor} fill="{fill}">'
        f"{escape(text, quote=False)}</text>"
    )


def fit(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """The text, cut off with … where it is too long for ``width``."""
    room = int(width / (size * _EM * (1.06 if bold else 1)))
    return text if len(text) <= room else text[: max(room - 1, 0)].rstrip() + "…"


def wrap(text: str, width: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """The text in at most ``most`` lines, the last one cut off where it has to be."""
    room = int(width / (size * _EM * (1.06 if bold else 1)))
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < most - 1:
        taken = rest.pop(0)
        while rest and len(taken) + 1 + len(rest[0]) <= room:
            taken += " " + rest.pop(0)
        lines.append(taken)
    return [*lines, fit(" ".join(rest), width, size, bold=bold)] if rest else lines


def picture(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole SVG file."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img"'
        ' font-family="Segoe UI, Helvetica, Arial, sans-serif">\n'
        f"<title>{escape(title, quote=False)}</title>\n" + "\n".join(parts) + "\n</svg>\n"
    )
