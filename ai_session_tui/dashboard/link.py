"""The dashboard's end of the protocol: the only place that knows sockets. Textual is not known here.

One conversation carries everything: calls, the events of all sessions, the frames of the panes that are shown, what
is typed. When the server goes away it is started again, and everything that was open is opened again.

Invariants: a `Watch` hears a whole frame first after each connection; one frame is acknowledged at a time, the first
few after a quiet moment at once and then `FRAMES_A_SECOND`, so that an echo is quick and a flood leaves time for keys;
what is typed goes out in order, and never to another pane than it was typed for.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ai_session_tui.client import launch
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.client.conversation import Conversation, Request, open_conversation
from ai_session_tui.errors import AiSessionError, ProtocolError, ServerUnreachableError
from ai_session_tui.paths import Home

FRAMES_A_SECOND = 30
FRAMES_AT_ONCE = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


@dataclass(frozen=True, slots=True)
class Connected:
    """A server answers; these are its sessions."""

    sessions: list[object]


@dataclass(frozen=True, slots=True)
class Lost:
    """The server went away, or does not come: it is being started again."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server speaks another protocol: nothing here helps but the hint."""

    why: str
    hint: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of `events`."""

    name: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Unheard:
    """What was typed into a pane reached no program: it has ended, say."""

    target: str
    why: str


News = Connected | Lost | Refused | Happened | Unheard
OnNews = Callable[[News], object]
OnFrame = Callable[[Mapping[str, object]], object]
OnEnd = Callable[[AiSessionError | None], object]


class Watch:
    """A pane that is looked at: `on_frame` is given each frame. It outlives the server."""

    def __init__(self, link: Link, target: str, on_frame: OnFrame, on_end: OnEnd | None) -> None:
        self.target = target
        self._link = link
        self._on_frame = on_frame
        self._on_end = on_end
        self._request: Request | None = None
        self._credit = float(FRAMES_AT_ONCE)  # frames that may be acknowledged at once
        self._counted = 0.0  # when that was reckoned
        self._timer: asyncio.TimerHandle | None = None

    def open(self, conversation: Conversation) -> None:
        """Begin on a new connection."""
        self._request = conversation.request("screen.watch", {"target": self.target}, on_event=self._take)
        self._request.result.add_done_callback(self._ended)

    def close(self) -> None:
        """Look no more: a hidden pane costs nothing."""
        self._link.forget(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._request is not None:
            self._request.cancel()

    def _take(self, name: str, data: dict[str, object]) -> None:
        if name != "frame":
            return
        self._on_frame(data)
        now = time.monotonic()
        self._credit = min(FRAMES_AT_ONCE, self._credit + (now - self._counted) * FRAMES_A_SECOND) - 1
        self._counted = now
        if self._credit >= 0:
            self._acknowledge()
        else:
            pause = -self._credit / FRAMES_A_SECOND
            self._timer = asyncio.get_running_loop().call_later(pause, self._acknowledge)

    def _acknowledge(self) -> None:
        self._timer = None
        if self._request is not None:
            self._request.send(b"\0")

    def _ended(self, result: asyncio.Future[object]) -> None:
        error = None if result.cancelled() else result.exception()
        if isinstance(error, ConnectionLostError):
            return
        if self._on_end is not None:
            self._on_end(error if isinstance(error, AiSessionError) else None)


class Link:
    """The way to the server of one home, for one event loop. `run` keeps it up until it is cancelled."""

    def __init__(self, home: Home, on_news: OnNews) -> None:
        self.home = home
        self._on_news = on_news
        self._conversation: Conversation | None = None
        self._watches: set[Watch] = set()
        self._typing: dict[str, Request] = {}

    @property
    def is_up(self) -> bool:
        """Whether a server answers."""
        return self._conversation is not None

    async def run(self) -> None:
        """Connect, and connect again whenever the server goes away; a missing server is started."""
        pause = _FIRST_PAUSE
        while True:
            try:
                conversation = await self._reach()
                try:
                    await self._begin(conversation)
                    pause = _FIRST_PAUSE
                    reason: AiSessionError = await conversation.lost
                finally:
                    self._conversation = None
                    self._typing.clear()
                    conversation.close()
            except ProtocolError as error:
                self._on_news(Refused(str(error), error.hint))
                return
            except (AiSessionError, OSError) as error:
                reason = error if isinstance(error, AiSessionError) else ServerUnreachableError(str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            self._on_news(Lost(str(reason)))

    async def call(self, method: str, params: Mapping[str, object] | None = None) -> object:
        """Return the result of a request; raises its error, `ServerUnreachableError` while there is no server."""
        return await self._up().call(method, params or {})

    def open(
        self,
        method: str,
        params: Mapping[str, object],
        *,
        on_event: Callable[[str, dict[str, object]], object] | None = None,
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> Request:
        """Open a request of which more is to come than its result; it ends with the connection."""
        return self._up().request(method, params, on_event=on_event, on_bytes=on_bytes)

    def watch(self, target: str, on_frame: OnFrame, on_end: OnEnd | None = None) -> Watch:
        """Look at a pane until `close`; it begins as soon as there is a server."""
        watch = Watch(self, target, on_frame, on_end)
        self._watches.add(watch)
        if self._conversation is not None:
            watch.open(self._conversation)
        return watch

    def forget(self, watch: Watch) -> None:
        """Do not open this one again (called by `Watch.close`)."""
        self._watches.discard(watch)

    def type(self, target: str, data: bytes) -> bool:
        """Send raw input to a pane; False while there is no server: nothing is kept for later."""
        if self._conversation is None or not data:
            return False
        typing = self._typing.get(target)
        if typing is None or typing.result.done():
            typing = self._typing[target] = self._open_typing(self._conversation, target)
        typing.send(data)
        return True

    def _open_typing(self, conversation: Conversation, target: str) -> Request:
        def lost(name: str, data: dict[str, object]) -> None:
            if name == "lost":
                self._on_news(Unheard(target, str(data.get("message", ""))))

        def ended(result: asyncio.Future[object]) -> None:
            error = None if result.cancelled() else result.exception()
            if isinstance(error, AiSessionError) and not isinstance(error, ConnectionLostError):
                self._on_news(Unheard(target, error.message))

        typing = conversation.request("pane.type", {"target": target}, on_event=lost)
        typing.result.add_done_callback(ended)
        return typing

    def stop_typing(self, target: str) -> None:
        """End the input of a pane that is not shown any more."""
        typing = self._typing.pop(target, None)
        if typing is not None:
            typing.cancel()

    def close(self) -> None:
        """Hang up."""
        if self._conversation is not None:
            self._conversation.close()

    def _up(self) -> Conversation:
        if self._conversation is None:
            raise ServerUnreachableError("the server is away", "it is being started again; try in a moment.")
        return self._conversation

    async def _reach(self) -> Conversation:
        try:
            return await open_conversation(self.home)
        except ConnectionLostError:
            raise  # it is on its way out: try again
        except ServerUnreachableError:
            (await asyncio.to_thread(launch.start_server, self.home)).close()
        return await open_conversation(self.home)

    async def _begin(self, conversation: Conversation) -> None:
        conversation.request("events", {}, on_event=self._happened)
        listed = await conversation.call("session.list", {})
        self._conversation = conversation
        sessions = listed.get("sessions") if isinstance(listed, dict) else None
        self._on_news(Connected(sessions if isinstance(sessions, list) else []))
        for watch in tuple(self._watches):
            with contextlib.suppress(ConnectionLostError):  # `lost` tells of it
                watch.open(conversation)

    def _happened(self, name: str, data: dict[str, object]) -> None:
        self._on_news(Happened(name, data))
