"""Sending a part of a journal to a client as fast as it reads, and no faster.

The journal is the queue: a reader that pauses costs nothing, and nothing is dropped. What goes out is either raw
(nonces masked) or *output*: as the program wrote it, without the alternate screen's pictures.
"""

from __future__ import annotations

import asyncio
import re
from typing import Protocol

from ai_session_tui import limits
from ai_session_tui.journal import PrunedError
from ai_session_tui.server.connection import Call
from ai_session_tui.server.pane import Pane
from ai_session_tui.shells import NewlineRestorer, NonceMasker

_ALTERNATE = re.compile(rb"\x1b\[\?(?:47|104[79])([hl])")
_PARTIAL = re.compile(rb"\x1b(?:\[(?:\?[0-9]{0,4})?)?\Z")
_TELL_OFFSET_BYTES = 1024 * 1024


class Filter(Protocol):
    """Something that bytes go through; `held` bytes of its input wait inside."""

    @property
    def held(self) -> int: ...
    @property
    def is_resumable(self) -> bool: ...
    def feed(self, data: bytes) -> bytes: ...
    def flush(self) -> bytes: ...


class RawFilter:
    """The journal's bytes with the shell integration's secrets blotted out."""

    def __init__(self, nonce: str) -> None:
        self._masker = NonceMasker(nonce)
        self._taken = self._given = 0

    @property
    def held(self) -> int:
        return self._taken - self._given

    @property
    def is_resumable(self) -> bool:
        return True

    def feed(self, data: bytes) -> bytes:
        self._taken += len(data)
        return self._count(self._masker.feed(data))

    def flush(self) -> bytes:
        return self._count(self._masker.flush())

    def _count(self, data: bytes) -> bytes:
        self._given += len(data)
        return data


class OutputFilter:
    """What the program wrote on the main screen, with the terminal's newlines undone."""

    def __init__(self) -> None:
        self._newlines = NewlineRestorer()
        self._waiting = b""
        self._is_alternate = False
        self._held_newline = 0

    @property
    def is_resumable(self) -> bool:
        """Whether a new filter could go on from here: it would not know of an alternate screen."""
        return not self._is_alternate

    @property
    def held(self) -> int:
        return len(self._waiting) + self._held_newline

    def feed(self, data: bytes) -> bytes:
        data = self._waiting + data
        partial = _PARTIAL.search(data, max(0, len(data) - 8))
        cut = partial.start() if partial else len(data)
        self._waiting = data[cut:]
        return self._restore(self._main_screen(data[:cut]))

    def flush(self) -> bytes:
        rest, self._waiting = self._waiting, b""
        self._held_newline = 0
        return self._newlines.feed(b"" if self._is_alternate else rest) + self._newlines.flush()

    def _restore(self, data: bytes) -> bytes:
        out = self._newlines.feed(data)
        if data:
            self._held_newline = 1 if data.endswith(b"\r") else 0
        return out

    def _main_screen(self, data: bytes) -> bytes:
        kept = []
        start = 0
        for found in _ALTERNATE.finditer(data):
            if not self._is_alternate:
                kept.append(data[start : found.start()])
            self._is_alternate = found[1] == b"h"
            start = found.end()
        if not self._is_alternate:
            kept.append(data[start:])
        return b"".join(kept)


class JournalStream:
    """One client's way through a pane's journal."""

    def __init__(self, call: Call, pane: Pane, start: int, *, raw: bool) -> None:
        self._call = call
        self._pane = pane
        self._filter: Filter = RawFilter(pane.row.nonce) if raw else OutputFilter()
        self._told = start
        self._reader = pane.journal.reader()
        self.start = self.position = start
        self.sent = 0
        self.lost: list[dict[str, object]] = []

    async def send_up_to(self, end: int) -> None:
        """Send everything before `end` that has not been sent."""
        while self.position < end:
            await self._call.drained()
            upto = min(end, self.position + 4 * limits.STREAM_CHUNK_BYTES)
            try:
                data = b"".join(self._reader.read(self.position, upto))
            except PrunedError as error:
                self._skip(error.start, "pruned")
                continue
            if len(data) != upto - self.position:
                self.lost.append({"offset": self.position, "length": upto - self.position - len(data), "why": "gap"})
            self.position = upto
            self._send(self._filter.feed(data))
            if self.position - self._told >= _TELL_OFFSET_BYTES:
                self.tell_offset()
            await asyncio.sleep(0)  # other clients have their turn

    def tell_offset(self) -> None:
        """Tell up to where everything has been sent, so that a client can go on there with the next server."""
        place = self.position - self._filter.held
        if place != self._told and self._filter.is_resumable:
            self._told = place
            self._call.event("offset", {"offset": place})

    async def finish(self) -> None:
        """Send what the filter held back."""
        await self._call.drained()
        self._send(self._filter.flush())
        self.tell_offset()

    def _skip(self, to: int, why: str) -> None:
        self.lost.append({"offset": self.position, "length": to - self.position, "why": why})
        self.position = to

    def _send(self, data: bytes) -> None:
        if data:
            self.sent += len(data)
            self._call.send(data)
