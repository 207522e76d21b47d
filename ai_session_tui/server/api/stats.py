"""The method behind `stats`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.params import Time
from ai_session_tui.server.statistics import statistics

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


class GetStatistics(msgspec.Struct):
    """Parameters of `stats.get`."""

    target: str | None = None
    since: Time | None = None


@method("stats.get", GetStatistics)
async def get(server: Server, call: Call, params: GetStatistics) -> object:
    """Tell the figures of one session, or of all."""
    session = None if params.target is None else server.sessions.find(params.target)
    return await statistics(server, session, params.since)
