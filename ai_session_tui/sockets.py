"""Unix sockets at any path, however long, and who is at their other end.

A socket address holds about a hundred bytes, a home may be deeper than that: a longer path is reached through
a descriptor of its folder. Invariant: a socket file that we bind is 0600 from its first moment where the system
allows it, and right after elsewhere (its folder is 0700). Imports only `os`; `socket` when it is needed, because it
costs the headless subcommands more time than their request.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

_LONGEST_ADDRESS = 103  # bytes: 107 on Linux, 103 on macOS and the BSDs (sun_path less its NUL)
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1  # macOS, sys/un.h


def uses_tcp() -> bool:
    """Return whether servers listen at loopback TCP: on Windows, and where AI_SESSION_TCP asks for it."""
    import socket

    return sys.platform == "win32" or not hasattr(socket, "AF_UNIX") or bool(os.environ.get("AI_SESSION_TCP"))


def bind_unix(path: str, backlog: int = 64) -> socket.socket:
    """Listen at a path and return the socket; what lay there is replaced, so hold the lock of that path.

    Raises OSError.
    """
    import socket

    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if sys.platform == "linux":
            os.fchmod(listener.fileno(), 0o600)  # Linux gives the file the mode of its socket
        if os.path.lexists(path):
            os.unlink(path)
        reach(path, listener.bind)
        os.chmod(path, 0o600)
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


def connect_unix(path: str, timeout: float | None = None) -> socket.socket:
    """Connect to the socket at a path; `timeout` (seconds) stays set on the result. Raises OSError."""
    import socket

    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        reach(path, connection.connect)
    except OSError:
        connection.close()
        raise
    return connection


def peer_uid(connection: socket.socket) -> int | None:
    """Return the user id of the process that connected, or None where the system does not tell."""
    import socket

    if sys.platform == "linux":
        option = (socket.SOL_SOCKET, socket.SO_PEERCRED, 12)  # struct ucred: pid, uid, gid
    else:
        option = (_SOL_LOCAL, _LOCAL_PEERCRED, 76)  # struct xucred: version, uid, …
        if sys.platform != "darwin":
            return None
    return int.from_bytes(connection.getsockopt(*option)[4:8], sys.byteorder)


def reach(path: str, action: Callable[[str], None]) -> None:
    """Do `action` (bind or connect) with the path, or with a short name for the same place. Raises OSError."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        action(path)
        return
    folder, name = os.path.split(path)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if os.path.isdir("/proc/self/fd"):
            action(f"/proc/self/fd/{fd}/{name}")
            return
        here = os.open(".", os.O_RDONLY)
        try:
            os.fchdir(fd)
            action(name)
        finally:
            os.fchdir(here)
            os.close(here)
    finally:
        os.close(fd)
