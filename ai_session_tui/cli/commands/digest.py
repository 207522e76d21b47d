"""`ai-session digest SESSION#N`, or `… < OUTPUT`: what a reader needs of a command's output.

Of a recorded command the server tells it; as a filter it needs neither a server nor a session.
"""

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
Print the digest of a recorded command (SESSION#N), or of an output that comes over stdin: how it ended, every
failure with the lines that explain it, every diagnostic with its places, and of the rest what tells most. Lines
are shown as they were; what is left out is marked with its line numbers. Short outputs pass whole."""

EPILOG = """\
  ai-session digest dev#12 --budget 500

As a filter: the exit code of the command is not in its output, so give it, or let the shell do so:
  cargo test 2>&1 | ai-session digest --command 'cargo test'
  make > log 2>&1; ai-session digest --command make --exit-code $? < log"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `digest` takes."""
    add = parser.add_argument
    add("session", nargs="?", metavar=values.SESSION, help="`dev#12`: command 12 of the session dev")
    add("--command", metavar="TEXT", default="", help="as a filter: the command line that wrote the output")
    add("--exit-code", metavar="N", help="as a filter: how it ended")
    add("--budget", metavar="TOKENS", help="the tokens that the digest may have")
    add("--whole-files", action="store_true", help="files that are only read (cat, sed -n) pass whole")
    values.add_no_redact(parser)
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Print the digest of a recorded command, or of stdin."""
    exit_code = _exit_code(arguments.exit_code)
    budget = values.whole(arguments.budget, "--budget", "tokens")
    if arguments.session is not None:
        if arguments.command or exit_code is not None:
            raise UsageError(
                "a recorded command has its own text and exit code", "leave --command and --exit-code away."
            )
        return _print_recorded(arguments, budget)
    if console.is_terminal(sys.stdin):
        raise UsageError("no output to read", "`COMMAND 2>&1 | ai-session digest`, or `ai-session digest dev#12`.")
    from ai_session_tui.digest import digest_output

    digest = digest_output(_pieces(), arguments.command, exit_code, budget=budget, whole_files=arguments.whole_files)
    if arguments.json:
        from ai_session_tui.digest import to_plain

        found = to_plain(digest)
        console.say_json(found if arguments.no_redact else found | {"text": _masked(digest.text)})
    else:
        text = digest.text if arguments.no_redact else _masked(digest.text)
        console.write(f"{text}\n".encode("utf-8", "replace"))
    return EXIT_OK


def _masked(text: str) -> str:
    from ai_session_tui.redaction import redact

    return redact(text)


def _print_recorded(arguments: Namespace, budget: int | None) -> int:
    from ai_session_tui.cli import linking
    from ai_session_tui.cli.targets import resolve

    target = str(resolve(arguments.session))
    with linking.connect() as connection:
        found = connection.call(
            "command.digest",
            target=target,
            budget=budget,
            redact=not arguments.no_redact,
            whole_files=arguments.whole_files,
        )
    if arguments.json:
        console.say_json(found)
    else:
        console.write(f"{found['text']}\n".encode("utf-8", "replace"))
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
