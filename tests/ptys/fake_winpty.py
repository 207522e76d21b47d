"""A stand-in for the module `winpty` (pywinpty 3.x), whose terminals are real PTYs of this system.

It has the surface and the manners that the published sources of pywinpty show: text instead of bytes, reads that wait,
`WinptyError` at the end, a `cancel_io` that wakes a reader, and a program that ends with its terminal. How a ConPTY
redraws what a program prints is not imitated.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import shlex
import struct
import subprocess
import termios
from contextlib import suppress
from typing import Any

_TERMINATED = 15  # what TerminateProcess is given by os.kill(pid, SIGTERM)
_Popen: Any = subprocess.Popen
_SETSID = "/usr/bin/setsid"


class WinptyError(Exception):
    """What every failure of the real one is."""


class PTY:
    """`winpty.PTY`: one terminal for one program."""

    def __init__(self, cols: int, rows: int, backend: int | None = None) -> None:
        del backend
        self._master, self._slave = os.openpty()
        for fd in (self._master, self._slave):
            os.set_inheritable(fd, False)
        self._wake_read, self._wake_write = os.pipe()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._process: Any = None
        self._is_over = False
        self.set_size(cols, rows)

    def __del__(self) -> None:
        for fd in (self._master, self._slave, self._wake_read, self._wake_write):
            if fd >= 0:
                os.close(fd)
        if self._process is not None:
            with suppress(OSError):
                self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else int(self._process.pid)

    def spawn(self, appname: str, cmdline: str | None = None, cwd: str | None = None, env: str | None = None) -> bool:
        variables = dict(entry.split("=", 1) for entry in (env or "").split("\0") if entry)
        try:
            self._process = _Popen(
                [_SETSID, "--ctty", appname, *shlex.split(cmdline or "")],
                stdin=self._slave,
                stdout=self._slave,
                stderr=self._slave,
                cwd=cwd,
                env=variables,
            )
        except OSError as error:
            raise WinptyError(str(error)) from error
        os.close(self._slave)
        self._slave = -1
        return True

    def read(self, blocking: bool = False) -> str:
        ready, _, _ = select.select([self._master, self._wake_read], [], [], None if blocking else 0)
        if self._wake_read in ready:
            raise WinptyError("The I/O operation has been aborted")
        try:
            data = os.read(self._master, 4096) if ready else b""
        except OSError as error:
            self._is_over = True
            raise WinptyError("Standard out reached EOF") from error
        return self._decoder.decode(data)

    def write(self, to_write: str) -> int:
        data = to_write.encode()
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._master, view) :]
        except OSError as error:
            raise WinptyError(str(error)) from error
        return len(data)

    def set_size(self, cols: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def iseof(self) -> bool:
        return self._is_over

    def get_exitstatus(self) -> int | None:
        if self._process is None or not self._is_over:
            return None
        code = int(self._process.wait())
        return code if code >= 0 else _TERMINATED

    def cancel_io(self) -> bool:
        os.write(self._wake_write, b"x")
        return True
