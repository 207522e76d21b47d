"""Attaching a plain terminal to a pane."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ai_session_tui.errors import BusyError, NotFoundError
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.exec_runs import stopped_error
from ai_session_tui.server.params import Attach, RedrawAttach, ResizeAttach
from ai_session_tui.server.viewers import Viewer

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server

logger = logging.getLogger(__name__)


@method("attach", Attach)
async def attach(server: Server, call: Call, params: Attach) -> object:
    """Show a pane on the client's terminal, and type what it types."""
    pane = server.sessions.find_pane(params.target)
    if not pane.is_alive:
        raise stopped_error(pane)
    viewer = Viewer(call, pane, params.columns, params.rows, read_only=params.read_only)

    def typed(data: bytes) -> None:
        if not viewer.read_only and pane.is_alive:
            pane.viewers.activate(viewer)
            try:
                pane.keyboard.typed(data)
            except BusyError as error:  # there is nobody to tell: what was typed is lost, as at any full terminal
                logger.warning("%s: input dropped: %s", pane.address, error.message)

    call.on_input = typed
    call.on_cancel = lambda: viewer.end("detached")
    server.viewers[call.connection, call.ident] = viewer
    call.event("attached", {"session": pane.session.to_wire(), "pane": pane.to_wire()})
    pane.viewers.add(viewer)
    pane.news.seen()
    pane.announce_session()
    try:
        return {"reason": await viewer.ended}
    finally:
        del server.viewers[call.connection, call.ident]
        pane.viewers.remove(viewer)
        pane.news.shown()
        pane.announce_session()


@method("attach.resize", ResizeAttach)
async def resize(server: Server, call: Call, params: ResizeAttach) -> object:
    """Take the viewer's new size."""
    viewer = _viewer(server, call, params.attach)
    viewer.pane.viewers.resized(viewer, params.columns, params.rows)
    return {}


@method("attach.redraw", RedrawAttach)
async def redraw(server: Server, call: Call, params: RedrawAttach) -> object:
    """Send the whole picture again."""
    _viewer(server, call, params.attach).mark_stale()
    return {}


def _viewer(server: Server, call: Call, ident: int) -> Viewer:
    viewer = server.viewers.get((call.connection, ident))
    if viewer is None:
        raise NotFoundError(f"request {ident} of this connection attaches nothing")
    return viewer
