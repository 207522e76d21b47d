"""Methods about the server itself, and the stream of events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ai_session_tui.errors import ConflictError, UnsupportedError
from ai_session_tui.server.adoption import ledger_to_wire
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.params import Nothing, StopServer

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


@method("server.status", Nothing)
async def status(server: Server, call: Call, params: Nothing) -> object:
    """Tell about the server and its restore ledger."""
    return {**server.status(), "ledger": [ledger_to_wire(row) for row in server.host.store.ledger()]}


@method("server.stop", StopServer)
async def stop(server: Server, call: Call, params: StopServer) -> object:
    """End the server, and the sessions' programs unless they are to be kept."""
    if params.keep_sessions and not server.host.holder.outlives_server:
        raise UnsupportedError(
            "on this system the programs end with the server", "stop it without --keep-sessions, then start it."
        )
    if params.keep_sessions and not server.homestead.can_hand_over:
        raise ConflictError(
            f"the programs cannot be handed over: {server.homestead.trouble}",
            "finish what runs, then stop the server without --keep-sessions.",
        )
    names = [session.row.name for session in server.sessions.living() if session.status != "stopped"]
    asyncio.get_running_loop().call_soon(lambda: server.stop(keep_sessions=params.keep_sessions))
    return {"stopped": [] if params.keep_sessions else names}


@method("events", Nothing)
async def events(server: Server, call: Call, params: Nothing) -> object:
    """Pass on what happens until cancelled."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    call.on_cancel = lambda: None if over.done() else over.set_result(None)
    end = server.host.bus.listen(call.event)
    try:
        await over
    finally:
        end()
    return {}
