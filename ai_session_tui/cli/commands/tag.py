"""`ai-session tag SESSION [TAG…]`: words by which sessions are grouped and addressed together."""

from __future__ import annotations

from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import add_json, add_session
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.errors import EXIT_OK
from ai_session_tui.names import check_tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import SessionShape

EPILOG = """\
Examples:
  ai-session tag api backend urgent
  ai-session tag api --remove urgent
  ai-session broadcast --tag backend "git pull" --enter"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `tag` takes."""
    add_session(parser)
    parser.add_argument("--remove", action="append", metavar="TAG", help="take this tag away; repeatable")
    add_json(parser)
    parser.add_argument("tags", nargs="*", metavar="TAG", help="tags to add; none: print those it has")


def run(arguments: Namespace) -> int:
    """Change and print a session's tags."""
    target = resolve_session(arguments.session)
    tags = [check_tag(tag) for tag in arguments.tags]
    with linking.connect() as connection:
        session: SessionShape
        if tags or arguments.remove:
            session = connection.call("session.tag", target=target, add=tags or None, remove=arguments.remove)
        else:
            session = connection.call("session.get", target=target)
    if arguments.json:
        console.say_json(session)
    else:
        console.say(" ".join(map(console.clean, session["tags"])))
    return EXIT_OK
