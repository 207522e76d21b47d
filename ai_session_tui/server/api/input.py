"""Methods that type: into one pane, key by key, or into many panes at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import msgspec

from ai_session_tui.errors import AiSessionError, UsageError
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.params import SendInput, Targeted

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


class Broadcast(msgspec.Struct):
    """Parameters of `broadcast`."""

    targets: Annotated[list[str], msgspec.Meta(max_length=1000)] = []
    tag: str | None = None
    all: bool = False
    text: str = ""
    keys: list[str] = []
    enter: bool = False
    paste: bool = False
    skip: str | None = None


@method("pane.send", SendInput)
async def send(server: Server, call: Call, params: SendInput) -> object:
    """Type text, then keys, then Enter."""
    pane = server.sessions.find_pane(params.target)
    return {"bytes": await _type(pane, params)}


async def _type(pane: Pane, params: SendInput | Broadcast) -> int:
    pane.keyboard.check_connected()  # raises when nothing is there to read
    async with pane.keyboard.lock:
        size = pane.keyboard.type_text(params.text, paste=params.paste) if params.text else 0
        size += pane.keyboard.press(params.keys)
        if params.enter:
            await pane.keyboard.press_enter()
            size += 1
    return size


@method("pane.type", Targeted)
async def type_keys(server: Server, call: Call, params: Targeted) -> object:
    """Type what the client sends, as it comes, until cancelled or the pane is closed."""
    pane = server.sessions.find_pane(params.target)
    over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def end(reason: str) -> None:
        if not over.done():
            over.set_result(reason)

    def typed(data: bytes) -> None:
        pane.viewers.typed_by(call.connection)
        try:
            pane.keyboard.typed(data)
        except AiSessionError as error:  # its program has ended, or reads nothing: the keys are lost, the pane stays
            call.event("lost", error.to_wire())

    def gone() -> None:
        end("closed")

    call.on_input = typed
    call.on_cancel = lambda: end("cancelled")
    pane.viewers.typists.add(gone)
    try:
        return {"reason": await over}
    finally:
        pane.viewers.typists.discard(gone)


@method("broadcast", Broadcast)
async def broadcast(server: Server, call: Call, params: Broadcast) -> object:
    """Type the same into several panes at once; where that cannot be is told, not raised."""
    if not (params.text or params.keys or params.enter):
        raise UsageError("nothing to type", "give a text, keys, or enter.")
    if params.all == bool(params.targets or params.tag):
        raise UsageError("name sessions or a tag, or all, not both")
    failed: list[dict[str, object]] = []
    panes: dict[Pane, str] = {}
    for target in _targets(server, params):
        try:
            pane = server.sessions.find_pane(target, focused=True)
        except AiSessionError as error:
            failed.append({"target": target, "session": None, "pane": None, "error": error.to_wire()})
        else:
            if pane.row.id != params.skip:
                panes.setdefault(pane, target)
    told = await asyncio.gather(*(_type_into(pane, target, params) for pane, target in panes.items()))
    failed += [one for one in told if "error" in one]
    return {"sent": [one for one in told if "error" not in one], "failed": failed}


def _targets(server: Server, params: Broadcast) -> list[str]:
    """Return what is meant: of a session that is meant as a whole, the pane with the focus."""
    running = [session.row for session in server.sessions.living() if session.is_alive]
    chosen = [row.id for row in running if params.all or (params.tag is not None and params.tag in row.tags)]
    return [*params.targets, *chosen]


async def _type_into(pane: Pane, target: str, params: Broadcast) -> dict[str, object]:
    told: dict[str, object] = {"target": target, "session": pane.session.row.name, "pane": pane.row.position}
    try:
        return told | {"bytes": await _type(pane, params)}
    except AiSessionError as error:
        return told | {"error": error.to_wire()}
