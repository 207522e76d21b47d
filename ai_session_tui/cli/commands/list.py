"""`ai-session list`: which sessions there are. Looking starts no server where there is nothing to see."""

from __future__ import annotations

import time

from ai_session_tui.cli import console, linking, render
from ai_session_tui.cli.arguments import add_json
from ai_session_tui.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import SessionShape

STATUSES = ("active", "idle", "stopped", "killed")
EMPTY = "No sessions. `ai-session create --name dev` makes one."


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `list` takes."""
    parser.add_argument("--detailed", action="store_true", help="all that is known about each session")
    parser.add_argument("--status", choices=STATUSES, metavar="STATUS", help="only these: " + ", ".join(STATUSES))
    parser.add_argument("--names", action="store_true", help="names only, one a line")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """List the sessions."""
    sessions = find_sessions(arguments.status)
    if arguments.json:
        console.say_json({"sessions": sessions})
    elif arguments.names:
        for session in sessions:
            console.say(console.clean(session["name"]))
    elif not sessions:
        console.say(EMPTY if arguments.status is None else f"No session is {arguments.status}.")
    else:
        layout = render.details if arguments.detailed else render.overview
        for line in layout(sessions, time.time()):
            console.say(line)
    return EXIT_OK


def find_sessions(status: str | None = None) -> list[SessionShape]:
    """Return the sessions, of one status or all that were not killed."""
    connection = linking.connect_if_useful()
    if connection is None:
        return []
    with connection:
        sessions: list[SessionShape] = connection.call("session.list", status=status)["sessions"]
        return sessions
