"""The same line for several sessions: mark them, type it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, SelectionList, Static
from textual.widgets.selection_list import Selection

from ai_session_tui.client.records import SessionStatus
from ai_session_tui.dashboard import rows
from ai_session_tui.dashboard.working import newest
from ai_session_tui.errors import AiSessionError
from ai_session_tui.widgets.looks import clean

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


class Broadcast(ModalScreen[None]):
    """Marks sessions and sends a line to all of them."""

    DEFAULT_CSS = """
    Broadcast SelectionList, Broadcast SelectionList:focus {
        border: none; padding: 0; height: auto; max-height: 14; background: $surface; margin-bottom: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss", "close", show=False),
        Binding("tab", "app.focus_next", "next", show=False),
        Binding("shift+tab", "app.focus_previous", "before", show=False),
        Binding("ctrl+a", "all", "mark all", show=False),
    ]

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        current = self.dashboard.workspace.session_id
        now, world = self.dashboard.clock(), self.dashboard.world
        marks = []
        for session in world.ordered():
            if session.status is not SessionStatus.STOPPED:
                glyph, words, _ = rows.state_of(session, world, now)
                label = Content.assemble(f"{glyph} ", (clean(session.name), "bold"), (f"  {words}", "dim"))
                marks.append(Selection(label, session.id, session.id == current))
        with Vertical(classes="panel") as panel:
            panel.border_title = "send to many"
            panel.border_subtitle = "space marks · ^a all · tab · enter sends · esc"
            yield SelectionList[str](*marks)
            yield Input(placeholder="a line; enter is pressed behind it", compact=True)
            yield Static(id="broadcast-note")

    def on_mount(self) -> None:
        """Begin with the marks."""
        self.query_one(SelectionList).focus()

    def action_all(self) -> None:
        """Mark all, or none when all are."""
        marks = self.query_one(SelectionList)
        if len(marks.selected) == marks.option_count:
            marks.deselect_all()
        else:
            marks.select_all()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send."""
        event.stop()
        targets = list(self.query_one(SelectionList).selected)
        if not targets:
            self._say("mark a session first")
        else:
            newest(self, "broadcast", self._send, targets, event.value)

    async def _send(self, targets: list[str], text: str) -> None:
        try:
            told = await self.dashboard.link.call("broadcast", {"targets": targets, "text": text, "enter": True})
        except AiSessionError as error:
            self._say(error.message)
            return
        failed = told.get("failed", []) if isinstance(told, dict) else []
        words = f"Sent to {len(targets) - len(failed)} of {len(targets)} sessions."
        self.dashboard.notify(words, severity="warning" if failed else "information")
        self.dismiss()

    def _say(self, words: str) -> None:
        self.query_one("#broadcast-note", Static).update(Content.styled(clean(words), "$text-error"))
