"""`ai-session history SESSION`: the commands that ran there, typed by a person or sent by `exec`."""

from __future__ import annotations

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking, render
from ai_session_tui.cli.targets import resolve
from ai_session_tui.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import CommandShape


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `history` takes."""
    values.add_session(parser, "; `dev:2`: of its second pane; `dev#12`: that command alone")
    parser.add_argument("--limit", metavar="N", help="only the last N commands")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """List the commands of a session."""
    target = resolve(arguments.session)
    limit = values.whole(arguments.limit, "--limit", "commands")
    with linking.connect() as connection:
        records: list[CommandShape]
        if target.command is None:
            records = connection.call("command.list", target=str(target), limit=limit)["commands"]
        else:
            records = [connection.call("command.get", target=str(target))]
    if arguments.json:
        console.say_json(records)
    elif records:
        for line in render.history(records):
            console.say(line)
    else:
        console.say("No commands yet.")
    return EXIT_OK
