"""What a starting server does with the sessions of the one before it, and the ledger that says so.

Invariant: every session that was not killed gets exactly one ledger entry at every start of a server: `adopted`
(its programs run on), `stopped` (nothing runs in it; all it had is there) or `failed` (and why).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress

from ai_session_tui.errors import AiSessionError, ServerError, StorageError
from ai_session_tui.server.holding import HeldPane
from ai_session_tui.server.host import Host
from ai_session_tui.server.life import boot_id
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.sessions import Session, Sessions
from ai_session_tui.store import LedgerRow, PaneRow, SessionRow

logger = logging.getLogger(__name__)


class Adoption:
    """Takes over all sessions of the store, and the programs that the keeper kept."""

    def __init__(self, host: Host, sessions: Sessions) -> None:
        self._host = host
        self._sessions = sessions
        self._forgettable: list[str] = []

    async def run(self) -> None:
        """Adopt, record what became of each, and let the keeper forget what it need not keep."""
        kept = {pane.pane: pane for pane in await self._host.holder.panes()}
        panes: dict[str, list[PaneRow]] = {}
        for row in self._host.store.panes():
            panes.setdefault(row.session_id, []).append(row)
        for session_row in self._host.store.sessions():
            self._take_session(session_row, panes.get(session_row.id, []), kept)
        self._sessions.prune_layouts()
        for orphan in kept.values():
            self._let_go(orphan)
        for pane_id in self._forgettable:
            with suppress(ServerError):
                await self._host.holder.forget(pane_id)

    def _take_session(self, row: SessionRow, pane_rows: list[PaneRow], kept: dict[str, HeldPane]) -> None:
        open_rows = [pane_row for pane_row in pane_rows if pane_row.closed is None]
        if row.killed is not None and not any(pane_row.id in kept for pane_row in open_rows):
            self._sessions.add(Session(self._host, row, pane_rows))
            return
        session = Session(self._host, row)
        self._sessions.add(session)
        for pane_row in pane_rows:
            if pane_row.closed is not None:
                session.note_closed(pane_row)
        outcomes = [self._take_pane(session, pane_row, kept.pop(pane_row.id, None)) for pane_row in open_rows]
        if row.killed is None:
            outcome, why = min(outcomes, default=("failed", "no pane is recorded"), key=_weight)
            self.record(row, outcome, why)

    def _take_pane(self, session: Session, row: PaneRow, kept: HeldPane | None) -> tuple[str, str]:
        try:
            pane = Pane(self._host, session, row)
        except AiSessionError as error:
            if kept is not None and kept.terminal is not None:
                kept.terminal.close()
            session.reserve_position(row.position)
            return "failed", error.message
        session.panes.append(pane)
        try:
            return self._revive(pane, kept)
        except (AiSessionError, OSError) as error:
            logger.exception("cannot adopt %s", pane.address)
            return "failed", str(error).partition("\n")[0]

    def _revive(self, pane: Pane, kept: HeldPane | None) -> tuple[str, str]:
        row = pane.row
        if kept is not None and kept.terminal is not None:
            pane.adopt(kept.terminal)
            if kept.exit is None:
                return "adopted", f"its program (pid {kept.pid}) ran on"
            pane.process_ended(kept.exit)
            self._forgettable.append(row.id)
            return "stopped", f"its program ended meanwhile ({_how(row)})"
        if row.status != "running":
            return "stopped", f"its program had ended before ({_how(row)})"
        pane.rescan()
        if kept is not None and kept.exit is not None:
            pane.process_ended(kept.exit)
            self._forgettable.append(row.id)
            return "stopped", f"its program ended meanwhile ({_how(row)})"
        why = "the machine was restarted" if row.boot_id != boot_id() else self._host.holder.loss
        pane.process_lost(f"{why}: the exit status is unknown")
        return "stopped", f"{why}; its output is kept"

    def _let_go(self, orphan: HeldPane) -> None:
        """A program that no record names: its create was cut off. Hang it up."""
        logger.warning("the keeper kept pane %s, which no session has: hung up", orphan.pane)
        if orphan.terminal is not None:
            orphan.terminal.close()
        self._forgettable.append(orphan.pane)

    def record(self, row: SessionRow, outcome: str, why: str) -> None:
        """Add to the restore ledger."""
        try:
            self._host.store.add_ledger(LedgerRow(time.time(), os.getpid(), row.id, row.name, outcome, why))
        except StorageError as error:  # a full disk must not keep a server from taking over what runs
            logger.warning("not in the ledger: %s is %s (%s): %s", row.name, outcome, why, error.message)


def ledger_to_wire(row: LedgerRow) -> Mapping[str, object]:
    """Return the protocol's ledger entry."""
    return {
        "time": row.time,
        "server_pid": row.server_pid,
        "session_id": row.session_id,
        "session": row.name,
        "outcome": row.outcome,
        "why": row.why,
    }


def _weight(outcome: tuple[str, str]) -> int:
    return ("failed", "adopted", "stopped").index(outcome[0])


def _how(row: PaneRow) -> str:
    if row.exit_signal is not None:
        return f"signal {row.exit_signal}"
    return "exit status unknown" if row.exit_code is None else f"exit code {row.exit_code}"
