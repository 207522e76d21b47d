"""The sessions of one home: finding them by what a user writes, and the life of each.

Invariant: names of living sessions are unique; a killed session keeps its record and its id but not its name.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterable, Iterator

from ai_session_tui import layouts
from ai_session_tui.errors import AmbiguousNameError, ConflictError, NotFoundError
from ai_session_tui.names import Target, check_name, parse_target
from ai_session_tui.server.accounts import to_wire as analysis_to_wire
from ai_session_tui.server.arrangement import Arrangement
from ai_session_tui.server.attention import most_urgent
from ai_session_tui.server.host import Host
from ai_session_tui.server.pane import Pane
from ai_session_tui.store import CommandRow, Measured, PaneRow, SessionRow


class Session:
    """A named unit of work and its panes, in the order of their positions."""

    def __init__(self, host: Host, row: SessionRow, dormant: Iterable[PaneRow] = ()) -> None:
        self.host = host
        self.row = row
        self.awake_panes: list[Pane] = []
        self._dormant = [pane_row for pane_row in dormant if pane_row.closed is None]
        self._closed = {pane_row.id: pane_row for pane_row in dormant if pane_row.closed is not None}
        self._reserved: set[int] = set()
        self._closed_panes: dict[str, Pane] = {}  # of those the ones that somebody has read
        self.arrangement = Arrangement(self)
        self.is_starting = False  # nothing runs in it yet, or again; nobody shall think that it is over
        self.is_ending = False  # its programs are being ended, so that none of its panes closes by itself
        self._last_number = host.store.last_number(row.id)
        self._saved_activity = row.last_activity

    @property
    def panes(self) -> list[Pane]:
        """All panes; those of a session that was killed long ago are opened only now, to be read."""
        dormant, self._dormant = self._dormant, []
        for row in dormant:
            pane = Pane(self.host, self, row)
            pane.release()
            self.awake_panes.append(pane)
        return self.awake_panes

    def reopen(self) -> None:
        """Make the panes of a killed session ready to run again."""
        self.awake_panes[:] = [Pane(self.host, self, pane.row) for pane in self.panes]

    def add_pane(self, pane: Pane) -> None:
        """Take a pane in, in its place."""
        self.panes.append(pane)
        self.awake_panes.sort(key=lambda each: each.row.position)

    def reserve_position(self, position: int) -> None:
        """Give a number to nobody: the pane that has it cannot be opened now."""
        self._reserved.add(position)

    def free_position(self) -> int:
        """Return the lowest number that no open pane has."""
        taken = self._reserved | {pane.row.position for pane in self.panes}
        return next(number for number in itertools.count(1) if number not in taken)

    def note_closed(self, row: PaneRow) -> None:
        """Keep the record of a pane that is closed: its output can still be read."""
        self._closed[row.id] = row

    def close_pane(self, pane: Pane) -> None:
        """Take a pane out whose program has ended; its number is free, its record stays."""
        self.panes.remove(pane)
        pane.row.closed = time.time()
        pane.row.position = min((row.position for row in self._closed.values()), default=0) - 1
        self.note_closed(pane.row)
        pane.save()
        pane.release()

    def pane_of(self, pane_id: str) -> Pane | None:
        """Return a pane by its id, also one that is closed."""
        for pane in self.panes:
            if pane.row.id == pane_id:
                return pane
        if pane_id in self._closed and pane_id not in self._closed_panes:
            self._closed_panes[pane_id] = pane = Pane(self.host, self, self._closed[pane_id])
            pane.release()
        return self._closed_panes.get(pane_id)

    def next_number(self) -> int:
        """Return the number of the next command."""
        self._last_number += 1
        return self._last_number

    def take_back_number(self, number: int) -> None:
        """Let a number be used again whose command never ran."""
        if number == self._last_number:
            self._last_number -= 1

    @property
    def command_count(self) -> int:
        """How many commands were recorded."""
        return self._last_number

    def touch(self) -> None:
        """Note activity; it reaches the store with the next save."""
        self.row.last_activity = time.time()

    def save(self) -> None:
        """Write the session's row."""
        self.host.store.save(self.row)
        self._saved_activity = self.row.last_activity

    @property
    def has_unsaved_activity(self) -> bool:
        """Whether the store does not know of the last activity."""
        return self._saved_activity != self.row.last_activity

    @property
    def is_alive(self) -> bool:
        """Whether a process runs in one of its panes."""
        return any(pane.is_alive for pane in self.panes)

    @property
    def status(self) -> str:
        """`active`, `idle`, `stopped` or `killed` (docs/protocol.md)."""
        if self.row.killed is not None:
            return "killed"
        if not self.is_alive:
            return "stopped"
        is_fresh = time.time() - self.row.last_activity < self.host.settings.idle_after_seconds
        return (
            "active" if is_fresh or any(pane.is_alive and pane.running is not None for pane in self.panes) else "idle"
        )

    def pane_at(self, position: int | None) -> Pane:
        """Return a pane by its position, the first by default."""
        for pane in self.panes:
            if position is None or pane.row.position == position:
                return pane
        raise NotFoundError(
            f"session {self.row.name!r} has no pane {position}",
            f"its panes are {', '.join(str(pane.row.position) for pane in self.panes)}.",
        )

    def to_wire(self, *, look_closer: bool = False) -> dict[str, object]:
        """Return the protocol's session."""
        row = self.row
        now = time.time()
        running = self.panes[0].running if self.panes else None
        return {
            "id": row.id,
            "name": row.name,
            "status": self.status,
            "created": row.created,
            "last_activity": row.last_activity,
            "dir": row.dir,
            "ai_context": row.ai_context,
            "max_tokens": row.max_tokens,
            "compression": row.compression,
            "template": row.template,
            "viewers": sum(len(pane.viewers) for pane in self.panes),
            "commands": self.command_count,
            **self._read_tokens(),
            **self._conversation(),
            "running": running.text if running else None,
            "running_since": running.started if running else None,
            "attention": most_urgent(
                [(pane.row.position, pane.news.attention) for pane in self.panes if pane.news.attention is not None]
            ),
            "unread": any(pane.news.is_unread for pane in self.panes),
            "tags": row.tags,
            "activity": [
                sum(sizes) for sizes in zip(*(pane.news.activity.recent(now) for pane in self.panes), strict=True)
            ],
            "last_line": max(self.panes, key=lambda pane: pane.output.last_time).news.last_line() if self.panes else "",
            "layout": layouts.to_plain(self.arrangement.layout) if self.panes else None,
            "panes": [pane.to_wire(look_closer=look_closer) for pane in self.panes],
        }

    def _conversation(self) -> dict[str, object]:
        """Return how the conversation stands; None for a session that keeps none."""
        found = self.host.conversations.of(self)
        if found is None:
            return {"messages": None, "tokens": None, "compressions": None}
        standing = found.standing
        return {"messages": standing.messages, "tokens": found.tokens, "compressions": standing.compressions}

    def _read_tokens(self) -> dict[str, object]:
        """Return the tokens of all outputs, and how many of them were delivered; None while nothing is measured."""
        totals = self.host.analyses.accounts.totals(self.row.id)
        is_measured = totals.commands > 0
        return {
            "raw_tokens": totals.raw_tokens if is_measured else None,
            "plain_tokens": totals.plain_tokens if is_measured else None,
            "delivered_tokens": totals.delivered_tokens if is_measured else None,
            "is_estimate": totals.is_estimate,
        }

    def command_to_wire(self, row: CommandRow, measured: Measured | None = None) -> dict[str, object]:
        """Return the protocol's command; its analysis is looked up where none is given."""
        if measured is None and row.state in ("ended", "lost"):
            measured = self.host.analyses.accounts.measured(self.row.id, row.number)
        position = next((pane.row.position for pane in self.panes if pane.row.id == row.pane_id), None)
        is_timed = row.ended is not None and row.started is not None
        return {
            "id": row.number,
            "session": self.row.name,
            "session_id": self.row.id,
            "pane": position,
            "command": row.text,
            "cwd": row.cwd,
            "started": row.started,
            "ended": row.ended,
            "duration_s": round(row.ended - row.started, 6) if is_timed else None,  # type: ignore[operator]  # is_timed
            "exit_code": row.exit_code,
            "state": "running" if row.state == "sent" else row.state,
            "source": row.source,
            "fullscreen": row.fullscreen,
            "shell_exited": row.shell_exited,
            "start_offset": row.start_offset,
            "end_offset": row.end_offset,
            "note": row.note,
            "analysis": analysis_to_wire(measured),
        }


class Sessions:
    """All sessions, by id."""

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def living(self) -> list[Session]:
        """Return the sessions that were not killed, oldest first."""
        return [session for session in self if session.row.killed is None]

    def add(self, session: Session) -> None:
        """Take a session in."""
        self._by_id[session.row.id] = session

    def remove(self, session: Session) -> None:
        """Forget a session that never was, or is no more."""
        self._by_id.pop(session.row.id, None)  # one that was killed while it started may be deleted already

    def new_id(self) -> str:
        """Return an id that no session has."""
        while True:
            ident = "s" + secrets.token_hex(4)
            if ident not in self._by_id:
                return ident

    def of_id(self, session_id: str) -> Session | None:
        """Return the session of an id, killed or not."""
        return self._by_id.get(session_id)

    def free_name(self, wanted: str | None) -> str:
        """Return `wanted` if a new session may have it, or a fresh name; raise `ConflictError` when it is taken."""
        taken = {session.row.name for session in self.living()}
        if wanted is None:
            return next(name for name in (f"session-{n}" for n in itertools.count(1)) if name not in taken)
        if check_name(wanted) in taken:
            raise ConflictError(
                f"a session is already called {wanted!r}",
                f"choose another name, or `ai-session attach {wanted}`, or `ai-session kill {wanted}` first.",
            )
        return wanted

    def find(self, target: Target | str) -> Session:
        """Return the session that an id, an exact name or a unique prefix names."""
        wanted = (parse_target(target) if isinstance(target, str) else target).session
        if wanted in self._by_id:
            return self._by_id[wanted]
        living = self.living()
        for session in living:
            if session.row.name == wanted:
                return session
        near = [session for session in living if session.row.name.startswith(wanted)]
        if len(near) == 1:
            return near[0]
        if near:
            names = ", ".join(sorted(session.row.name for session in near)[:8])
            raise AmbiguousNameError(f"{wanted!r} could be {names}", "write more of the name.")
        raise NotFoundError(f"no session is called {wanted!r}", self._hint(living))

    def find_pane(self, text: str, *, focused: bool = False) -> Pane:
        """Return the pane that `NAME[:PANE]`, or a pane's id, names.

        Without a number that is the first one, or with `focused` the one of its own that has the focus.
        """
        target = parse_target(text)
        if target.pane is None and (known := self.pane_of_id(target.session)) is not None:
            return known
        session = self.find(target)
        if focused and target.pane is None:
            focus = session.arrangement.layout.focus
            return next((pane for pane in session.panes if pane.row.id == focus), session.panes[0])
        return session.pane_at(target.pane)

    def pane_of_id(self, pane_id: str) -> Pane | None:
        """Return a pane by its id."""
        return next((pane for pane in self.panes() if pane.row.id == pane_id), None)

    def panes(self) -> Iterable[Pane]:
        """Return the panes of all sessions, but for those that were killed before this server started."""
        return [pane for session in self for pane in session.awake_panes]

    def forget_view(self, pane_id: str) -> None:
        """Take a pane that is gone out of the layouts that show it."""
        for session in self.living():
            if session.arrangement.forget(pane_id):
                self.tell(session)

    def prune_layouts(self) -> None:
        """Take panes that do not exist any more, or not yet again, out of all layouts."""
        known = {pane.row.id for session in self.living() for pane in session.panes}
        for session in self.living():
            session.arrangement.keep_only(known)

    @staticmethod
    def tell(session: Session) -> None:
        """Tell whoever listens how a session is now."""
        if session.host.bus.is_heard:
            session.host.bus.tell("session", session.to_wire())

    @staticmethod
    def _hint(living: list[Session]) -> str:
        if not living:
            return "there are no sessions: `ai-session create --name NAME` makes one."
        names = ", ".join(session.row.name for session in living[:8])
        return f"there are: {names}{', …' if len(living) > 8 else ''}."
