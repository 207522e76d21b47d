"""Panes that come and go within a session: splitting, closing, views of other sessions' panes.

Invariant: a pane whose program cannot be started leaves nothing behind; a closed pane is gone only once its
processes are, and its output can still be read; the last pane takes the session with it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from ai_session_tui import layouts, limits
from ai_session_tui.errors import AiSessionError, ConflictError, NotFoundError, UsageError
from ai_session_tui.layouts import Direction
from ai_session_tui.server.exec_runs import stopped_error
from ai_session_tui.server.host import Host
from ai_session_tui.server.life import Life, checked_env, checked_folder, first_folder, processes_to_wire
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.sessions import Session, Sessions
from ai_session_tui.store import PaneRow

logger = logging.getLogger(__name__)


class Splitting:
    """Opens and closes the panes of sessions that run."""

    def __init__(self, host: Host, sessions: Sessions, life: Life) -> None:
        self._host = host
        self._sessions = sessions
        self._life = life

    async def split(
        self,
        beside: Pane,
        direction: Direction,
        *,
        fraction: float = 0.5,
        command: list[str] | None = None,
        shell: str | None = None,
        folder: str | None = None,
        env: Mapping[str, str] | None = None,
        set_env: Mapping[str, str] | None = None,
        scrollback_file: str | None = None,
    ) -> Pane:
        """Open a pane beside another one of its session, in that one's directory unless told otherwise.

        It begins with the size of the pane that is split: who looks at both gives them theirs. `env` is the whole
        environment of the caller, `set_env` what is to differ from it, now and whenever the pane is started again.
        """
        session = beside.session
        if not session.is_alive or session.is_ending or session.row.killed is not None:
            raise stopped_error(beside)
        if command and shell:
            raise UsageError("a pane runs a shell or a command, not both")
        if len(session.panes) >= limits.MAX_PANES:
            raise UsageError(f"session {session.row.name!r} has {limits.MAX_PANES} panes already", "close one first.")
        row = PaneRow(
            id="p" + secrets.token_hex(6),
            session_id=session.row.id,
            position=session.free_position(),
            nonce=secrets.token_hex(16),
            kind="none",
            cwd=checked_folder(folder) if folder is not None else first_folder(beside.cwd(), session.row.dir, "~"),
            columns=beside.row.columns,
            rows=beside.row.rows,
            status="exited",
            argv=list(command or ()),
            shell=shell or session.row.shell or self._host.settings.shell,
            env=checked_env(set_env or {}),
        )
        _split(beside, direction, row.id, fraction)  # raises before anything runs
        pane = await self._open(session, row, env, scrollback_file)
        self._arrange(session, _split(beside, direction, row.id, fraction))
        return pane

    async def _open(
        self, session: Session, row: PaneRow, env: Mapping[str, str] | None, scrollback_file: str | None
    ) -> Pane:
        self._host.store.save(row)
        pane = Pane(self._host, session, row)
        session.add_pane(pane)
        try:
            await self._life.spawn(pane, env, scrollback_file)
        except BaseException:
            session.panes.remove(pane)
            pane.journal.close()
            self._life.remove_files(row)
            try:
                self._host.store.delete_pane(row)
            except AiSessionError as error:
                logger.warning("%s", error.message)
            raise
        session.touch()
        return pane

    def show(self, beside: Pane, direction: Direction, shown: Pane, fraction: float = 0.5) -> Pane:
        """Show a pane that exists, perhaps of another session, beside one of this session."""
        session = beside.session
        if shown.session.row.killed is not None:
            raise NotFoundError(f"session {shown.session.row.name!r} is gone")
        self._arrange(session, _split(beside, direction, shown.row.id, fraction))
        return shown

    def _arrange(self, session: Session, layout: layouts.Layout) -> None:
        try:
            session.arrangement.change(layout)
        finally:
            self._sessions.tell(session)

    def hide(self, session: Session, pane: Pane) -> None:
        """Take a pane out of a session's layout; it runs on. Raises when nothing would be left."""
        rest = layouts.remove(session.arrangement.layout, pane.row.id)
        if rest is None:
            raise ConflictError(f"it is the only pane that {session.row.name!r} shows", "split it first.")
        self._arrange(session, rest)

    async def close(self, pane: Pane, *, force: bool = False) -> dict[str, object]:
        """End a pane's program with its whole tree and take the pane away; with the last one the session is killed."""
        session = pane.session
        if session.panes == [pane]:
            return await self._close_last(session, force=force)
        self._move_focus_from(pane)
        done = await self._life.end_processes(pane, force=force, told="closed")
        if not done.survived and session.panes == [pane]:  # the others were closed meanwhile
            return await self._close_last(session, force=force) | {"gone": processes_to_wire(done.killed)}
        if not done.survived:
            self._take_away(pane)
        return {
            "gone": processes_to_wire(done.killed),
            "survived": processes_to_wire(done.survived),
            "session_killed": False,
        }

    async def _close_last(self, session: Session, *, force: bool) -> dict[str, object]:
        killed = await self._life.kill(session, force=force)
        return {"gone": killed["gone"], "survived": killed["survived"], "session_killed": not killed["survived"]}

    def _move_focus_from(self, pane: Pane) -> None:
        """Give the focus to who inherits the pane's area: its viewers ask for that as soon as its program ends."""
        layout = pane.session.arrangement.layout
        if layout.focus != pane.row.id:
            return
        rest = layouts.remove(layout, pane.row.id)
        if rest is not None:
            self._arrange(pane.session, layouts.focused(layout, rest.focus))

    def close_ended(self, pane: Pane) -> None:
        """Take a pane away whose program has ended by itself, where the user has set that."""
        session = pane.session
        is_last = not any(other.is_alive for other in session.panes)
        if pane.row.exit_code is None or session.is_ending or is_last or session.row.killed is not None:
            return  # after a signal, as at the end of a login, everything is to be there again later
        self._take_away(pane)

    def _take_away(self, pane: Pane) -> None:
        session = pane.session
        if pane not in session.panes or pane.is_alive:
            return  # somebody else has closed it, or started it again
        for viewer in pane.viewers:
            viewer.end("closed")
        session.close_pane(pane)
        self._sessions.forget_view(pane.row.id)
        self._sessions.tell(session)


def _split(beside: Pane, direction: Direction, new: str, fraction: float) -> layouts.Layout:
    """Return the layout of a pane's session with a new pane beside it, or where the focus is if it is not shown."""
    layout = beside.session.arrangement.layout
    near = beside.row.id if beside.row.id in layouts.panes(layout) else layout.focus
    return layouts.split(layout, near, direction, new, fraction)
