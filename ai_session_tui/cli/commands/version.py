"""`ai-session version`."""

from __future__ import annotations

from ai_session_tui.cli import console
from ai_session_tui.cli.arguments import add_json
from ai_session_tui.errors import EXIT_OK
from ai_session_tui.version import PROTOCOL, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `version` takes."""
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Print the version."""
    if arguments.json:
        console.say_json({"version": VERSION, "protocol": PROTOCOL})
    else:
        console.say(f"ai-session {VERSION}")
    return EXIT_OK
