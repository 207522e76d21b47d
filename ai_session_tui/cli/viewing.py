"""An attached terminal: what the pane writes goes to it, what is typed goes to the pane, the leader key is ours.

Invariant: nothing here waits for one side alone: terminal, server and signals are one wait. A server that goes away
is told of on the spot, and the next one is attached without a key press.
"""

from __future__ import annotations

import os
import signal
import time

from ai_session_tui.cli import linking, pane_steps
from ai_session_tui.cli.leader import HOLD_SECONDS, LeaderKeys, Pressed
from ai_session_tui.cli.menu import Chooser, Question, help_screen
from ai_session_tui.cli.raw_terminal import CLEAR, RawTerminal
from ai_session_tui.cli.signals import Signals
from ai_session_tui.cli.whereabouts import Whereabouts
from ai_session_tui.client.connection import ConnectionLostError, Done, Event
from ai_session_tui.errors import AiSessionError, ServerUnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.cli.shapes import PaneShape, SessionShape
    from ai_session_tui.client.connection import Call, Connection

_MOST_UNSENT = 1024 * 1024  # bytes of typed input that may wait for the server before we stop reading the terminal
_NEXT_SERVER_SECONDS = 10.0
_BELL = b"\a"
_FATAL = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT") if hasattr(signal, name))
_SIGNALS = (*_FATAL, *(getattr(signal, name) for name in ("SIGWINCH", "SIGCONT") if hasattr(signal, name)))


_TERMINAL_GONE = "terminal_gone"


class Ending:
    """Why the terminal is free again: the reason in one word, a line to print, and the exit status."""

    def __init__(self, session: str, reason: str, said: str, status: int) -> None:
        self.session = session
        self.reason = reason
        self.said = said
        self.status = status


class Viewing:
    """One terminal, attached to one session after another."""

    def __init__(self, connection: Connection, session: SessionShape, pane: PaneShape, *, leader: str, read_only: bool):
        self._at = Whereabouts(connection, session, pane)
        self._leader = leader
        self._read_only = read_only
        self._keys = LeaderKeys(leader)
        self._menu: Chooser | Question | None = None
        self._shows_menu = False  # the list or the help: the pane's own picture is not drawn meanwhile
        self._ending: Ending | None = None
        self._call: Call
        self._terminal: RawTerminal

    def run(self) -> Ending:
        """Attach until the end, whatever it is; the terminal is put back in any case."""
        with Signals(*_SIGNALS) as signals, RawTerminal() as self._terminal:
            self._attach()
            while self._ending is None:
                try:
                    self._turn(signals)
                except OSError:
                    self._end(_TERMINAL_GONE)
        return self._ending

    @property
    def _connection(self) -> Connection:
        return self._at.connection

    def _turn(self, signals: Signals) -> None:
        """Wait for something and deal with it; find the next server when this one is gone."""
        try:
            self._converse(signals)
        except ConnectionLostError:
            self._reconnect("the server is gone; starting the next one", may_start=True)

    def _converse(self, signals: Signals) -> None:
        while self._ending is None and (item := self._call.take()) is not None:
            self._arrived(item)
        if self._ending is not None:
            return
        sources = [signals.fileno()]
        if self._connection.unsent < _MOST_UNSENT:
            sources.append(self._terminal.source)
        ready = self._connection.wait(HOLD_SECONDS if self._keys.holds else None, *sources)
        if signals.fileno() in ready:
            for number in signals.take():
                self._signalled(number)
        if self._terminal.source in ready:
            data = self._terminal.read()
            if not data:
                self._end(_TERMINAL_GONE)
            self._typed(self._keys.feed(data))
        elif self._keys.holds and not ready:
            self._typed(self._keys.flush())

    def _arrived(self, item: Event | bytes | Done) -> None:
        if isinstance(item, bytes):
            if not self._shows_menu:
                self._terminal.write(item)
        elif isinstance(item, Done):
            self._ended(str(item.result.get("reason")))
        elif item.name == "attached":
            self._at.session, self._at.pane = item.data["session"], item.data["pane"]
        elif item.name == "exited":
            pane = self._at.pane
            pane["exit_code"], pane["exit_signal"] = item.data["exit_code"], item.data.get("exit_signal")

    def _ended(self, reason: str) -> None:
        name = self._at.session["name"]
        if reason == "server_stopping":
            self._reconnect("the server stops; waiting for the next one", may_start=False)
        elif reason in ("exited", "closed") and (other := self._at.other_pane()) is not None:
            self._show_pane(other)
        elif reason == "exited":
            self._end(reason, f"[{name}: {self._at.how_it_ended()}]", 0)
        elif reason == "closed":
            self._end(reason, f"[{name}: the pane is closed]", 0)
        elif reason == "killed":
            self._end(reason, f"[{name}: killed]", 0)
        elif reason == "stopped":
            self._end(reason, f"[{name}: stopped, as the server is]", 0)
        else:
            self._end(reason, f"[detached from {self._at.name_now()}]", 0)

    def _end(self, reason: str, said: str = "", status: int = 1) -> None:
        self._ending = Ending(self._at.session["name"], reason, said, status)

    # what was typed

    def _typed(self, items: list[bytes | Pressed]) -> None:
        for item in items:
            if isinstance(item, bytes):
                if not self._read_only:
                    self._call.send(item)
            elif self._shows_menu:
                self._pressed_in_menu(item.key)
            else:
                self._commanded(item.key)

    def _commanded(self, key: str) -> None:
        if key == "d":
            self._call.cancel()
        elif key in ("n", "p"):
            self._step(1 if key == "n" else -1)
        elif key == "s":
            columns, rows = self._terminal.size()
            self._menu = Chooser(self._at.sessions(), self._at.session["id"], columns, rows)
            self._show(self._menu.draw())
        elif key == "c":
            self._switch(self._at.create(*self._terminal.size()))
        elif key in ("%", '"'):
            self._split("right" if key == "%" else "down")
        elif key == "o" or key in pane_steps.SIDES:
            self._step_pane(key)
        elif key == "x":
            self._menu = self._at.closing_question(self._terminal.size()[0])
            self._show(self._menu.draw())
        elif key == "?":
            self._show(help_screen(self._leader, self._at.session["name"], self._terminal.size()[1]))
        elif key != "z":  # one pane is shown at a time as it is
            self._terminal.write(_BELL)

    def _pressed_in_menu(self, key: str) -> None:
        menu = self._menu
        chosen = Chooser.BACK if menu is None else menu.press(key)
        if chosen is None:
            assert menu is not None
            self._show(menu.draw())
            return
        self._menu = None
        self._shows_menu = self._keys.is_modal = False
        if isinstance(menu, Question) and chosen == Question.YES:
            self._redraw()
            self._connection.open("pane.close", target=self._at.address)  # its end is told by the attachment's
        elif chosen == Chooser.BACK or chosen == self._at.session["id"]:
            self._redraw()
        else:
            self._switch(chosen)

    def _show(self, text: str) -> None:
        self._shows_menu = self._keys.is_modal = True
        self._terminal.write(CLEAR + text.encode("utf-8", "replace"))

    def _redraw(self) -> None:
        self._connection.open("attach.redraw", attach=self._call.ident)

    # what is shown

    def _split(self, direction: str) -> None:
        try:
            pane = self._at.split(direction)
        except AiSessionError:  # there is no room for words: too many panes, a program that is gone
            self._terminal.write(_BELL)
        else:
            self._go_to_pane(pane)

    def _step_pane(self, key: str) -> None:
        found = self._at.pane_beside(key)
        if found is None:
            self._terminal.write(_BELL)
        else:
            self._go_to_pane(found)

    def _go_to_pane(self, pane: PaneShape) -> None:
        self._at.focus(pane)
        self._call.cancel()
        self._show_pane(pane)

    def _show_pane(self, pane: PaneShape) -> None:
        self._at.pane = pane
        self._terminal.write(CLEAR)
        self._attach()

    def _step(self, by: int) -> None:
        found = self._at.neighbour(by)
        if found is None:
            self._terminal.write(_BELL)
        else:
            self._switch(found)

    def _switch(self, ident: str) -> None:
        if not self._at.go(ident):
            self._terminal.write(_BELL)
            self._redraw()
            return
        self._call.cancel()
        self._terminal.write(CLEAR)
        self._attach()

    def _attach(self) -> None:
        columns, rows = self._terminal.size()
        self._call = self._connection.open(
            "attach",
            target=self._at.address,
            columns=columns,
            rows=rows,
            read_only=self._read_only or None,
        )

    # signals and servers

    def _signalled(self, number: int) -> None:
        if number in _FATAL:
            name = self._at.session["name"]
            self._end("signal", f"[detached from {name}: {signal.Signals(number).name}]", 128 + number)
            return
        if number == getattr(signal, "SIGCONT", None):
            self._terminal.make_raw()  # a shell may have changed the settings while we were stopped
            self._redraw()
        columns, rows = self._terminal.size()
        self._connection.open("attach.resize", attach=self._call.ident, columns=columns, rows=rows)

    def _reconnect(self, why: str, *, may_start: bool) -> None:
        """Attach to the same pane at the next server."""
        self._menu = None
        self._shows_menu = self._keys.is_modal = False
        self._terminal.write(CLEAR + f"[{why} …]\r\n".encode())
        self._connection.close()
        deadline = time.monotonic() + _NEXT_SERVER_SECONDS
        while True:
            try:
                connection = linking.connect() if may_start else linking.connect_if_running()
                if connection is not None:
                    self._at.connection = connection
                    self._attach()
                    connection.greet()
                    return
            except ServerUnreachableError:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                self._end("server_stopping", f"[{self._at.session['name']}: the server has stopped]")
                return
            time.sleep(0.05)


def view(target: str, *, leader: str, read_only: bool) -> Ending:
    """Attach this terminal to a pane; a stopped session is started first."""
    from ai_session_tui.cli import console, targets

    with linking.connect() as connection:
        session: SessionShape = connection.call("session.get", target=target)
        pane = targets.pane_to_show(session, target)
        targets.refuse_own_pane(pane, "show itself")
        outer = os.environ.get(targets.SESSION_ID)
        if outer:
            console.note(f"inside another session: {leader} twice reaches the inner one")
        if session["status"] == "stopped":
            session = connection.call("session.start", target=session["id"], env=dict(os.environ))
            pane = targets.pane_to_show(session, target)
        viewing = Viewing(connection, session, pane, leader=leader, read_only=read_only)
        return viewing.run()
