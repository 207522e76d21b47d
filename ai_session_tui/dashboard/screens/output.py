"""A command's output to read: numbered lines, a line to search in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input

from ai_session_tui import figures
from ai_session_tui.widgets.looks import clean
from ai_session_tui.widgets.pager import Pager

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

KEYS = "/ search · n N hits · y copy · esc close"


class OutputScreen(ModalScreen[None]):
    """Shows lines in a panel that fills the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "leave", "close", show=False),
        Binding("slash", "search", "search", show=False),
    ]

    def __init__(self, heading: str, lines: Sequence[str], line: int | None = None, sought: str = "") -> None:
        super().__init__()
        self._heading, self._lines, self._line, self._sought = heading, lines, line, sought

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(classes="panel") as panel:
            panel.border_title = clean(self._heading)
            panel.border_subtitle = KEYS
            yield Pager()
            yield Input(placeholder="search", compact=True)

    def on_mount(self) -> None:
        """Show the lines, at the one that was asked for."""
        pager = self.query_one(Pager)
        pager.show(self._lines)
        pager.focus()
        self.call_after_refresh(self._begin, pager)

    def _begin(self, pager: Pager) -> None:
        if self._line is not None:
            pager.go_to(self._line)
        if self._sought:
            pager.find(self._sought)

    def action_search(self) -> None:
        """Begin a search."""
        panel = self.query_one(".panel")
        panel.add_class("-searching")
        field = self.query_one(Input)
        field.value = ""
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Find it."""
        event.stop()
        found = self.query_one(Pager).find(event.value)
        self._end_search()
        if event.value and not found:
            self._say(f"nothing matches {event.value}")

    def on_key(self, event: Key) -> None:
        """Give a search up with escape."""
        if event.key == "escape" and self.query_one(".panel").has_class("-searching"):
            event.stop()
            event.prevent_default()
            self._end_search()

    def _end_search(self) -> None:
        self.query_one(".panel").remove_class("-searching")
        self.query_one(Pager).focus()

    def on_pager_moved(self, event: Pager.Moved) -> None:
        """Say which hit this is."""
        self._say(f"{event.hit}/{event.hits}")

    def on_pager_copied(self, event: Pager.Copied) -> None:
        """Copy everything."""
        cast("Dashboard", self.app).workspace.copy(event.text)

    def _say(self, words: str) -> None:
        self.query_one(".panel").border_subtitle = clean(f"{words} · {KEYS}")

    def action_leave(self) -> None:
        """Close the panel, or the search in it."""
        if self.query_one(".panel").has_class("-searching"):
            self._end_search()
        else:
            self.dismiss()


async def show_output(app: Dashboard, address: str, command: str, line: int | None = None, sought: str = "") -> None:
    """Fetch a command's output and show it; an error is a toast."""
    from ai_session_tui.dashboard.inspection import command_lines
    from ai_session_tui.errors import AiSessionError

    try:
        lines = await command_lines(app, address)
    except AiSessionError as error:
        app.complain(error)
        return
    heading = f"{' '.join(command.split())} · {figures.count(len(lines))} lines"
    await app.push_screen(OutputScreen(heading, lines, line, sought))
