"""Forms and questions in the dashboard: what they ask, and what they ask of the server."""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import Input

from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.screens.broadcast import Broadcast
from ai_session_tui.dashboard.screens.line import Line
from ai_session_tui.dashboard.screens.new_session import NewSession
from ai_session_tui.dashboard.screens.question import Question
from ai_session_tui.dashboard.screens.stats import StatsScreen
from ai_session_tui.errors import SpawnError
from tests.dashboard.fakes import NOW, FakeLink, session_wire
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import ready, until

Make = Callable[..., Dashboard]


async def test_a_session_is_created_and_gone_to(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"))
    link.answers["template.list"] = {"templates": [{"name": "react-dev"}, {"name": "bad", "mistake": "line 3"}]}
    link.answers["session.create"] = session_wire("web")
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "c")
        await until(pilot, lambda: "react-dev" in screen_text(app))
        assert "bad" not in screen_text(app)
        assert app.screen.query_one("#form-folder", Input).value == "/srv/api", "where the pane is"
        await pilot.press(*"web", "tab", "tab", "tab", *"vim", "space", *"a.txt", "enter")
        await until(pilot, lambda: app.workspace.session_id == "id-web")
        (asked,) = link.asked("session.create")
        assert asked["name"] == "web" and asked["dir"] == "/srv/api" and asked["command"] == ["vim", "a.txt"]
        assert asked["ai_context"] is True and "template" not in asked


async def test_a_refusal_keeps_the_form_open_with_the_reason(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"))
    link.answers["session.create"] = SpawnError("no program is called 'vmi'", "check the name")
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "c")
        await until(pilot, lambda: isinstance(app.screen, NewSession))
        await pilot.press(*"api", "enter")
        await until(pilot, lambda: "api is taken" in screen_text(app))
        assert not link.asked("session.create")
        await pilot.press("2", "enter")
        await until(pilot, lambda: "no program is called 'vmi'" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.workspace)


async def test_a_session_is_renamed(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"), session_wire("web"))
    app = dashboard(link, target="api")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "comma")
        await until(pilot, lambda: isinstance(app.screen, Line))
        await pilot.press("ctrl+u", *"web", "enter")
        await until(pilot, lambda: "web is taken" in screen_text(app))
        await pilot.press("2", "enter")
        await until(pilot, lambda: link.asked("session.rename"))
        assert link.asked("session.rename") == [{"target": "id-api", "name": "web2"}]


async def test_a_kill_names_what_runs_and_needs_a_yes(dashboard: Make) -> None:
    link = FakeLink(session_wire("api", running="cargo watch", running_since=NOW - 60))
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        for key in ("enter", "y"):
            await pilot.press("ctrl+b", "ampersand")
            await until(pilot, lambda: isinstance(app.screen, Question))
            assert "api runs: cargo watch" in screen_text(app)
            await pilot.press(key)
            await until(pilot, lambda: app.screen is app.workspace)
            assert bool(link.asked("session.kill")) == (key == "y")
        assert link.asked("session.kill") == [{"targets": ["id-api"]}]


async def test_a_line_is_sent_without_going_into_the_pane(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"))
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "m")
        await until(pilot, lambda: isinstance(app.screen, Line))
        await pilot.press(*"make", "enter")
        await until(pilot, lambda: link.asked("pane.send"))
        assert link.asked("pane.send") == [{"target": "id-api:1", "text": "make", "enter": True}]
        assert not link.typed


async def test_a_line_goes_to_the_sessions_that_are_marked(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"), session_wire("web"), session_wire("old", status="stopped"))
    link.answers["broadcast"] = {"sent": [{}], "failed": [{}]}
    app = dashboard(link, target="api")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "B")
        await until(pilot, lambda: isinstance(app.screen, Broadcast))
        assert "old" not in screen_text(app.screen.app).split("send to many")[1].split("a line")[0]
        await pilot.press("ctrl+a", "ctrl+a", "tab", *"git pull", "enter")
        await until(pilot, lambda: "mark a session first" in screen_text(app))
        await pilot.press("shift+tab", "ctrl+a", "tab", "enter")
        await until(pilot, lambda: link.asked("broadcast"))
        (asked,) = link.asked("broadcast")
        assert sorted(asked["targets"]) == ["id-api", "id-web"]  # type: ignore[call-overload]
        assert asked["text"] == "git pull" and asked["enter"] is True
        await until(pilot, lambda: "Sent to 1 of 2" in screen_text(app))


async def test_statistics_are_of_all_sessions_or_of_one(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"))
    link.answers["stats.get"] = lambda params: {
        "session": params.get("target"),
        "blocks": {
            "tokens": {"raw": {"value": 45670, "n": 12, "unit": "tokens"}},
            "performance": {"creation": {"value": 0.0291, "n": 2, "unit": "seconds"}},
        },
        "profile": {"commands": 3, "busy": 61.0, "slowest": [[2, "cargo test", 12.3]]} if params else None,
    }
    app = dashboard(link)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "u")
        await until(pilot, lambda: isinstance(app.screen, StatsScreen) and "45,670" in screen_text(app))
        text = screen_text(app)
        assert "all sessions" in text and "n = 12" in text and "29ms" in text and "n/a" in text
        await pilot.press("tab")
        await until(pilot, lambda: "12s  #2 cargo test" in screen_text(app))
        assert "statistics · api" in screen_text(app) and link.asked("stats.get")[-1] == {"target": "id-api"}


async def test_the_event_log_tells_what_happened_and_goes_there(dashboard: Make) -> None:
    link = FakeLink(session_wire("api"), session_wire("web"))
    app = dashboard(link, target="api")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        ended = {"id": 3, "session": "web", "session_id": "id-web", "pane": 1, "command": "make", "state": "ended"}
        link.happen("command_ended", **ended, exit_code=2, duration_s=75.0)
        attention = {"kind": "input", "since": NOW, "pane": 1, "evidence": "Proceed? [y/N]"}
        link.happen("session", **session_wire("web", attention=attention))
        link.happen("session", **session_wire("new"))
        await pilot.press("ctrl+b", "e")
        await until(pilot, lambda: "event log" in screen_text(app))
        text = screen_text(app)
        assert "✗ web" in text and "make · exit 2 · 1m 15s" in text and "needs you: Proceed? [y/N]" in text
        assert "+ new" in text and "● server" in text and "answers" in text
        link.happen("session_gone", id="id-new", name="new")
        await until(pilot, lambda: "is gone" in screen_text(app))
        await pilot.press("up", "up", "enter")
        await until(pilot, lambda: app.workspace.session_id == "id-web")
