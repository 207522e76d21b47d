"""Copy mode, search and replay in the dashboard: what is asked of the server, and where one lands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.screens.output import OutputScreen
from ai_session_tui.dashboard.screens.search import SearchScreen
from ai_session_tui.errors import TimeoutExpiredError
from tests.dashboard.fakes import FakeLink, frame, session_wire
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import ready, until, watched
from tests.widgets.samples import COMMANDS

Make = Callable[..., Dashboard]
TEXT = "\n".join(["$ cargo build", "done", "$ cargo test", "assertion failed: 404 == 200", "$ "])


def serving(*names: str) -> FakeLink:
    link = FakeLink(*(session_wire(name) for name in names))
    commands = [msgspec.to_builtins(one) | {"session_id": "id-dev"} for one in COMMANDS[:2]]
    link.answers |= {
        "command.list": {"commands": commands},
        "command.get": commands[1],
        "command.text": {"lines": [[1, "assertion failed: 404 == 200"]], "total": 1, "truncated": False},
        "screen.search": searching(TEXT),
        "search": {"hits": [{"session": "dev", "session_id": "id-dev", "command": 2, "kind": "output", "line": 1,
                             "snippet": "assertion failed: 404 == 200"}], "took_ms": 1.5},
    }  # fmt: skip
    return link


def searching(text: str) -> Callable[[Mapping[str, object]], object]:
    """Return what finds as the server does, in the lines of a text."""

    def matches(params: Mapping[str, object]) -> object:
        pattern = str(params["pattern"]) if params.get("regex", True) else re.escape(str(params["pattern"]))
        found = [
            {"line": number, "start": one.start(), "end_line": number, "end": one.end()}
            for number, line in enumerate(text.split("\n"))
            for one in re.finditer(pattern, line)
        ]
        return {"matches": found[::-1]}

    return matches


async def test_copy_mode_searches_copies_and_gives_the_keys_back(dashboard: Make) -> None:
    link = serving("dev")
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        (await watched(pilot, link, "id-dev:1")).feed(frame(TEXT))
        await pilot.press("ctrl+b", "left_square_bracket")
        await until(pilot, lambda: "q leave" in screen_text(app))
        await pilot.press("slash", *"404", "enter")
        await until(pilot, lambda: app.workspace.pane is not None and app.workspace.pane.caret == (3, 18))
        assert link.asked("screen.search")[-1]["ignore_case"] is True
        await pilot.press("V", "k", "y")
        await until(pilot, lambda: app.clipboard == "$ cargo test\nassertion failed: 404 == 200\n")
        assert not link.typed
        await pilot.press("l")
        await until(pilot, lambda: link.typed.get("id-dev:1") == b"l")


async def test_copy_mode_knows_commands_and_copies_an_output_whole(dashboard: Make) -> None:
    link = serving("dev")
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        (await watched(pilot, link, "id-dev:1")).feed(frame(TEXT))
        await pilot.press("ctrl+b", "pageup", "left_square_bracket")
        await until(pilot, lambda: app.workspace.pane is not None and app.workspace.pane.caret == (2, 0))
        await pilot.press("left_square_bracket", "right_square_bracket", "O")
        await until(pilot, lambda: app.clipboard == "assertion failed: 404 == 200\n")
        assert link.asked("command.text")[-1]["target"] == "id-dev#2"
        await until(pilot, lambda: "q leave" not in screen_text(app))


async def test_a_pattern_that_takes_too_long_is_told(dashboard: Make) -> None:
    link = serving("dev")
    link.answers["screen.search"] = TimeoutExpiredError("the pattern takes too long")
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        (await watched(pilot, link, "id-dev:1")).feed(frame(TEXT))
        await pilot.press("ctrl+b", "left_square_bracket", "question_mark", *"x", "enter")
        await until(pilot, lambda: "the pattern takes too long" in screen_text(app))
        await pilot.press("q")
        await until(pilot, lambda: app.workspace.focused is app.workspace.pane)


async def test_a_hit_is_gone_to_in_its_pane(dashboard: Make) -> None:
    link = serving("api", "dev")
    app = dashboard(link, target="api")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "slash")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        await pilot.press(*"404")
        await until(pilot, lambda: "1 found in 2 ms" in screen_text(app))
        assert link.asked("search")[-1] == {"query": "404", "limit": 100, "charge": False}
        await pilot.press("enter")
        await until(pilot, lambda: "id-dev:1" in link.watches)
        (await watched(pilot, link, "id-dev:1")).feed(frame(TEXT))
        await until(pilot, lambda: app.workspace.pane is not None and app.workspace.pane.caret == (3, 0))
        assert app.workspace.session_id == "id-dev"


async def test_a_hit_that_the_scrollback_has_lost_is_read_in_its_output(dashboard: Make) -> None:
    link = serving("dev")
    link.answers["screen.search"] = {"matches": []}
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        (await watched(pilot, link, "id-dev:1")).feed(frame("$ "))
        await pilot.press("ctrl+b", "slash", *"404")
        await until(pilot, lambda: "1 found" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OutputScreen) and "1  assertion failed" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.workspace.focused is app.workspace.pane)


async def test_search_can_be_limited(dashboard: Make) -> None:
    link = serving("dev")
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "slash", *"404", "ctrl+f", "ctrl+l")
        expected = {"query": "404", "limit": 100, "charge": False, "failed": True, "session": "id-dev"}
        await until(pilot, lambda: link.asked("search")[-1:] == [expected])
        link.answers["search"] = TimeoutExpiredError("the index is being built")
        await pilot.press("4")
        await until(pilot, lambda: "the index is being built" in screen_text(app))


async def test_the_past_of_a_pane_is_played_and_left(dashboard: Make) -> None:
    from tests.dashboard.scenes import film

    link = serving("dev")
    film(link)
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "r")
        await until(pilot, lambda: "test result: FAILED. 11 passed" in screen_text(app))
        await pilot.press("p")
        await until(pilot, lambda: "running 12 tests" in screen_text(app) and "test models" not in screen_text(app))
        assert "#2 cargo test" in screen_text(app)
        await pilot.press("g")
        await until(pilot, lambda: "Compiling" not in screen_text(app))
        await pilot.press("space")
        await until(pilot, lambda: "Compiling" in screen_text(app))
        link.answers.clear()
        link.up = False
        await pilot.press("G")
        await until(pilot, lambda: "the server is away" in screen_text(app))
        await pilot.press("q")
        await until(pilot, lambda: app.workspace.focused is app.workspace.pane)
        assert link.asked("journal.timeline") == [{"target": "id-dev:1", "screen": True}]


async def test_a_hit_in_the_conversation_shows_the_conversation(dashboard: Make) -> None:
    link = serving("dev")
    hit = {"session": "dev", "session_id": "id-dev", "message": 3, "kind": "message", "snippet": "why 404?"}
    link.answers["search"] = {"hits": [hit], "took_ms": 1}
    link.answers["context.get"] = {"messages": [{"id": 3, "role": "user", "text": "why 404?"}]}
    app = dashboard(link)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "i")
        await until(pilot, lambda: "why 404?" in screen_text(app))
        await pilot.press("ctrl+b", "slash", *"404")
        await until(pilot, lambda: "1 found" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.workspace)
        await until(pilot, lambda: "CONTEXT" in screen_text(app) and app.workspace.aside.has_focus)
