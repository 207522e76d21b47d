"""Splitting, closing and arranging panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.dashboard.actions import action, has_pane, has_panes
from ai_session_tui.layouts import Direction, Side, resize, swap, zoomed

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard

_CELLS = 4  # that a border moves at a time, across; down it is half of them


async def _split(app: Dashboard, direction: Direction) -> None:
    place = app.workspace.place
    if place is not None:
        made = await app.link.call(
            "pane.split", {"target": place.target, "direction": direction, "dir": place.pane.cwd}
        )
        app.workspace.expect_pane(made)


@action(
    "pane.split_right",
    key="percent_sign",
    also=("vertical_line",),
    label="split right",
    help="Open a new pane at the right of this one",
    group="Panes",
    when=has_pane,
)
async def split_right(app: Dashboard) -> None:
    """Split side by side."""
    await _split(app, "right")


@action(
    "pane.split_down",
    key="quotation_mark",
    also=("minus",),
    label="split down",
    help="Open a new pane below this one",
    group="Panes",
    when=has_pane,
)
async def split_down(app: Dashboard) -> None:
    """Split one above the other."""
    await _split(app, "down")


@action(
    "pane.close",
    key="x",
    label="close pane",
    help="Close this pane and end what runs in it",
    group="Panes",
    when=has_pane,
)
async def close(app: Dashboard) -> None:
    """Ask if something runs, then close. A view of another session's pane is only put away."""
    place = app.workspace.place
    if place is None:
        return
    from ai_session_tui.dashboard.screens.question import Question

    if place.session.id != app.workspace.session_id:
        await app.link.call("layout.set", app.workspace.without_view(place.pane.id))
        return
    running = app.workspace.running_in(place)
    if running:
        words = f"{place.address} runs: {running}"
        if not await app.push_screen_wait(Question(f"Close {place.address}?", words, yes="close")):
            return
    await app.link.call("pane.close", {"target": place.target})


@action(
    "pane.zoom", key="z", label="zoom", help="Show this pane alone, or all of them again", group="Panes", when=has_panes
)
async def zoom(app: Dashboard) -> None:
    """Fill the stage with one pane, or no longer."""
    layout = app.workspace.layout_now
    if layout is not None:
        await app.workspace.change_layout(zoomed(layout))


def _declare_resize(side: Side) -> None:
    @action(
        f"pane.resize_{side}",
        key=f"ctrl+{side}",
        also=(f"shift+{side}",),
        label=f"grow {side}",
        family=("^←↓↑→", "resize pane"),
        help=f"Move a border of this pane {side}",
        group="Panes",
        when=has_panes,
    )
    async def grow(app: Dashboard) -> None:
        layout, pane = app.workspace.layout_now, app.workspace.pane_id
        if layout is not None and pane is not None:
            cells = _CELLS if side in ("left", "right") else _CELLS // 2
            await app.workspace.change_layout(resize(layout, pane, side, cells, *app.workspace.area))


for _side in ("left", "right", "up", "down"):
    _declare_resize(_side)


async def _swap(app: Dashboard, way: int) -> None:
    layout, pane, order = app.workspace.layout_now, app.workspace.pane_id, app.workspace.pane_order
    if layout is not None and pane in order:
        other = order[(order.index(pane) + way) % len(order)]
        await app.workspace.change_layout(swap(layout, pane, other))


@action(
    "pane.swap_next",
    key="right_curly_bracket",
    label="swap next",
    help="Change places with the next pane",
    group="Panes",
    when=has_panes,
)
async def swap_next(app: Dashboard) -> None:
    """Change places forward."""
    await _swap(app, 1)


@action(
    "pane.swap_previous",
    key="left_curly_bracket",
    label="swap back",
    help="Change places with the pane before",
    group="Panes",
    when=has_panes,
)
async def swap_previous(app: Dashboard) -> None:
    """Change places backward."""
    await _swap(app, -1)


@action(
    "pane.view",
    key="v",
    label="view here",
    help="Show a pane of any session in a split of this one",
    group="Panes",
    when=has_pane,
)
async def view(app: Dashboard) -> None:
    """Choose a pane and show it at the right."""
    from ai_session_tui.dashboard.screens.switcher import Switcher

    place = app.workspace.place
    if place is None:
        return
    aim = await app.push_screen_wait(Switcher(panes_only=True))
    if aim is not None:
        await app.link.call("pane.split", {"target": place.target, "direction": "right", "show": aim.target})
