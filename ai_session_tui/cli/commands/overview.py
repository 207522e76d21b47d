"""`ai-session` alone: what is there and where to go on. It starts no server."""

from __future__ import annotations

import os
import time

from ai_session_tui import figures
from ai_session_tui.cli import console, linking, render
from ai_session_tui.errors import EXIT_OK
from ai_session_tui.paths import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.cli.shapes import ServerShape, SessionShape

NEXT = """\
  ai-session create --name dev       a new session
  ai-session attach dev              look into it and type; ctrl+b d leaves it
  ai-session exec dev "make test"    run a command in its shell
  ai-session --help                  everything else"""


def run() -> int:
    """Print what is there."""
    connection = linking.connect_if_running()
    if connection is None:
        home = Home()
        waiting = " (sessions wait there: `ai-session list`)" if os.path.exists(home.database) else ""
        console.say(f"No server is running for {console.clean(figures.folder(home.folder))}{waiting}.")
    else:
        with connection:
            status_call = connection.open("server.status")
            sessions: list[SessionShape] = connection.call("session.list")["sessions"]
            server: ServerShape = status_call.result()
        version = console.clean(server["version"])
        console.say(f"ai-session {version}: a server is running (pid {server['pid']}).")
        console.say()
        for line in render.overview(sessions, time.time()) if sessions else ["No sessions."]:
            console.say(line)
    console.say()
    console.say(NEXT)
    return EXIT_OK
