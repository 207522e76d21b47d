"""`ai-session wait SESSION`: until something has happened there."""

from __future__ import annotations

import re
import time

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking, targets
from ai_session_tui.client.connection import Done
from ai_session_tui.errors import EXIT_OK, ConflictError, TimeoutExpiredError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.cli.shapes import PaneShape, SessionShape
    from ai_session_tui.client.connection import Connection

EPILOG = """\
Exits with 124 when --timeout is over first.
Examples:
  ai-session wait dev --prompt
  ai-session wait dev --text "listening on .*:\\d+" --timeout 1m"""

_CARRY = 16 * 1024  # signs of earlier text that a pattern may still begin in
_SETTLE_SECONDS = 0.1  # quiet time after which the screen is looked at: a program may draw a text in pieces


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `wait` takes."""
    values.add_session(parser, "; `dev:2` is its second pane")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--idle", metavar="S", help="until nothing was written there for so many seconds")
    what.add_argument("--text", metavar="REGEX", help="until the screen shows, or the program writes, such a text")
    what.add_argument("--exit", action="store_true", help="until its program has ended")
    what.add_argument("--prompt", action="store_true", help="until the shell waits for the next command")
    parser.add_argument("--timeout", metavar="S", help="give up after so many seconds (90, 2m, 1h)")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Wait."""
    target = targets.resolve_pane(arguments.session)
    timeout = values.seconds(arguments.timeout, "--timeout")
    idle = values.seconds(arguments.idle, "--idle")
    pattern = None if arguments.text is None else _pattern(arguments.text)
    with linking.connect() as connection:
        if pattern is not None:
            found = _await_text(connection, target, pattern, timeout)
            if arguments.json:
                console.say_json({"text": found})
            return EXIT_OK
        until = "exit" if arguments.exit else "prompt" if arguments.prompt else "idle"
        pane: PaneShape = connection.call("pane.wait", target=target, until=until, seconds=idle, timeout=timeout)
    if arguments.json:
        console.say_json(pane)
    return EXIT_OK


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.MULTILINE)
    except re.error as error:
        raise UsageError(f"--text: {text!r} is not a regular expression: {error}") from None


def _await_text(connection: Connection, target: str, pattern: re.Pattern[str], timeout: float | None) -> str:
    """Return the text that fits: first on the screen, then in what is written from then on."""
    from ai_session_tui.cli.plain_text import PlainText

    deadline = None if timeout is None else time.monotonic() + timeout
    session: SessionShape = connection.call("session.get", target=target)
    pane = targets.pane_of(session, target)
    # Follow from before the picture was taken: what is written meanwhile is seen twice rather than never.
    call = connection.open("pane.follow", target=target, **{"from": pane["journal_end"]})
    found = _on_screen(connection, target, pattern)
    plain, text, is_settled = PlainText(), "", True
    while found is None:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        pause = left if is_settled else _SETTLE_SECONDS if left is None else min(left, _SETTLE_SECONDS)
        item = call.receive(pause)
        if isinstance(item, bytes):
            text = text[-_CARRY:] + plain.feed(item)
            found = pattern.search(text + plain.pending)
            is_settled = False
        elif isinstance(item, Done):
            raise ConflictError(f"the program in {target} ended before such a text came")
        elif item is None and not is_settled:
            is_settled = True
            found = _on_screen(connection, target, pattern)
        if found is None and deadline is not None and time.monotonic() >= deadline:
            raise TimeoutExpiredError(f"no such text came within {timeout:g} seconds")
    return found[0]


def _on_screen(connection: Connection, target: str, pattern: re.Pattern[str]) -> re.Match[str] | None:
    shown: str = connection.call("pane.capture", target=target)["text"]
    return pattern.search(shown)
