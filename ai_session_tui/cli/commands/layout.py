"""`ai-session layout SESSION`: how the panes of a session are arranged, as a picture or as JSON; others."""

from __future__ import annotations

from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import add_json, add_session
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.errors import EXIT_OK, NotFoundError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from ai_session_tui.cli.shapes import SessionShape

ARRANGEMENTS = ("columns", "rows", "grid", "main")
EPILOG = """\
What --json prints can be changed and given back with --set.
Examples:
  ai-session layout dev
  ai-session layout dev --arrange main
  ai-session layout dev --json > dev.layout && ai-session layout dev --set dev.layout"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `layout` takes."""
    add_session(parser)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--set", dest="file", metavar="FILE", help="arrange as this file says; `-` is stdin")
    group.add_argument(
        "--arrange", choices=ARRANGEMENTS, metavar="HOW", help="side by side, stacked, …: " + ", ".join(ARRANGEMENTS)
    )
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Show or change the layout."""
    target = resolve_session(arguments.session)
    with linking.connect() as connection:
        if arguments.file is not None:
            connection.call("layout.set", target=target, layout=_read(arguments.file))
        elif arguments.arrange is not None:
            connection.call("layout.arrange", target=target, arrangement=arguments.arrange)
        session: SessionShape = connection.call("session.get", target=target)
        if arguments.json:
            console.say_json(session["layout"])
            return EXIT_OK
        sessions: list[SessionShape] = connection.call("session.list")["sessions"]
    from ai_session_tui.cli.layout_picture import picture

    for line in picture(session, sessions):
        console.say(line)
    return EXIT_OK


def _read(path: str) -> Any:
    import json

    try:
        if path == "-":
            data = console.read_stdin()
        else:
            with open(path, "rb") as file:
                data = file.read()
        return json.loads(data)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} is not JSON: {error}", "`ai-session layout SESSION --json` prints what fits."
        ) from None
