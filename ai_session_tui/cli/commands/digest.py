"""`ai-session digest < OUTPUT`: what a reader needs of a command's output. A filter: no server, no session."""

from __future__ import annotations

import sys

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console
from ai_session_tui.errors import EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

_PIECE = 256 * 1024

DESCRIPTION = """\
Print the digest of a command's output: how it ended, every failure with the lines that explain it, every
diagnostic with its places, and of the rest what tells most. Lines are shown as they were; what is left out is
marked with its line numbers. Short outputs pass whole."""

EPILOG = """\
The exit code of the command is not in its output: give it, or let the shell do so:
  cargo test 2>&1 | ai-session digest --command 'cargo test'
  make > log 2>&1; ai-session digest --command make --exit-code $? < log"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `digest` takes."""
    parser.add_argument("--command", metavar="TEXT", default="", help="the command line that wrote the output")
    parser.add_argument("--exit-code", metavar="N", help="how it ended")
    parser.add_argument("--budget", metavar="TOKENS", help="the tokens that the digest may have")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Print the digest of stdin."""
    exit_code = _exit_code(arguments.exit_code)
    budget = values.whole(arguments.budget, "--budget", "tokens")
    if console.is_terminal(sys.stdin):
        raise UsageError("no output to read", "`COMMAND 2>&1 | ai-session digest` is how it is used.")
    from ai_session_tui.digest import digest_output

    digest = digest_output(_pieces(), arguments.command, exit_code, budget=budget)
    if arguments.json:
        from ai_session_tui.digest import to_plain

        console.say_json(to_plain(digest))
    else:
        console.write(f"{digest.text}\n".encode("utf-8", "replace"))
    return EXIT_OK


def _exit_code(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.removeprefix("-").isdigit() or len(text) > 11:
        raise UsageError(f"--exit-code: {text!r} is not a number")
    return int(text)


def _pieces() -> Iterator[bytes]:
    if sys.stdin is None:
        return
    while piece := sys.stdin.buffer.read(_PIECE):
        yield piece
