"""Splitting, moving, zooming, swapping, closing: what each key does to the layout, here and on the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.screens.question import Question
from ai_session_tui.layouts import Leaf, Split, from_plain, panes
from tests.dashboard.fakes import NOW, FakeLink, session_wire
from tests.dashboard.playing import PlayingLink
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import ready, until

Make = Callable[..., Dashboard]


def layout_of(link: PlayingLink, name: str = "dev"):  # type: ignore[no-untyped-def]
    return from_plain(next(one for one in link.sessions if one["name"] == name)["layout"])


async def test_panes_are_split_moved_between_resized_and_swapped(dashboard: Make) -> None:
    link = PlayingLink("dev")
    app = dashboard(link)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)

        async def press(*keys: str) -> None:
            await pilot.press("ctrl+b", *keys)
            await ready(pilot)

        await press("percent_sign")
        await until(pilot, lambda: app.workspace.pane_id == "dev-2")
        await press("minus")
        await until(pilot, lambda: app.workspace.pane_id == "dev-3")
        assert set(link.watches) == {"id-dev:1", "id-dev:2", "id-dev:3"}
        root = layout_of(link).root
        assert isinstance(root, Split) and root.direction == "right" and root.children[0] == Leaf("dev-1")

        await press("left")
        assert app.workspace.pane_id == "dev-1" == layout_of(link).focus
        await pilot.press(*"echo in one", "enter")
        await until(pilot, lambda: "in one" in screen_text(app).replace("echo in one", ""))
        await press("right")
        await press("o")
        assert app.workspace.pane_id == "dev-3"

        before = app.workspace.pane.size.width
        await press("ctrl+left")
        await until(pilot, lambda: app.workspace.pane.size.width == before + 4)

        await press("z")
        assert list(app.workspace.stage.panes) == ["dev-3"] and layout_of(link).zoomed
        await until(pilot, lambda: set(link.watches) == {"id-dev:3"})
        await press("z")
        await until(pilot, lambda: len(link.watches) == 3)

        assert panes(layout_of(link)) == ("dev-1", "dev-2", "dev-3")
        await press("left_curly_bracket")
        assert panes(layout_of(link)) == ("dev-1", "dev-3", "dev-2")
        await press("right_curly_bracket")
        assert panes(layout_of(link)) == ("dev-1", "dev-2", "dev-3")

        await press("x")
        await until(pilot, lambda: panes(layout_of(link)) == ("dev-1", "dev-2"))
        await until(pilot, lambda: set(link.watches) == {"id-dev:1", "id-dev:2"})


async def test_closing_a_pane_in_which_something_runs_asks_first(dashboard: Make) -> None:
    link = PlayingLink("dev")
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        command = {"id": 4, "session": "dev", "session_id": "id-dev", "pane": 1, "command": "make world"}
        link.happen("command_started", **command, state="running", started=NOW - 12)
        await until(pilot, lambda: "running 0:12" in screen_text(app))
        await pilot.press("ctrl+b", "x")
        await until(pilot, lambda: isinstance(app.screen, Question))
        assert "dev runs: make world" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.workspace)
        assert not link.asked("pane.close")


async def test_a_pane_of_another_session_is_shown_and_only_put_away(dashboard: Make) -> None:
    link = PlayingLink("dev", "web")
    app = dashboard(link, target="dev")
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "v")
        await until(pilot, lambda: app.screen is not app.workspace)
        await pilot.press("w", "e", "b", "enter")
        await until(pilot, lambda: link.asked("pane.split"))
        assert link.asked("pane.split")[0] == {"target": "id-dev:1", "direction": "right", "show": "id-web:1"}
        await until(pilot, lambda: set(link.watches) == {"id-dev:1", "id-web:1"})
        await until(pilot, lambda: app.workspace.pane_id == "web-1")
        assert app.workspace.session_id == "id-dev"
        await pilot.press("ctrl+b", "x")
        await until(pilot, lambda: set(link.watches) == {"id-dev:1"})
        assert not link.asked("pane.close")


async def test_a_pane_that_is_chosen_in_the_switcher_keeps_the_focus(dashboard: Make) -> None:
    link = PlayingLink("dev")
    app = dashboard(link)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "percent_sign")
        await until(pilot, lambda: app.workspace.pane_id == "dev-2")
        await pilot.press("ctrl+b", "s")
        await until(pilot, lambda: app.screen is not app.workspace)
        await pilot.press("d", "e", "v", "colon", "1", "enter")
        await until(pilot, lambda: layout_of(link).focus == "dev-1")
        link.happen("session", **link.sessions[0])
        await ready(pilot)
        assert app.workspace.pane_id == "dev-1"


async def test_the_list_is_filtered_as_one_types(dashboard: Make) -> None:
    link = PlayingLink("api", "docs", "web")
    app = dashboard(link, target="api")
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "tab")
        await until(pilot, lambda: app.focused is app.workspace.list)
        await pilot.press("d", "c")
        await until(pilot, lambda: [one.name for one in app.workspace.list.entries] == ["docs"])
        assert "/dc" in screen_text(app)
        await pilot.press("enter")
        await ready(pilot)
        assert app.workspace.session_id == "id-docs"
        await until(pilot, lambda: len(app.workspace.list.entries) == 3)
        await pilot.press("ctrl+b", "tab")
        await until(pilot, lambda: app.focused is app.workspace.list)
        await pilot.press("down", "down", "up", "escape")
        await ready(pilot)
        assert app.workspace.session_id == "id-docs"
        await pilot.press("ctrl+b", "l")
        await until(pilot, lambda: not app.workspace.list.display or app.workspace.list.size.width == 0)
        await pilot.press("ctrl+b", "l")
        await until(pilot, lambda: app.workspace.list.size.width > 0)


async def test_groups_by_directory_and_tag(dashboard: Make) -> None:
    link = PlayingLink("api", "docs")
    link.sessions[0]["tags"] = ["backend"]
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "g")
        await until(pilot, lambda: "/srv/api" in screen_text(app).split("│")[0] or " /srv/api" in screen_text(app))
        await pilot.press("ctrl+b", "g")
        await until(pilot, lambda: "backend" in screen_text(app) and "untagged" in screen_text(app))
        await pilot.press("ctrl+b", "g")
        await until(pilot, lambda: "untagged" not in screen_text(app))


async def test_a_stopped_session_is_started_by_a_key(dashboard: Make) -> None:
    link = PlayingLink("old")
    link.sessions[0]["status"] = "stopped"
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        assert "start again" in screen_text(app)
        await pilot.press("ctrl+b", "enter")
        await until(pilot, lambda: link.asked("session.start"))
        assert link.asked("session.start")[0]["target"] == "id-old"


async def test_a_theme_is_chosen_seen_at_once_and_kept(dashboard: Make) -> None:
    app = dashboard(PlayingLink("dev"))
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+b", "t")
        await until(pilot, lambda: app.screen is not app.workspace)
        await pilot.press(*"session-light")
        await until(pilot, lambda: app.theme == "session-light")
        await pilot.press("escape")
        await until(pilot, lambda: app.theme == "session-dark")
        await pilot.press("ctrl+b", "t")
        await until(pilot, lambda: app.screen is not app.workspace)
        await pilot.press(*"session-light", "enter")
        await until(pilot, lambda: app.screen is app.workspace)

        def kept() -> bool:
            try:
                with open(app.home.config) as file:
                    return 'theme = "session-light"' in file.read()
            except FileNotFoundError:
                return False

        await until(pilot, kept)


async def test_what_was_copied_here_is_pasted_as_one_paste(dashboard: Make) -> None:
    link = PlayingLink("dev")
    app = dashboard(link)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press(*"echo word", "enter")
        await until(pilot, lambda: screen_text(app).count("word") == 2)
        await pilot.click(app.workspace.pane, offset=(1, 2), times=2)
        await until(pilot, lambda: app.clipboard == "word")
        link.typed.clear()
        link._shell("id-dev:1").terminal.feed(b"\x1b[?2004h")
        link.draw("id-dev:1")
        await pilot.press("ctrl+b", "right_square_bracket")
        await until(pilot, lambda: link.typed.get("id-dev:1") == b"\x1b[200~word\x1b[201~")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (300, 100)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_size_shows_the_way_out(dashboard: Make, size: tuple[int, int]) -> None:
    link = PlayingLink("dev", "web")
    app = dashboard(link, target="dev")
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        await until(pilot, lambda: "$" in screen_text(app))
        await until(pilot, lambda: "^b d leave" in screen_text(app))
        await until(pilot, lambda: ("sessions ──" in screen_text(app)) == (size[0] >= 70))
        await until(pilot, lambda: link.asked("pane.resize") and link.asked("pane.resize")[-1]["rows"] == size[1] - 2)


async def test_the_border_between_two_panes_is_dragged_with_the_mouse(dashboard: Make) -> None:
    leaves = [{"pane": "dev-1"}, {"pane": "dev-2"}]
    root = {"split": "right", "weights": [1, 1], "children": leaves}
    link = FakeLink(session_wire("dev", panes=2, layout={"root": root, "focus": "dev-1", "zoomed": False}))
    app = dashboard(link)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        stage, second = app.workspace.stage, app.workspace.stage.panes["dev-2"]
        await until(pilot, lambda: second.region.x > stage.region.x)
        at = second.region.x
        await pilot.mouse_down(offset=(at, 10))
        await pilot.hover(offset=(at - 12, 10))
        await pilot.mouse_up(offset=(at - 12, 10))
        await until(pilot, lambda: second.region.x == at - 12)
        await until(pilot, lambda: link.asked("layout.set"))
        assert app.workspace.pane_id == "dev-1", "to drag a border is not to choose a pane"
        await pilot.mouse_down(offset=(at - 12, 10))
        await pilot.hover(offset=(stage.region.x + 2, 10))
        await pilot.mouse_up(offset=(stage.region.x + 2, 10))
        await pilot.pause()
        assert second.region.x - stage.region.x >= 16, "a pane keeps room to be of use"
