"""The last line: the way out and the keys that matter now at the left, the state of everything at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from ai_session_tui import figures
from ai_session_tui.widgets.looks import clean, look_of

_GAP = 3  # blanks between two hints


@dataclass(frozen=True, slots=True)
class Hint:
    """A key and what it does; `action` is what a click on it asks for."""

    key: str
    label: str
    action: str


class Footer(Widget):
    """Shows hints as far as there is room, and a status."""

    ALLOW_SELECT = False
    hints: reactive[tuple[Hint, ...]] = reactive(())
    status: reactive[str] = reactive("")
    kind: reactive[str] = reactive("quiet")  # of the status: a state of the looks

    @dataclass
    class Clicked(Message):
        """A hint was clicked."""

        action: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spans: list[tuple[int, int, str]] = []

    def show(self, hints: Sequence[Hint], status: str, kind: str = "quiet") -> None:
        """Show other hints and another status."""
        self.hints, self.status, self.kind = tuple(hints), status, kind

    def render_line(self, y: int) -> Strip:
        """Return the line."""
        looks = look_of(self.app)
        width = self.size.width
        if y:
            return Strip.blank(width, looks.list_base)
        status = figures.cut(clean(self.status), max(1, width // 2))
        right = f" {status} " if status else ""
        room = width - figures.width(right)
        most = room - _GAP if right else room
        segments = [Segment(" ", looks.list_base)]
        used = 1
        self._spans = []
        for hint in self.hints:
            size = figures.width(hint.key) + figures.width(hint.label) + 1
            if used + size > most:
                break
            self._spans.append((used, used + size, hint.action))
            segments += [
                Segment(hint.key, looks.focused_name),
                Segment(f" {hint.label}", looks.details),
                Segment(" " * _GAP if used + size + _GAP <= room else "", looks.list_base),
            ]
            used += size + _GAP
        used = min(used, room)
        segments += [Segment(" " * (room - used), looks.list_base), Segment(right, looks.states[self.kind])]
        return Strip([one for one in segments if one.text]).adjust_cell_length(width, looks.list_base)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        for start, end, action in self._spans:
            if start <= event.x < end:
                self.post_message(self.Clicked(action))
