"""What is known of the sessions: pure. News come in, the list and the titles read from it.

Times are seconds since the epoch, given by the caller. Invariant: `World` holds what the server said last about each
session, and nothing that the server did not say.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ai_session_tui.client.decoding import decode
from ai_session_tui.client.records import Attention as Attention
from ai_session_tui.client.records import CommandRecord, CommandState, Pane, SessionInfo, SessionStatus

RECENT_COMMANDS = 200


class Session(SessionInfo, frozen=True, kw_only=True):
    """A session as the dashboard asks about it."""

    @property
    def exit_code(self) -> int | None:
        """The exit code of the program in the first pane, once it has ended."""
        return self.panes[0].exit_code if self.panes else None

    def pane(self, ident: str) -> Pane | None:
        """Return its pane of that id."""
        return next((pane for pane in self.panes if pane.id == ident), None)


@dataclass(frozen=True, slots=True)
class PanePlace:
    """A pane and the session that it belongs to."""

    session: Session
    pane: Pane

    @property
    def target(self) -> str:
        """The pane as the protocol addresses it."""
        return f"{self.session.id}:{self.pane.index}"

    @property
    def address(self) -> str:
        """The pane as people address it."""
        return self.session.name if self.pane.index == 1 else f"{self.session.name}:{self.pane.index}"


@dataclass(slots=True)
class World:
    """All sessions by id, and the commands that ran lately."""

    sessions: dict[str, Session] = field(default_factory=dict)
    commands: deque[CommandRecord] = field(default_factory=lambda: deque(maxlen=RECENT_COMMANDS))
    running: dict[tuple[str, int], CommandRecord] = field(default_factory=dict)  # by session id and pane index
    ended: dict[tuple[str, int], CommandRecord] = field(default_factory=dict)  # the last one of each pane

    def reset(self, sessions: Iterable[object]) -> None:
        """Take in a whole list, as `session.list` returns it; what is not in it is gone."""
        known = (decode(one, Session) for one in sessions)
        self.sessions = {one.id: one for one in known}
        self.running.clear()

    def apply(self, name: str, data: Mapping[str, object]) -> None:
        """Take in an event of `events`; one that only a newer server knows is nothing."""
        match name:
            case "session":
                session = decode(data, Session)
                if session.status is SessionStatus.KILLED:
                    self.sessions.pop(session.id, None)
                else:
                    self.sessions[session.id] = session
            case "session_gone":
                self.sessions.pop(str(data.get("id")), None)
            case "command_started" | "command_ended" | "command_analysed":
                self._note(decode(data, CommandRecord))

    def _note(self, command: CommandRecord) -> None:
        key = command.session_id, command.pane or 1
        if command.state is CommandState.RUNNING:
            self.running[key] = command
            self.commands.append(command)
            return
        known = self.running.get(key)
        if known is not None and known.id == command.id:
            del self.running[key]
        last = self.ended.get(key)
        if last is None or last.id <= command.id:
            self.ended[key] = command
        for at, one in enumerate(self.commands):
            if one.session_id == command.session_id and one.id == command.id:
                self.commands[at] = command
                return
        self.commands.append(command)

    def find_pane(self, ident: str) -> PanePlace | None:
        """Return the pane of an id, wherever it is."""
        for session in self.sessions.values():
            pane = session.pane(ident)
            if pane is not None:
                return PanePlace(session, pane)
        return None

    def find_name(self, name: str) -> Session | None:
        """Return the session of a name, or the only one whose name begins so, or the one of an id."""
        for session in self.sessions.values():
            if name in (session.name, session.id):
                return session
        near = [session for session in self.sessions.values() if session.name.startswith(name)]
        return near[0] if len(near) == 1 else None

    @property
    def needy(self) -> list[Session]:
        """The sessions that need the user, the one that waits longest first."""
        waiting = [(one.attention.since, one.name, one) for one in self.sessions.values() if one.attention is not None]
        return [one for _, _, one in sorted(waiting, key=lambda each: each[:2])]

    def ordered(self) -> list[Session]:
        """Return all sessions in the order of the list: who needs the user first, then by name."""
        rest = [one for one in self.sessions.values() if one.attention is None]
        return [*self.needy, *sorted(rest, key=lambda one: (_natural(one.name), one.id))]


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key by which `job2` comes before `job10`."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", name)]
