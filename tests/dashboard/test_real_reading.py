"""Copy mode, search and replay on a real server with a real shell."""

from __future__ import annotations

from textual.pilot import Pilot

from ai_session_tui.config import Settings
from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.preferences import Preferences
from ai_session_tui.paths import Home
from tests.conftest import RunCli
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import ready, until


def app_of(run_cli: RunCli) -> Dashboard:
    home = Home(str(run_cli.home))
    return Dashboard(home, "dev", preferences=Preferences(home, Settings(reduced_motion=True)))


async def drawn(pilot: Pilot[None], text: str) -> None:
    """Wait until the pane has the keys and shows a text."""
    await ready(pilot)
    await until(pilot, lambda: text in screen_text(pilot.app))


async def test_commands_are_found_in_the_scrollback_and_copied_whole(run_cli: RunCli) -> None:
    run_cli("create", "--name", "dev", "--shell", "bash")
    for command in ("seq 1 60", "echo one two", "seq 1 60", "echo the end"):
        assert run_cli("exec", "dev", command).returncode == 0
    app = app_of(run_cli)
    async with app.run_test(size=(100, 30)) as pilot:
        await drawn(pilot, "echo the end")
        await pilot.press("ctrl+b", "left_square_bracket", "3", "k")
        await until(pilot, lambda: app.workspace.aside.is_copying)
        await pilot.press("left_square_bracket", "left_square_bracket")
        await until(pilot, lambda: "echo one two" in screen_text(app))
        await pilot.press("O")
        await until(pilot, lambda: app.clipboard == "one two\n")
        await until(pilot, lambda: not app.workspace.aside.is_copying)
        await pilot.press("ctrl+b", "left_square_bracket", "question_mark", *"^37$", "enter")
        await until(pilot, lambda: "1/2 ^37$" in screen_text(app) or "2/2 ^37$" in screen_text(app))
        await pilot.press("V", "j", "y")
        await until(pilot, lambda: app.clipboard == "37\n38\n")


async def test_a_hit_of_the_search_is_gone_to_and_the_past_can_be_played(run_cli: RunCli) -> None:
    run_cli("create", "--name", "dev", "--shell", "bash")
    for command in ("seq 1 60", "echo needle in the hay", "seq 1 60"):
        assert run_cli("exec", "dev", command).returncode == 0
    app = app_of(run_cli)
    async with app.run_test(size=(100, 30)) as pilot:
        await drawn(pilot, "60")
        await pilot.press("ctrl+b", "slash", *"needle in")
        await until(pilot, lambda: "found" in screen_text(app) and "dev#2" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "needle in the hay" in screen_text(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is app.workspace and app.workspace.focused is app.workspace.pane)
        await pilot.press("ctrl+b", "r")
        await until(pilot, lambda: "paused" in screen_text(app))
        await pilot.press("p", "p")
        await until(pilot, lambda: "#2 echo needle" in screen_text(app))
        await pilot.press("q")
        await until(pilot, lambda: app.workspace.focused is app.workspace.pane)
