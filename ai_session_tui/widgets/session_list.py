"""The list of sessions: who needs the user first, one or two lines each, filtered as one types.

Letters typed while the list has the focus are the filter; it knows entries (`entries`), not sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ai_session_tui.widgets.entries import Entry, first_strip, group_strip, second_strip
from ai_session_tui.widgets.looks import look_of

_HEAD = 1  # rows of the title line


class SessionList(Widget, can_focus=True):
    """Shows entries; one of them may be chosen."""

    ALLOW_SELECT = False

    @dataclass
    class Opened(Message):
        """A session was chosen."""

        session_id: str

    @dataclass
    class Sought(Message):
        """The filter changed."""

        text: str

    class Left(Message):
        """The user is done with the list."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: tuple[Entry, ...] = ()
        self.sought = ""
        self.chosen: str | None = None
        self._note = ""
        self._top = 0  # lines scrolled away
        self._lines: list[tuple[str, Entry | None]] = []  # "group", "first", "second" with their entry
        self._strips: dict[int, Strip] = {}

    @property
    def note(self) -> str:
        """What is said where there is no session."""
        return self._note

    @note.setter
    def note(self, note: str) -> None:
        if note != self._note:
            self._note = note
            if not self._lines:
                self._redraw()

    def show(self, entries: Sequence[Entry]) -> None:
        """Show other entries; only what differs is drawn again."""
        before, self.entries = self.entries, tuple(entries)
        if before != self.entries:
            self._lay_out()

    def _lay_out(self) -> None:
        """Give each entry its lines: two where there is room for all, else one."""
        known = {entry.id for entry in self.entries}
        if self.chosen not in known:
            self.chosen = None
        groups = len({entry.group for entry in self.entries if entry.group})
        is_roomy = 2 * len(self.entries) + groups <= self.size.height - _HEAD
        lines: list[tuple[str, Entry | None]] = []
        group = ""
        for entry in self.entries:
            if entry.group != group:
                group = entry.group
                lines.append(("group", entry))
            lines.append(("first", entry))
            if is_roomy:
                lines.append(("second", entry))
        changed = {at for at in range(max(len(lines), len(self._lines))) if _at(lines, at) != _at(self._lines, at)}
        was_empty, self._lines = not self._lines, lines
        self._scroll_to_chosen()
        self._redraw(None if was_empty or not lines else changed)

    def _redraw(self, lines: set[int] | None = None) -> None:
        """Draw lines again; None: all."""
        if lines is None:
            self._strips.clear()
            self.refresh()
            return
        rows = [at - self._top + _HEAD for at in lines]
        regions = [Region(0, y, self.size.width, 1) for y in rows if _HEAD <= y < self.size.height]
        for y in rows:
            self._strips.pop(y, None)
        if 0 in self._strips:
            del self._strips[0]
        if regions:
            self.refresh(Region(0, 0, self.size.width, 1), *regions)

    def _scroll_to_chosen(self) -> None:
        height = max(1, self.size.height - _HEAD)
        top = min(self._top, max(0, len(self._lines) - height))
        wanted = self.chosen if self.has_focus else next((one.id for one in self.entries if one.is_current), None)
        spots = [at for at, (_, entry) in enumerate(self._lines) if entry is not None and entry.id == wanted]
        if spots:
            top = max(min(top, spots[0]), spots[-1] - height + 1)
        if top != self._top:
            self._top = top
            self._strips.clear()
            self.refresh()

    # --- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the strips of some rows."""
        strips = []
        background = self.background_colors[1]
        for y in crop.line_range:
            strip = self._strips.get(y)
            if strip is None:
                strip = self._strip(y)
                for line_filter in self.get_line_filters():
                    strip = strip.apply_filter(line_filter, background)
                self._strips[y] = strip
            strips.append(strip)
        if crop.width != self.size.width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def _strip(self, y: int) -> Strip:
        looks = look_of(self.app)
        width = max(0, self.size.width - 1)
        edge = Segment("│", looks.line)
        if y == 0:
            return self._title(self.size.width)
        at = y - _HEAD + self._top
        kind, entry = self._lines[at] if at < len(self._lines) else ("", None)
        if entry is None:
            note = "no match" if self.sought else self.note
            text = f" {note}" if y == _HEAD + 1 and not self._lines else ""
            body = Strip([Segment(text, looks.details)]).adjust_cell_length(width, looks.list_base)
        elif kind == "group":
            body = group_strip(entry.group, width, looks)
        else:
            draw = first_strip if kind == "first" else second_strip
            body = draw(entry, width, looks, is_chosen=self.has_focus and entry.id == self.chosen)
        return Strip([*body, edge])

    def _title(self, width: int) -> Strip:
        looks = look_of(self.app)
        line = looks.focused_line if self.has_focus else looks.line
        name = looks.focused_name if self.has_focus else looks.name
        words = f" /{self.sought}▏ " if self.sought else " sessions "
        parts = [Segment("─", line), Segment(words, name)]
        rest = max(0, width - 1 - len(words))
        parts += [Segment("─" * max(0, rest - 1), line), Segment("┬" if rest else "", looks.line)]
        return Strip([part for part in parts if part.text]).adjust_cell_length(width, line)

    # --- what happens here

    def on_resize(self, event: events.Resize) -> None:
        """Another height may have room for two lines each."""
        del event
        self._strips.clear()
        self._lay_out()

    def notify_style_update(self) -> None:
        """Another theme: other colours everywhere."""
        super().notify_style_update()
        self._strips.clear()

    def on_focus(self) -> None:
        """Begin at the session that is shown."""
        current = next((one.id for one in self.entries if one.is_current), None)
        self.chosen = current or (self.entries[0].id if self.entries else None)
        self._redraw()

    def on_blur(self) -> None:
        """Forget what was sought."""
        self._seek("")
        self._redraw()

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        match event.key:
            case "up" | "down" | "ctrl+p" | "ctrl+n":
                self._move(-1 if event.key in ("up", "ctrl+p") else 1)
            case "home" | "end" | "pageup" | "pagedown":
                self._move(-len(self.entries) if event.key in ("home", "pageup") else len(self.entries))
            case "enter" | "right":
                self._open()
            case "escape" | "left" | "tab":
                if self.sought and event.key == "escape":
                    self._seek("")
                else:
                    self.post_message(self.Left())
            case "backspace":
                self._seek(self.sought[:-1])
            case _ if event.character is not None and event.is_printable:
                self._seek(self.sought + event.character)

    def _seek(self, text: str) -> None:
        if text != self.sought:
            self.sought = text
            self.post_message(self.Sought(text))
            self._strips.pop(0, None)
            self.refresh(Region(0, 0, self.size.width, 1))

    def _move(self, way: int) -> None:
        if not self.entries:
            return
        order = [entry.id for entry in self.entries]
        at = order.index(self.chosen) if self.chosen in order else (-1 if way > 0 else len(order))
        self.chosen = order[max(0, min(len(order) - 1, at + way))]
        self._scroll_to_chosen()
        self._redraw()

    def _open(self) -> None:
        chosen = self.chosen or (self.entries[0].id if self.entries else None)
        if chosen is not None:
            self.post_message(self.Opened(chosen))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        at = int(event.y) - _HEAD + self._top
        if 0 <= at < len(self._lines) and event.y >= _HEAD:
            entry = self._lines[at][1]
            if entry is not None:
                self.post_message(self.Opened(entry.id))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 3)

    def _wheel(self, event: events.MouseEvent, way: int) -> None:
        event.stop()
        most = max(0, len(self._lines) - self.size.height + _HEAD)
        self._top = max(0, min(most, self._top + way))
        self._redraw()


def _at(lines: list[tuple[str, Entry | None]], at: int) -> tuple[str, Entry | None] | None:
    return lines[at] if at < len(lines) else None
