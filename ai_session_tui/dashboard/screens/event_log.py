"""The event log in a panel; it grows while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from ai_session_tui.widgets.event_log import EventLog, Occurrence

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


class EventLogScreen(ModalScreen[None]):
    """Lists what happened; enter goes to the session."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,ctrl+c", "dismiss", "close", show=False)]

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(classes="panel") as panel:
            panel.border_title = "event log"
            panel.border_subtitle = "enter go to the session · esc close"
            yield EventLog(self.dashboard.chronicler.chronicle)

    def on_mount(self) -> None:
        """Hear of what happens from now on."""
        self.dashboard.chronicler.listener = self._add

    def on_unmount(self) -> None:
        """Hear no more."""
        self.dashboard.chronicler.listener = None

    def _add(self, occurrence: Occurrence) -> None:
        self.query_one(EventLog).add(occurrence)

    def on_event_log_chosen(self, event: EventLog.Chosen) -> None:
        """Go there, if it is still there."""
        event.stop()
        if event.session_id in self.dashboard.world.sessions:
            self.dismiss()
            self.dashboard.workspace.show_session(event.session_id)
        else:
            self.dashboard.bell()
