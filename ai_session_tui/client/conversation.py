"""One asyncio connection for many requests at once: what a face that shows everything needs.

Where `Channel` gives each request a connection of its own, here all of them share one, and what arrives is handed
to its request at once, in the callback of the socket: no queue and no task stands between a frame and the screen.
Invariant: every request hears exactly one end (its result, its error, or the loss of the connection), and nothing
after it. The price is that a listener must be quick: it runs on the loop.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping

from ai_session_tui.client.channel import dial
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.errors import AiSessionError, ProtocolError, from_wire
from ai_session_tui.paths import Home
from ai_session_tui.protocol import frames, messages
from ai_session_tui.protocol.greeting import check_greeting, greeting

OnEvent = Callable[[str, dict[str, object]], object]
OnBytes = Callable[[bytes], object]
_GREETING_SECONDS = 10.0


class Request:
    """One open request: `result` is its end; input and the wish to end it go through here."""

    def __init__(
        self, conversation: Conversation, ident: int, on_event: OnEvent | None, on_bytes: OnBytes | None
    ) -> None:
        self.ident = ident
        self.on_event = on_event
        self.on_bytes = on_bytes
        self.result: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.result.add_done_callback(_seen)  # an end that nobody awaits is no error
        self._conversation = conversation

    def send(self, data: bytes) -> None:
        """Send input to the request; after its end that is nothing."""
        if not self.result.done():
            self._conversation.write(frames.encode_stream(self.ident, data))

    def cancel(self) -> None:
        """Ask for an early end and listen no more."""
        self.on_event = self.on_bytes = None
        if not self.result.done():
            self._conversation.write(frames.encode_control(messages.cancel(self.ident)))


def _seen(result: asyncio.Future[object]) -> None:
    if not result.cancelled():
        result.exception()


class Conversation(asyncio.Protocol):
    """A greeted connection. `lost` is done when it ends, with the reason as its result."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[AiSessionError] = loop.create_future()
        self.server: Mapping[str, object] = {}  # its greeting
        self._greeted: asyncio.Future[None] = loop.create_future()
        self._greeted.add_done_callback(_seen_greeting)
        self._decoder = frames.FrameDecoder()
        self._requests: dict[int, Request] = {}
        self._last_ident = 0
        self._transport: asyncio.Transport | None = None

    async def greet(self, secret: str | None) -> None:
        """Exchange greetings; raise `ProtocolError` when the two sides do not fit."""
        extra = {} if secret is None else {"secret": secret}
        self.write(frames.encode_control(greeting("client", client="dashboard", pid=os.getpid(), **extra)))
        async with asyncio.timeout(_GREETING_SECONDS):
            await self._greeted

    def request(
        self,
        method: str,
        params: Mapping[str, object],
        *,
        on_event: OnEvent | None = None,
        on_bytes: OnBytes | None = None,
    ) -> Request:
        """Open a request; raises `ConnectionLostError` when the connection is no more."""
        if self.lost.done():
            raise ConnectionLostError("the connection to the server broke")
        self._last_ident += 1
        opened = Request(self, self._last_ident, on_event, on_bytes)
        data = frames.encode_control(messages.request(opened.ident, method, params))
        self._requests[opened.ident] = opened
        self.write(data)
        return opened

    async def call(self, method: str, params: Mapping[str, object]) -> object:
        """Return the result of a request, or raise its error."""
        return await self.request(method, params).result

    def write(self, data: bytes) -> None:
        """Hand bytes to the socket at once."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand each frame to its request."""
        try:
            for frame in self._decoder.feed(data):
                if isinstance(frame, frames.Binary):
                    opened = self._requests.get(frame.stream)
                    if opened is not None and opened.on_bytes is not None:
                        opened.on_bytes(frame.data)
                else:
                    self._take(frame.message)
        except AiSessionError as error:
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits."""
        why = f": {exc}" if exc is not None else ""
        self._end(ConnectionLostError(f"the connection to the server broke{why}"))

    def _take(self, message: dict[str, object]) -> None:
        ident, error = message.get("id"), message.get("error")
        if ident is None and isinstance(error, dict):
            raise from_wire(error)
        if not self.server:
            self.server = message
            check_greeting(message, we_are="client")
            if not self._greeted.done():
                self._greeted.set_result(None)
            return
        opened = self._requests.get(ident) if isinstance(ident, int) else None
        if opened is None:
            return
        if "event" in message:
            data = message.get("data")
            if opened.on_event is not None:
                opened.on_event(str(message["event"]), data if isinstance(data, dict) else {})
            return
        del self._requests[opened.ident]
        if opened.result.done():
            return
        if isinstance(error, dict):
            opened.result.set_exception(from_wire(error))
        else:
            opened.result.set_result(message.get("result"))

    def _end(self, reason: AiSessionError) -> None:
        if not self.lost.done():
            self.lost.set_result(reason)
        if not self._greeted.done():
            self._greeted.set_exception(reason)
        requests, self._requests = self._requests, {}
        for opened in requests.values():
            if not opened.result.done():
                opened.result.set_exception(reason)
        self.close()


def _seen_greeting(greeted: asyncio.Future[None]) -> None:
    if not greeted.cancelled():
        greeted.exception()


async def open_conversation(home: Home) -> Conversation:
    """Connect to the server of a home; raises `ServerUnreachableError` when there is none, or `ProtocolError`."""
    connection, secret = await dial(home)
    conversation = Conversation()
    try:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: conversation, sock=connection)
    except BaseException:
        connection.close()
        raise
    try:
        await conversation.greet(secret)
    except TimeoutError:
        conversation.close()
        raise ProtocolError("the server did not greet", "`ai-session server restart` starts it anew.") from None
    except BaseException:
        conversation.close()
        raise
    return conversation
