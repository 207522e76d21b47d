"""The statistics in a panel: all sessions, or the one that is shown; renewed while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from ai_session_tui.dashboard.working import newest
from ai_session_tui.errors import AiSessionError
from ai_session_tui.widgets.looks import clean
from ai_session_tui.widgets.stats_panel import StatsPanel

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

_RENEW_SECONDS = 5.0


class StatsScreen(ModalScreen[None]):
    """Shows the figures of `stats`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "dismiss", "close", show=False),
        Binding("tab,space,left,right", "other", "all sessions or one", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._is_one = False

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(classes="panel"):
            yield StatsPanel()

    def on_mount(self) -> None:
        """Ask now, and again from time to time."""
        self.query_one(StatsPanel).focus()
        self.set_interval(_RENEW_SECONDS, self._renew)
        self._renew()

    def action_other(self) -> None:
        """Show all sessions, or the one in the workspace."""
        self._is_one = not self._is_one and self.dashboard.workspace.session is not None
        self._renew()

    def _renew(self) -> None:
        session = self.dashboard.workspace.session if self._is_one else None
        panel = self.query_one(".panel")
        panel.border_title = clean(f"statistics · {session.name if session is not None else 'all sessions'}")
        panel.border_subtitle = "tab this session · esc close" if session is None else "tab all sessions · esc close"
        target = session.id if session is not None else None
        newest(self, "stats", self._ask, target)

    async def _ask(self, target: str | None) -> None:
        panel = self.query_one(StatsPanel)
        try:
            told = await self.dashboard.link.call("stats.get", {} if target is None else {"target": target})
        except AiSessionError as error:
            panel.complain(error.message)
            return
        if isinstance(told, dict):
            panel.show(told)
