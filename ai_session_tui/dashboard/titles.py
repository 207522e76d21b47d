"""What a pane's title line says: pure, from the world and the time."""

from __future__ import annotations

from ai_session_tui import figures
from ai_session_tui.client.records import CommandRecord, PaneStatus
from ai_session_tui.dashboard.rows import clock
from ai_session_tui.dashboard.state import PanePlace, World
from ai_session_tui.widgets.heading import Heading

_WORTH_SECONDS = 1.0  # a command that ran so long is told of when it has ended well


def heading_of(place: PanePlace, world: World, now: float, among: tuple[int, int] | None = None) -> Heading:
    """Return the heading of a pane; `among` says which of how many it is where it hides the others."""
    session, pane = place.session, place.pane
    running = _running(place, world)
    state, kind = _state(place, world, running, now)
    command = running[0] if running is not None else (pane.command or pane.title or "")
    return Heading(
        name=place.address if among is None else f"{place.address} [{among[0]} of {among[1]}]",
        command=" ".join(command.split()),
        folder=figures.folder(pane.cwd or session.dir) if (pane.cwd or session.dir) else "",
        state=state,
        kind=kind,
    )


def _running(place: PanePlace, world: World) -> tuple[str, float] | None:
    """Return the text and the start of the command that runs in a pane."""
    known = world.running.get((place.session.id, place.pane.index))
    if known is not None and known.started is not None:
        return known.command, known.started
    session = place.session
    if place.pane.index == 1 and session.running is not None and session.running_since is not None:
        return session.running, session.running_since
    return None


def _state(place: PanePlace, world: World, running: tuple[str, float] | None, now: float) -> tuple[str, str]:
    session, pane = place.session, place.pane
    if pane.status is not PaneStatus.RUNNING:
        return _ended(place)
    if session.attention is not None and session.attention.pane == pane.index:
        return "needs you", "needy"
    if running is not None:
        return f"running {clock(now - running[1])}", "running"
    last = world.ended.get((session.id, pane.index))
    return _outcome(last) if last is not None else ("", "quiet")


def _ended(place: PanePlace) -> tuple[str, str]:
    pane = place.pane
    if pane.exit_signal:
        return f"ended by signal {pane.exit_signal}", "failed"
    if pane.exit_code is None:
        return "stopped", "quiet"
    return f"exited {pane.exit_code}", "failed" if pane.exit_code else "quiet"


def _outcome(last: CommandRecord) -> tuple[str, str]:
    if last.exit_code is None:
        return "", "quiet"
    took = last.duration_s or 0.0
    if last.exit_code:
        return f"exit {last.exit_code}" + (f" · {figures.duration(took)}" if took >= _WORTH_SECONDS else ""), "failed"
    return (f"✔ {figures.duration(took)}", "good") if took >= _WORTH_SECONDS else ("", "quiet")
