"""The connections of one manager: opened on demand, the server started when none answers, reused, bounded.

Short calls and long ones (a command that is waited for, a stream) have places of their own, so that a hundred waiting
commands cannot keep anybody from listing or killing them. Invariant: a connection that is handed out has no request
open, and one that comes back with an open request is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from ai_session_tui import limits
from ai_session_tui.client.channel import Channel, Result, open_channel
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.errors import OutcomeUnknownError, ServerUnreachableError, UsageError
from ai_session_tui.paths import Home

_TRIES = 5  # of reaching a server that goes away while it is greeted


class Lease:
    """A channel, lent to one caller until `end`."""

    def __init__(self, owner: Channels, places: asyncio.Semaphore, channel: Channel) -> None:
        self._owner = owner
        self._places: asyncio.Semaphore | None = places
        self.channel = channel

    def end(self) -> None:
        """Give the channel back; it is closed when its request has not ended. May be called twice."""
        if self._places is not None:
            self._places.release()
            self._places = None
            self._owner.take_back(self.channel)


class Channels:
    """Connections to the server of one home, for one event loop."""

    def __init__(self, home: Home, *, start_server: bool) -> None:
        self.home = home
        self._start_server = start_server
        self._idle: list[Channel] = []
        self._lent: set[Channel] = set()
        self._short = asyncio.Semaphore(limits.LIBRARY_CALLS)
        self._long = asyncio.Semaphore(limits.LIBRARY_STREAMS)
        self._starting = asyncio.Lock()
        self._is_closed = False

    async def lease(self, *, long: bool) -> Lease:
        """Lend a channel, waiting for a place when too many are out; raises `ServerUnreachableError`."""
        places = self._long if long else self._short
        await places.acquire()
        try:
            channel = await self._channel()
            self._lent.add(channel)
            return Lease(self, places, channel)
        except BaseException:
            places.release()
            raise

    @asynccontextmanager
    async def leased(self, *, long: bool) -> AsyncIterator[Channel]:
        """Lend a channel for a block."""
        lease = await self.lease(long=long)
        try:
            yield lease.channel
        finally:
            lease.end()

    async def call(
        self, method: str, params: Mapping[str, object], *, repeatable: bool = False, long: bool = False
    ) -> object:
        """Return the result of a request.

        A server that dies over it is replaced, and a `repeatable` request is sent again; any other raises
        `OutcomeUnknownError`, because it may have been done.
        """
        for last in (False, True):
            async with self.leased(long=long) as channel:
                try:
                    return await channel.call(method, params)
                except ConnectionLostError as error:
                    if not repeatable:
                        raise OutcomeUnknownError(
                            f"the connection to the server broke before it answered to {method}",
                            "it may or may not have been done: look before you do it again.",
                        ) from error
                    if last:
                        raise
        raise AssertionError("unreachable")

    async def collect(self, method: str, params: Mapping[str, object]) -> tuple[bytes, object]:
        """Return all output of a repeatable request, and its result."""
        for last in (False, True):
            async with self.leased(long=True) as channel:
                try:
                    return await _collected(channel, method, params)
                except ConnectionLostError:
                    if last:
                        raise
        raise AssertionError("unreachable")

    def take_back(self, channel: Channel) -> None:
        """Keep a channel for the next caller, or close it."""
        self._lent.discard(channel)
        if (
            channel.is_open
            or channel.is_closing
            or self._is_closed
            or len(self._idle) >= limits.LIBRARY_IDLE_CONNECTIONS
        ):
            channel.close()
        else:
            self._idle.append(channel)

    def close(self) -> None:
        """Close every connection; whoever still waits on one hears that it is lost."""
        self._is_closed = True
        for channel in (*self._idle, *self._lent):
            channel.close()
        self._idle.clear()
        self._lent.clear()

    async def _channel(self) -> Channel:
        if self._is_closed:
            raise UsageError("this SessionManager is closed", "make another one.")
        while self._idle:
            channel = self._idle.pop()  # the one used last: the others may grow old
            if await channel.is_usable():
                return channel
            channel.close()
        return await self._new_channel()

    async def _new_channel(self) -> Channel:
        for tried in range(_TRIES):
            try:
                return await open_channel(self.home)
            except ConnectionLostError:
                # It listens, or did so just now, and hung up before its greeting: it is on its way out.
                await asyncio.sleep(limits.REJOIN_SECONDS * 2**tried)
            except ServerUnreachableError:
                if not self._start_server:
                    raise
                await self._start()
        return await open_channel(self.home)

    async def _start(self) -> None:
        from ai_session_tui.client import launch

        async with self._starting:  # one thread, however many callers found no server
            try:
                (await open_channel(self.home)).close()
            except ServerUnreachableError:
                (await asyncio.to_thread(launch.start_server, self.home)).close()


async def _collected(channel: Channel, method: str, params: Mapping[str, object]) -> tuple[bytes, object]:
    await channel.request(method, params)
    output = bytearray()
    while True:
        said = await channel.receive()
        if isinstance(said, bytes):
            output += said
        elif isinstance(said, Result):
            return bytes(output), said.value
