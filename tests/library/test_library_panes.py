"""Panes through the library, with a real server: opened, arranged, closed, told of, played again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ai_session_tui import Notice, Session, SessionConfig, SessionManager, blocking, layouts
from ai_session_tui.errors import NotFoundError, UsageError


@pytest.fixture
async def manager(real_home: str) -> AsyncIterator[SessionManager]:
    async with SessionManager(real_home) as manager:
        yield manager


@pytest.fixture
async def session(manager: SessionManager) -> Session:
    return await manager.create(SessionConfig(name="dev"))


async def test_panes_are_opened_used_and_closed(session: Session) -> None:
    second = await session.split("down", env={"ONLY": "here"})
    third = await session.split(pane=1, command=["cat"], fraction=0.25)
    assert (second.index, third.index) == (2, 3)
    assert (await session.exec("echo $AI_SESSION_PANE $ONLY", pane=2)).output == "2 here\n"
    assert (await session.resize(50, 10, pane=2)).columns == 50
    layout = await session.layout()
    assert layout.focus == third.id
    assert layouts.panes(layout)[1:] == (third.id, second.id)
    closed = await session.close_pane(3)
    assert [process.name for process in closed.gone] == ["cat"]
    assert not closed.session_killed
    assert [pane.index for pane in (await session.refresh()).panes] == [1, 2]
    with pytest.raises(NotFoundError):
        await session.close_pane(3)


async def test_the_layout_is_a_value_that_can_be_changed_and_given_back(session: Session) -> None:
    first = session.info.panes[0].id
    for direction in ("right", "down"):
        await session.split(direction)  # type: ignore[arg-type]
    layout = await session.focus(1)
    assert layout.focus == first
    assert (await session.focus(direction="right")).focus != first
    assert (await session.zoom()).zoomed
    assert not (await session.zoom(False, pane=1)).zoomed
    moved = await session.move_border("right", 10, pane=1)
    assert layouts.rectangles(moved, 160, 48)[first].width == 90
    assert layouts.panes(await session.swap(1, 3)) != layouts.panes(layout)
    rows = await session.arrange("rows")
    assert isinstance(rows.root, layouts.Split)
    assert rows.root.direction == "down"
    assert await session.set_layout(layout) == layout
    with pytest.raises(NotFoundError):
        await session.set_layout(layouts.single("p000000000000"))


async def test_broadcast_tags_and_needs(manager: SessionManager, session: Session) -> None:
    other = await manager.create(SessionConfig(name="other"))
    assert (await other.tag("web", "api", remove=["api"])).tags == ("web", "api")
    assert (await other.tag(remove=["api"])).tags == ("web",)
    async with manager.events() as events:
        told = await manager.broadcast("dev", "nobody", tag="web", text='read -r -p "Go on? [y/N] "', enter=True)
        assert [(one.session, one.pane) for one in told.sent] == [("dev", 1), ("other", 1)]
        assert [(one.target, one.error.code) for one in told.failed] == [("nobody", "not_found")]
        async with asyncio.timeout(20):
            asking = set()
            async for event in events:
                if isinstance(event, Notice):
                    asking.add((event.session, event.kind, event.text))
                if len(asking) == 2:
                    break
    assert asking == {("dev", "input", "Go on? [y/N]"), ("other", "input", "Go on? [y/N]")}
    info = await session.refresh()
    assert info.attention is not None
    assert (info.attention.kind, info.attention.pane) == ("input", 1)
    assert len(info.activity) == 24
    info = await session.seen()
    assert (info.attention, info.unread) == (None, False)
    with pytest.raises(UsageError):
        await manager.broadcast("dev")


async def test_the_past_with_its_times(session: Session) -> None:
    await session.exec("echo first; sleep 0.3; echo second")
    told = await session.timeline(1)
    assert await session.journal(told.start, told.end, number=1) == b"first\r\nsecond\r\n"
    assert told.pieces[-1][0] - told.pieces[0][0] > 0.2
    assert told.sizes[0][1:] == (80, 24)
    whole = await session.timeline()
    assert whole.end >= told.end
    assert b"second" in await session.journal(whole.start, whole.end)


def test_the_blocking_twin(real_home: str) -> None:
    with blocking.SessionManager(real_home) as manager:
        session = manager.create(blocking.SessionConfig(name="dev"))
        assert session.split().index == 2
        assert session.resize(60, 20, pane=2).rows == 20
        layout = session.layout()
        assert session.focus(1).focus != layout.focus
        assert session.zoom(True).zoomed
        assert session.move_border("right", 3, pane=1) != layout
        assert session.swap(1, 2).root != layout.root
        assert session.arrange("columns").root != layout.root
        assert session.set_layout(layout) == layout
        assert session.tag("web").tags == ("web",)
        assert session.exec("echo hello").ok
        told = session.timeline(1)
        assert session.journal(told.start, told.end, number=1) == b"hello\r\n"
        assert not session.seen(pane=1).panes[0].unread
        assert manager.broadcast(tag="web", keys=["C-l"]).sent[0].pane == 2
        assert not session.close_pane(2, force=True).session_killed
        assert session.close_pane(1, force=True).session_killed
