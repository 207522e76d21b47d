"""Which session is meant: as written, or `.`, which is the session that this process runs in."""

from __future__ import annotations

import os

from ai_session_tui.errors import ConflictError, NotFoundError, UsageError
from ai_session_tui.names import HERE, Target, parse_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_session_tui.cli.shapes import PaneShape, SessionShape

SESSION_ID = "AI_SESSION_ID"
PANE_ID = "AI_SESSION_PANE_ID"
PANE_INDEX = "AI_SESSION_PANE"


def resolve(text: str, environ: Mapping[str, str] = os.environ) -> Target:
    """Return the target that a text names; `.` becomes the id of our own session, and its pane our own."""
    target = parse_target(text)
    if target.session != HERE:
        return target
    session = environ.get(SESSION_ID)
    if not session:
        raise NotFoundError("`.` is the session one is in, but this is not inside one", "name the session.")
    pane = environ.get(PANE_INDEX, "")
    is_pane_open = target.pane is None and target.command is None
    return Target(session, int(pane) if is_pane_open and pane.isdigit() else target.pane, target.command)


def resolve_session(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the session that a text names; raise `UsageError` when it names a pane or a command of it."""
    target = resolve(text, environ)
    if text.partition("#")[1] or text.partition(":")[1]:
        raise UsageError(f"{text!r}: this is about a whole session", "leave the pane or command number away.")
    return target.session


def resolve_pane(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the pane that a text names, as the protocol writes it; raise `UsageError` for a command."""
    target = resolve(text, environ)
    if target.command is not None:
        raise UsageError(f"{text!r}: this is about a session or a pane", "leave the command number away.")
    return str(target)


def pane_of(session: SessionShape, target: str) -> PaneShape:
    """Return the pane of a session that a target addresses; raise `NotFoundError`."""
    index = parse_target(target).pane
    for pane in session["panes"]:
        if index is None or pane["index"] == index:
            return pane
    raise NotFoundError(f"'{session['name']}' has no pane {index}", f"it has {len(session['panes'])}.")


def pane_to_show(session: SessionShape, target: str) -> PaneShape:
    """Return the pane that a target addresses, or of a whole session the one with the focus, if its program runs."""
    if parse_target(target).pane is not None:
        return pane_of(session, target)
    focus = (session["layout"] or {}).get("focus")
    running = [pane for pane in session["panes"] if pane["status"] == "running"]
    return next((pane for pane in running if pane["id"] == focus), running[0] if running else session["panes"][0])


def refuse_own_pane(pane: PaneShape, what: str, environ: Mapping[str, str] = os.environ) -> None:
    """Raise `ConflictError` when the pane is the one that we run in ourselves."""
    if environ.get(PANE_ID) == pane["id"]:
        raise ConflictError(f"this is that pane: it cannot {what}", "use another pane or session.")
