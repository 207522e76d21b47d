"""Printing the text of an output that is too long for one answer: its bytes come as a stream, and become text here.

Invariant: the lines are those that the server would have told: the same reader, the same size of the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from ai_session_tui.cli import console
from ai_session_tui.cli.raw_output import Window
from ai_session_tui.client.connection import Event
from ai_session_tui.redaction import redact
from ai_session_tui.text import TextReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_session_tui.client.connection import Call, Connection

_KEY = "-----BEGIN "


def print_rest(connection: Connection, target: str, first: int, last: int | None, *, redacted: bool) -> None:
    """Print the lines from `first` to `last` (None: to the end)."""
    call = connection.open("command.output", target=target, raw=True, as_text=True)
    window = Window(first, last)
    for lines in _lines(call):
        text = "".join(f"{line}\n" for line in lines)
        data = window.cut((redact(text) if redacted else text).encode("utf-8", "replace"))
        if data:
            console.write(data)
        if window.is_past:
            call.cancel()
            return


def _lines(call: Call) -> Iterator[list[str]]:
    """Yield batches of lines; one that holds the beginning of a private key goes on until the next ends."""
    reader = TextReader()
    held: list[str] = []
    for item in call:
        if isinstance(item, Event):
            if item.name == "terminal":
                reader = TextReader(item.data["columns"], item.data["rows"])
            continue
        held += reader.feed(item)
        if len(held) > 2000 and not any(_KEY in line for line in held[-400:]):
            yield held
            held = []
    yield held + reader.finish()
