"""The link against the real server: frames, keys, events, and what becomes of them when the server dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest

from ai_session_tui.dashboard.link import FRAMES_AT_ONCE, Connected, Happened, Link, Lost, News, Unheard, Watch
from ai_session_tui.errors import NotFoundError, ServerUnreachableError
from ai_session_tui.paths import Home
from ai_session_tui.widgets.picture import Picture
from tests.conftest import RunCli


class Heard:
    """The news so far, and the picture of one pane."""

    def __init__(self) -> None:
        self.news: list[News] = []
        self.picture = Picture()
        self._changed = asyncio.Event()

    def take(self, news: News) -> None:
        self.news.append(news)
        self._changed.set()

    def frame(self, frame: Mapping[str, object]) -> None:
        self.picture.apply(frame)
        self._changed.set()

    def of(self, kind: type[News]) -> list[News]:
        return [one for one in self.news if isinstance(one, kind)]

    @property
    def text(self) -> str:
        return "\n".join(row.text for row in self.picture.rows)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def linked(run: RunCli) -> AsyncIterator[tuple[Link, Heard]]:
    heard = Heard()
    link = Link(Home(str(run.home)), heard.take)
    running = asyncio.create_task(link.run())
    try:
        await heard.until(lambda: heard.of(Connected))
        yield link, heard
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_is_typed_comes_back_as_frames(run_cli: RunCli) -> None:
    run_cli.json("create", "--name", "dev", "--shell", "sh")
    async with linked(run_cli) as (link, heard):
        watch = link.watch("dev:1", heard.frame)
        assert link.type("dev:1", b"echo to-and-$((1))-fro\r")
        await heard.until(lambda: "to-and-1-fro" in heard.text)
        await heard.until(lambda: any(one.name == "session" for one in heard.of(Happened)))  # type: ignore[union-attr]
        watch.close()
        assert not await seen_after(link, heard, b"echo un-$((2))-seen\r", "un-2-seen")


async def seen_after(link: Link, heard: Heard, typed: bytes, text: str) -> bool:
    """Type, wait until it is done, and return whether a frame told of it."""
    link.type("dev:1", typed)
    while True:
        shown = await link.call("pane.capture", {"target": "dev:1"})
        assert isinstance(shown, dict)
        if text in str(shown["text"]):
            return text in heard.text
        await asyncio.sleep(0)


async def test_a_killed_server_is_started_again_and_the_watch_goes_on(run_cli: RunCli) -> None:
    run_cli.json("create", "--name", "dev", "--shell", "sh")
    async with linked(run_cli) as (link, heard):
        link.watch("dev:1", heard.frame)
        link.type("dev:1", b"echo be-$((4))\r")
        await heard.until(lambda: "be-4" in heard.text)
        await asyncio.to_thread(run_cli.crash_server)
        await heard.until(lambda: heard.of(Lost))
        await heard.until(lambda: len(heard.of(Connected)) == 2)
        await heard.until(lambda: link.type("dev:1", b"echo af-$((7))\r"))
        await heard.until(lambda: "be-4" in heard.text and "af-7" in heard.text)


async def test_errors_are_those_of_the_server_and_nothing_is_kept_while_it_is_away(run_cli: RunCli) -> None:
    link = Link(Home(str(run_cli.home)), lambda news: None)
    assert not link.type("dev:1", b"x")
    with pytest.raises(ServerUnreachableError):
        await link.call("session.list")
    async with linked(run_cli) as (up, heard):
        with pytest.raises(NotFoundError):
            await up.call("session.get", {"target": "nobody"})
        up.type("nobody:1", b"x")
        await heard.until(lambda: heard.of(Unheard))


async def test_a_stream_of_frames_is_slowed_but_its_first_ones_are_not() -> None:
    """An echo comes in the first few; a flood may not fill the loop."""

    class Request:
        def __init__(self) -> None:
            self.acknowledged = 0
            self.result: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        def send(self, data: bytes) -> None:
            self.acknowledged += 1

    class Conversation:
        def request(self, method: str, params: object, *, on_event: Callable[..., object]) -> Request:
            self.frame = on_event
            return request

    request, conversation = Request(), Conversation()
    watch = Watch(Link(Home("/nowhere"), lambda news: None), "dev:1", lambda frame: None, None)
    watch.open(conversation)  # type: ignore[arg-type]
    for _ in range(FRAMES_AT_ONCE):
        conversation.frame("frame", {})
    assert request.acknowledged == FRAMES_AT_ONCE
    conversation.frame("frame", {})
    assert request.acknowledged == FRAMES_AT_ONCE
    async with asyncio.timeout(5):
        while request.acknowledged == FRAMES_AT_ONCE:
            await asyncio.sleep(0)
