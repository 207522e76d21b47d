"""A terminal on Windows: a ConPTY held through pywinpty, in the server itself.

There is no descriptor to pass and no keeper: when the server dies, its terminals die. Output comes from a reader
thread. Invariant: callbacks are called in that one thread, `on_end` last and once.

Tested against a stand-in with pywinpty's published surface (`winpty.PTY`, 2.0 to 3.x), not on Windows itself: how
ConPTY behaves, above all at the end of a program, is untested.
"""

from __future__ import annotations

import codecs
import contextlib
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast

from ai_session_tui.errors import SpawnError

_READ_THREAD = "terminal reader"


class _Pty(Protocol):
    """What we use of `winpty.PTY`; its text is str, and read without a length is in every version."""

    @property
    def pid(self) -> int | None: ...
    def spawn(self, appname: str, cmdline: str | None, cwd: str | None, env: str | None) -> bool: ...
    def read(self, *, blocking: bool) -> str: ...
    def write(self, to_write: str) -> int: ...
    def set_size(self, cols: int, rows: int) -> None: ...
    def iseof(self) -> bool: ...
    def get_exitstatus(self) -> int | None: ...


class WindowsTerminal:
    """A ConPTY and its program. Use `spawn`."""

    def __init__(self, pty: _Pty, failure: type[Exception]) -> None:
        self._pty: _Pty | None = pty
        self._failure = failure
        self._pid = pty.pid or 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @classmethod
    def spawn(
        cls,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: str,
        columns: int,
        rows: int,
        on_output: Callable[[bytes], None],
        on_end: Callable[[int | None], None],
    ) -> WindowsTerminal:
        """Start a program; the callbacks come from a thread, `on_end` with its exit code. Raises SpawnError."""
        import winpty

        program = shutil.which(argv[0], path=env.get("PATH")) if argv else None
        if program is None:
            raise SpawnError(f"cannot start {argv[0] if argv else ''!r}: no such program", "check the name and PATH.")
        failure = cast("type[Exception]", winpty.WinptyError)
        # A ConPTY takes the whole line, the program's own name left out, and variables that end in NUL each.
        line = " " + subprocess.list2cmdline(list(argv[1:])) if len(argv) > 1 else None
        variables = "".join(f"{name}={value}\0" for name, value in env.items())
        try:
            pty = cast("_Pty", winpty.PTY(columns, rows))
            if not pty.spawn(program, line, cwd, variables):
                raise SpawnError(f"cannot start {argv[0]!r}", "check the program and the folder.")
        except failure as error:
            raise SpawnError(f"cannot start {argv[0]!r}: {error}", "check the program and the folder.") from error
        terminal = cls(pty, failure)
        reader = threading.Thread(target=terminal._read, args=(pty, on_output, on_end), name=_READ_THREAD, daemon=True)
        reader.start()
        return terminal

    @property
    def pid(self) -> int:
        """The program that was started on the terminal."""
        return self._pid

    def write(self, data: bytes) -> int:
        """Type bytes; a character that ends in a later write waits for it. Raises OSError when nobody is there."""
        if self._pty is None:
            raise OSError("the terminal is closed")
        try:
            if characters := self._decoder.decode(data):
                self._pty.write(characters)
        except self._failure as error:
            raise OSError(str(error)) from error
        return len(data)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size in cells. Raises OSError."""
        if self._pty is None:
            return
        try:
            self._pty.set_size(columns, rows)
        except self._failure as error:
            raise OSError(str(error)) from error

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
        """Type ^C, which is all there is."""
        self.write(b"\x03")

    def close(self) -> None:
        """Let go of the ConPTY; Windows ends it, and its program, when the reader has let go too."""
        pty, self._pty = self._pty, None
        if pty is not None and hasattr(pty, "cancel_io"):  # 3.x: wakes a reader that waits for output
            with contextlib.suppress(self._failure):
                pty.cancel_io()

    def _read(self, pty: _Pty, on_output: Callable[[bytes], None], on_end: Callable[[int | None], None]) -> None:
        try:
            while self._pty is not None:
                if characters := pty.read(blocking=True):
                    on_output(characters.encode("utf-8", "replace"))
                elif pty.iseof():
                    break
        except self._failure:  # the end of the output is told in this way
            pass
        try:
            code = pty.get_exitstatus()
        except self._failure:
            code = None
        on_end(code)
