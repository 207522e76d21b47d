"""Methods about sessions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from ai_session_tui import limits
from ai_session_tui.errors import UsageError
from ai_session_tui.names import check_tag, parse_target
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.outfits import create_after, read_outfit, settle
from ai_session_tui.server.params import (
    CreateSession,
    KillSessions,
    ListSessions,
    RenameSession,
    StartSession,
    Targeted,
)

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


@method("session.create", CreateSession)
async def create(server: Server, call: Call, params: CreateSession) -> object:
    """Create a session, after a template perhaps."""
    template = await read_outfit(server.host.home, params)
    return (await create_after(server, settle(params, template, server.sessions))).to_wire()


@method("session.list", ListSessions)
async def list_sessions(server: Server, call: Call, params: ListSessions) -> object:
    """List sessions, oldest first; killed ones only when asked for."""
    wanted = params.status
    sessions = [
        session for session in server.sessions if (session.status == wanted if wanted else session.row.killed is None)
    ]
    return {"sessions": [session.to_wire() for session in sessions]}


@method("session.get", Targeted)
async def get(server: Server, call: Call, params: Targeted) -> object:
    """Tell all about one session."""
    target = parse_target(params.target)
    session = server.sessions.find(target)
    if target.pane is not None:
        session.pane_at(target.pane)  # raises when there is no such pane
    return session.to_wire(look_closer=True)


@method("session.rename", RenameSession)
async def rename(server: Server, call: Call, params: RenameSession) -> object:
    """Give a session another name."""
    session = server.sessions.find(params.target)
    if params.name != session.row.name:
        old, session.row.name = session.row.name, server.sessions.free_name(params.name)
        try:
            session.save()
        except BaseException:
            session.row.name = old
            raise
        server.host.bus.tell("session", session.to_wire())
    return session.to_wire()


@method("session.start", StartSession)
async def start(server: Server, call: Call, params: StartSession) -> object:
    """Start a stopped session again."""
    target = parse_target(params.target)
    session = await server.life.start(server.sessions.find(target), params.env, target.pane)
    server.adoption.record(session.row, "restarted", "started again on request")
    return session.to_wire()


@method("session.kill", KillSessions)
async def kill(server: Server, call: Call, params: KillSessions) -> object:
    """End sessions and tell what is gone."""
    if params.all == bool(params.targets):
        raise UsageError("name the sessions to kill, or all, not both")
    found = server.sessions.living() if params.all else [server.sessions.find(name) for name in params.targets]
    unique = list(dict.fromkeys(found))
    return {"sessions": await asyncio.gather(*(server.life.kill(session, force=params.force) for session in unique))}


@method("session.delete", Targeted)
async def delete(server: Server, call: Call, params: Targeted) -> object:
    """Remove a killed session for good, with everything that was recorded of it."""
    session = server.sessions.find(params.target)
    await server.life.forget(session)
    return {"id": session.row.id, "name": session.row.name}


@method("session.detach", Targeted)
async def detach(server: Server, call: Call, params: Targeted) -> object:
    """Send all viewers of a session away."""
    viewers = [viewer for pane in server.sessions.find(params.target).panes for viewer in pane.viewers]
    for viewer in viewers:
        viewer.end("detached")
    return {"detached": len(viewers)}


class TagSession(msgspec.Struct):
    """Parameters of `session.tag`."""

    target: str
    add: list[str] = []
    remove: list[str] = []


@method("session.tag", TagSession)
async def tag(server: Server, call: Call, params: TagSession) -> object:
    """Give a session tags, or take some away."""
    session = server.sessions.find(params.target)
    kept = [tag for tag in session.row.tags if tag not in params.remove]
    tags = list(dict.fromkeys([*kept, *map(check_tag, params.add)]))
    if len(tags) > limits.MAX_TAGS:
        raise UsageError(f"a session has at most {limits.MAX_TAGS} tags", "take one away first.")
    if tags != session.row.tags:
        before, session.row.tags = session.row.tags, tags
        try:
            session.save()
        except BaseException:
            session.row.tags = before
            raise
        server.sessions.tell(session)
    return session.to_wire()


@method("session.seen", Targeted)
async def seen(server: Server, call: Call, params: Targeted) -> object:
    """Take note that somebody has looked at a session, or at one pane of it."""
    target = parse_target(params.target)
    session = server.sessions.find(target)
    for pane in session.panes if target.pane is None else [session.pane_at(target.pane)]:
        pane.news.seen()
    return session.to_wire()
