"""Methods about several panes in one session: splitting, closing, and the layout that says where each is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from ai_session_tui import layouts
from ai_session_tui.errors import NotFoundError, UsageError
from ai_session_tui.layouts import Arrangement, Direction, Layout, Side
from ai_session_tui.names import parse_target
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.params import Columns, Rows, Targeted
from ai_session_tui.server.sessions import Session

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server

Fraction = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Cells = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class SplitPane(msgspec.Struct):
    """Parameters of `pane.split`."""

    target: str
    direction: Direction = "right"
    command: list[str] = []
    shell: str | None = None
    dir: str | None = None
    env: dict[str, str] | None = None
    set_env: dict[str, str] = {}
    fraction: Fraction = 0.5
    show: str | None = None
    scrollback_file: str | None = None


class ClosePane(msgspec.Struct, rename={"from_session": "from"}):
    """Parameters of `pane.close`."""

    target: str
    force: bool = False
    from_session: str | None = None


class SetLayout(msgspec.Struct):
    """Parameters of `layout.set`."""

    target: str
    layout: dict[str, object]


class FocusPane(msgspec.Struct):
    """Parameters of `layout.focus`."""

    target: str
    pane: int | str | None = None
    direction: Literal["left", "right", "up", "down", "next", "previous"] | None = None


class ZoomPane(msgspec.Struct):
    """Parameters of `layout.zoom`."""

    target: str
    zoomed: bool | None = None


class MoveBorder(msgspec.Struct):
    """Parameters of `layout.resize`."""

    target: str
    direction: Side
    cells: Cells = 1
    columns: Columns | None = None
    rows: Rows | None = None


class SwapPanes(msgspec.Struct, rename={"other": "with"}):
    """Parameters of `layout.swap`."""

    target: str
    other: int | str


class ArrangePanes(msgspec.Struct):
    """Parameters of `layout.arrange`."""

    target: str
    arrangement: Arrangement


@method("pane.split", SplitPane)
async def split(server: Server, call: Call, params: SplitPane) -> object:
    """Open a pane beside another one, or show one there that exists."""
    beside = server.sessions.find_pane(params.target, focused=True)
    if params.show is not None:
        if params.command or params.shell or params.dir is not None:
            raise UsageError("a pane that is only shown runs already", "leave out its command, shell and directory.")
        shown = server.sessions.find_pane(params.show)
        return server.splitting.show(beside, params.direction, shown, params.fraction).to_wire()
    pane = await server.splitting.split(
        beside,
        params.direction,
        fraction=params.fraction,
        command=params.command,
        shell=params.shell,
        folder=params.dir,
        env=params.env,
        set_env=params.set_env,
        scrollback_file=params.scrollback_file,
    )
    return pane.to_wire()


@method("pane.close", ClosePane)
async def close(server: Server, call: Call, params: ClosePane) -> object:
    """End a pane and take it away; one of another session leaves the layout of `from` and runs on."""
    pane = server.sessions.find_pane(params.target, focused=True)
    viewing = pane.session if params.from_session is None else server.sessions.find(params.from_session)
    if viewing is not pane.session:
        server.splitting.hide(viewing, pane)
        return {"gone": [], "survived": [], "session_killed": False}
    if pane.session.row.killed is not None:
        raise NotFoundError(f"session {pane.session.row.name!r} is killed already")
    return await server.splitting.close(pane, force=params.force)


@method("layout.get", Targeted)
async def get(server: Server, call: Call, params: Targeted) -> object:
    """Tell how a session's panes are arranged."""
    return layouts.to_plain(server.sessions.find(params.target).arrangement.layout)


@method("layout.set", SetLayout)
async def set_layout(server: Server, call: Call, params: SetLayout) -> object:
    """Arrange a session's panes in any other way."""
    session = server.sessions.find(params.target)
    layout = layouts.from_plain(params.layout)
    for pane_id in layouts.panes(layout):
        pane = server.sessions.pane_of_id(pane_id)
        if pane is None or pane.session.row.killed is not None:
            raise NotFoundError(f"there is no pane {pane_id}", "`ai-session pane list` has their ids.")
    return _changed(server, session, layout)


@method("layout.focus", FocusPane)
async def focus(server: Server, call: Call, params: FocusPane) -> object:
    """Give a pane the focus: by its number or id, or the one at a side of the one that has it."""
    session = server.sessions.find(params.target)
    layout = session.arrangement.layout
    named = params.pane if params.pane is not None else parse_target(params.target).pane
    if params.direction is None:
        if named is None:
            raise UsageError("which pane?", "write NAME:PANE, or give a direction.")
        return _changed(server, session, layouts.focused(layout, _shown(server, session, named)))
    start = layout.focus if named is None else _shown(server, session, named)
    return _changed(server, session, layouts.focused(layout, _at(layout, start, params.direction)))


def _at(layout: Layout, start: str, direction: Literal["left", "right", "up", "down", "next", "previous"]) -> str:
    if direction == "next" or direction == "previous":
        order = layouts.panes(layout)
        step = 1 if direction == "next" else -1
        return order[(order.index(start) + step) % len(order)]
    return layouts.neighbour(layout, start, direction) or start


@method("layout.zoom", ZoomPane)
async def zoom(server: Server, call: Call, params: ZoomPane) -> object:
    """Let one pane fill the whole area, or no longer."""
    session = server.sessions.find(params.target)
    layout = session.arrangement.layout
    position = parse_target(params.target).pane
    if position is not None:
        layout = layouts.focused(layout, _shown(server, session, position))
    return _changed(server, session, layouts.zoomed(layout, params.zoomed))


@method("layout.resize", MoveBorder)
async def resize(server: Server, call: Call, params: MoveBorder) -> object:
    """Move a border of a pane by cells of an area; by default of that which the panes' sizes make up."""
    session = server.sessions.find(params.target)
    layout = session.arrangement.layout
    position = parse_target(params.target).pane
    pane_id = layout.focus if position is None else _shown(server, session, position)
    shown = [pane for pane in map(server.sessions.pane_of_id, layouts.panes(layout)) if pane is not None]
    columns, rows = layouts.extent(layout, {pane.row.id: (pane.row.columns, pane.row.rows) for pane in shown})
    area = (params.columns or columns, params.rows or rows)
    return _changed(server, session, layouts.resize(layout, pane_id, params.direction, params.cells, *area))


@method("layout.swap", SwapPanes)
async def swap(server: Server, call: Call, params: SwapPanes) -> object:
    """Exchange the places of two panes."""
    session = server.sessions.find(params.target)
    layout = session.arrangement.layout
    position = parse_target(params.target).pane
    pane_id = layout.focus if position is None else _shown(server, session, position)
    return _changed(server, session, layouts.swap(layout, pane_id, _shown(server, session, params.other)))


@method("layout.arrange", ArrangePanes)
async def arrange(server: Server, call: Call, params: ArrangePanes) -> object:
    """Arrange what is shown anew: as columns, rows, a grid, or one large pane beside the others."""
    session = server.sessions.find(params.target)
    layout = session.arrangement.layout
    arranged = layouts.arranged(layouts.panes(layout), params.arrangement, layout.focus)
    return _changed(server, session, arranged)


def _changed(server: Server, session: Session, layout: Layout) -> object:
    if layout != session.arrangement.layout:
        session.arrangement.change(layout)
        server.sessions.tell(session)
    return layouts.to_plain(layout)


def _shown(server: Server, session: Session, named: int | str) -> str:
    """Return the id of a pane by its number in the session, its id, or its address."""
    pane: Pane
    if isinstance(named, int):
        pane = session.pane_at(named)
    elif named.isascii() and named.isdigit():
        pane = session.pane_at(int(named))
    else:
        pane = server.sessions.find_pane(named)
    if not session.arrangement.shows(pane.row.id):
        name = session.row.name
        raise NotFoundError(
            f"{pane.address} is not in the layout of {name!r}", f"`ai-session pane split {name} --show {pane.address}`."
        )
    return pane.row.id
