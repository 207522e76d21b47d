"""The title line of a pane: what it is, what runs in it, how that went. Pure but for Rich's segments."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from ai_session_tui import figures
from ai_session_tui.widgets.looks import Looks, clean

_NARROW = 24  # columns below which only the name is shown


@dataclass(frozen=True, slots=True)
class Heading:
    """What the title says: name, then details, at the right end a state with its kind (`states` in the looks)."""

    name: str = ""
    command: str = ""
    folder: str = ""
    state: str = ""
    kind: str = "quiet"  # running, failed, needy, good, quiet


NO_HEADING = Heading()


def heading_strip(heading: Heading, width: int, looks: Looks, note: str, *, is_focused: bool) -> Strip:
    """Return the title line, exactly `width` cells: `─ dev  bash · ~/api ───── running 0:12 ─`."""
    if width < 3:
        return Strip.blank(max(0, width), looks.line)
    line = looks.focused_line if is_focused else looks.line
    name_style = looks.focused_name if is_focused else looks.name
    state = clean(note or heading.state)
    state_style = looks.states["note"] if note else looks.states.get(heading.kind, looks.states["quiet"])
    right = f" {state} " if state and width > _NARROW else ""
    room = width - 2 - figures.width(right)
    name = figures.cut(clean(heading.name), max(1, room - 2))
    details = " · ".join(clean(one) for one in (heading.command, heading.folder) if one)
    left_room = room - figures.width(name) - 2
    details = figures.cut(details, left_room - 3) if left_room > 8 else ""
    parts: list[tuple[str, RichStyle]] = [("─", line), (f" {name} ", name_style)]
    if details:
        parts.append((f" {details} ", looks.details))
    used = sum(figures.width(text) for text, _ in parts) + figures.width(right)
    parts.append(("─" * max(0, width - used - 1), line))
    parts += [(right, state_style), ("─", line)]
    strip = Strip([Segment(text, style) for text, style in parts if text])
    return strip.adjust_cell_length(width, line)
