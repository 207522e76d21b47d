"""The switcher: sessions, their panes and the commands that ran lately, by a few letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ai_session_tui import figures
from ai_session_tui.dashboard import rows
from ai_session_tui.dashboard.screens.chooser import Choice, Chooser

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard


@dataclass(frozen=True, slots=True)
class Aim:
    """Where to go: a session, perhaps one of its panes."""

    session_id: str
    pane: int | None = None
    command: int | None = None

    @property
    def target(self) -> str:
        """The pane as the protocol addresses it."""
        return f"{self.session_id}:{self.pane or 1}"


class Switcher(Chooser[Aim]):
    """Offers places to go; goes there when it is opened by `^b s`, or only answers with `panes_only`."""

    HEADING = "switch to"
    PLACEHOLDER = "session, pane or command"

    def __init__(self, *, panes_only: bool = False) -> None:
        super().__init__()
        self._panes_only = panes_only

    def choices(self) -> list[Choice[Aim]]:
        """Return sessions, panes, commands; the session shown is last of its kind."""
        app = cast("Dashboard", self.app)
        current = app.workspace.session_id
        found = [*self._sessions(app), *self._panes(app)]
        found.sort(key=lambda choice: choice.value.session_id == current and choice.value.pane is None)
        return found if self._panes_only else [*found, *self._commands(app)]

    def _sessions(self, app: Dashboard) -> Iterator[Choice[Aim]]:
        now = app.clock()
        for session in app.world.ordered():
            if self._panes_only and len(session.panes) > 1:
                continue
            glyph, words, _ = rows.state_of(session, app.world, now)
            folder = figures.folder(session.dir) if session.dir else ""
            yield Choice(Aim(session.id), session.name, " · ".join(one for one in (words, folder) if one), glyph)

    def _panes(self, app: Dashboard) -> Iterator[Choice[Aim]]:
        for session in app.world.ordered():
            if len(session.panes) > 1:
                for pane in session.panes:
                    running = pane.command or pane.title or ""
                    yield Choice(Aim(session.id, pane.index), f"{session.name}:{pane.index}", running, "▢")

    def _commands(self, app: Dashboard) -> Iterator[Choice[Aim]]:
        for command in reversed(app.world.commands):
            if command.session_id in app.world.sessions:
                ended = "" if command.exit_code is None else f" · exit {command.exit_code}"
                text = " ".join(command.command.split())
                yield Choice(Aim(command.session_id, command.pane, command.id), text, f"{command.address}{ended}", "$")

    def dismiss(self, result: Aim | None = None) -> object:  # type: ignore[override]
        """Go there, unless somebody waits for the answer."""
        answer = super().dismiss(result)
        if result is not None and not self._panes_only:
            app = cast("Dashboard", self.app)
            app.call_later(app.workspace.show_session, result.session_id, result.pane)
        return answer
