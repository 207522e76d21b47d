"""What is done to sessions by way of a form or a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_session_tui.dashboard.actions import action, connected, has_pane, has_session, has_sessions
from ai_session_tui.errors import AiSessionError
from ai_session_tui.names import check_name

if TYPE_CHECKING:
    from ai_session_tui.dashboard.app import Dashboard
    from ai_session_tui.dashboard.state import Session


@action(
    "session.new",
    key="c",
    label="new",
    help="Create a session: name, directory, template, command, context",
    group="Sessions",
    when=connected,
    footer=4,
)
async def new(app: Dashboard) -> None:
    """Open the form, then go to what was made."""
    from ai_session_tui.dashboard.screens.new_session import NewSession

    made = await app.push_screen_wait(NewSession())
    if made is not None:
        app.workspace.show_session(made)


@action(
    "session.rename",
    key="comma",
    label="rename",
    help="Give this session another name",
    group="Sessions",
    when=has_session,
)
async def rename(app: Dashboard) -> None:
    """Ask for the name."""
    session = app.workspace.session
    if session is None:
        return
    from ai_session_tui.dashboard.screens.line import Line

    def wrong(name: str) -> str:
        try:
            check_name(name.strip())
        except AiSessionError as error:
            return error.message
        taken = any(one.name == name.strip() and one.id != session.id for one in app.world.sessions.values())
        return f"{name.strip()} is taken" if taken else ""

    name = await app.push_screen_wait(Line(f"rename {session.name}", value=session.name, wrong=wrong))
    if name is not None and name.strip() != session.name:
        await app.link.call("session.rename", {"target": session.id, "name": name.strip()})


@action(
    "session.kill",
    key="ampersand",
    also=("K",),
    label="kill",
    help="End this session and every process in it, after a question",
    group="Sessions",
    when=has_session,
)
async def kill(app: Dashboard) -> None:
    """Say what runs, ask, and end it."""
    session = app.workspace.session
    if session is None:
        return
    from ai_session_tui.dashboard.screens.question import Question

    if await app.push_screen_wait(Question(f"Kill {session.name}?", what_runs(app, session), yes="kill")):
        await app.link.call("session.kill", {"targets": [session.id]})


def what_runs(app: Dashboard, session: Session) -> str:
    """Return in words what a kill would end."""
    lines = []
    for pane in session.panes:
        command = app.world.running.get((session.id, pane.index))
        running = command.command if command is not None else session.running if pane.index == 1 else None
        where = f"{session.name}:{pane.index}" if len(session.panes) > 1 else session.name
        if running:
            lines.append(f"{where} runs: {' '.join(running.split())}")
        elif pane.pid is not None:
            lines.append(f"{where}: {pane.command or 'a program'} waits at its prompt")
    return "\n".join(lines) or "Nothing runs in it; its records and its output stay until they are cleaned up."


@action(
    "pane.send",
    key="m",
    label="send text",
    help="Send a line to this pane without going into it",
    group="Panes",
    when=has_pane,
)
async def send(app: Dashboard) -> None:
    """Ask for the line and press Enter behind it."""
    place = app.workspace.place
    if place is None:
        return
    from ai_session_tui.dashboard.screens.line import Line

    note = "enter is pressed behind it"
    text = await app.push_screen_wait(Line(f"send to {place.address}", note=note))
    if text:
        await app.link.call("pane.send", {"target": place.target, "text": text, "enter": True})


@action(
    "session.broadcast",
    key="B",
    label="send to many",
    help="Send the same line to several sessions",
    group="Sessions",
    when=has_sessions,
)
async def broadcast(app: Dashboard) -> None:
    """Open the marks and the line."""
    from ai_session_tui.dashboard.screens.broadcast import Broadcast

    app.push_screen(Broadcast())
