"""Cleaning up: which sessions would go and why, what stays and why, and then, when told, the end of them.

Invariants: what a command runs in, what somebody looks at and where the caller is are never touched unless told; a
session's records go only once its processes are proved gone; what is agreed upon is looked at again before it goes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ai_session_tui.errors import StorageError
from ai_session_tui.journal.segments import prune_folder
from ai_session_tui.paths import Home
from ai_session_tui.server import leftovers
from ai_session_tui.server.disk import bytes_of
from ai_session_tui.server.leftovers import Leftover
from ai_session_tui.server.sessions import Session
from ai_session_tui.shells import PaneState, ShellKind
from ai_session_tui.store.compaction import compact, database_bytes
from ai_session_tui.store.statistics import statistics_reader

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What shall go. Durations in seconds."""

    idle: float | None = None
    stopped: bool = False
    older_than: float | None = None
    keep: int | None = None
    force: bool = False
    spare: tuple[str, ...] = ()  # ids of sessions that stay in any case

    @property
    def wants_stopped(self) -> bool:
        """Whether sessions without a process are meant: also when only an age or a number is given."""
        return self.stopped or (self.idle is None and (self.older_than is not None or self.keep is not None))


@dataclass(slots=True)
class Plan:
    """What would go, and what stays although it fits."""

    sessions: list[tuple[Session, str]] = field(default_factory=list)  # with why it goes
    kept: list[tuple[Session, str]] = field(default_factory=list)  # with why it stays


def plan(sessions: Iterable[Session], criteria: Criteria, now: float) -> Plan:
    """Return what the criteria mean for the sessions as they are."""
    found = Plan()
    fitting = [(session, why) for session in sessions if (why := _why(session, criteria, now))]
    fitting.sort(key=lambda pair: pair[0].row.last_activity, reverse=True)
    for session, why in fitting[: criteria.keep or 0]:
        del why
        found.kept.append((session, f"one of the newest {criteria.keep}"))
    for session, why in fitting[criteria.keep or 0 :]:
        obstacle = _obstacle(session, criteria)
        if obstacle:
            found.kept.append((session, obstacle))
        else:
            found.sessions.append((session, why))
    return found


def _why(session: Session, criteria: Criteria, now: float) -> str:
    """Return why a session fits the criteria; nothing when it does not."""
    status = session.status
    age = now - session.row.last_activity
    if criteria.older_than is not None and age < criteria.older_than:
        return ""
    if status in ("stopped", "killed"):
        return status if criteria.wants_stopped else ""
    return "idle" if criteria.idle is not None and age >= criteria.idle else ""


def _obstacle(session: Session, criteria: Criteria) -> str:
    """Return why a session must stay."""
    if session.row.id in criteria.spare:
        return "the caller is in it"
    if session.is_starting:
        return "it is being started"
    if criteria.force:
        return ""
    for pane in session.awake_panes:
        if len(pane.viewers):
            return "somebody is attached"
        if not pane.is_alive:
            continue
        busy = pane.execution.busy_with()
        if busy:
            return f"it is {busy}"
        if pane.kind is ShellKind.NONE:
            return f"it runs {pane.foreground.name}"
        if pane.has_no_marks or (pane.tracker_state is not PaneState.PROMPT and not pane.foreground.is_shell):
            return "a program is in its foreground"
    return ""


class Cleaner:
    """One cleanup of one server."""

    def __init__(self, server: Server, criteria: Criteria) -> None:
        self._server = server
        self._criteria = criteria
        self._home: Home = server.host.home
        self._store_path = server.host.store.path

    async def preview(self) -> dict[str, object]:
        """Return what would be done."""
        found = plan(self._server.sessions, self._criteria, time.time())
        junk = await self._leftovers()
        sizes = await asyncio.to_thread(self._sizes, [session.row.id for session, _ in found.sessions])
        return {
            "dry_run": True,
            "sessions": [
                {**_shape(session), "why": why, "bytes": size}
                for (session, why), size in zip(found.sessions, sizes, strict=True)
            ],
            "kept": [{**_shape(session), "why": why} for session, why in found.kept],
            "leftovers": [asdict(one) for one in junk],
            "bytes": sum(sizes) + sum(one.bytes for one in junk),
        }

    async def run(self, agreed: list[str] | None) -> dict[str, object]:
        """Do it, to those of the sessions that were agreed upon and still fit; return what is gone."""
        before = await asyncio.to_thread(bytes_of, self._home.folder)
        found = plan(self._server.sessions, self._criteria, time.time())
        removed = []
        for session, why in found.sessions:
            if agreed is not None and session.row.id not in agreed:
                continue
            if _why(session, self._criteria, time.time()) and not _obstacle(session, self._criteria):
                removed.append(await self._remove(session, why))
            else:  # others were removed first, and that takes its time
                found.kept.append((session, "it is in use again"))
        junk = await self._leftovers()
        gone = await asyncio.to_thread(lambda: [{**asdict(one), "gone": leftovers.remove(one)} for one in junk])
        database = await asyncio.to_thread(database_bytes, self._store_path)
        await self._prune()
        trouble = await self._compact()
        after = await asyncio.to_thread(bytes_of, self._home.folder)
        return {
            "dry_run": False,
            "sessions": removed,
            "kept": [{**_shape(session), "why": why} for session, why in found.kept],
            "leftovers": gone,
            "database": {"before": database, "after": await asyncio.to_thread(database_bytes, self._store_path)},
            "trouble": trouble,
            "bytes": max(0, before - after),
        }

    async def _remove(self, session: Session, why: str) -> dict[str, object]:
        """End what runs in a session, then remove all of it; a process that survives keeps everything."""
        shape = {**_shape(session), "why": why}
        killed: dict[str, object] = {"gone": [], "survived": []}
        if session.row.killed is None:
            killed = await self._server.life.kill(session, force=False)
        if killed["survived"]:
            return {**shape, "gone": killed["gone"], "survived": killed["survived"], "bytes": 0, "removed": False}
        size = await self._server.life.forget(session)
        return {**shape, "gone": killed["gone"], "survived": [], "bytes": size, "removed": True}

    def _sizes(self, session_ids: list[str]) -> list[int]:
        with statistics_reader(self._store_path) as reader:
            return [
                sum(bytes_of(self._home.journal(pane)) + bytes_of(self._home.shell(pane)) for pane in reader.panes(one))
                for one in session_ids
            ]

    async def _leftovers(self) -> list[Leftover]:
        def look() -> list[Leftover]:
            candidates = leftovers.list_candidates(self._home)  # before the panes: a new one is not missed then
            with statistics_reader(self._store_path) as reader:
                return leftovers.without_panes(candidates, set(reader.panes(None)))

        return await asyncio.to_thread(look)

    async def _prune(self) -> None:
        """Bring all journals below the limit; those that are written do so by themselves, but perhaps not soon."""
        limit = self._server.host.settings.journal_limit_mb * 1024 * 1024
        self._server.host.analyses.searches.note_removal()
        awake = {pane.row.id: pane for pane in self._server.sessions.panes() if pane.is_alive}
        for pane in awake.values():
            pane.journal.prune()
        asleep = [pane for pane in await asyncio.to_thread(self._all_panes) if pane not in awake]
        try:
            await asyncio.to_thread(_prune_folders, [self._home.journal(pane) for pane in asleep], limit)
        except OSError as error:
            logger.warning("a journal cannot be pruned: %s", error)

    def _all_panes(self) -> list[str]:
        with statistics_reader(self._store_path) as reader:
            return reader.panes(None)

    async def _compact(self) -> str | None:
        try:
            with self._server.host.store.patience():
                await asyncio.to_thread(compact, self._store_path)
        except StorageError as error:
            return error.message
        return None


def _prune_folders(folders: list[str], limit: int) -> None:
    for folder in folders:
        prune_folder(folder, limit)


def _shape(session: Session) -> dict[str, object]:
    row = session.row
    return {"id": row.id, "name": row.name, "status": session.status, "last_activity": row.last_activity}
