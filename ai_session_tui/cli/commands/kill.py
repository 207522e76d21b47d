"""`ai-session kill`: end sessions with their whole process trees, and say what is gone."""

from __future__ import annotations

from ai_session_tui.cli import console, linking, render
from ai_session_tui.cli.arguments import SESSION, add_json
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import KilledShape


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `kill` takes."""
    parser.add_argument("sessions", nargs="*", metavar=SESSION, help="names, unique beginnings of names, or ids")
    parser.add_argument("--all", action="store_true", help="every session")
    parser.add_argument("--force", action="store_true", help="do not ask the programs to end: kill them at once")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Kill sessions; 1 when a process survived."""
    names: list[str] = arguments.sessions
    if bool(names) == bool(arguments.all):
        raise UsageError("name the sessions to kill, or say --all", "`ai-session list` shows what there is.")
    targets = [resolve_session(name) for name in names]
    wanted: dict[str, object] = {"all": True} if arguments.all else {"targets": targets}
    with linking.connect() as connection:
        ended: list[KilledShape] = connection.call("session.kill", **wanted, force=arguments.force)["sessions"]
    if arguments.json:
        console.say_json({"sessions": ended})
    elif not ended:
        console.say("No sessions.")
    for session in ended:
        if not arguments.json:
            console.say(render.killed(session))
        for process in session["survived"]:
            name = f"{console.clean(process['name'])} ({process['pid']})"
            console.note(f"{console.clean(session['name'])}: {name} is still alive")
    return EXIT_FAILURE if any(session["survived"] for session in ended) else EXIT_OK
