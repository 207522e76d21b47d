"""A session's layout drawn with lines and the number, program and size of each pane: pure."""

from __future__ import annotations

from ai_session_tui import figures, layouts
from ai_session_tui.cli.console import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.cli.shapes import PaneShape, SessionShape
    from ai_session_tui.layouts import Rect

COLUMNS, ROWS = 72, 16
_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_SIGNS = " ╵╷│╴┘┐┤╶└┌├─┴┬┼"  # by the sum of the sides to which a line goes


def picture(session: SessionShape, sessions: list[SessionShape]) -> list[str]:
    """Return the lines of the picture, and one for each pane that the layout does not show."""
    known = {pane["id"]: (one, pane) for one in sessions for pane in one["panes"]}
    known |= {pane["id"]: (session, pane) for pane in session["panes"]}
    layout = layouts.from_plain(session["layout"])
    places = layouts.rectangles(layout, COLUMNS - 1, ROWS - 1)
    lines = [0] * (COLUMNS * ROWS)
    for rect in places.values():
        _frame(lines, rect)
    canvas = [list(_signs(lines, y)) for y in range(ROWS)]
    for pane_id, rect in places.items():
        owner, pane = known.get(pane_id, (session, None))
        texts = _words(session, owner, pane, is_focused=pane_id == layout.focus, is_zoomed=layout.zoomed)
        for number, text in enumerate(texts[: rect.height - 1]):
            _write(canvas, rect.x + 2, rect.y + 1 + number, text, rect.width - 3)
    drawn = ["".join(row).rstrip() for row in canvas]
    hidden = [pane for pane in session["panes"] if pane["id"] not in layouts.panes(layout)]
    return [*drawn, *(f"not shown: {clean(session['name'])}:{pane['index']} {_program(pane)}" for pane in hidden)]


def _words(
    session: SessionShape, owner: SessionShape, pane: PaneShape | None, *, is_focused: bool, is_zoomed: bool
) -> list[str]:
    if pane is None:
        return ["gone"]
    where = str(pane["index"]) if owner["id"] == session["id"] else f"{clean(owner['name'])}:{pane['index']}"
    mark = ("*" if is_focused else "") + (" zoomed" if is_focused and is_zoomed else "")
    return [
        f"{where}{mark} {_program(pane)}",
        f"{pane['columns']}x{pane['rows']}",
        clean(figures.folder(pane["cwd"] or "")),
    ]


def _program(pane: PaneShape) -> str:
    if pane["status"] != "running":
        return clean(pane["status"])
    return clean((pane["command"] or pane["shell"] or "").partition("\n")[0])


def _frame(lines: list[int], rect: Rect) -> None:
    right, bottom = rect.x + rect.width, rect.y + rect.height
    for y in (rect.y, bottom):
        for x in range(rect.x, right + 1):
            lines[y * COLUMNS + x] |= (_LEFT if x > rect.x else 0) | (_RIGHT if x < right else 0)
    for x in (rect.x, right):
        for y in range(rect.y, bottom + 1):
            lines[y * COLUMNS + x] |= (_UP if y > rect.y else 0) | (_DOWN if y < bottom else 0)


def _signs(lines: list[int], y: int) -> str:
    return "".join(_SIGNS[sides] for sides in lines[y * COLUMNS : (y + 1) * COLUMNS])


def _write(canvas: list[list[str]], x: int, y: int, text: str, width: int) -> None:
    """Put text into cells, which a wide character has two of."""
    if width <= 0:
        return
    at = x
    for sign in figures.cut(text, width):
        cells = figures.width(sign)
        if cells == 0:
            canvas[y][at - 1] += sign
            continue
        canvas[y][at : at + cells] = [sign, *[""] * (cells - 1)]
        at += cells
