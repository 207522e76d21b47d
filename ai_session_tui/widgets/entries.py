"""The rows of the session list and how they are drawn: pure but for Rich's segments."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from ai_session_tui import figures
from ai_session_tui.widgets.looks import Looks, clean


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list says about one session."""

    id: str
    name: str
    glyph: str
    words: str
    kind: str  # a state of the looks
    detail: str = ""
    spark: str = ""
    is_unread: bool = False
    is_current: bool = False
    group: str = ""


def first_strip(entry: Entry, width: int, looks: Looks, *, is_chosen: bool) -> Strip:
    """Return the line with glyph, name and state; a wide list has the activity in it too."""
    on = looks.chosen if is_chosen else looks.current if entry.is_current else looks.list_base
    state = clean(entry.words)
    room = max(1, width - figures.width(state) - 6)
    name = figures.cut(clean(entry.name), room)
    mark = "•" if entry.is_unread else " "
    weight = RichStyle(bold=True) if entry.is_unread or entry.kind == "needy" or entry.is_current else RichStyle()
    gap = " " * max(1, width - 5 - figures.width(name) - figures.width(state))
    state_style = on + looks.states_plain.get(entry.kind, RichStyle())
    parts = [
        ("▎" if entry.is_current else " ", on + looks.bar),
        (f"{entry.glyph} ", state_style),
        (name, on + weight),
        (f"{mark}{gap[1:]}", on + looks.states_plain["running"]),
        (f"{state} ", state_style),
    ]
    return _strip(parts, width, on)


def second_strip(entry: Entry, width: int, looks: Looks, *, is_chosen: bool) -> Strip:
    """Return the dim line below it: the last line of output, and the activity at the right end."""
    on = looks.chosen if is_chosen else looks.current if entry.is_current else looks.list_base
    detail = figures.cut(clean(entry.detail), max(1, width - len(entry.spark) - 5))
    gap = " " * max(1, width - 4 - figures.width(detail) - len(entry.spark))
    parts = [
        ("▎  " if entry.is_current else "   ", on + looks.bar),
        (detail, on + looks.states_plain["quiet"]),
        (gap, on),
        (f"{entry.spark} ", on + looks.spark),
    ]
    return _strip(parts, width, on)


def group_strip(group: str, width: int, looks: Looks) -> Strip:
    """Return the heading of a group."""
    text = figures.cut(f" {clean(group)}", width)
    return _strip([(text, looks.list_base + looks.states_plain["quiet"])], width, looks.list_base)


def _strip(parts: list[tuple[str, RichStyle]], width: int, rest: RichStyle) -> Strip:
    return Strip([Segment(text, style) for text, style in parts if text]).adjust_cell_length(width, rest)
