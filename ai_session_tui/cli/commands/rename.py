"""`ai-session rename SESSION NAME`."""

from __future__ import annotations

from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import add_json, add_session
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.errors import EXIT_OK
from ai_session_tui.names import check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import SessionShape


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `rename` takes."""
    add_session(parser)
    parser.add_argument("name", metavar="NAME", help="the new name")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Rename a session."""
    target, name = resolve_session(arguments.session), check_name(arguments.name)
    with linking.connect() as connection:
        session: SessionShape = connection.call("session.rename", target=target, name=name)
    if arguments.json:
        console.say_json(session)
    else:
        console.say(f"renamed to {console.clean(session['name'])}")
    return EXIT_OK
