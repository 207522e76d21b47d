"""What every part of the server shares: one frozen bundle instead of globals, and the bus that tells who changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_session_tui.config import Settings
from ai_session_tui.paths import Home
from ai_session_tui.server.background import Background
from ai_session_tui.server.measurements import Measurements
from ai_session_tui.store import Store

if TYPE_CHECKING:
    from ai_session_tui.server.analyses import Analyses
    from ai_session_tui.server.conversations import Conversations
    from ai_session_tui.server.emulation import Emulation
    from ai_session_tui.server.holding import Holder
    from ai_session_tui.server.mail import Mail

Listener = Callable[[str, Mapping[str, object]], None]


class Bus:
    """Tell all listeners what happened; each gets the event's name and its data."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on; return the way to end that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def tell(self, event: str, data: Mapping[str, object]) -> None:
        """Pass an event on."""
        for listener in tuple(self._listeners):
            listener(event, data)


class Progress:
    """Wake everybody who waits for news of something; a waiter re-checks what it waits for."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    def announce(self) -> None:
        """Wake all waiters."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait for the next announcement; return whether it came within `timeout` seconds."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        timer = None if timeout is None else loop.call_later(max(timeout, 0), _give_up, waiter)
        try:
            await waiter
        except TimeoutError:
            return False
        finally:
            if timer is not None:
                timer.cancel()
            if waiter in self._waiters:
                self._waiters.remove(waiter)
        return True


def _give_up(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


@dataclass(slots=True)
class Host:
    """The shared parts of one server."""

    home: Home
    settings: Settings
    store: Store
    holder: Holder
    emulation: Emulation
    analyses: Analyses = field(init=False)
    measurements: Measurements = field(init=False)
    conversations: Conversations = field(init=False)
    mail: Mail = field(init=False)
    bus: Bus = field(default_factory=Bus)
    holder_news: Progress = field(default_factory=Progress)
    background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        self.measurements = Measurements(self.store)

    async def await_other_holder(self, lost: Holder, timeout: float) -> bool:
        """Wait until another holder has taken the place of a lost one; return whether it came in time (seconds)."""
        deadline = time.monotonic() + timeout
        while self.holder is lost:
            if not await self.holder_news.wait(deadline - time.monotonic()):
                return False
        return True
