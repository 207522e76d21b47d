"""The server on stdio: reads messages, runs tools at the same time, writes answers.

Invariants: stdout carries messages and nothing else; every request is answered once, unless it was cancelled; the end
of stdin cancels what runs (a command is interrupted) and ends the program. No model's argument reaches a shell but
through the tools that are for that.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec

from ai_session_tui.client.aio import SessionManager
from ai_session_tui.errors import AiSessionError, TimeoutExpiredError
from ai_session_tui.mcp import wire
from ai_session_tui.mcp.declaring import Said
from ai_session_tui.mcp.tools import TOOLS
from ai_session_tui.redaction import redact
from ai_session_tui.version import VERSION

logger = logging.getLogger(__name__)

# Newest first: that is offered where we do not know theirs. Without 2025-03-26, the one revision in which a line may
# hold several requests.
VERSIONS = ("2025-11-25", "2025-06-18", "2024-11-05")
_GRACE_SECONDS = 1.0  # for what runs when stdin ends
_LONGEST_LINE = 16 * 1024 * 1024
_MOST_LINES = 8  # read and not taken in yet
_MOST_RUNNING = 200  # requests at once; the connection to our server takes 256
_BUSY = -32000  # JSON-RPC leaves this code to servers
_INSTRUCTIONS = (
    "Sessions are shells that go on when nobody looks. `exec` runs a command in one and tells its digest; read what is "
    "left out with `output`. `context` tells where a session is. Add what you say and decide to its conversation."
)


class McpServer:
    """One conversation with one client."""

    def __init__(self, manager: SessionManager, write: Callable[[bytes], None]) -> None:
        self._manager = manager
        self._write = write
        self._running: dict[wire.Ident, asyncio.Task[None]] = {}

    def take(self, line: bytes) -> None:
        """Take in one line."""
        match wire.read(line):
            case wire.Request() as request:
                if request.ident in self._running:
                    self._write(wire.error(request.ident, wire.INVALID_REQUEST, "this id is in use"))
                    return
                if len(self._running) >= _MOST_RUNNING:
                    self._write(wire.error(request.ident, _BUSY, f"{_MOST_RUNNING} requests run already; ask later"))
                    return
                task = asyncio.get_running_loop().create_task(self._answer(request))
                self._running[request.ident] = task
                task.add_done_callback(lambda _: self._running.pop(request.ident, None))
            case wire.Notification("notifications/cancelled", params):
                ident = params.get("requestId")
                if isinstance(ident, int | str) and (running := self._running.get(ident)) is not None:
                    running.cancel()
            case wire.Malformed(answer):
                self._write(answer)

    async def close(self) -> None:
        """Let what runs end within a moment, then cancel it."""
        tasks = list(self._running.values())
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, request: wire.Request) -> None:
        try:
            answer = await self._answer_to(request)
        except Exception as error:  # the process edge: a bug must cost one call, and be told
            logger.exception("%s failed", request.method)
            answer = wire.error(request.ident, wire.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
        self._write(answer)

    async def _answer_to(self, request: wire.Request) -> bytes:
        match request.method:
            case "initialize":
                return wire.result(request.ident, _greeting(request.params))
            case "ping":
                return wire.result(request.ident, {})
            case "tools/list":
                return wire.result(request.ident, {"tools": [tool.to_wire() for tool in TOOLS.values()]})
            case "tools/call":
                return await self._call(request)
        return wire.error(request.ident, wire.METHOD_NOT_FOUND, f"no method {request.method!r}")

    async def _call(self, request: wire.Request) -> bytes:
        name, given = request.params.get("name"), request.params.get("arguments") or {}
        tool = TOOLS.get(name) if isinstance(name, str) else None
        if tool is None:
            return wire.error(request.ident, wire.INVALID_PARAMS, f"there is no tool {name!r}")
        try:
            wish = msgspec.convert(given, tool.shape)
        except msgspec.ValidationError as error:
            return wire.error(request.ident, wire.INVALID_PARAMS, f"{name}: {error}")
        try:
            said = await tool.work(self._manager, wish)
        except AiSessionError as error:  # for the model to read and to do better
            return wire.result(request.ident, _masked(_failed(error)))
        answer = _content(said)
        return wire.result(request.ident, _masked(answer) if tool.is_masked else answer)


def _greeting(params: dict[str, object]) -> dict[str, object]:
    wanted = params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "ai-session", "title": "ai-session", "version": VERSION},
        "instructions": _INSTRUCTIONS,
    }


def _content(said: Said) -> dict[str, object]:
    return {"content": [{"type": "text", "text": said.text}], "structuredContent": said.data, "isError": False}


def _failed(error: AiSessionError) -> dict[str, object]:
    text = str(error)
    if isinstance(error, TimeoutExpiredError) and error.output:
        text += "\n" + error.output[-4000:].decode("utf-8", "replace")
    return {
        "content": [{"type": "text", "text": text}],
        "structuredContent": {"error": error.to_wire()},
        "isError": True,
    }


def _masked(value: Any) -> Any:
    """Return an answer without the secrets that stand in its texts: session records tell what ran and was printed."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items()}
    return value


async def serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Serve until the end of the input."""
    lines = _Lines()
    lines.read_from(incoming)

    def write(line: bytes) -> None:
        outgoing.write(line)
        outgoing.flush()

    async with SessionManager() as manager:
        server = McpServer(manager, write)
        try:
            while (line := await lines.next()) is not None:
                server.take(line)
        finally:
            await server.close()


class _Lines:
    """The lines of stdin, read by a thread: not every system lets a loop wait for it. Whoever writes faster waits."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = threading.Semaphore(_MOST_LINES)

    async def next(self) -> bytes | None:
        """Return the next line; None at the end."""
        line = await self._lines.get()
        self._room.release()
        return line

    def read_from(self, incoming: BinaryIO) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, args=(incoming,), name="stdin", daemon=True).start()

    def _read(self, incoming: BinaryIO) -> None:
        try:
            while True:
                self._room.acquire()
                line = incoming.readline(_LONGEST_LINE)
                self._loop.call_soon_threadsafe(self._lines.put_nowait, line or None)
                if not line:
                    return
        except (RuntimeError, ValueError, OSError):  # the loop, or the stream, has been closed meanwhile
            return
