"""Search over everything: a hit is gone to in its pane, or read in its output when the scrollback has lost it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from ai_session_tui.dashboard.working import newest
from ai_session_tui.errors import AiSessionError
from ai_session_tui.widgets.search_panel import SearchPanel
from ai_session_tui.widgets.views import CommandView, HitView, read

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

LIMIT = 100


class SearchScreen(ModalScreen[None]):
    """The panel of the search."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "dismiss", "close", show=False)]

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(classes="panel") as panel:
            panel.border_title = "search everything"
            panel.border_subtitle = "↑↓ move · enter go there · ^f failed · ^l this session · esc"
            yield SearchPanel()

    @on(SearchPanel.Wanted)
    def _ask(self, event: SearchPanel.Wanted) -> None:
        event.stop()
        newest(self, "search", self._search, event)

    async def _search(self, wanted: SearchPanel.Wanted) -> None:
        params: dict[str, object] = {"query": wanted.query, "limit": LIMIT, "charge": False}
        if wanted.failed:
            params["failed"] = True
        if wanted.here and self.dashboard.workspace.session_id is not None:
            params["session"] = self.dashboard.workspace.session_id
        panel = self.query_one(SearchPanel)
        try:
            found = await self.dashboard.link.call("search", params)
            told = found if isinstance(found, dict) else {}
            took = told.get("took_ms")
            hits = read(told.get("hits", ()), list[HitView])
            panel.show(wanted.query, hits, float(took) if isinstance(took, int | float) else None)
        except AiSessionError as error:
            panel.complain(error.message)

    @on(SearchPanel.Chosen)
    def _go(self, event: SearchPanel.Chosen) -> None:
        event.stop()
        sought = self.query_one(SearchPanel).query_text
        self.dismiss()
        newest(self.dashboard, "hit", go_to_hit, self.dashboard, event.hit, sought)


async def go_to_hit(app: Dashboard, hit: HitView, sought: str) -> None:
    """Show the session of a hit, and the line itself."""
    app.workspace.show_session(hit.session_id)
    if hit.message is not None and hit.command is None:
        await app.workspace.aside.show_inspector("context")
        return
    if hit.command is None:
        return
    address = f"{hit.session_id}#{hit.command}"
    try:
        command = read(await app.link.call("command.get", {"target": address}), CommandView)
        if hit.kind != "output" or not await _in_scrollback(app, command, hit, address):
            await _read(app, command, hit, address, sought)
    except AiSessionError as error:
        app.complain(error)


async def _in_scrollback(app: Dashboard, command: CommandView, hit: HitView, address: str) -> bool:
    """Go to the line in the pane, in copy mode; return whether it is still there."""
    if hit.line is None or command.pane is None or command.session_id not in app.world.sessions:
        return False
    wanted = {"target": address, "lines": [hit.line, hit.line], "charge": False}
    told = await app.link.call("command.text", wanted)
    lines = read(told.get("lines", ()) if isinstance(told, dict) else (), list[tuple[int, str]])
    app.workspace.show_session(command.session_id, command.pane)
    if not await app.workspace.aside.pane_is_drawn():
        return False
    mode = await app.workspace.aside.start_copy_mode()
    if await mode.go_to_output(command.id, lines[0][1] if lines else ""):
        return True
    mode.leave()
    return False


async def _read(app: Dashboard, command: CommandView, hit: HitView, address: str, sought: str) -> None:
    from ai_session_tui.dashboard.screens.output import show_output

    if command.state == "queued":
        return
    await show_output(app, address, command.command, hit.line, sought)
