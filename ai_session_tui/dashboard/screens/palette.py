"""The palette: every action that is possible now, with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ai_session_tui.dashboard.actions import Action, key_label
from ai_session_tui.dashboard.screens.chooser import Choice, Chooser

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


class Palette(Chooser[Action]):
    """Offers actions and does the chosen one."""

    HEADING = "all actions"
    PLACEHOLDER = "what do you want to do?"

    def choices(self) -> list[Choice[Action]]:
        """Return what is possible, as it was when the palette was opened: what the footer offers first, going step by
        step last, since that has keys that one knows."""
        app = cast("Dashboard", self.app)
        leader = key_label(app.leader.leader)
        possible = [one for one in app.registry.possible(app.situation()) if one.id != "dashboard.palette"]
        possible.sort(key=lambda one: (one.family is not None, not one.footer))
        return [Choice(one, one.help, keys=f"{leader} {key_label(one.key)}" if one.key else "") for one in possible]

    def dismiss(self, result: Action | None = None) -> object:  # type: ignore[override]
        """Do it, once the panel is gone."""
        answer = super().dismiss(result)
        if result is not None:
            app = cast("Dashboard", self.app)
            app.call_later(app.perform, result)
        return answer
