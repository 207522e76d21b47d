"""The method behind `cleanup`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ai_session_tui.errors import BusyError
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.cleaning import Cleaner, Criteria
from ai_session_tui.server.connection import Call
from ai_session_tui.server.params import Offset, Seconds

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


class CleanUp(msgspec.Struct):
    """Parameters of `cleanup`."""

    idle: Seconds | None = None
    stopped: bool = False
    older_than: Seconds | None = None
    keep: Offset | None = None
    force: bool = False
    spare: list[str] = []
    dry_run: bool = True
    sessions: list[str] | None = None


@method("cleanup", CleanUp)
async def clean_up(server: Server, call: Call, params: CleanUp) -> object:
    """Tell what would be removed, or remove it."""
    criteria = Criteria(
        idle=params.idle,
        stopped=params.stopped,
        older_than=params.older_than,
        keep=params.keep,
        force=params.force,
        spare=tuple(params.spare),
    )
    cleaner = Cleaner(server, criteria)
    if params.dry_run:
        return await cleaner.preview()
    if server.cleaning.locked():
        raise BusyError("a cleanup is under way", "wait until it is done.")
    async with server.cleaning:
        return await cleaner.run(params.sessions)
