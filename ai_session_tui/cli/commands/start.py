"""`ai-session start SESSION`: a shell again, in the last directory, with the old output above it."""

from __future__ import annotations

import os

from ai_session_tui.cli import console, linking, render
from ai_session_tui.cli.arguments import add_json, add_session
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import SessionShape


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `start` takes."""
    add_session(parser)
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Start a stopped session."""
    target = resolve_session(arguments.session)
    with linking.connect() as connection:
        session: SessionShape = connection.call("session.start", target=target, env=dict(os.environ))
    if arguments.json:
        console.say_json(session)
    else:
        console.say(f"started {console.clean(session['name'])} in {render.directory(session)}")
    return EXIT_OK
