"""One client's connection: greeting, requests to tasks, replies, and what to do with a peer that misbehaves.

Invariant: nothing that a peer sends or leaves unread can hurt anybody but itself. A frame that is none ends the
connection with a log line; unread output pauses its streams; unread replies end it after a while.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from ai_session_tui import limits, sockets
from ai_session_tui.errors import AiSessionError, ProtocolError, ServerError, UsageError
from ai_session_tui.protocol import frames, messages
from ai_session_tui.protocol.greeting import check_greeting, greeting

logger = logging.getLogger(__name__)

_MAX_ID = 2**32 - 1
_FAREWELL_SECONDS = 5.0
_EARLY_BYTES = 1 << 20  # of memory for input that comes before its request's handler has run: a paste, key by key
_FRAME_BYTES = 64  # what a frame of a single byte costs


class Service(Protocol):
    """What a connection needs of the server."""

    def greeting_fields(self) -> Mapping[str, object]:
        """Return what our greeting says beside the version."""

    def check_secret(self, secret: object) -> bool:
        """Return whether a peer that came over TCP knows the secret."""

    def find_method(self, name: str) -> Callable[[Call, object], Awaitable[object]] | None:
        """Return the coroutine function that serves a method."""

    def connected(self, connection: Connection) -> None:
        """Take note of a connection that was greeted."""

    def disconnected(self, connection: Connection) -> None:
        """Take note that it is gone."""


class Call:
    """One open request: the handler's way to send events and bytes, and to hear input and cancellation."""

    def __init__(self, connection: Connection, ident: int) -> None:
        self.connection = connection
        self.ident = ident
        self.task: asyncio.Task[None] | None = None
        self._on_input: Callable[[bytes], None] | None = None
        self._early: list[bytes] = []  # came with the request, before its handler ran
        self._early_bytes = 0
        self.on_cancel: Callable[[], None] | None = None
        self.on_resume: Callable[[], None] | None = None

    @property
    def on_input(self) -> Callable[[bytes], None] | None:
        """What takes the bytes that the peer sends with this request; at first those that have come already."""
        return self._on_input

    @on_input.setter
    def on_input(self, take: Callable[[bytes], None]) -> None:
        self._on_input = take
        early, self._early = self._early, []
        for data in early:
            take(data)

    def take_input(self, data: bytes) -> None:
        """Pass bytes from the peer on; a request that takes none drops them."""
        if self._on_input is not None:
            self._on_input(data)
        elif self._early_bytes < _EARLY_BYTES:
            self._early_bytes += len(data) + _FRAME_BYTES
            self._early.append(data)

    @property
    def is_behind(self) -> bool:
        """Whether the peer reads slower than it is written to."""
        return self.connection.is_behind

    def event(self, name: str, data: Mapping[str, object]) -> None:
        """Send an event of this request."""
        self.connection.send_control(messages.event(self.ident, name, data))

    def send(self, data: bytes) -> None:
        """Send output bytes of this request; ask `is_behind` or await `drained()` before more."""
        self.connection.send_bytes(frames.encode_stream(self.ident, data))

    async def drained(self) -> None:
        """Wait until the peer has read enough to be sent more."""
        await self.connection.drained()

    def cancel(self) -> None:
        """End early: the handler's own way, or by cancelling its task."""
        if self.on_cancel is not None:
            self.on_cancel()
        elif self.task is not None:
            self.task.cancel()


class Connection(asyncio.Protocol):
    """A client's connection, from accept to close."""

    def __init__(self, service: Service, *, needs_secret: bool) -> None:
        self._service = service
        self._needs_secret = needs_secret
        self._decoder = frames.FrameDecoder(max_first=limits.MAX_HELLO_BYTES)
        self._transport: asyncio.Transport | None = None
        self._calls: dict[int, Call] = {}
        self._is_greeted = False
        self._is_ending = False
        self._drained = asyncio.Event()
        self._drained.set()
        self._owed = False  # control messages were written while the peer did not read
        self._timer: asyncio.TimerHandle | None = None
        self.client = "a client that has not said who it is"

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=limits.OUTBOX_HIGH_BYTES, low=limits.OUTBOX_HIGH_BYTES // 4)
        if not self._needs_secret and not _is_ours(transport):
            self.drop(ProtocolError("the peer is another user", "a server serves only the user who started it."))
            return
        self._timer = asyncio.get_running_loop().call_later(limits.HELLO_TIMEOUT_SECONDS, self._no_greeting)
        self.send_control(greeting("server", **self._service.greeting_fields()))

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._decoder.feed(data):
                self._take(frame)
                if self._transport is None:
                    return
        except ProtocolError as error:
            self.drop(error)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._stop_timer()
        self._drained.set()
        for call in list(self._calls.values()):
            if call.task is not None:
                call.task.cancel()
        self._service.disconnected(self)

    def pause_writing(self) -> None:
        self._drained.clear()
        self._owed = False
        self._watch_stall()

    def resume_writing(self) -> None:
        self._stop_timer()
        self._drained.set()
        for call in list(self._calls.values()):
            if call.on_resume is not None:
                call.on_resume()

    # sending

    @property
    def is_behind(self) -> bool:
        return not self._drained.is_set()

    async def drained(self) -> None:
        await self._drained.wait()

    def send_control(self, message: Mapping[str, object]) -> None:
        """Send a JSON frame; a peer that leaves too much unread is dropped."""
        if self._transport is None:
            return
        if self.is_behind:
            self._owed = True
            if self._transport.get_write_buffer_size() > limits.OUTBOX_DROP_BYTES:
                self.drop(ProtocolError("too much was left unread"))
                return
        self._transport.write(frames.encode_control(message))

    def send_bytes(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def drop(self, error: ProtocolError) -> None:
        """End the connection of an offender, with a line in the log."""
        if self._transport is None:
            return
        logger.warning("dropped %s: %s", self.client, error.message)
        transport, self._transport = self._transport, None
        if self.is_behind:
            transport.abort()
        else:
            transport.write(frames.encode_control(messages.failure(None, error)))
            transport.close()
            # The farewell waits for a peer that may never read; its descriptor must not.
            asyncio.get_running_loop().call_later(_FAREWELL_SECONDS, transport.abort)

    def take_no_more(self) -> None:
        """Begin nothing new: the server is about to end, and the peer will ask the next one."""
        self._is_ending = True

    def close(self) -> None:
        """Close after what was written has left."""
        if self._transport is not None:
            self._transport.close()

    # receiving

    def _take(self, frame: frames.Control | frames.Binary) -> None:
        if not self._is_greeted:
            self._greet(frame)
        elif isinstance(frame, frames.Binary):
            call = self._calls.get(frame.stream)
            if call is not None:
                call.take_input(frame.data)
        elif "cancel" in frame.message:
            cancelled = frame.message["cancel"]
            found = self._calls.get(cancelled) if isinstance(cancelled, int) else None
            if found is not None:
                found.cancel()
        else:
            self._open(frame.message)

    def _greet(self, frame: frames.Control | frames.Binary) -> None:
        if isinstance(frame, frames.Binary):
            raise ProtocolError("the peer sent bytes before its greeting")
        check_greeting(frame.message, we_are="server")
        if self._needs_secret and not self._service.check_secret(frame.message.get("secret")):
            raise ProtocolError("the peer does not know the secret", "read it from run/server.tcp in the home.")
        self._is_greeted = True
        self.client = f"client {str(frame.message.get('client', ''))[:40]!r} pid {str(frame.message.get('pid'))[:10]}"
        self._stop_timer()
        self._service.connected(self)

    def _open(self, message: dict[str, object]) -> None:
        ident, method, params = message.get("id"), message.get("method"), message.get("params", {})
        if not isinstance(ident, int) or not 0 < ident <= _MAX_ID or ident in self._calls:
            raise ProtocolError("a request without an id of its own")
        handler = self._service.find_method(method) if isinstance(method, str) else None
        if handler is None:
            hint = "the server may be older than this client: `ai-session server restart`."
            self._refuse(ident, UsageError(f"no method is called {str(method)[:80]!r}", hint))
        elif len(self._calls) >= limits.MAX_PENDING_REQUESTS:
            self._refuse(ident, UsageError(f"{limits.MAX_PENDING_REQUESTS} requests are open on this connection"))
        else:
            call = Call(self, ident)
            self._calls[ident] = call
            call.task = asyncio.get_running_loop().create_task(self._serve(call, handler, params))

    def _refuse(self, ident: int, error: AiSessionError) -> None:
        self.send_control(messages.failure(ident, error))

    async def _serve(self, call: Call, handler: Callable[[Call, object], Awaitable[object]], params: object) -> None:
        if self._is_ending:  # no answer at all, as if it had come a moment later
            self._calls.pop(call.ident, None)
            return
        try:
            reply = messages.result(call.ident, await handler(call, params))
            self.send_control(reply)
        except AiSessionError as error:
            self._refuse(call.ident, error)
        except asyncio.CancelledError:
            self._refuse(call.ident, AiSessionError("cancelled"))
        except Exception as error:  # the process edge: a bug must cost one request, not the server
            logger.exception("a request failed")
            what = f"the server failed at this: {type(error).__name__}: {error}"
            self._refuse(call.ident, ServerError(what, "its log has the details; this is a bug worth reporting."))
        finally:
            self._calls.pop(call.ident, None)

    # the impatient side

    def _no_greeting(self) -> None:
        self.drop(ProtocolError(f"no greeting within {limits.HELLO_TIMEOUT_SECONDS:g} seconds"))

    def _watch_stall(self) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(limits.STALLED_PEER_SECONDS, self._stalled)

    def _stalled(self) -> None:
        # A paused stream is legitimate (its reader may be a pager); replies that nobody fetches are not.
        if self._owed:
            self.drop(ProtocolError(f"replies lay unread for {limits.STALLED_PEER_SECONDS:g} seconds"))
        else:
            self._watch_stall()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _is_ours(transport: asyncio.Transport) -> bool:
    """Return whether the peer on a Unix socket is our own user, as far as the system tells."""
    uid = sockets.peer_uid(transport.get_extra_info("socket"))
    return uid is None or uid == os.getuid()
