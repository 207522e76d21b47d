"""A ConPTY between the threads that wait for it and the loop that does not.

Invariant: the loop never waits for a program. One that prints faster than it is recorded has to wait
(`_UNREAD_BYTES`), and so has what is typed to one that does not read (`_UNTYPED_BYTES`); the end of a program is told
once, in the loop, after `spawn` has returned.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from ai_session_tui.journal import JournalWriter
from ai_session_tui.ptys.processes import ProcessRef
from ai_session_tui.ptys.windows import WindowsTerminal

_UNREAD_BYTES = 256 * 1024
_UNTYPED_BYTES = 64 * 1024
_RECORD_BYTES = 64 * 1024


class LocalTerminal:
    """A ConPTY between its two threads and the loop. Use `spawn`."""

    def __init__(self, on_end: Callable[[int | None], None]) -> None:
        self.started = 0
        self.has_ended = False
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._terminal: WindowsTerminal | None = None
        self._end: tuple[int | None] | None = None  # how the program ended, until that was told
        self._is_begun = False
        self._changed = threading.Condition()  # guards the four below
        self._unread = bytearray()
        self._untyped = bytearray()
        self._is_told = False  # a call of `_tell_readable` is on its way
        self._is_closed = False
        self._readable: Callable[[], None] | None = None
        self._writable: Callable[[], None] | None = None

    @classmethod
    async def spawn(
        cls,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: str,
        size: tuple[int, int],
        on_end: Callable[[int | None], None],
    ) -> LocalTerminal:
        """Start a program; `on_end` hears of its end in the loop, after this has returned. Raises SpawnError."""
        ours = cls(on_end)
        starting = asyncio.ensure_future(asyncio.to_thread(ours._start, argv, env, cwd, size))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(ours._let_go)
            raise
        ours._is_begun = True
        ours._loop.call_soon(ours._tell_end)
        return ours

    def _start(self, argv: Sequence[str], env: Mapping[str, str], cwd: str, size: tuple[int, int]) -> None:
        """Start the program, which takes Windows tens of milliseconds, and the thread that types."""
        terminal = WindowsTerminal.spawn(argv, env, cwd, *size, self._printed, self._ended)
        found = ProcessRef.of(terminal.pid)
        self.started = 0 if found is None else found.started
        self._terminal = terminal
        threading.Thread(target=self._type, args=(terminal,), name="terminal writer", daemon=True).start()

    # what the pane asks

    @property
    def pid(self) -> int:
        """The program that was started on the terminal."""
        return self._conpty.pid

    @property
    def _conpty(self) -> WindowsTerminal:
        assert self._terminal is not None
        return self._terminal

    def write(self, data: bytes) -> int:
        """Type bytes; return how many were taken (0: try again later). Raises OSError when nobody is there."""
        with self._changed:
            if self._is_closed:
                raise OSError("the terminal is closed")
            taken = data[: max(0, _UNTYPED_BYTES - len(self._untyped))]
            self._untyped += taken
            self._changed.notify_all()
        return len(taken)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size in cells. Raises OSError."""
        self._conpty.resize(columns, rows)

    def foreground(self) -> int | None:
        """Return None: Windows has no foreground group."""
        return None

    def reads_lines(self) -> bool:
        """Return False: nobody can tell."""
        return False

    def hides_typing(self) -> bool:
        """Return False: nobody can tell."""
        return False

    def takes_keys(self) -> bool:
        """Return False: nobody can tell."""
        return False

    def has_unread(self) -> bool:
        """Return False: a thread reads everything at once."""
        return False

    def interrupt(self) -> None:
        """Type ^C, which is all there is; there is always room for it."""
        with self._changed:
            self._untyped += b"\x03"
            self._changed.notify_all()

    def watch(self, readable: Callable[[], None] | None) -> None:
        """Call `readable` in the loop whenever there is output to record; with None no longer."""
        self._readable = readable
        with self._changed:
            if readable is not None and self._unread:
                self._call_reader()

    def watch_writable(self, writable: Callable[[], None] | None) -> None:
        """Call `writable` in the loop whenever more can be typed; with None no longer."""
        self._writable = writable
        if writable is not None:
            self._loop.call_soon(self._tell_writable)

    def record(
        self, journal: JournalWriter, patience: float = 0.0, meanwhile: Callable[[memoryview], object] = len
    ) -> bytes:
        """Move some output to the journal and return it; never waits. Raises BlockingIOError when there is none now."""
        del patience, meanwhile
        with self._changed:
            data = bytes(self._unread[:_RECORD_BYTES])
            del self._unread[: len(data)]
            self._changed.notify_all()
        if not data:
            raise BlockingIOError
        journal.append(data)
        return data

    def close(self) -> None:
        """Let go of the ConPTY, which ends its program; more than once is fine."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._terminal is not None:
            self._terminal.close()

    def _let_go(self, starting: asyncio.Future[None]) -> None:
        """Close what was started for somebody who waits no more."""
        if not starting.cancelled():
            starting.exception()  # seen, so that nobody is told of it
        self.close()

    # in the loop

    def _tell_readable(self) -> None:
        with self._changed:
            self._is_told = False
        if self._readable is None:
            return
        self._readable()
        with self._changed:  # it may have left some for the next turn
            if self._unread and self._readable is not None:
                self._call_reader()

    def _tell_end(self) -> None:
        if self._is_begun and self._end is not None:
            (code,), self._end, self.has_ended = self._end, None, True
            self._on_end(code)

    def _tell_writable(self) -> None:
        with self._changed:
            has_room = len(self._untyped) < _UNTYPED_BYTES
        if has_room and self._writable is not None:
            self._writable()

    # in the threads

    def _call_reader(self) -> None:
        if not self._is_told:
            self._is_told = True
            self._call(self._tell_readable)

    def _call(self, action: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server has ended
            self._loop.call_soon_threadsafe(action)

    def _printed(self, data: bytes) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._unread) < _UNREAD_BYTES or self._is_closed)
            if self._is_closed:
                return
            self._unread += data
            self._call_reader()

    def _ended(self, code: int | None) -> None:
        self._end = (code,)
        self._call(self._tell_end)

    def _type(self, terminal: WindowsTerminal) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._untyped or self._is_closed)
                if self._is_closed:
                    return
                data = bytes(self._untyped)
                self._untyped.clear()
            try:
                terminal.write(data)
            except OSError:  # the program is gone; its end is told by the reader
                return
            self._call(self._tell_writable)
