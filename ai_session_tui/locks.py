"""Advisory locks on files: one server, one keeper, one starter per home.

Invariant: a lock belongs to an open descriptor, so it ends with its holder, however that one ends; the file
stays, because to unlink it would let two holders in. Imports next to nothing: the headless subcommands load it.
"""

from __future__ import annotations

import os
import sys


def try_lock(path: str) -> int | None:
    """Return a descriptor that holds the exclusive lock on a file, or None when another process has it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(fd)
        return None
    return fd
