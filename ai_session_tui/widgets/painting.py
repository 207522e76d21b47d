"""Rows of a terminal to Textual's strips.

A program's output is not trusted: whatever is in a row, its strip has exactly the width that is asked for, no control
character, and only the colours of the look. Clusters of several code points whose width Textual (or the user's own
terminal) reckons otherwise are drawn by their first character: a column that shifts is worse than a plain emoji.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from unicodedata import category

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from ai_session_tui.terminal import RGB, Row, Style
from ai_session_tui.terminal.styles import BOLD, DEFAULT_COLOR, FAINT, HIDDEN, ITALIC, OVERLINE, REVERSE, STRIKE
from ai_session_tui.terminal.widths import NARROW, split
from ai_session_tui.widgets.looks import Look, Overlay
from ai_session_tui.widgets.underlines import DOUBLE, underlined

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_OPENED = ("http://", "https://", "mailto:", "file://")


def can_open(link: str) -> bool:
    """Whether a hyperlink of a program may be opened: a page, a mail, a file; never another scheme."""
    return link.startswith(_OPENED) and not _CONTROL.search(link)


@lru_cache(maxsize=4096)
def rich_style(style: Style, look: Look) -> RichStyle:
    """Return a cell's look in Rich's terms."""
    on = style.attributes
    drawn = RichStyle(
        color=_color(style.foreground, look.foreground, look.palette),
        bgcolor=_color(style.background, look.background, look.backgrounds),
        bold=bool(on & BOLD) or None,
        dim=bool(on & FAINT) or None,
        italic=bool(on & ITALIC) or None,
        reverse=bool(on & REVERSE) or None,
        conceal=bool(on & HIDDEN) or None,
        strike=bool(on & STRIKE) or None,
        overline=bool(on & OVERLINE) or None,
        underline=(style.underline not in (0, DOUBLE)) or None,
        underline2=style.underline == DOUBLE or None,
        link=style.link if style.link and can_open(style.link) else None,
    )
    if not look.draws_lines or not style.underline:
        return drawn
    has_color = style.underline_color != DEFAULT_COLOR
    if style.underline <= DOUBLE and not has_color:
        return drawn
    color = _color(style.underline_color, look.foreground, look.palette) if has_color else None
    return underlined(drawn, style.underline, color)


def _color(color: int, default: Color, palette: tuple[Color, ...]) -> Color:
    if color < 0:
        return default
    if color & RGB:
        return Color.from_rgb(color >> 16 & 255, color >> 8 & 255, color & 255)
    return palette[color] if color < len(palette) else Color.from_ansi(color)


def row_strip(row: Row, width: int, look: Look, overlays: Sequence[Overlay] = ()) -> Strip:
    """Return the strip of a row, exactly `width` cells."""
    cells = _cells(row.text)
    if overlays:
        return Strip(_overlaid(row, cells, width, look, overlays), width)
    base = look.base
    segments: list[Segment] = []
    at = 0
    for start, end, style in row.runs:
        end = min(end, width)
        if start > at:
            segments.append(Segment(_slice(cells, at, min(start, width)), base))
        at = max(at, start)
        if end > at:
            segments.append(Segment(_slice(cells, at, end), rich_style(style, look)))
            at = end
    if at < width:
        segments.append(Segment(_slice(cells, at, width), base))
    return Strip([segment for segment in segments if segment.text], width)


def row_text(row: Row, start: int, end: int) -> str:
    """Return the text of some cells of a row, without what would be blank at its end."""
    return _slice(_cells(row.text), max(0, start), max(0, end)).rstrip(" ") if end > start else ""


def link_at(row: Row, column: int) -> str:
    """Return the hyperlink under a cell, "" for none."""
    return next((style.link for start, end, style in row.runs if start <= column < end), "")


def _cells(text: str) -> str | list[str]:
    """Return something with one item a cell: the text itself where every character takes one; "" behind a wide one."""
    if text.isascii() and text.isprintable():
        return text
    text = _CONTROL.sub("\ufffd", text)
    if NARROW.fullmatch(text):
        return text
    cells: list[str] = []
    for cluster, width in split(text):
        if width:
            cells.append(_fitted(cluster, width))
            cells += [""] * (width - 1)
    return cells


@lru_cache(maxsize=4096)
def _fitted(cluster: str, width: int) -> str:
    """Return a cluster so that Textual reckons it as wide as the program's terminal does."""
    if cell_len(cluster) == width or category(cluster[0]) == "Mc":  # Rich gives spacing marks no cell, terminals do
        return cluster
    return cluster[0] if cell_len(cluster[0]) == width else "\ufffd" + " " * (width - 1)


def _slice(cells: str | list[str], start: int, end: int) -> str:
    if isinstance(cells, str):
        return cells[start:end].ljust(end - start)
    part = cells[start:end]
    if part and part[0] == "" and start:
        part[0] = " "  # the second half of a wide character
    if part and end < len(cells) and cells[end] == "":
        part[-1] = " "  # the first half of one
    return "".join(part) + " " * (end - start - len(part))


def _overlaid(row: Row, cells: str | list[str], width: int, look: Look, overlays: Sequence[Overlay]) -> list[Segment]:
    styles = [look.base] * width
    for start, end, style in row.runs:
        styles[start:end] = [rich_style(style, look)] * max(0, min(end, width) - start)
    for overlay in overlays:
        start, end = max(0, overlay.start), min(overlay.end, width)
        styles[start:end] = [style + overlay.style for style in styles[start:end]]
    for at in range(1, min(width, len(cells))):
        if cells[at] == "":
            styles[at] = styles[at - 1]  # a wide character is of one look
    segments, at = [], 0
    for drawn, group in groupby(styles):
        end = at + sum(1 for _ in group)
        segments.append(Segment(_slice(cells, at, end), drawn))
        at = end
    return segments
