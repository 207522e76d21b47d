"""What an attached terminal shows, and what it could show instead: asked of the server, nothing is drawn here.

Invariant: a pane that the terminal itself sits in is never among what it could show.
"""

from __future__ import annotations

import contextlib
import os

from ai_session_tui.cli import pane_steps
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.errors import NotFoundError, ServerUnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.cli.menu import Question
    from ai_session_tui.cli.shapes import PaneShape, SessionShape
    from ai_session_tui.client.connection import Connection


class Whereabouts:
    """One session and one of its panes. `connection` is another one after the server has changed."""

    def __init__(self, connection: Connection, session: SessionShape, pane: PaneShape) -> None:
        self.connection = connection
        self.session = session
        self.pane = pane

    @property
    def address(self) -> str:
        """The pane as the server names it."""
        return f"{self.session['id']}:{self.pane['index']}"

    def renewed(self) -> SessionShape:
        """Ask for the session as it is now."""
        self.session = self.connection.call("session.get", target=self.session["id"])
        return self.session

    def name_now(self) -> str:
        """Return the session's name, which may have changed while we looked."""
        try:
            name: str = self.connection.call("session.get", target=self.session["id"])["name"]
        except (NotFoundError, ServerUnreachableError, ConnectionLostError):
            name = self.session["name"]
        return name

    def how_it_ended(self) -> str:
        """Return how the pane's program ended, in words."""
        from ai_session_tui.cli import render, targets

        if self.pane["exit_code"] is None and self.pane["exit_signal"] is None:
            try:
                session: SessionShape = self.connection.call("session.get", target=self.session["id"])
            except (NotFoundError, ServerUnreachableError):
                return "ended"
            self.pane = targets.pane_of(session, f"x:{self.pane['index']}")
        return render.ending("ended", self.pane)

    # other panes

    def other_pane(self) -> PaneShape | None:
        """Return a pane of the session in which a program runs, when the one that was shown has gone."""
        from ai_session_tui.cli import targets

        try:
            pane = targets.pane_to_show(self.renewed(), self.session["id"])
        except NotFoundError:
            return None
        is_other = pane["id"] != self.pane["id"] and pane["id"] != os.environ.get(targets.PANE_ID)
        return pane if is_other and pane["status"] == "running" and self.session["status"] != "killed" else None

    def pane_beside(self, key: str) -> PaneShape | None:
        """Return the next pane of the session, or the one at a side."""
        return pane_steps.step(self.renewed(), self.pane["id"], key)

    def split(self, direction: str) -> PaneShape:
        """Open a pane beside this one and return it; raise what keeps the server from it."""
        pane: PaneShape = self.connection.call(
            "pane.split", target=self.address, direction=direction, env=dict(os.environ)
        )
        return pane

    def focus(self, pane: PaneShape) -> None:
        """Give a pane of the session the focus, for all who look at it."""
        with contextlib.suppress(NotFoundError):  # one that the layout does not show
            self.connection.call("layout.focus", target=self.session["id"], pane=pane["id"])

    def closing_question(self, columns: int) -> Question:
        """Return what is asked before the pane is closed."""
        session = self.renewed()
        pane = next((each for each in session["panes"] if each["id"] == self.pane["id"]), self.pane)
        return pane_steps.closing_question(session, pane, columns)

    # other sessions

    def sessions(self) -> list[SessionShape]:
        """Return all sessions."""
        sessions: list[SessionShape] = self.connection.call("session.list")["sessions"]
        return sessions

    def neighbour(self, by: int) -> str | None:
        """Return the id of the session that is so many further on among those that live; None for no other one."""
        alive = [session["id"] for session in self.sessions() if session["status"] in ("active", "idle")]
        own = os.environ.get("AI_SESSION_ID")  # a pane cannot show itself
        around = [ident for ident in alive if ident != own or ident == self.session["id"]]
        at = around.index(self.session["id"]) if self.session["id"] in around else -1
        return None if not around or around == [self.session["id"]] else around[(at + by) % len(around)]

    def create(self, columns: int, rows: int) -> str:
        """Make a session in the directory of this one and return its id."""
        session: SessionShape = self.connection.call(
            "session.create", dir=self.session["dir"], env=dict(os.environ), columns=columns, rows=rows
        )
        return session["id"]

    def go(self, ident: str) -> bool:
        """Take another session, started if it is stopped; return False where that would be this very terminal."""
        from ai_session_tui.cli import targets

        session: SessionShape = self.connection.call("session.get", target=ident)
        pane = targets.pane_to_show(session, ident)
        if os.environ.get(targets.PANE_ID) == pane["id"]:
            return False
        if session["status"] == "stopped":
            self.connection.call("session.start", target=ident, env=dict(os.environ))
        self.session, self.pane = session, pane
        return True
