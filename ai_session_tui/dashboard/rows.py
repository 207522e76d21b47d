"""What the session list says about each session: pure, from the world and the time."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ai_session_tui import figures
from ai_session_tui.client.records import SessionStatus
from ai_session_tui.dashboard.state import Session, World
from ai_session_tui.widgets.entries import Entry

GROUPINGS = ("none", "directory", "tag")
_BARS = " ▁▂▃▄▅▆▇█"


def clock(seconds: float) -> str:
    """Return a running time as a clock: `0:12`, `1:02:03`, `2d 03:04`."""
    whole = max(0, int(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24}d {hours % 24:02}:{minute:02}"
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def ago(seconds: float) -> str:
    """Return a quiet time in one unit: `12s`, `4m`, `3h`, `2d`."""
    whole = max(0, int(seconds))
    for size, sign in ((86_400, "d"), (3600, "h"), (60, "m")):
        if whole >= size:
            return f"{whole // size}{sign}"
    return f"{whole // 10 * 10}s" if whole >= 10 else "now"


def sparkline(activity: Iterable[int], cells: int) -> str:
    """Return the newest values as bars, on a scale that shows a line of text beside a flood."""
    values = list(activity)[-cells:]
    if not any(values):
        return ""
    return "".join(_BARS[min(8, max(1, value.bit_length() // 2))] if value > 0 else " " for value in values)


def state_of(session: Session, world: World, now: float) -> tuple[str, str, str]:
    """Return glyph, words and kind of a session's state; the words alone are enough."""
    if session.attention is not None:
        return "●", "needs you", "needy"
    if session.status is SessionStatus.STOPPED:
        code = session.exit_code
        return ("✗", f"exit {code}", "failed") if code else ("■", "stopped", "quiet")
    if session.running_since is not None and session.running is not None:
        return "◐", clock(now - session.running_since), "running"
    last = world.ended.get((session.id, 1))
    if last is not None and last.exit_code and session.unread:
        return "✗", f"exit {last.exit_code}", "failed"
    if session.status is SessionStatus.ACTIVE:
        return "◐", "active", "quiet"
    quiet = ago(now - session.last_activity) if session.last_activity is not None else ""
    return "○", f"idle {quiet}".rstrip(), "quiet"


def entries(
    world: World, now: float, *, sought: str = "", grouping: str = "none", current: str | None = None
) -> tuple[Entry, ...]:
    """Return the rows of the list, in order; `sought` keeps those with all its letters in order."""
    found = [session for session in world.ordered() if matches(sought, session)]
    if grouping != "none":
        found.sort(key=lambda one: (one.attention is None, group_of(one, grouping)))
    rows = []
    for session in found:
        glyph, words, kind = state_of(session, world, now)
        group = group_of(session, grouping) if session.attention is None else ""
        detail = session.attention.evidence if session.attention is not None else ""
        rows.append(
            Entry(
                id=session.id,
                name=session.name,
                glyph=glyph,
                words=words,
                kind=kind,
                detail=detail or session.last_line or _title(session),
                spark=sparkline(session.activity, 8),
                is_unread=session.unread,
                is_current=session.id == current,
                group="needs you" if session.attention is not None and grouping != "none" else group,
            )
        )
    return tuple(rows)


def group_of(session: Session, grouping: str) -> str:
    """Return the name of a session's group, "" without grouping."""
    if grouping == "directory":
        return figures.folder(session.dir) if session.dir else "elsewhere"
    if grouping == "tag":
        return session.tags[0] if session.tags else "untagged"
    return ""


def matches(sought: str, session: Session) -> bool:
    """Whether all letters of the filter stand in a session's name, folder or tags, in order."""
    if not sought:
        return True
    where = " ".join((session.name, os.path.basename(session.dir or ""), *session.tags)).lower()
    letters = iter(where)
    return all(sign in letters for sign in sought.lower())


def _title(session: Session) -> str:
    if not session.panes:
        return ""
    pane = session.panes[0]
    return session.running or pane.title or pane.command or ""
