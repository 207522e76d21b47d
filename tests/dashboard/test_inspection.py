"""The inspector in the dashboard: what it asks of the server, and what its keys do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.screens.output import OutputScreen
from ai_session_tui.errors import BusyError, NotFoundError
from tests.dashboard.fakes import FakeLink, session_wire
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import ready, until
from tests.widgets.samples import COMMANDS, CONTEXT, DIGEST

Make = Callable[..., Dashboard]


def working(*sessions: dict[str, object]) -> FakeLink:
    """Return a link whose server knows a morning's work."""
    link = FakeLink(*(sessions or (session_wire("dev", ai_context=True),)))
    link.answers |= {
        "command.list": {"commands": msgspec.to_builtins(COMMANDS)},
        "context.get": msgspec.to_builtins(CONTEXT),
        "command.digest": msgspec.to_builtins(DIGEST),
        "stats.get": {"price": {"model": "a-model", "input": 3.0, "date": "2024-06"}},
        "command.text": text_of,
    }
    return link


def text_of(params: Mapping[str, object]) -> object:
    first = params["lines"][0]  # type: ignore[index]
    lines = [[number, f"line {number}"] for number in range(first, 6)][:3]
    return {"lines": lines, "total": 5, "truncated": first + len(lines) <= 5}


async def test_it_is_toggled_and_keeps_the_keys_until_it_is_left(dashboard: Make) -> None:
    link = working()
    app = dashboard(link)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        assert not link.asked("context.get"), "what is hidden asks for nothing"
        await pilot.press("ctrl+b", "i")
        await until(pilot, lambda: "1,285 / 4,096" in screen_text(app))
        assert "enter open · p pin" in screen_text(app)
        await pilot.press("right", "right")
        await until(pilot, lambda: "5 commands · 2 failed" in screen_text(app))
        assert not link.typed
        await pilot.press("escape", "l", "s")
        await until(pilot, lambda: link.typed.get("id-dev:1") == b"ls")
        await pilot.press("ctrl+b", "right")
        await until(pilot, lambda: "enter result" in screen_text(app))
        await pilot.press("ctrl+b", "left")
        await until(pilot, lambda: "enter result" not in screen_text(app))
        await pilot.press("ctrl+b", "i")
        await until(pilot, lambda: "COMMANDS" not in screen_text(app))
        await pilot.press("x")
        await until(pilot, lambda: link.typed["id-dev:1"] == b"lsx")


async def test_it_follows_the_session_and_what_happens_in_it(dashboard: Make) -> None:
    link = working(session_wire("api"), session_wire("web"))
    app = dashboard(link, target="api")
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "h")
        await until(pilot, lambda: link.asked("command.list"))
        await pilot.press("escape", "ctrl+b", "n")
        await until(pilot, lambda: link.asked("command.list")[-1]["target"] == "id-web")
        ended = {"session": "web", "pane": 1, "command": "x", "state": "ended"}
        before = len(link.asked("command.list"))
        for number in range(5):
            link.happen(
                "command_ended", id=number, session="web", session_id="id-web", pane=1, command="x", state="ended"
            )
        link.happen("command_ended", id=9, session_id="id-api", **ended)
        await until(pilot, lambda: len(link.asked("command.list")) > before)
        await pilot.pause(0.3)
        assert len(link.asked("command.list")) == before + 1, "many in a moment are one question"


async def test_messages_are_opened_pinned_and_noted_through_the_server(dashboard: Make) -> None:
    link = working()
    link.answers["context.expand"] = {"messages": [{"id": 4, "role": "user", "text": "an old word"}]}
    app = dashboard(link)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "i")
        await until(pilot, lambda: "1,285 / 4,096" in screen_text(app))
        await pilot.press("home", "down", "down", "enter")
        await until(pilot, lambda: "user: an old word" in screen_text(app))
        assert link.asked("context.expand") == [{"target": "id-dev", "message": 9, "charge": False}]
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "line 5" in screen_text(app))
        await pilot.press("p")
        await until(pilot, lambda: link.asked("context.pin"))
        assert link.asked("context.pin") == [{"target": "id-dev", "message": 11, "pinned": True}]
        await pilot.press("a", *"hm", "enter")
        await until(pilot, lambda: link.asked("context.add"))
        assert link.asked("context.add") == [{"target": "id-dev", "role": "user", "text": "hm"}]


async def test_commands_of_closed_panes_are_listed_and_run_again_in_the_first(dashboard: Make) -> None:
    link = working()
    listed = link.answers["command.list"]
    assert isinstance(listed, dict)
    listed["commands"][1]["pane"] = None
    app = dashboard(link)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "h")
        await until(pilot, lambda: "5 commands" in screen_text(app))
        await pilot.press("home", "down", "r")
        await until(pilot, lambda: link.asked("exec.run"))
        assert link.asked("exec.run") == [{"target": "id-dev", "command": "cargo test", "wait": False}]


async def test_a_command_is_opened_copied_read_and_run_again(dashboard: Make) -> None:
    link = working()
    app = dashboard(link)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "h")
        await until(pilot, lambda: "5 commands" in screen_text(app))
        await pilot.press("home", "down", "enter")
        await until(pilot, lambda: "src/api.rs:42:9" in screen_text(app))
        assert link.asked("command.digest") == [{"target": "id-dev#2", "charge": False}]
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard == "line 1\nline 2\nline 3\nline 4\nline 5\n")
        link.answers["exec.run"] = BusyError("the pane runs something else", "wait")
        await pilot.press("r")
        await until(pilot, lambda: "the pane runs something else" in screen_text(app))
        assert link.asked("exec.run") == [{"target": "id-dev:1", "command": "cargo test", "wait": False}]
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, OutputScreen))
        await pilot.press("slash", *"line 4", "enter")
        await until(pilot, lambda: "1/1" in screen_text(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "failures first" in screen_text(app))


async def test_what_the_server_cannot_tell_is_said_in_its_place(dashboard: Make) -> None:
    link = working()
    link.answers["context.get"] = NotFoundError("dev keeps no conversation")
    app = dashboard(link)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "i")
        await until(pilot, lambda: "dev keeps no conversation" in screen_text(app))
        await pilot.press("ctrl+b", "dollar_sign")
        await until(pilot, lambda: "a-model, $3" in screen_text(app))
