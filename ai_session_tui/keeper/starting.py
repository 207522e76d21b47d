"""Reach the home's keeper, starting one when there is none. Blocking: the server does this in a thread.

Invariant: the keeper becomes a child of the calling process (a subreaper inherits its programs if it dies), but
shares neither session nor descriptors with it. Two starters at once are no trouble: the lock decides, the loser
connects to the winner's keeper.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import sys
import time

from ai_session_tui import sockets
from ai_session_tui.errors import ServerError
from ai_session_tui.limits import KEEPER_START_SECONDS
from ai_session_tui.names import PANE_VARIABLES
from ai_session_tui.paths import Home

# What the programs are to have, however far the server raises its own limit later.
_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
_RETRY_SECONDS = 0.02


def reach_keeper(home: Home, idle: float | None = None) -> tuple[socket.socket, int]:
    """Return a connection to the keeper, and its pid if it was started here (else 0).

    `idle` replaces the keeper's idle time (seconds). Raises ServerError.
    """
    deadline = time.monotonic() + KEEPER_START_SECONDS
    pid = 0
    while True:
        with contextlib.suppress(FileNotFoundError, ConnectionError):
            return sockets.connect_unix(home.keeper_socket, KEEPER_START_SECONDS), pid
        if time.monotonic() > deadline:
            raise ServerError(f"cannot start a keeper in {home.folder}", f"see {home.log}")
        if (pid := _start(home, idle, deadline)) == 0:
            time.sleep(_RETRY_SECONDS)  # another keeper is about to come, or about to be gone


def _start(home: Home, idle: float | None, deadline: float) -> int:
    """Start a keeper and wait until it listens; return its pid, or 0 when it left again."""
    ready, theirs = os.pipe()
    try:
        pid = os.posix_spawn(
            sys.executable,
            # -P: a folder called `json` where the user happens to be is not the library
            [sys.executable, "-P", "-m", "ai_session_tui.keeper", "--home", home.folder, "--files", str(_FILES)]
            + (["--idle", str(idle)] if idle is not None else []),
            # Started from inside a pane it must not pass for a program of that pane.
            {name: value for name, value in os.environ.items() if name not in PANE_VARIABLES},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, theirs, 1),
                (os.POSIX_SPAWN_OPEN, 2, home.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600),
            ],
        )
    except OSError as error:
        os.close(ready)
        raise ServerError(f"cannot start a keeper: {error.strerror}", "free some memory or processes.") from error
    finally:
        os.close(theirs)
    try:
        readable, _, _ = select.select([ready], [], [], max(0.0, deadline - time.monotonic()))
        if readable and os.read(ready, 16):
            return pid
    finally:
        os.close(ready)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it is our child and not reaped: the pid is its own
    os.waitpid(pid, 0)
    return 0
