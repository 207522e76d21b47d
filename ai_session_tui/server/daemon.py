"""Becoming a daemon: a session of its own, no inherited descriptors, and a parent that waits for the good news.

The parent learns over a pipe that the socket answers, or why it does not; it ends with that as its exit status.
"""

from __future__ import annotations

import contextlib
import os
import sys

from ai_session_tui.errors import AiSessionError, ServerUnreachableError
from ai_session_tui.paths import UMASK_VARIABLE

DETACHED_OPTION = "--started-by-another"  # says that stdout is where the news are waited for
MESSAGE_BYTES = 4000  # the news in one write, which a pipe takes whole


class Readiness:
    """The daemon's one message to its parent."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd

    def tell(self, error: AiSessionError | None = None) -> None:
        """Say that the server answers, or why it does not; only the first message counts."""
        if self._fd is None:
            return
        said = "0 " if error is None else f"{error.exit_status} {error}"
        with contextlib.suppress(OSError):  # the parent was killed: nobody waits for the news
            os.write(self._fd, said.encode("utf-8", "replace")[:MESSAGE_BYTES])
        os.close(self._fd)
        self._fd = None


def daemonize() -> Readiness:
    """Go on in a detached process; the calling one ends when that one has told how it went. POSIX only."""
    read_end, write_end = os.pipe()
    if os.fork():
        os.close(write_end)
        _await_news(read_end)
    os.close(read_end)
    os.setsid()
    if os.fork():
        os._exit(0)  # not a session leader: it can never get a controlling terminal
    os.chdir("/")
    theirs = os.umask(0o077)
    os.environ.setdefault(UMASK_VARIABLE, f"{theirs:03o}")  # a server that a keeper starts has ours already
    write_end = _drop_descriptors(write_end)
    return Readiness(write_end)


def _await_news(fd: int) -> None:
    with os.fdopen(fd, "rb") as pipe:
        sys.exit(report(pipe.read()))


def report(news: bytes) -> int:
    """Say what the daemon told, if it was no success, and return the exit status."""
    status, _, text = news.decode("utf-8", "replace").partition(" ")
    if status != "0":
        sys.stderr.write((text or "the server died while it started; its log may say why") + "\n")
    return int(status) if status.isdigit() else ServerUnreachableError.exit_status


def _drop_descriptors(kept: int) -> int:
    """Close everything that was inherited but `kept`, which moves to descriptor 3."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    if kept != 3:
        os.dup2(kept, 3, inheritable=False)
    os.set_inheritable(3, False)
    os.closerange(4, _descriptor_limit())
    return 3


def _descriptor_limit() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        if os.path.isdir(folder):
            return max((int(name) for name in os.listdir(folder)), default=3) + 1
    return int(os.sysconf("SC_OPEN_MAX"))
