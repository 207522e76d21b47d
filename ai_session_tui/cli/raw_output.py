"""Printing output byte by byte as it was written, streamed, however much it is."""

from __future__ import annotations

from ai_session_tui.cli import console
from ai_session_tui.client.connection import Event
from ai_session_tui.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ai_session_tui.client.connection import Connection


def print_raw(connection: Connection, target: str, first: int, last: int | None, *, as_json: bool) -> int:
    """Print the bytes of the lines from `first` to `last` (None: to the end)."""
    window = Window(first, last)
    kept: list[bytes] = []
    result = _stream(connection, target, window, kept.append if as_json else console.write)
    if as_json:
        console.say_json(result | {"output": b"".join(kept).decode("utf-8", "replace")})
        return EXIT_OK
    for gap in result.get("lost") or []:
        console.note(
            f"{int(gap['length']):,} bytes at {int(gap['offset']):,} are lost: {console.clean(gap.get('why', ''))}"
        )
    return EXIT_OK


def _stream(connection: Connection, target: str, window: Window, write: Callable[[bytes], object]) -> dict[str, Any]:
    call = connection.open("command.output", target=target, raw=True)
    is_cancelled = False
    for item in call:
        if isinstance(item, Event):
            continue
        data = window.cut(item)
        if data:
            write(data)
        if window.is_past and not is_cancelled:
            is_cancelled = True
            call.cancel()
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
