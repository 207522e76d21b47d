"""`ai-session send SESSION TEXT`: type into a session."""

from __future__ import annotations

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import add_json, add_session
from ai_session_tui.cli.targets import resolve_pane
from ai_session_tui.errors import EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EPILOG = """\
Text goes first, then the keys in their order, then Enter.
Examples:
  ai-session send dev "git status" --enter
  ai-session send dev --key ctrl+c --key up --enter
  ai-session send dev - --paste < prompt.txt"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `send` takes."""
    add_session(parser, "; `dev:2` is its second pane")
    parser.add_argument("text", nargs="?", metavar="TEXT", help="what to type; `-` reads it from stdin")
    parser.add_argument("--enter", action="store_true", help="press Enter after it")
    parser.add_argument("--key", action="append", metavar="NAME", help="press a key (ctrl+c, up, f5, …); repeatable")
    parser.add_argument("--paste", action="store_true", help="paste the text: bracketed, if the program asked for that")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Type text and keys into a pane."""
    target = resolve_pane(arguments.session)
    text: str | None = arguments.text
    keys: list[str] | None = arguments.key
    if text is None and not keys and not arguments.enter:
        raise UsageError("there is nothing to send", "give a TEXT, --key NAME or --enter.")
    if text is not None:
        text = values.text(text, "the text")
    with linking.connect() as connection:
        sent: dict[str, int] = connection.call(
            "pane.send",
            target=target,
            text=text,
            keys=keys,
            enter=arguments.enter or None,
            paste=arguments.paste or None,
        )
    if arguments.json:
        console.say_json(sent)
    return EXIT_OK
