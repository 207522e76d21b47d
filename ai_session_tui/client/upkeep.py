"""How the server is, what a cleanup did, and which templates there are."""

from __future__ import annotations

import msgspec

from ai_session_tui.client.records import Process, SessionStatus


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one session when a server started."""

    time: float
    session_id: str
    session: str
    outcome: str
    why: str = ""
    server_pid: int | None = None


class ServerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the server is."""

    pid: int
    keeper_pid: int | None = None
    version: str
    protocol: int
    home: str
    started: float | None = None
    sessions: dict[str, int] = {}
    clients: int | None = None
    analysts: tuple[int, ...] = ()
    trouble: str | None = None
    ledger: tuple[LedgerEntry, ...] = ()


class CleanedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that a cleanup removed, would remove, or left alone; `why` says which it was."""

    id: str
    name: str
    status: SessionStatus
    last_activity: float | None = None
    why: str
    bytes: int = 0
    removed: bool = False
    gone: tuple[Process, ...] = ()
    survived: tuple[Process, ...] = ()


class Cleanup(msgspec.Struct, frozen=True, kw_only=True):
    """What a cleanup did, or (`dry_run`) would do; `bytes` are those that it freed."""

    dry_run: bool
    sessions: tuple[CleanedSession, ...]
    kept: tuple[CleanedSession, ...]
    leftovers: tuple[dict[str, str | int | bool], ...] = ()
    bytes: int
    trouble: str | None = None


class TemplateInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A template for new sessions; `mistake` says what keeps it from being used."""

    name: str
    path: str
    is_builtin: bool
    description: str = ""
    tags: tuple[str, ...] = ()
    panes: int = 0
    mistake: str | None = None
