"""The application: composes the parts and holds what they share; it decides nothing by itself.

Keys: what is pressed goes through the leader first (`keys`), then to the widget with the focus, which for a pane is
the program. Behind the leader the registry of actions decides. Invariant: the frame is painted before anything is
connected to, and whatever an action raises of ours is a toast, never the end of the dashboard.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import ClassVar, cast

from textual.app import App
from textual.events import Event, Key
from textual.screen import Screen

from ai_session_tui import styles
from ai_session_tui.dashboard import alt_keys, collecting, verbs
from ai_session_tui.dashboard.actions import REGISTRY, Action, Situation
from ai_session_tui.dashboard.happenings import Chronicler
from ai_session_tui.dashboard.keys import LeaderKeys, Verdict
from ai_session_tui.dashboard.link import Connected, Happened, Link, Lost, News, Refused, Unheard
from ai_session_tui.dashboard.preferences import Preferences
from ai_session_tui.dashboard.screens.workspace import Workspace
from ai_session_tui.dashboard.state import World
from ai_session_tui.errors import AiSessionError, ProtocolError
from ai_session_tui.paths import Home
from ai_session_tui.styles.themes import DEFAULT, PLAIN, THEMES
from ai_session_tui.widgets.outer_cursor import OuterCursor

verbs.load()


class Dashboard(App[None], inherit_bindings=False):
    """The full-screen face. `link` may be given for tests; `clock` tells the time everywhere in it."""

    CSS_PATH = os.path.join(os.path.dirname(styles.__file__), "dashboard.tcss")
    ENABLE_COMMAND_PALETTE = False
    TITLE = "ai-session"
    registry: ClassVar = REGISTRY

    def __init__(
        self,
        home: Home,
        target: str | None = None,
        *,
        link: Link | None = None,
        clock: Callable[[], float] = time.time,
        preferences: Preferences | None = None,
    ) -> None:
        has_colors = "NO_COLOR" not in os.environ
        super().__init__(ansi_color=None if has_colors else True)  # else Textual draws greys for no colours
        self.home = home
        self.clock = clock
        self.target = target  # the session to begin with
        self.complaint: AiSessionError | None = None
        if preferences is None:
            preferences, self.complaint = Preferences.load(home)
        self.preferences = preferences
        self.world = World()
        self.chronicler = Chronicler()
        self.link = link or Link(home, self.hear)
        self.leader = LeaderKeys(preferences.leader)
        self.workspace = Workspace()
        self._outer_cursor = OuterCursor()
        self._behind_painting = ""
        self.when_painted: Callable[[], object] = lambda: None
        self._order = asyncio.Lock()  # one action after the other
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = preferences.theme if preferences.theme in self.available_themes else DEFAULT
        if not has_colors:
            self.theme = PLAIN
        if preferences.reduced_motion:
            self.animation_level = "none"

    def get_default_screen(self) -> Screen[None]:
        """Return the one screen that is always there."""
        return cast("Screen[None]", self.workspace)

    def on_mount(self) -> None:
        """Paint first, then connect."""
        if not self.is_headless and self.console.color_system == "standard":
            self.theme = PLAIN  # sixteen colours: the terminal's own, not what is nearest to ours
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.when_painted()
        self.run_worker(self.link.run(), name="link", exit_on_error=True)
        if self.complaint is not None:
            self.complain(self.complaint)

    # --- painting

    @property
    def lends_cursor(self) -> bool:
        """Whether there is a terminal whose cursor a pane may have."""
        return not self.is_headless

    def _begin_update(self) -> None:
        want = getattr(self.screen.focused, "wanted_cursor", None)  # the pane's class is loaded with the first pane
        wanted = want() if want is not None else None
        if wanted is not None:
            self.cursor_position = wanted.place
        self._behind_painting = self._outer_cursor.follow(wanted)
        super()._begin_update()

    def last_words(self) -> str:
        """Return what puts the user's terminal in order beyond what Textual does."""
        return self._outer_cursor.leave()

    def _end_update(self) -> None:
        if self._behind_painting and self._driver is not None:
            self._driver.write(self._behind_painting)
        super()._end_update()

    # --- news

    def hear(self, news: News) -> None:
        """Take in what the link says."""
        match news:
            case Connected(sessions=sessions):
                self.chronicler.server(self.clock(), "answers", "good")
                self.world.reset(sessions)
                self.workspace.connected()
            case Lost(why=why):
                self.chronicler.server(self.clock(), why, "failed")
                self.workspace.disconnected(why)
            case Refused(why=why, hint=hint):
                self.workspace.refused(why, hint)
            case Unheard():
                self.bell()
            case Happened(name="notice", data=data):
                self.chronicler.note(self.world, "notice", data, self.clock())
                self.workspace.noticed(data)
            case Happened(name=name, data=data):
                self._happened(name, data)

    def _happened(self, name: str, data: dict[str, object]) -> None:
        try:
            self.chronicler.note(self.world, name, data, self.clock())
            self.world.apply(name, data)
        except ProtocolError as error:  # a server of another version: said once, the rest goes on
            if self.complaint is None:
                self.complaint = error
                self.complain(error)
            return
        self.workspace.happened(name, data)

    # --- keys and actions

    async def on_event(self, event: Event) -> None:
        """Let the leader have its keys; all others go where Textual sends them."""
        is_key = isinstance(event, Key) and not event.is_forwarded and self.screen is self.workspace
        if is_key and self._keep(cast("Key", event)):
            return
        await super().on_event(event)

    def _keep(self, event: Key) -> bool:
        """Judge a key press on the workspace; return whether it is the dashboard's."""
        match self.leader.press(event.key):
            case Verdict.PASS:
                return self.workspace.keep_early(event)
            case Verdict.BEGUN:
                self.workspace.leader_begun()
                return True
            case Verdict.LITERAL:
                self.workspace.type_leader(event)
            case Verdict.COMMAND:
                found = self.registry.of_key(event.key)
                if found is None:
                    self.bell()
                else:
                    self.perform(found)
            case Verdict.GIVEN_UP:
                pass
        self.workspace.leader_over()
        return True

    def situation(self) -> Situation:
        """Return what the possible depends on."""
        return self.workspace.situation()

    def perform(self, found: Action) -> None:
        """Do an action if it can be done now."""
        if found.when(self.situation()):
            self.run_worker(self._perform(found), group="actions", name=found.id)
        else:
            self.bell()

    async def _perform(self, found: Action) -> None:
        async with self._order:
            try:
                await found.run(self)
            except AiSessionError as error:
                self.complain(error)

    def complain(self, error: AiSessionError) -> None:
        """Show an error with its hint."""
        self.notify(error.hint or "", title=error.message, severity="error", markup=False)

    # --- what verbs share

    async def keep_theme(self, name: str) -> None:
        """Use a theme, and from now on."""
        self.theme = name
        self.preferences.theme = name
        try:
            await asyncio.to_thread(self.preferences.save, "theme", name)
        except AiSessionError as error:
            self.complain(error)


def run(home: Home, target: str | None = None) -> int:
    """Open the dashboard on this terminal and return the exit status."""
    dashboard = Dashboard(home, target)
    alt_keys.put_right(alt_keys.erase_of(), dashboard.preferences.leader)
    dashboard.when_painted = collecting.begin
    try:
        dashboard.run()
    finally:
        if sys.__stderr__ is not None:  # what Textual draws on
            sys.__stderr__.write(dashboard.last_words())
    return dashboard.return_code or 0
