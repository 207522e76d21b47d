"""From one pane of a session to another, as an attached terminal shows them one at a time: pure."""

from __future__ import annotations

from ai_session_tui.cli.console import clean
from ai_session_tui.cli.menu import Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.cli.shapes import PaneShape, SessionShape
    from ai_session_tui.layouts import Side

SIDES: tuple[Side, ...] = ("left", "right", "up", "down")


def step(session: SessionShape, here: str, key: str) -> PaneShape | None:
    """Return the pane that a key leads to: `o` to the next one that runs, an arrow to the one at that side."""
    from ai_session_tui import layouts

    running = {pane["id"]: pane for pane in session["panes"] if pane["status"] == "running"}
    layout = layouts.from_plain(session["layout"])
    shown = layouts.panes(layout)
    found: str | None
    if key == "o":
        around = [ident for ident in (*shown, *(other for other in running if other not in shown)) if ident in running]
        at = around.index(here) if here in around else -1
        found = around[(at + 1) % len(around)] if around else None
    else:
        side = next(side for side in SIDES if side == key)
        found = layouts.neighbour(layout, here, side) if here in shown else None
    return None if found is None or found == here else running.get(found)


def closing_question(session: SessionShape, pane: PaneShape, columns: int) -> Question:
    """Return what is asked before a pane is closed: it names what runs there, and what goes with it."""
    name, is_last = clean(session["name"]), len(session["panes"]) == 1
    what = f"Kill session {name}" if is_last else f"Close pane {name}:{pane['index']}"
    program = clean((pane["command"] or "").partition("\n")[0])
    return Question(f"{what}, in which {program or 'nothing'} runs?", columns)
