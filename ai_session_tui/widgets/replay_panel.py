"""A pane's past to look at: its screen at a moment, and below it the controls of a player.

The panel asks for moments (`Wanted`) and shows what it is given (`show`); it keeps no bytes. Invariant: while it plays,
at most one moment is asked for at a time, so a slow answer makes the film jump and never pile up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from ai_session_tui import figures
from ai_session_tui.terminal import Row, Terminal
from ai_session_tui.widgets.looks import Overlay, look_of
from ai_session_tui.widgets.painting import row_strip
from ai_session_tui.widgets.playback import LONGEST_RUN, Player, Timeline
from ai_session_tui.widgets.views import CommandView

_ROUGH = f"drawn from {LONGEST_RUN >> 20} MB before on: what stood on the screen then is missing"
TICK_SECONDS = 1 / 20
SCRUB_SECONDS = 5.0
_BLANK = Row("", (), wrapped=False)


class PastScreen(Widget):
    """Draws the rows of a terminal; one that is too large shows the part with the cursor."""

    DEFAULT_CSS = "PastScreen { height: 1fr; background: $background; }"

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._cursor: tuple[int, int] | None = None

    def show(self, terminal: Terminal) -> None:
        """Show a terminal as it is now."""
        self._rows = [terminal.row(y) for y in range(terminal.rows)]
        cursor = terminal.cursor
        self._cursor = (cursor.row, cursor.column) if cursor.visible else None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        look = look_of(self.app).pane
        row = self._cursor[0] if self._cursor is not None else 0
        top = min(max(0, row - self.size.height + 1), max(0, len(self._rows) - self.size.height))
        at = top + y
        overlays = []
        if self._cursor is not None and self._cursor[0] == at:
            overlays.append(Overlay(self._cursor[1], self._cursor[1] + 1, look.selection))
        return row_strip(self._rows[at] if at < len(self._rows) else _BLANK, self.size.width, look, overlays)


class Scrubber(Static):
    """The bar: how much has been played, where commands began; a click goes there."""

    DEFAULT_CSS = "Scrubber { height: 1; }"

    @dataclass
    class Clicked(Message):
        """A place was clicked, as a share of the whole."""

        share: float

    def on_click(self, event: events.Click) -> None:
        """Tell where."""
        self.post_message(self.Clicked(event.x / max(self.size.width - 1, 1)))


class ReplayPanel(Vertical, can_focus=True):
    """The player of one pane's past."""

    DEFAULT_CSS = """
    ReplayPanel {
        height: 1fr;
        background: $background;
        & > #replay-title, & > #replay-words, & > #replay-keys { height: 1; padding: 0 1; }
        & > Scrubber { margin: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "play", "play or pause", show=False),
        Binding("right,l", "scrub(1)", "forward", show=False),
        Binding("left,h", "scrub(-1)", "back", show=False),
        Binding("full_stop", "frame(1)", "next output", show=False),
        Binding("comma", "frame(-1)", "output before", show=False),
        Binding("right_square_bracket,n,j,down", "step(1)", "next command", show=False),
        Binding("left_square_bracket,p,k,up", "step(-1)", "command before", show=False),
        Binding("plus,equals_sign", "speed(1)", "faster", show=False),
        Binding("minus", "speed(-1)", "slower", show=False),
        Binding("g,home,0", "edge(0)", "beginning", show=False),
        Binding("G,end", "edge(1)", "end", show=False),
        Binding("q,escape", "leave", "back to live", show=False),
    ]
    KEYS = "space play · ← → 5s · , . output · [ ] command · - + speed · g G ends · q live"

    class Left(Message):
        """Back to the live pane."""

    @dataclass
    class Wanted(Message):
        """The screen is wanted as it was when the journal had come to an offset."""

        offset: int

    def __init__(
        self,
        name: str,
        timeline: Timeline,
        commands: Sequence[tuple[int, CommandView]],
        *,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
    ) -> None:
        """Play `timeline`; `commands` are (offset at which it began, command), in order."""
        super().__init__(id=id)
        self._title = name
        self._commands = commands
        self._clock = clock
        self._last = 0.0
        self._asked: int | None = None
        self._shown: int | None = None
        self._note = ""
        self.player = Player(timeline, tuple(offset for offset, _ in commands))

    def compose(self) -> ComposeResult:
        yield Static(id="replay-title")
        yield PastScreen()
        yield Scrubber()
        yield Static(id="replay-words")
        yield Static(Content.styled(self.KEYS, "dim"), id="replay-keys")

    def on_mount(self) -> None:
        """Begin where the last command began, or at the end."""
        self.focus()
        self.player.go(self.player.timeline.length)
        self._last = self._clock()
        self.set_interval(TICK_SECONDS, self._tick)
        self._draw()

    def show(self, offset: int, terminal: Terminal, *, is_rough: bool = False, lost: int = 0) -> None:
        """Show the moment that was asked for."""
        self._asked, self._shown = None, offset
        self._note = _ROUGH if is_rough else ""
        if lost:
            self._note = f"{figures.count(lost)} bytes are no longer there"
        self.query_one(PastScreen).show(terminal)
        self._draw()

    def complain(self, text: str) -> None:
        """Say why a moment cannot be shown; asking goes on."""
        self._asked, self._note = None, text
        self._shown = self.player.offset
        self.player.is_playing = False
        self._draw()

    def _tick(self) -> None:
        now = self._clock()
        elapsed, self._last = now - self._last, now
        if self.player.is_playing:
            self.player.tick(elapsed)
            self._draw()
        self._ask()

    def _ask(self) -> None:
        offset = self.player.offset
        if self._asked is None and offset != self._shown:
            self._asked = offset
            self.post_message(self.Wanted(offset))

    def _changed(self) -> None:
        self._draw()
        self._ask()

    # --- keys

    def action_play(self) -> None:
        """Play, or pause."""
        self._last = self._clock()
        self.player.play()
        self._changed()

    def action_scrub(self, by: int) -> None:
        """Go some seconds forward or back."""
        self.player.go(self.player.place + by * SCRUB_SECONDS)
        self._changed()

    def action_frame(self, by: int) -> None:
        """Go to the next output, or to the one before."""
        places, place = self.player.timeline.places, self.player.place
        if by > 0:
            self.player.go(next((one for one in places if one > place), self.player.timeline.length))
        else:
            self.player.go(next((one for one in reversed(places) if one < place), 0.0))
        self.player.is_playing = False
        self._changed()

    def action_step(self, by: int) -> None:
        """Go to the next command, or to the one before."""
        self.player.step(by)
        self._changed()

    def action_speed(self, by: int) -> None:
        """Play faster, or slower."""
        self.player.change_speed(by)
        self._draw()

    def action_edge(self, end: int) -> None:
        """Go to the beginning, or to the end."""
        self.player.go(self.player.timeline.length if end else 0.0)
        self._changed()

    def action_leave(self) -> None:
        """End the replay."""
        self.post_message(self.Left())

    def on_scrubber_clicked(self, event: Scrubber.Clicked) -> None:
        """Go to where the bar was clicked."""
        event.stop()
        self.player.go(event.share * self.player.timeline.length)
        self._changed()

    def on_resize(self) -> None:
        """Fit the bar."""
        self._draw()

    # --- showing

    def _draw(self) -> None:
        player = self.player
        moment = player.timeline.moment_at(player.place)
        sign = "▶ playing" if player.is_playing else "‖ paused"
        when = figures.moment(moment)
        title = Content.assemble(("replay ", "bold $text-accent"), (self._title, "bold"), (f"  {when}", "dim"))
        self.query_one("#replay-title", Static).update(title)
        speed = "" if player.speed == 1 else f" ×{player.speed:g}"
        words = f"{sign}{speed}  {_minutes(player.place)} / {_minutes(player.timeline.length)}  "
        note = Content.styled(self._note, "$text-warning") if self._note else self._command_words()
        self.query_one("#replay-words", Static).update(Content.assemble(words, note))
        self.query_one(Scrubber).update(self._bar(self.query_one(Scrubber).size.width))

    def _command_words(self) -> Content:
        """Return the command that ran last at this moment."""
        began = [command for offset, command in self._commands if offset < self.player.offset]
        if not began:
            return Content("")
        command = began[-1]
        return Content.assemble((f"#{command.id} ", "dim"), " ".join(command.command.split()))

    def _bar(self, width: int) -> Content:
        player, length = self.player, self.player.timeline.length
        if width < 2:
            return Content("")

        def column(place: float) -> int:
            return round(place / length * (width - 1)) if length else 0

        here = column(player.place)
        marks = {column(player.timeline.place_of(offset + 1)): command for offset, command in self._commands}
        parts: list[tuple[str, str]] = []
        for at in range(width):
            is_past, command = at < here, marks.get(at)
            color = "$text-accent" if is_past else "dim"
            sign = "━" if is_past else "─"
            if command is not None:
                sign = "╋" if is_past else "┼"
                color = "$text-error" if command.is_failure else "$text-success"
            parts.append(("●", "bold $text-accent") if at == here else (sign, color))
        return Content.assemble(*parts)


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
