"""Endless streams: what happens in all sessions, and what a pane prints.

Invariant: a stream that is entered (`async with`) misses nothing from then on, unless it says so with `Reconnected`.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from types import TracebackType
from typing import Self

from ai_session_tui import limits
from ai_session_tui.client.channel import Channel, Event, Result
from ai_session_tui.client.channels import Channels, Lease
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.client.decoding import decode
from ai_session_tui.client.happenings import (
    CommandAnalysed,
    CommandEnded,
    CommandStarted,
    MailArrived,
    ManagerEvent,
    MessageAdded,
    Notice,
    Reconnected,
    SessionChanged,
    SessionGone,
    read_manager_event,
)
from ai_session_tui.client.records import SessionInfo
from ai_session_tui.errors import ProtocolError
from ai_session_tui.names import parse_target


class _Stream(ABC):
    """The life of a stream: it takes a connection when it is entered or first read, and gives it back at its end."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._lease: Lease | None = None

    async def _open(self) -> Channel:
        if self._lease is None:
            lease = await self._channels.lease(long=True)
            self._lease = lease
            try:
                await self._begin(lease.channel)
            except BaseException:  # cancelled, say: half a beginning is none
                self._let_go()
                raise
        return self._lease.channel

    @abstractmethod
    async def _begin(self, channel: Channel) -> None:
        """Ask the server for what is to be streamed."""

    async def aclose(self) -> None:
        """End the stream."""
        self._let_go()

    def _let_go(self) -> None:
        if self._lease is not None:
            self._lease.end()
            self._lease = None

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    def __del__(self) -> None:
        lease: Lease | None = getattr(self, "_lease", None)
        if lease is not None:
            lease.end()


class EventStream(_Stream):
    """What happens in all sessions, or in one, as typed events: `async for event in …`, without an end."""

    def __init__(self, channels: Channels, session_id: str | None = None) -> None:
        super().__init__(channels)
        self._session_id = session_id
        self._early: deque[Event] = deque()

    async def __anext__(self) -> ManagerEvent:
        while True:
            try:
                channel = await self._open()
                said = self._early.popleft() if self._early else await channel.receive()
            except ConnectionLostError:
                await self._reconnect()
                return Reconnected()
            if isinstance(said, Result):
                raise StopAsyncIteration
            if isinstance(said, Event):
                event = read_manager_event(said.name, said.data)
                if event is not None and self._concerns_us(event):
                    return event

    async def _begin(self, channel: Channel) -> None:
        self._early = deque(await channel.subscribe("events", {}))

    async def _reconnect(self) -> None:
        for tried in range(limits.EXEC_REJOINS):
            self._let_go()
            self._early.clear()
            await asyncio.sleep(limits.REJOIN_SECONDS * 2**tried)
            try:
                await self._open()
            except ConnectionLostError:
                continue
            return
        self._let_go()
        await self._open()

    def _concerns_us(self, event: ManagerEvent) -> bool:
        if self._session_id is None:
            return True
        match event:
            case SessionChanged(session=session):
                return session.id == self._session_id
            case SessionGone(id=ident) | Notice(session_id=ident) | MessageAdded(session_id=ident):
                return ident == self._session_id
            case CommandStarted(command=command) | CommandEnded(command=command) | CommandAnalysed(command=command):
                return command.session_id == self._session_id
            case MailArrived(mail=mail):
                return mail.session_id == self._session_id
            case Reconnected():
                return True


class FollowStream(_Stream):
    """The bytes that a pane prints, from an offset of its journal on (default: from now), until the pane ends.

    After a reconnection it goes on where it was.
    """

    def __init__(self, channels: Channels, target: str, offset: int | None = None) -> None:
        super().__init__(channels)
        self._target = target
        self.offset = offset  # in the pane's journal, of the next byte; None while not known
        self._is_over = False

    async def __anext__(self) -> bytes:
        losses = 0
        while not self._is_over:
            try:
                said = await (await self._open()).receive()
            except ConnectionLostError:
                self._let_go()
                losses += 1
                if losses > limits.EXEC_REJOINS:
                    raise
                await asyncio.sleep(limits.REJOIN_SECONDS * 2**losses)
                continue
            if isinstance(said, bytes) and said:
                assert self.offset is not None
                self.offset += len(said)
                return said
            if isinstance(said, Result):
                self._is_over = True
                self._let_go()
        raise StopAsyncIteration

    async def _begin(self, channel: Channel) -> None:
        if self.offset is None:
            self.offset = _journal_end(await channel.call("session.get", {"target": self._target}), self._target)
        await channel.request("pane.follow", {"target": self._target, "from": self.offset, "raw": True})


def _journal_end(session: object, target: str) -> int:
    index = parse_target(target).pane
    for pane in decode(session, SessionInfo).panes:
        if (index is None or pane.index == index) and pane.journal_end is not None:
            return pane.journal_end
    raise ProtocolError(f"the server does not say where the journal of {target} ends")
