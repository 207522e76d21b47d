"""`ai-session broadcast SESSION… TEXT`: type the same into several sessions at once."""

from __future__ import annotations

import os

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import SESSION, add_json
from ai_session_tui.cli.targets import PANE_ID, resolve_pane
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

EPILOG = """\
The last word is the TEXT, unless --text or --key says what to type. Of each session the pane with the focus is meant,
or the one that is named (`dev:2`). The pane that one is in oneself gets nothing from --all and --tag.
Examples:
  ai-session broadcast api web "git pull" --enter
  ai-session broadcast --tag backend --key ctrl+c
  ai-session broadcast --all --text "exit" --enter"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `broadcast` takes."""
    add = parser.add_argument
    add("--all", action="store_true", help="to every session that runs")
    add("--tag", metavar="TAG", help="to the sessions that have this tag (`ai-session tag`)")
    add("--text", metavar="TEXT", help="what to type; `-` reads it from stdin")
    add("--enter", action="store_true", help="press Enter after it")
    add("--key", action="append", metavar="NAME", help="press a key (ctrl+c, up, f5, …); repeatable")
    add("--paste", action="store_true", help="paste the text: bracketed where the program asked for that")
    add_json(parser)
    add("sessions", nargs="*", metavar=SESSION, help="sessions or panes, and the TEXT")


def run(arguments: Namespace) -> int:
    """Type; 1 when one of the sessions that were meant could not be typed into."""
    names: list[str] = list(arguments.sessions)
    text: str | None = arguments.text
    if text is None and not arguments.key:
        if not names:
            raise UsageError("there is nothing to type", "give SESSION… and a TEXT, or --text, --key.")
        text = names.pop()
    if arguments.all and (names or arguments.tag):
        raise UsageError("name sessions or a tag, or say --all, not both")
    if not (arguments.all or names or arguments.tag):
        raise UsageError("to which sessions?", "name them before the TEXT, or say --tag TAG or --all.")
    if text is not None:
        text = values.text(text, "the text")
    is_open = arguments.all or arguments.tag is not None
    with linking.connect() as connection:
        told = connection.call(
            "broadcast",
            targets=[resolve_pane(name) for name in names] or None,
            tag=arguments.tag,
            all=arguments.all or None,
            text=text,
            keys=arguments.key,
            enter=arguments.enter or None,
            paste=arguments.paste or None,
            skip=os.environ.get(PANE_ID) if is_open and not names else None,
        )
    if arguments.json:
        console.say_json(told)
    else:
        reached = ", ".join(_address(one) for one in told["sent"])
        console.say(f"typed into {reached}" if reached else "typed into nothing")
        for one in told["failed"]:
            console.note(f"{console.clean(one['target'])}: {console.clean(one['error']['message'])}")
    return EXIT_FAILURE if told["failed"] or not told["sent"] else EXIT_OK


def _address(one: Any) -> str:
    return console.clean(one["session"]) + (f":{one['pane']}" if one["pane"] != 1 else "")
