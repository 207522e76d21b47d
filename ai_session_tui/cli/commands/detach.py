"""`ai-session detach [SESSION]`: send the viewers away; from inside a session, oneself."""

from __future__ import annotations

from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import SESSION, add_json
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.errors import EXIT_OK
from ai_session_tui.names import HERE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `detach` takes."""
    parser.add_argument("session", nargs="?", default=HERE, metavar=SESSION, help="default: the session one is in")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Detach every viewer of a session."""
    target = resolve_session(arguments.session)
    with linking.connect() as connection:
        result: dict[str, int] = connection.call("session.detach", target=target)
    if arguments.json:
        console.say_json(result)
    else:
        number = result["detached"]
        console.say(f"{number:,} viewer{'s' if number != 1 else ''} detached")
    return EXIT_OK
