"""The form of a new session in a panel. It stays open, with the reason, when the server refuses."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from ai_session_tui import figures
from ai_session_tui.client.decoding import decode
from ai_session_tui.client.session_config import SessionConfig
from ai_session_tui.config import load_settings
from ai_session_tui.dashboard.state import Session
from ai_session_tui.dashboard.working import newest
from ai_session_tui.errors import AiSessionError
from ai_session_tui.names import check_name
from ai_session_tui.widgets.session_form import SessionForm, Wishes

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


class NewSession(ModalScreen[str | None]):
    """Asks for a new session and makes it; the result is its id."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "dismiss(None)", "close", show=False)]

    @property
    def dashboard(self) -> Dashboard:
        """The application."""
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        place = self.dashboard.workspace.place
        folder = figures.folder((place.pane.cwd if place is not None else None) or os.getcwd())
        with Vertical(classes="panel") as panel:
            panel.border_title = "new session"
            yield SessionForm(Wishes(folder=folder), check_name=self._wrong_name)

    def on_mount(self) -> None:
        """Ask which templates there are."""
        self.run_worker(self._templates(), exit_on_error=False)

    async def _templates(self) -> None:
        try:
            told = await self.dashboard.link.call("template.list", {})
        except AiSessionError as error:
            self.log.warning(f"no templates: {error}")
            return
        found = told.get("templates", []) if isinstance(told, dict) else []
        names = [str(one["name"]) for one in found if isinstance(one, dict) and not one.get("mistake")]
        self.query_one(SessionForm).show_templates(names)

    def _wrong_name(self, name: str) -> str:
        try:
            check_name(name)
        except AiSessionError as error:
            return error.message
        return f"{name} is taken" if any(one.name == name for one in self.dashboard.world.sessions.values()) else ""

    def on_session_form_submitted(self, event: SessionForm.Submitted) -> None:
        """Make it."""
        event.stop()
        newest(self, "create", self._create, event.wishes)

    async def _create(self, wishes: Wishes) -> None:
        try:
            params = await asyncio.to_thread(self._params, wishes)
            told = await self.dashboard.link.call("session.create", params)
            made = decode(told, Session)
        except AiSessionError as error:
            self.query_one(SessionForm).complain(str(error))
            return
        self.dashboard.world.sessions.setdefault(made.id, made)  # its event may still be on the way
        self.dismiss(made.id)

    def _params(self, wishes: Wishes) -> dict[str, object]:
        """Return what `session.create` is given: what was left empty is decided as `create` does."""
        config = SessionConfig(
            name=wishes.name or None,
            dir=wishes.folder or None,
            command=wishes.command or None,
            ai_context=wishes.ai_context,
            max_tokens=wishes.max_tokens,
            template=wishes.template or None,
        )
        return config.to_params(load_settings(self.dashboard.home.config), os.environ)
