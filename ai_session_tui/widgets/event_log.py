"""What happened lately in all sessions, in the order in which it happened."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ai_session_tui import figures
from ai_session_tui.widgets.listing import Listing

MOST_EVENTS = 1000
_COLORS = {"good": "$text-success", "failed": "$text-error", "needy": "$text-warning", "running": "$text-primary"}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened: when (seconds since the epoch), to which session (id and name), and what."""

    time: float
    session_id: str
    session: str
    sign: str
    text: str
    kind: str = "quiet"


class Chronicle:
    """The newest occurrences, at most so many."""

    def __init__(self, most: int = MOST_EVENTS) -> None:
        self._kept: deque[Occurrence] = deque(maxlen=most)

    def note(self, occurrence: Occurrence) -> None:
        """Keep one more."""
        self._kept.append(occurrence)

    def __iter__(self) -> Iterator[Occurrence]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class EventLog(Vertical):
    """Lists occurrences, the newest last and highlighted."""

    DEFAULT_CSS = "EventLog { height: 1fr; }"

    @dataclass
    class Chosen(Message):
        """A session shall be gone to."""

        session_id: str

    def __init__(self, occurrences: Iterable[Occurrence], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._occurrences = tuple(occurrences)

    def compose(self) -> ComposeResult:
        yield Listing(*self._rows(), id="event-list")

    def on_mount(self) -> None:
        """Begin at the end."""
        rows = self.query_one(Listing)
        if rows.option_count:
            rows.highlighted = rows.option_count - 1
        rows.focus()

    def add(self, occurrence: Occurrence) -> None:
        """Show one more; who looks at the end stays there."""
        self._occurrences = (*self._occurrences, occurrence)[-MOST_EVENTS:]
        self.query_one(Listing).renew(self._rows())

    def _rows(self) -> list[Option]:
        if not self._occurrences:
            return [Option(Content.styled("Nothing has happened since the dashboard opened.", "dim"), disabled=True)]
        return [Option(event_row(one)) for one in self._occurrences]

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(self._occurrences[event.option_index].session_id))


def event_row(occurrence: Occurrence) -> Content:
    """Return an occurrence as one line."""
    when = time.strftime("%H:%M:%S", time.localtime(occurrence.time))
    return Content.assemble(
        (f"{when} ", "dim"),
        (f"{occurrence.sign} ", _COLORS.get(occurrence.kind, "dim")),
        (figures.pad(figures.cut(occurrence.session, 16), 16), "bold"),
        f" {' '.join(occurrence.text.split())}",
    )
