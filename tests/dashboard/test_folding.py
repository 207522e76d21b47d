"""What folds where there is no room: the panes come first."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.dashboard.app import Dashboard
from ai_session_tui.dashboard.folding import COMFORT_COLUMNS, fold
from ai_session_tui.layouts import Layout, arranged, single
from tests.dashboard.fakes import FakeLink, session_wire
from tests.dashboard.screen import screen_text
from tests.dashboard.waiting import ready, until

Make = Callable[..., Dashboard]
TWO = arranged(["a", "b"], "columns")


def test_what_folds_at_the_usual_sizes() -> None:
    def shown(width: int, layout: Layout, *, inspects: bool) -> tuple[bool, bool]:
        folding = fold(width, layout, wants_list=True, inspects=inspects)
        return folding.has_list, folding.covers

    one = single("a")
    assert shown(60, one, inspects=False) == (False, False)
    assert shown(80, one, inspects=False) == (True, False)
    assert shown(80, TWO, inspects=False) == (False, False), "two panes of 40 rather than of 28"
    assert shown(80, one, inspects=True) == (True, True), "the inspector lies over the pane"
    assert shown(100, one, inspects=True) == (False, False), "the inspector stands in the place of the list"
    assert shown(120, one, inspects=True) == (True, False)
    assert shown(120, TWO, inspects=True) == (False, False)
    assert shown(200, TWO, inspects=True) == (True, False)


@given(st.integers(1, 400), st.integers(1, 6), st.booleans(), st.booleans())
def test_a_pane_is_narrow_only_where_nothing_is_left_to_fold(
    width: int, panes: int, wants_list: bool, inspects: bool
) -> None:
    layout = arranged([f"p{number}" for number in range(panes)], "columns")
    folding = fold(width, layout, wants_list=wants_list, inspects=inspects)
    beneath = fold(width, layout, wants_list=wants_list, inspects=False)
    assert not folding.has_list or wants_list
    assert not folding.covers or (inspects and folding.has_list == beneath.has_list), "a cover resizes no pane"
    taken = (28 if width >= 100 else 24) * folding.has_list + 46 * (inspects and not folding.covers)
    if folding.has_list or (inspects and not folding.covers):
        assert (width - taken) // panes >= COMFORT_COLUMNS - 12 * (width >= 160)


async def test_an_inspector_over_the_panes_goes_when_they_get_the_keys(dashboard: Make) -> None:
    link = FakeLink(session_wire("dev", ai_context=True))
    app = dashboard(link)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        before = app.workspace.pane.body
        await pilot.press("ctrl+b", "i")
        await until(pilot, lambda: "TOKENS" in screen_text(app) and "hide inspector" in screen_text(app))
        assert app.workspace.has_class("covered")
        assert app.workspace.pane.body == before, "what runs beneath is not resized"
        await pilot.press("escape", "x")
        await until(pilot, lambda: link.typed.get("id-dev:1") == b"x")
        assert "TOKENS" not in screen_text(app)
        await pilot.press("ctrl+b", "i")
        await until(pilot, lambda: "TOKENS" in screen_text(app))
        await pilot.press("ctrl+b", "i", "y")
        await until(pilot, lambda: link.typed.get("id-dev:1") == b"xy")
        assert "TOKENS" not in screen_text(app)


async def test_panes_without_room_are_told_and_the_focused_one_is_shown(dashboard: Make) -> None:
    leaves = [{"pane": f"dev-{index}"} for index in range(1, 6)]
    root = {"split": "right", "weights": [1] * 5, "children": leaves}
    link = FakeLink(session_wire("dev", panes=5, layout={"root": root, "focus": "dev-2", "zoomed": False}))
    app = dashboard(link)
    async with app.run_test(size=(60, 15), notifications=True) as pilot:
        await ready(pilot)
        await until(pilot, lambda: "dev:2 [2 of 5]" in screen_text(app))
        await until(pilot, lambda: "No room for 5 panes" in screen_text(app))
        assert list(app.workspace.stage.panes) == ["dev-2"]
        await pilot.press("ctrl+b", "o")
        await until(pilot, lambda: "dev:3 [3 of 5]" in screen_text(app))
        await pilot.resize_terminal(160, 30)
        await until(pilot, lambda: len(app.workspace.stage.panes) == 5)
        assert "of 5]" not in screen_text(app)
