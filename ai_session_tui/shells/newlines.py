"""Undo what the terminal driver did to newlines: a program's `\\n` reaches the master side as `\\r\\n` (ONLCR).

Invariant: exact for every program that left ONLCR on; `undo_onlcr(data.replace(b"\\n", b"\\r\\n")) == data`.
"""

from __future__ import annotations


def undo_onlcr(data: bytes) -> bytes:
    """Return the bytes as the program wrote them: each newline loses the one `\\r` that ONLCR put before it."""
    return data.replace(b"\r\n", b"\n")


class NewlineRestorer:
    """Undo ONLCR in a stream: as `undo_onlcr`, with a `\\r` held back until its next byte is known."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return what is certain now."""
        if not data:
            return b""
        chunk = self._held + data
        self._held = b"\r" if chunk.endswith(b"\r") else b""
        return undo_onlcr(chunk[:-1] if self._held else chunk)

    def flush(self) -> bytes:
        """Return the byte that still waits; the stream is over."""
        held, self._held = self._held, b""
        return held
