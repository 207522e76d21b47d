"""Going from session to session and from pane to pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.dashboard.actions import action, has_pane, has_panes, has_sessions
from ai_session_tui.layouts import Side, neighbour

if TYPE_CHECKING:
    from ai_session_tui.dashboard.actions import Situation
    from ai_session_tui.dashboard.app import Dashboard


@action(
    "go.switch",
    key="s",
    label="switch",
    help="Switch to a session, pane or recent command by a few letters",
    group="Sessions",
    when=has_sessions,
    footer=5,
)
async def switch(app: Dashboard) -> None:
    """Open the switcher."""
    from ai_session_tui.dashboard.screens.switcher import Switcher

    app.push_screen(Switcher())


def _step(app: Dashboard, way: int) -> None:
    order = [session.id for session in app.world.ordered()]
    current = app.workspace.session_id
    at = order.index(current) if current in order else -1 if way > 0 else 0
    app.workspace.show_session(order[(at + way) % len(order)])


@action("go.next", key="n", label="next", help="Go to the next session", group="Sessions", when=has_sessions)
async def next_session(app: Dashboard) -> None:
    """Go down the list."""
    _step(app, 1)


@action(
    "go.previous", key="p", label="previous", help="Go to the previous session", group="Sessions", when=has_sessions
)
async def previous_session(app: Dashboard) -> None:
    """Go up the list."""
    _step(app, -1)


def _has_last(now: Situation) -> bool:
    return has_sessions(now) and now.has_previous


@action(
    "go.last",
    key="semicolon",
    label="last",
    help="Go back to the session shown before",
    group="Sessions",
    when=_has_last,
)
async def last_session(app: Dashboard) -> None:
    """Go back."""
    if app.workspace.previous_id is not None:
        app.workspace.show_session(app.workspace.previous_id)


def _someone_waits(now: Situation) -> bool:
    return now.is_connected and now.needy > 0


@action(
    "go.needy",
    key="a",
    label="needs you",
    help="Go to the next session that needs you",
    group="Sessions",
    when=_someone_waits,
)
async def needy_session(app: Dashboard) -> None:
    """Go to who waits longest, or to the one behind the one shown."""
    order = [session.id for session in app.world.needy]
    current = app.workspace.session_id
    at = order.index(current) if current in order else -1
    session = app.world.sessions[order[(at + 1) % len(order)]]
    app.workspace.show_session(session.id, pane=session.attention.pane if session.attention is not None else None)


def _declare_number(number: int) -> None:
    def is_there(now: Situation) -> bool:
        return now.is_connected and now.sessions >= number

    @action(
        f"go.{number}",
        key=str(number),
        label=f"session {number}",
        family=("1…9", "of the list"),
        help=f"Go to session {number} of the list",
        group="Sessions",
        when=is_there,
    )
    async def go(app: Dashboard) -> None:
        app.workspace.show_session(app.world.ordered()[number - 1].id)


for _number in range(1, 10):
    _declare_number(_number)


def _has_others(now: Situation) -> bool:
    return has_panes(now) or (has_pane(now) and now.is_inspecting)


def _declare_side(side: Side) -> None:
    @action(
        f"pane.focus_{side}",
        key=side,
        label=f"pane {side}",
        family=("←↓↑→", "move to pane"),
        help=f"Move to the pane {'above' if side == 'up' else 'below' if side == 'down' else 'at the ' + side}",
        group="Panes",
        when=_has_others,
    )
    async def move(app: Dashboard) -> None:
        workspace = app.workspace
        layout, pane = workspace.layout_now, workspace.pane_id
        if workspace.aside.is_inspector_focused and side == "left":
            workspace.back_to_pane()
        elif layout is not None and pane is not None:
            found = neighbour(layout, pane, side, *workspace.area)
            if found is not None:
                await workspace.focus_pane(found)
            elif side == "right" and workspace.has_class("inspecting"):
                await workspace.aside.show_inspector()


for _side in ("left", "right", "up", "down"):
    _declare_side(_side)


@action(
    "go.list",
    key="tab",
    label="list",
    help="Move to the session list; letters filter it, Enter opens, Escape returns",
    group="Sessions",
    when=has_sessions,
)
async def to_list(app: Dashboard) -> None:
    """Give the list the keys."""
    app.workspace.focus_list()


@action("pane.next", key="o", label="next pane", help="Move to the next pane", group="Panes", when=has_panes)
async def next_pane(app: Dashboard) -> None:
    """Go round the panes."""
    order = app.workspace.pane_order
    pane = app.workspace.pane_id
    if pane in order:
        await app.workspace.focus_pane(order[(order.index(pane) + 1) % len(order)])


@action(
    "pane.paste",
    key="right_square_bracket",
    label="paste",
    help="Paste what was copied here",
    group="Panes",
    when=has_pane,
)
async def paste(app: Dashboard) -> None:
    """Paste our clipboard as one paste."""
    app.workspace.paste(app.clipboard)
