"""`ai-session output SESSION[#N]`: what a command, or a whole pane, has written; streamed, however much it is."""

from __future__ import annotations

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.targets import resolve
from ai_session_tui.client.connection import Event
from ai_session_tui.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable
    from typing import Any

    from ai_session_tui.client.connection import Call

EPILOG = """\
Text by default: no escape sequences, and of a progress bar its last state. --raw gives the bytes as they were written.
Examples:
  ai-session output dev#12 --lines 1-40
  ai-session output dev --raw > everything"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `output` takes."""
    values.add_session(parser, "; `dev#12`: of its command 12; `dev:2`: of its second pane")
    parser.add_argument("--raw", action="store_true", help="the bytes as they were written")
    parser.add_argument("--lines", metavar="A-B", help="only these lines, counted from 1 (5-20, 5-, --lines=-20, 7)")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Print what was written."""
    target = str(resolve(arguments.session))
    first, last = (1, None) if arguments.lines is None else values.lines(arguments.lines)
    window = Window(first, last)
    with linking.connect() as connection:
        call = connection.open("command.output", target=target, raw=True if arguments.raw else None)
        if arguments.json:
            kept: list[bytes] = []
            result = _stream(call, window, kept.append, is_raw=arguments.raw)
            console.say_json(result | {"output": b"".join(kept).decode("utf-8", "replace")})
            return EXIT_OK
        result = _stream(call, window, console.write, is_raw=arguments.raw)
    for gap in result.get("lost") or []:
        console.note(
            f"{int(gap['length']):,} bytes at {int(gap['offset']):,} are lost: {console.clean(gap.get('why', ''))}"
        )
    return EXIT_OK


def _stream(call: Call, window: Window, write: Callable[[bytes], object], *, is_raw: bool) -> dict[str, Any]:
    from ai_session_tui.cli.plain_text import PlainText

    text = PlainText()
    is_cancelled = False
    for item in call:
        if isinstance(item, Event):
            continue
        data = window.cut(item if is_raw else text.feed(item).encode())
        if data:
            write(data)
        if window.is_past and not is_cancelled:
            is_cancelled = True
            call.cancel()
    if not is_raw:
        data = window.cut(text.flush().encode())
        if data:
            write(data)
    if is_cancelled:
        return {"bytes": None, "lost": []}
    result: dict[str, Any] = call.result()
    return result


class Window:
    """Lets only the lines from `first` to `last` through (counted from 1; `last` None: to the end)."""

    def __init__(self, first: int, last: int | None) -> None:
        self._first = first
        self._last = last
        self._line = 1  # the line that the next byte belongs to

    @property
    def is_past(self) -> bool:
        """Whether nothing more will pass."""
        return self._last is not None and self._line > self._last

    def cut(self, data: bytes) -> bytes:
        """Return what of the data passes."""
        start = 0
        while self._line < self._first:
            start = data.find(b"\n", start) + 1
            if start == 0:
                return b""
            self._line += 1
        if self._last is None:
            return data[start:]
        end = start
        while self._line <= self._last:
            end = data.find(b"\n", end) + 1
            if end == 0:
                return data[start:]
            self._line += 1
        return data[start:end]
