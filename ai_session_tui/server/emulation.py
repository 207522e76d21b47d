"""Feeding the screens: off the reading path, in slices, from the journal where the live bytes are gone.

A pane's bytes are journaled and scanned at once; its emulator follows in slices of about a millisecond, so that a
flood in one pane delays the echo in another by one slice at most, and an echo is drawn at once. Invariant: a screen
has been fed exactly the journal's bytes up to `ScreenFeed.offset`, in order, with each resize and each return to the
prompt at its offset.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ai_session_tui import limits
from ai_session_tui.journal import JournalReader, JournalWriter, PrunedError
from ai_session_tui.journal.checkpoints import read_checkpoint, write_checkpoint
from ai_session_tui.journal.pieces import Data, Resize, Run
from ai_session_tui.server.haste import Haste
from ai_session_tui.server.host import Progress
from ai_session_tui.shells import MarkKind, MarkScanner
from ai_session_tui.terminal import Event, Terminal
from ai_session_tui.terminal.sieve import Sifted

logger = logging.getLogger(__name__)

_SLICE_SECONDS = 0.001
_AT_ONCE_BYTES = 4096  # an echo, or what a program redraws for a key: it waits for no turn
_FEED_BYTES = 64 * 1024  # read from the journal again at once; of lag, up to which a viewer may wait
_PIECE_BYTES = 8 * 1024  # that have to be drawn, at once: about a millisecond's work
_REBUILD_BYTES = 2 * 1024 * 1024  # of output without a checkpoint, replayed when somebody looks
_END_OF_UPDATE = b"\x1b[?2026l"
_RECENT_CHUNKS = 64  # bytes that lag further are read from the journal again
_CHECKPOINT_LINES = 2000  # of scrollback; 10,000 would hold the loop up for a tenth of a second
_CHECKPOINT_BYTES = 256 * 1024  # output since the last checkpoint that is worth another one


class Emulation:
    """The pump: gives every screen that lags behind its turn."""

    def __init__(self) -> None:
        self._lagging: deque[ScreenFeed] = deque()
        self._is_scheduled = False
        self.haste = Haste()

    def wake(self, feed: ScreenFeed) -> None:
        """Let `feed` catch up soon; one that has little to do before those that are flooded."""
        if not feed.is_waiting:
            feed.is_waiting = True
            if feed.lag <= _AT_ONCE_BYTES:
                self._lagging.appendleft(feed)
            else:
                self._lagging.append(feed)
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._slice)

    def _slice(self) -> None:
        self._is_scheduled = False
        end = time.perf_counter() + _SLICE_SECONDS
        while self._lagging and time.perf_counter() < end:
            if self._lagging[0].lag > _AT_ONCE_BYTES and self.haste.is_for(None):
                break
            feed = self._lagging.popleft()
            feed.is_waiting = False
            feed.step()
            if feed.lag:
                feed.is_waiting = True
                self._lagging.append(feed)
        if self._lagging:
            self._schedule()


class ScreenFeed:
    """One pane's screen and how far it has come in the journal."""

    def __init__(
        self,
        emulation: Emulation,
        journal: JournalWriter,
        folder: str,
        size: tuple[int, int],
        *,
        history: int,
        nonce: Callable[[], str],
        on_fed: Callable[[bytes, bool], None],
    ) -> None:
        self._emulation = emulation
        self._journal = journal
        self._folder = folder
        self._reader: JournalReader | None = None
        # Newest bytes: where each piece begins, and what a sieve made of it.
        self._recent: deque[tuple[int, bytes, Sifted | None]] = deque()
        self._recent_end = journal.end
        self._marks: deque[tuple[int, Callable[[Terminal], object]]] = deque()
        self._history = history
        self._nonce = nonce
        self._on_fed = on_fed
        self._size = size
        self._terminal: Terminal | None = None
        self._checkpoint_offset = 0
        self._restoring = b""  # what of the checkpoint has not been fed
        self.offset = journal.end
        self.is_waiting = False
        self._gaining = 0
        self._is_answered = self._is_answered_next = False  # by a viewer: here, and in the newest bytes
        self.drawn = Progress()  # announced whenever the screen may look different
        self.awaiting_update: set[Callable[[], object]] = set()  # called, and forgotten, when an open update has ended

    @property
    def lag(self) -> int:
        """Bytes that the screen has not seen: of its checkpoint and of the journal."""
        return len(self._restoring) + self._journal.end - self.offset if self._terminal is not None else 0

    @property
    def title(self) -> str:
        """The title that the program set, as far as the screen has come."""
        return self._terminal.title if self._terminal is not None else ""

    @property
    def is_behind(self) -> bool:
        """Whether more is to be fed than one slice takes."""
        return self.lag > _FEED_BYTES

    @property
    def is_far_behind(self) -> bool:
        """Whether the program should wait for its screen."""
        return self.lag > limits.MAX_BACKLOG_BYTES or (self._gaining > 0 and self.lag > 0)

    @contextmanager
    def gaining(self) -> Iterator[None]:
        """Let the program wait until the screen has come to the end of what it printed."""
        self._gaining += 1
        try:
            yield
        finally:
            self._gaining -= 1

    def announce(self, data: bytes, sifted: Sifted | None = None, *, answered: bool = False) -> None:
        """Take note of bytes that were just journaled; queries in `answered` ones are a viewer's to answer."""
        if self._terminal is None:
            self.open()
        start = self._journal.end - len(data)
        if answered != self._is_answered_next:
            self._is_answered_next = answered
            self.at(start, lambda _: self._set_answered(answered))
        if len(self._recent) < _RECENT_CHUNKS and self._recent_end in (start, self.offset):
            self._recent.append((start, data, sifted))
            self._recent_end = self._journal.end
        is_alone = self.offset == start and not (self.is_waiting or self._marks or self._restoring)
        if is_alone and len(data) <= _AT_ONCE_BYTES:
            self.step()
        else:
            self._emulation.wake(self)

    def at(self, offset: int, action: Callable[[Terminal], object]) -> None:
        """Do `action` to the screen once it has seen exactly the bytes before `offset`."""
        if self._terminal is None:
            return  # rebuilding reads resizes and runs from the journal
        self._marks.append((offset, action))
        self._emulation.wake(self)

    def resize(self, columns: int, rows: int) -> None:
        """Give the screen a new size from here on."""
        self._size = (columns, rows)
        self.at(self._journal.end, lambda terminal: terminal.resize(columns, rows))

    def current(self) -> Terminal:
        """Return the screen with everything journaled so far on it."""
        terminal = self.open()
        while self.lag or self._marks:
            self.step()
        return terminal

    async def caught_up(self) -> None:
        """Wait until the screen has seen what is journaled now, while others have their turns."""
        end = self._journal.end
        self.open()
        while self._restoring or self.offset < end:
            self._emulation.wake(self)
            await self.drawn.wait(1.0)

    def open(self) -> Terminal:
        """Return the screen, perhaps behind; the first call begins with the last checkpoint."""
        if self._terminal is None:
            self._terminal = self._begin()
            if self.lag:
                self._emulation.wake(self)
        return self._terminal

    @property
    def opened(self) -> Terminal | None:
        """The screen, if anybody has needed it yet."""
        return self._terminal

    def take_events(self) -> list[Event]:
        """Return and forget what the program told its terminal."""
        return self._terminal.take_events() if self._terminal is not None else []

    def close(self) -> None:
        """Forget the screen; `open` makes it anew from what is on the disk."""
        self._terminal = self._reader = None
        self._recent.clear()
        self._marks.clear()
        self._restoring = b""

    def step(self) -> None:
        """Feed one piece."""
        if self._terminal is None:
            return
        if self._restoring:
            self._restore(self._terminal)
            return
        self._apply_marks()
        data, offset, sifted = self._next_piece()
        if offset > self.offset:
            is_whole = self.offset + len(data) == offset
            if self.awaiting_update and is_whole:
                data, offset = self._up_to_end_of_update(data, offset)
                sifted = None
            fed = self._feed(self._terminal, data, _PIECE_BYTES if is_whole else len(data), sifted)
            if fed < len(data):
                offset = self.offset + fed
                self._recent.appendleft((offset, data[fed:], None))
            self.offset = offset
            replies = self._terminal.take_replies()
            replies = b"" if self._is_answered else replies
            self._apply_marks()
            self._on_fed(replies, self.lag == 0)
            if self.awaiting_update and not self._terminal.modes.synchronized:
                waiting, self.awaiting_update = self.awaiting_update, set()
                for look in waiting:
                    look()
        self.drawn.announce()

    def _up_to_end_of_update(self, data: bytes, offset: int) -> tuple[bytes, int]:
        """Return data up to the end of the update that is open: before the next one begins it is to be looked at."""
        end = data.find(_END_OF_UPDATE) + len(_END_OF_UPDATE)
        if len(_END_OF_UPDATE) <= end < len(data):
            offset -= len(data) - end
            self._recent.appendleft((offset, data[end:], None))
            data = data[:end]
        return data, offset

    def _set_answered(self, answered: bool) -> None:
        self._is_answered = answered

    def _feed(self, terminal: Terminal, data: bytes, most: int, sifted: Sifted | None = None) -> int:
        """Feed what can wait whole, of what has to be drawn `most` bytes; return how many."""
        try:
            return terminal.feed_some(data, most, sifted)
        except Exception:  # untrusted bytes: a bug that they find must cost this screen at most, not the server
            logger.exception("the emulator failed at journal offset %d; the screen starts anew", self.offset)
            self._terminal = Terminal(terminal.columns, terminal.rows, history=self._history)
            return min(len(data), most)

    def checkpoint(self) -> None:
        """Write the screen's snapshot beside the journal when enough has happened since the last one."""
        terminal = self._terminal
        if terminal is None or self.lag or self.offset - self._checkpoint_offset < _CHECKPOINT_BYTES:
            return
        self.save_checkpoint()

    def save_checkpoint(self) -> None:
        """Write the screen's snapshot beside the journal."""
        terminal = self._terminal
        if terminal is None or self.offset == self._checkpoint_offset:
            return
        self._checkpoint_offset = self.offset
        write_checkpoint(
            self._folder, self.offset, terminal.columns, terminal.rows, terminal.snapshot(scrollback=_CHECKPOINT_LINES)
        )

    def _apply_marks(self) -> None:
        while self._terminal is not None and self._marks and self._marks[0][0] <= self.offset:
            self._marks.popleft()[1](self._terminal)

    def _next_piece(self) -> tuple[bytes, int, Sifted | None]:
        """Return the next bytes to feed and the offset behind them, which is further where the journal has a gap."""
        end = self._journal.end
        if self._marks:
            end = min(end, self._marks[0][0])
        while self._recent and self._recent[0][0] < self.offset:
            self._recent.popleft()
        start, chunk, sifted = self._recent[0] if self._recent else (-1, b"", None)
        if start == self.offset and start + len(chunk) <= end:
            self._recent.popleft()
        else:
            chunk, behind = self._from_journal(min(end, self.offset + _FEED_BYTES))
            if self.offset + len(chunk) != behind:
                return chunk, behind, None
            sifted = None
        return chunk, self.offset + len(chunk), sifted

    def _from_journal(self, end: int) -> tuple[bytes, int]:
        if end <= self.offset:
            return b"", self.offset
        if self._reader is None:
            self._reader = self._journal.reader()
        try:
            return b"".join(self._reader.read(self.offset, end)), end
        except PrunedError as error:  # it fell so far behind that the journal no longer has it
            return b"", error.start

    def _begin(self) -> Terminal:
        """Begin with the newest checkpoint; the journal since then is fed in slices, as what comes after it is."""
        end = self._journal.end
        start = max(self._journal.start, end - limits.MAX_BACKLOG_BYTES)
        found = read_checkpoint(self._folder)
        terminal = Terminal(*self._size, history=self._history)
        if found is not None and start <= found.offset <= end:
            start = self._checkpoint_offset = found.offset
            terminal = Terminal(found.columns, found.rows, history=self._history)
            self._restoring = found.vt_bytes
        later, self._marks = self._marks, deque()
        self._read_marks(start, end)
        self._marks.append((end, self._be_up_to_date))
        self._marks.extend(later)
        self._is_answered = True  # whoever asked back then has its answer, or is gone
        self.offset = start
        return terminal

    def _restore(self, terminal: Terminal) -> None:
        """Feed a piece of the checkpoint."""
        piece, self._restoring = self._restoring[:_FEED_BYTES], self._restoring[_FEED_BYTES:]
        self._feed(terminal, piece, len(piece))
        terminal.take_replies()

    def _be_up_to_date(self, terminal: Terminal) -> None:
        self._is_answered = self._is_answered_next
        if (terminal.columns, terminal.rows) != self._size:
            terminal.resize(*self._size)

    def _read_marks(self, start: int, end: int) -> None:
        """Note where the journal has resizes, runs, and ends of commands."""
        scanner = MarkScanner(self._nonce(), start)
        for piece in self._journal.reader().pieces(start, end):
            if isinstance(piece, Data):
                if scanner.offset != piece.offset:
                    scanner = MarkScanner(self._nonce(), piece.offset)
                for mark in scanner.feed(piece.data):
                    if mark.kind is MarkKind.ENDED:
                        self._marks.append((mark.offset, Terminal.end_program))
            elif isinstance(piece, Resize | Run):
                if isinstance(piece, Run) and piece.offset > start:
                    self._marks.append((piece.offset, begin_program))
                self._marks.append((piece.offset, _resizer(piece.columns, piece.rows)))


def begin_program(terminal: Terminal) -> None:
    """Prepare a screen for another program: without what the last one left switched on, and on a line of its own."""
    terminal.end_program()
    if terminal.cursor.column:
        terminal.feed(b"\r\n")


def _resizer(columns: int, rows: int) -> Callable[[Terminal], object]:
    return lambda terminal: terminal.resize(columns, rows)
