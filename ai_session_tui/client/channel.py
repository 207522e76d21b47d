"""One asyncio connection to the server, for one request at a time.

A caller that reads slowly is felt by its own connection alone: nothing here reads ahead by more than
`limits.OUTBOX_HIGH_BYTES`, so the server pauses that stream and no other. Invariant: what `receive` returns belongs to
the request that is open, and a channel whose last request has not ended is never used for another one.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Mapping

import msgspec

from ai_session_tui import limits
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.errors import ProtocolError, ServerUnreachableError, from_wire
from ai_session_tui.paths import Home
from ai_session_tui.protocol import frames, messages
from ai_session_tui.protocol.greeting import check_greeting, greeting
from ai_session_tui.sockets import connect_unix

_CONNECT_SECONDS = 10.0  # how long a server with a full backlog is waited for
_READ_BYTES = 256 * 1024


class Event(msgspec.Struct, frozen=True):
    """Something on the way of a request."""

    name: str
    data: dict[str, object]


class Result(msgspec.Struct, frozen=True):
    """The successful end of a request."""

    value: object


class Channel:
    """A greeted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = reader
        self._writer = writer
        self._decoder = frames.FrameDecoder()
        self._frames: deque[frames.Control | frames.Binary] = deque()
        self._ident = 0  # of the open request, or the last one
        self._last_ident = 0
        self.is_open = False  # a request has not ended

    async def greet(self, secret: str | None) -> None:
        """Exchange greetings; raise `ProtocolError` when the two sides do not fit."""
        extra = {} if secret is None else {"secret": secret}
        await self._send(greeting("client", client="library", pid=os.getpid(), **extra))
        first = await self._next_frame()
        if isinstance(first, frames.Binary):
            raise ProtocolError("the server sent bytes before its greeting")
        _raise_connection_error(first.message)
        check_greeting(first.message, we_are="client")

    async def is_usable(self) -> bool:
        """Return whether another request can be sent: the server has not hung up since the last one."""
        # Two rounds of the loop: one polls the socket, the other runs what it found (an end of file, say).
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return not (self.is_open or self._frames or self._reader.at_eof() or self.is_closing)

    @property
    def is_closing(self) -> bool:
        """Whether this side has hung up."""
        return self._writer.is_closing()

    async def request(self, method: str, params: Mapping[str, object]) -> None:
        """Open a request; `receive` returns what comes of it."""
        self._last_ident = self._ident = self._last_ident + 1
        self.is_open = True
        await self._send(messages.request(self._ident, method, params))

    async def subscribe(self, method: str, params: Mapping[str, object]) -> list[Event]:
        """Open a request and return when the server serves it, with the events that came until then.

        The server takes requests in order, so the answer to a second one says that the first is being served.
        """
        await self.request(method, params)
        self._last_ident = question = self._ident + 1
        await self._send(messages.request(question, "server.status", {}))
        events: list[Event] = []
        while True:
            frame = await self._next_frame()
            if isinstance(frame, frames.Binary):
                continue
            if frame.message.get("id") == question and "event" not in frame.message:
                return events
            said = self._read(frame.message)
            if isinstance(said, Event):
                events.append(said)

    async def receive(self) -> bytes | Event | Result:
        """Return the next output, event or the result; raise the error that the request ended with."""
        while True:
            frame = await self._next_frame()
            if isinstance(frame, frames.Binary):
                if frame.stream == self._ident:
                    return frame.data
                continue
            said = self._read(frame.message)
            if said is not None:
                return said

    async def call(self, method: str, params: Mapping[str, object]) -> object:
        """Send a request and return its result, whatever events come before it."""
        await self.request(method, params)
        while True:
            said = await self.receive()
            if isinstance(said, Result):
                return said.value

    async def cancel(self) -> None:
        """Ask for an early end of the open request; it still ends with a result or an error."""
        if self.is_open:
            await self._send(messages.cancel(self._ident))

    async def ended(self) -> None:
        """Wait until the server hangs up, whatever it says before."""
        try:
            while True:
                await self._next_frame()
        except ConnectionLostError:
            self._writer.close()

    def close(self) -> None:
        """Hang up; after the end of the loop there is nothing left to do it with."""
        if not self._loop.is_closed():
            self._writer.close()

    def _read(self, message: Mapping[str, object]) -> Event | Result | None:
        """Return what a message says about the open request; raise what it ended with, or the connection."""
        if message.get("id") != self._ident:
            _raise_connection_error(message)
            return None
        if "event" in message:
            data = message.get("data")
            return Event(str(message["event"]), data if isinstance(data, dict) else {})
        self.is_open = False
        if "error" in message:
            raise from_wire(_error_object(message))
        return Result(message.get("result"))

    async def _send(self, message: Mapping[str, object]) -> None:
        try:
            self._writer.write(frames.encode_control(message))
            await self._writer.drain()
        except ConnectionError as error:
            raise _lost() from error

    async def _next_frame(self) -> frames.Control | frames.Binary:
        while not self._frames:
            try:
                data = await self._reader.read(_READ_BYTES)
            except ConnectionError as error:
                raise _lost() from error
            if not data:
                raise _lost()
            self._frames.extend(self._decoder.feed(data))
        return self._frames.popleft()


async def open_channel(home: Home) -> Channel:
    """Connect to the server of a home; raise `ServerUnreachableError` when there is none."""
    connection, secret = await dial(home)
    try:
        if connection.family == socket.AF_INET:
            reader, writer = await asyncio.open_connection(sock=connection, limit=limits.OUTBOX_HIGH_BYTES)
        else:
            reader, writer = await asyncio.open_unix_connection(sock=connection, limit=limits.OUTBOX_HIGH_BYTES)
    except BaseException:
        connection.close()
        raise
    channel = Channel(reader, writer)
    try:
        await channel.greet(secret)
    except BaseException:
        channel.close()
        raise
    return channel


async def dial(home: Home) -> tuple[socket.socket, str | None]:
    """Return a connected socket and the secret that the greeting needs; raises `ServerUnreachableError`."""
    deadline = asyncio.get_running_loop().time() + _CONNECT_SECONDS
    pause = 0.002
    while True:
        try:
            return connect_unix(home.server_socket, 0), None
        except BlockingIOError as error:
            # The server's backlog is full: unlike TCP, a Unix socket does not go on connecting by itself.
            if asyncio.get_running_loop().time() > deadline:
                raise _unreachable(home, error) from error
        except (FileNotFoundError, ConnectionRefusedError, AttributeError) as error:  # AttributeError: no AF_UNIX
            return await _dial_tcp(home, error)
        except OSError as error:
            raise _unreachable(home, error) from error
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.1)


async def _dial_tcp(home: Home, why_not_unix: Exception) -> tuple[socket.socket, str]:
    try:
        address, port, secret = _read_endpoint(home.tcp_endpoint)
        connection = socket.socket(socket.AF_INET)
    except (OSError, ValueError) as error:
        raise _unreachable(home, why_not_unix) from error
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, (address, int(port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        connection.close()
        raise _unreachable(home, error) from error
    except BaseException:
        connection.close()
        raise
    return connection, secret


def _read_endpoint(path: str) -> tuple[str, str, str]:
    with open(path, encoding="ascii") as file:
        address, port, secret = file.readline().split()
    return address, port, secret


def _raise_connection_error(message: Mapping[str, object]) -> None:
    if "error" in message and "id" not in message:
        raise from_wire(_error_object(message))


def _error_object(message: Mapping[str, object]) -> dict[str, str]:
    error = message.get("error")
    return {key: str(value) for key, value in error.items()} if isinstance(error, dict) else {}


def _lost() -> ConnectionLostError:
    return ConnectionLostError(
        "the connection to the server broke", "`ai-session server status` shows what became of it."
    )


def _unreachable(home: Home, error: Exception) -> ServerUnreachableError:
    return ServerUnreachableError(
        f"no server answers in {home.folder}: {error}", "`ai-session server start` starts one."
    )
