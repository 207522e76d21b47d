"""The dashboard as a user drives it, on a fake link: what each key does, and what is asked of the server."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from textual.events import Key

from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.screens.help import HelpScreen
from ai_session_tui.dashboard.screens.palette import Palette
from ai_session_tui.dashboard.screens.switcher import Switcher
from tests.dashboard.fakes import NOW, FakeLink, frame, session_wire
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import ready, until, watched

Make = Callable[..., Dashboard]


async def test_first_run_says_what_to_press(dashboard: Make) -> None:
    app = dashboard(FakeLink())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        text = screen_text(app)
        assert "No sessions yet." in text
        assert "^b d" in text and "^b ?" in text


async def test_an_empty_list_says_why_it_is_empty(dashboard: Make) -> None:
    link = FakeLink()
    app = dashboard(link)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: " none yet" in screen_text(app))
        assert "connecting" not in screen_text(app)
        link.happen("session", **session_wire("dev"))
        await until(pilot, lambda: "none yet" not in screen_text(app) and "dev" in screen_text(app))
        app.workspace.list.focus()
        await pilot.press("slash", "z", "z")
        await until(pilot, lambda: " no match" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "no match" not in screen_text(app))
        link.happen("session_gone", id="id-dev", name="dev")
        await until(pilot, lambda: " none yet" in screen_text(app))


async def test_a_session_is_shown_with_its_screen(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev"))
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        (await watched(pilot, link, "id-dev:1")).feed(frame("$ cargo test\nok 漢字 done"))
        await pilot.pause()
        text = screen_text(app)
        assert "$ cargo test" in text and "ok 漢字 done" in text
        assert "dev" in text and "idle 4m" in text
        assert link.asked("pane.resize")[-1] == {"target": "id-dev:1", "columns": 72, "rows": 28}


async def test_keys_go_to_the_program_but_those_behind_the_leader(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev"))
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("l", "s", "enter", "ctrl+c", "ctrl+q", "ctrl+p", "tab", "escape", "up")
        assert link.typed["id-dev:1"] == b"ls\r\x03\x11\x10\t\x1b\x1b[A"
        await pilot.press("ctrl+b", "ctrl+b")
        assert link.typed["id-dev:1"].endswith(b"\x1b[A\x02")
        await pilot.press("ctrl+b", "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape", "x")
        assert link.typed["id-dev:1"].endswith(b"\x02x")


async def test_sessions_are_switched_by_keys(dashboard: Make) -> None:
    link = FakeLink(*(session_wire(name) for name in ("api", "docs", "web")))
    app = dashboard(link, target="api")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)

        async def after(*keys: str) -> str:
            await pilot.press("ctrl+b", *keys)
            await ready(pilot)
            assert list(link.watches) == [f"{app.workspace.session_id}:1"], "what is hidden is not watched"
            return str(app.workspace.session_id)

        assert await after("n") == "id-docs"
        assert await after("n") == "id-web"
        assert await after("n") == "id-api"
        assert await after("p") == "id-web"
        assert await after("semicolon") == "id-api"
        assert await after("2") == "id-docs"
        link.happen("session", **session_wire("web", attention={"kind": "bell", "since": NOW, "pane": 1}))
        assert await after("a") == "id-web"
        await pilot.press("ctrl+b", "s")
        await pilot.pause()
        assert isinstance(app.screen, Switcher)
        await pilot.press("d", "o", "c", "enter")
        await ready(pilot)
        assert app.workspace.session_id == "id-docs"


async def test_who_needs_the_user_is_first_and_counted(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"), session_wire("web"))
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        attention = {"kind": "input", "since": NOW - 5, "pane": 1, "evidence": "Proceed? [y/N]"}
        link.happen("session", **session_wire("web", attention=attention, unread=True))
        await until(pilot, lambda: "needs you" in screen_text(app))
        text = screen_text(app)
        assert text.index("web") < text.index("api")
        assert "needs you" in text and "Proceed? [y/N]" in text
        assert "2 sessions · 1 needs you" in text


async def test_palette_offers_what_is_possible_and_does_it(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"), session_wire("web"))
    app = dashboard(link, target="api")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "colon")
        await pilot.pause()
        assert isinstance(app.screen, Palette)
        offered = screen_text(app)
        assert "Split" not in offered or "right" in offered
        await pilot.press(*"next session", "enter")
        await ready(pilot)
        assert app.workspace.session_id == "id-web"


async def test_a_server_that_goes_away_is_told_of_and_comes_back_to_the_same_place(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"), session_wire("web"))
    app = dashboard(link, target="web")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        link.lose()
        await pilot.pause()
        assert re.search("the server is away", screen_text(app))
        link.connect()
        await pilot.pause()
        assert "2 sessions" in screen_text(app)
        assert app.workspace.session_id == "id-web"


async def test_leaving_ends_the_face_alone(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev"))
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "d")
        await pilot.pause()
    assert app.return_code == 0
    assert not link.asked("session.kill")


async def test_what_is_typed_right_after_switching_is_for_the_session_switched_to(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"), session_wire("web"))
    app = dashboard(link, target="api")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        app.workspace.show_session("id-web")
        await app.on_event(Key("l", "l"))
        await app.on_event(Key("s", "s"))
        await ready(pilot)
        await until(pilot, lambda: "id-web:1" in link.typed)
        assert link.typed == {"id-web:1": b"ls"}


async def test_no_color_means_no_colour(dashboard: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    link = FakeLink(session_wire("dev"))
    app = dashboard(link)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: "id-dev:1" in link.watches)
        (await watched(pilot, link, "id-dev:1")).feed(
            frame("red", styles=[[0, {"foreground": 1}]], rows=[[0, "red", [[0, 3, 0]], False]])
        )
        await until(pilot, lambda: "red" in screen_text(app))
        styles = [segment.style for strip in app.screen._compositor.render_strips() for segment in strip]
        colors = {style.color for style in styles if style is not None and style.color is not None}
        assert all(color.is_default for color in colors), colors


async def test_an_event_that_cannot_be_read_is_told_of_once_and_the_rest_goes_on(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev"))
    app = dashboard(link)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await ready(pilot)
        for _ in range(3):
            link.happen("session", id=7, name=None)
        link.happen("session", **session_wire("web"))
        await until(pilot, lambda: "2 sessions" in screen_text(app))
        assert len(app._notifications) == 1


async def test_a_size_that_changed_while_the_server_was_away_is_told_when_it_is_back(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev"))
    app = dashboard(link)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: link.asked("pane.resize"))
        link.lose()
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: app.workspace.pane.body.height == 28)
        await pilot.pause(0.1)
        link.connect()
        await until(pilot, lambda: link.asked("pane.resize")[-1]["rows"] == 28)
