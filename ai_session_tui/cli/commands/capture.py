"""`ai-session capture SESSION`: what its screen shows now."""

from __future__ import annotations

from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import add_json, add_session
from ai_session_tui.cli.targets import resolve_pane
from ai_session_tui.errors import EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `capture` takes."""
    add_session(parser, "; `dev:2` is its second pane")
    parser.add_argument("--ansi", action="store_true", help="with colours and attributes, as escape sequences")
    parser.add_argument("--scrollback", metavar="N|all", help="and so many lines from above the screen")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Print the screen of a pane."""
    target = resolve_pane(arguments.session)
    scrollback = _scrollback(arguments.scrollback)
    with linking.connect() as connection:
        shown = connection.call("pane.capture", target=target, ansi=arguments.ansi or None, scrollback=scrollback)
    if arguments.json:
        console.say_json(shown)
    else:
        text: str = shown["text"]
        console.say(text.removesuffix("\n"))
    return EXIT_OK


def _scrollback(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "all":
        return -1
    if text.isascii() and text.isdigit():
        return int(text[:9])
    raise UsageError(f"--scrollback: {text!r} is neither a number of lines nor `all`")
