"""The screen that is always there: the list, the panes, the line at the bottom. It wires them to the link.

Which session is shown is known here alone, its layout comes from the server: a change is shown at once, sent, and
replaced by what the server says. Invariant: a pane is watched exactly while its widget is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.events import Key, Resize
from textual.timer import Timer

from ai_session_tui.client.records import SessionStatus
from ai_session_tui.dashboard import footing, notices, rows
from ai_session_tui.dashboard.actions import Situation
from ai_session_tui.dashboard.screens.layout_desk import LayoutDesk
from ai_session_tui.dashboard.state import PanePlace, Session
from ai_session_tui.dashboard.wiring import PaneWiring
from ai_session_tui.dashboard.working import newest
from ai_session_tui.errors import UsageError
from ai_session_tui.layouts import focused
from ai_session_tui.widgets.footer import Footer
from ai_session_tui.widgets.session_list import SessionList
from ai_session_tui.widgets.stage import Stage
from ai_session_tui.widgets.welcome import Welcome
from ai_session_tui.widgets.which_key import WhichKey

if TYPE_CHECKING:
    from ai_session_tui.widgets.terminal_pane import TerminalPane

_SETTLE_SECONDS = 0.05  # news within this time are shown together
_HINT_SECONDS = 0.35  # a leader that is followed at once needs no hint
_TICK_SECONDS = 1.0


class Workspace(LayoutDesk):
    """The main screen."""

    AUTO_FOCUS = ""  # the pane gets the keys, as soon as there is one

    def __init__(self) -> None:
        super().__init__()
        self.previous_id: str | None = None
        self.sought = ""
        self.grouping = "none"
        self.trouble = ""  # why there is no server
        self.was_connected = False
        self._due: Timer | None = None
        self._hint_due: Timer | None = None

    def compose(self) -> ComposeResult:
        """Compose the frame."""
        with Horizontal(id="body"):
            yield SessionList(id="sessions")
            yield Stage(id="stage")
            yield Welcome()
            yield Container(id="inspector")
        yield WhichKey(id="which-key")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        """Begin with what is known: nothing yet."""
        self.stage, self.wiring = self.query_one(Stage), PaneWiring(self.dashboard)
        self.list = self.query_one(SessionList)
        self.footer = self.query_one(Footer)
        self.hint = self.query_one(WhichKey)
        self.welcome = self.query_one(Welcome)
        self.list.note = "connecting…"
        self.set_interval(_TICK_SECONDS, self._tick)
        self._show_all()

    def on_resize(self, event: Resize) -> None:
        """Fold what has no room."""
        self.refold(event.size.width)

    def refold(self, width: int | None = None) -> None:
        """Show what has room, and the keys that mean something with that."""
        super().refold(width)
        self._show_footer()

    # --- what is shown

    def running_in(self, place: PanePlace) -> str | None:
        """Return the command that runs in a pane, or None."""
        known = self.dashboard.world.running.get((place.session.id, place.pane.index))
        return known.command if known is not None else place.session.running if place.pane.index == 1 else None

    def situation(self) -> Situation:
        """Return what the possible depends on."""
        world, session = self.dashboard.world, self.session
        return Situation(
            is_connected=self.dashboard.link.is_up,
            sessions=len(world.sessions),
            needy=len(world.needy),
            session=self.session_id if session is not None else None,
            pane=self.pane_id if session is not None else None,
            panes=len(self.pane_order),
            is_stopped=session is not None and session.status is SessionStatus.STOPPED,
            is_zoomed=self.layout_now is not None and self.layout_now.zoomed,
            is_inspecting=self.has_class("inspecting"),
            has_context=session is not None and session.ai_context,
            has_previous=self.previous_id in world.sessions,
        )

    # --- news

    def connected(self) -> None:
        """A server answers: show the session that was shown, or the best one to begin with."""
        if self.was_connected and self.trouble:
            self.notify("The server is back.", timeout=3)
            self.wiring.reconnected()
        self.trouble, self.was_connected = "", True
        if self.session is None:
            begin = self._first_session()
            if begin is not None:
                self.show_session(begin.id)
        self.list.note = "none yet"
        self._settle()

    def _first_session(self) -> Session | None:
        world, target = self.dashboard.world, self.dashboard.target
        if target is not None:
            found = world.find_name(target)
            if found is not None:
                return found
            self.dashboard.complain(UsageError(f"no session is called {target!r}", "the list shows what there is."))
        alive = [one for one in world.ordered() if one.status is not SessionStatus.STOPPED]
        newest = sorted(alive, key=lambda one: one.last_activity or one.created)
        return next(iter(world.needy or newest[-1:] or world.ordered()), None)

    def disconnected(self, why: str) -> None:
        """The server went away; the link starts it again."""
        self.trouble = f"the server is away, starting it again ({why})" if self.was_connected else why
        self._settle()

    def refused(self, why: str, hint: str) -> None:
        """The server speaks another protocol."""
        self.trouble = why
        self.notify(hint, title=why, severity="error", timeout=60, markup=False)
        self._settle()

    def happened(self, name: str, data: Mapping[str, object]) -> None:
        """Something about a session is new: show it with what else comes within a moment."""
        self.aside.happened(name, data)
        if (name == "session_gone" and data.get("id") == self.session_id) or self.session is None:
            gone, self.session_id = self.session_id, None
            begin = self._first_session()
            if begin is not None:
                self.show_session(begin.id)
                self.previous_id = None if self.previous_id == gone else self.previous_id
        if data.get("id") == self.session_id and name == "session":
            self._settle()
        elif self._due is None:
            self._due = self.set_timer(_SETTLE_SECONDS, self._settle)

    def noticed(self, data: Mapping[str, object]) -> None:
        """Something is worth a toast, and a call to the user's terminal if they want one."""
        notices.show(self.dashboard, data)

    def _settle(self) -> None:
        if self._due is not None:
            self._due.stop()
            self._due = None
        layout = self.layout_of(self.session)
        if layout != self.layout_now or self.is_stage_stale(layout):
            self.layout_now = layout
            self.call_later(self.settle_layout)
        self._show_all()

    def _tick(self) -> None:
        """Show what changes with the time alone."""
        if self.dashboard.screen is self:
            self._show_all()

    # --- drawing

    def _show_all(self) -> None:
        self._show_list()
        self.show_titles()
        self._show_footer()
        self.aside.follow()

    def _show_list(self) -> None:
        world = self.dashboard.world
        self.list.show(
            rows.entries(
                world, self.dashboard.clock(), sought=self.sought, grouping=self.grouping, current=self.session_id
            )
        )
        is_empty = self.was_connected and not world.sessions
        self.set_class(is_empty or not self.was_connected, "empty")
        words = "No sessions yet." if is_empty else self.trouble or "Connecting…"
        self.welcome.show(words, footing.first_steps(self.dashboard) if is_empty else ())

    def _show_footer(self) -> None:
        if self.is_mounted:
            self.footer.show(*footing.line(self.dashboard))

    # --- sessions

    def show_session(self, session_id: str, pane: int | None = None) -> None:
        """Show a session, and give the focus to one of its panes if that is asked for."""
        world = self.dashboard.world
        session = world.sessions.get(session_id)
        if session is None:
            return
        if session_id != self.session_id:
            if self.session_id is not None:
                self.previous_id = self.session_id
            self.session_id = session_id
            self._early.clear()
            if self.focused is not self.list and not (self.has_class("covered") and self.aside.has_focus):
                self.set_focus(None)  # what is typed from now on is for the session to come
        self.layout_now = self.layout_of(session)
        wanted = next((one.id for one in session.panes if one.index == pane), None) if pane is not None else None
        if self.layout_now is not None and wanted in self.pane_order:
            self.layout_now = focused(self.layout_now, str(wanted))
            self.run_worker(self.focus_pane(str(wanted)), group="focus", exit_on_error=False)
        self.remove_class("unfolded")
        self.call_later(self.settle_layout)
        self._show_all()
        if self.dashboard.link.is_up:
            newest(self, "seen", self._saw, session_id)

    async def _saw(self, session_id: str) -> None:
        await self.dashboard.link.call("session.seen", {"target": session_id})

    # --- the leader

    def leader_begun(self) -> None:
        """Say in the footer that a key is awaited; show the keys if none comes soon."""
        self._show_footer()
        self._hint_due = self.set_timer(_HINT_SECONDS, self._show_hint)

    def _show_hint(self) -> None:
        self.hint.show(footing.possible_keys(self.dashboard), self.size.width, self.size.height - 2)

    def leader_over(self) -> None:
        """Put the hint away."""
        if self._hint_due is not None:
            self._hint_due.stop()
            self._hint_due = None
        self.hint.display = False
        self._show_footer()

    def type_leader(self, event: Key) -> None:
        """Give the leader itself to the program."""
        if self.pane is not None:
            self.pane.press(event.key, event.character)

    # --- the list

    def focus_list(self) -> None:
        """Give the list the keys, unfolding it if need be."""
        self.remove_class("listless")
        self.add_class("unfolded")
        self.refold()
        self.call_after_refresh(self.set_focus, self.list)  # what is folded cannot have the focus

    def toggle_list(self) -> None:
        """Fold the list or unfold it."""
        self.toggle_class("unfolded" if self.has_class("folded") and not self.has_class("listless") else "listless")
        self.refold()

    def next_grouping(self) -> str:
        """Group the list another way; return its name."""
        at = rows.GROUPINGS.index(self.grouping)
        self.grouping = rows.GROUPINGS[(at + 1) % len(rows.GROUPINGS)]
        self._show_list()
        return self.grouping

    def on_session_list_opened(self, event: SessionList.Opened) -> None:
        """Show what was chosen in the list, and give its pane the keys."""
        self.set_focus(None)
        self.show_session(event.session_id)

    def on_session_list_sought(self, event: SessionList.Sought) -> None:
        """Filter the list."""
        self.sought = event.text
        self._show_list()

    def on_session_list_left(self) -> None:
        """Go back to the pane."""
        self.remove_class("unfolded")
        self.set_focus(None)
        self.focus_now()

    # --- footer and panes

    def on_footer_clicked(self, event: Footer.Clicked) -> None:
        """Do what was clicked."""
        self.dashboard.perform(self.dashboard.registry[event.action])

    def on_stage_arranged(self, event: Stage.Arranged) -> None:
        """Watch what is shown, and only that."""
        self.wiring.arranged(event.shown, event.hidden)
        self.show_titles()
        self.tell_crowded()
        self.focus_now()

    async def on_terminal_pane_chosen(self, event: TerminalPane.Chosen) -> None:
        """Focus what was clicked."""
        ident = self.stage.pane_id_of(event.pane)
        if ident is not None:
            self.set_focus(event.pane, scroll_visible=False)
            if ident != self.pane_id:
                self.run_worker(self.focus_pane(ident), group="focus", exit_on_error=False)
