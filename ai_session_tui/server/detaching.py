"""Becoming a daemon where nothing forks: another process is started, which tells over its stdout how it went.

Invariant: whoever starts it waits for one message at most, not for the end of the pipe; a launcher between the two
(that of a virtual environment on Windows) may hold that open for as long as the server lives.
"""

from __future__ import annotations

import os
import subprocess
import sys

from ai_session_tui.paths import Home
from ai_session_tui.server.daemon import DETACHED_OPTION, MESSAGE_BYTES, Readiness, report


def start_detached(home: Home) -> int:
    """Start the server as a process of its own; return the exit status once it has told how it went."""
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        flags = 0
    server = subprocess.Popen(
        [sys.executable, "-m", "ai_session_tui.server", "--home", home.folder, DETACHED_OPTION],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=flags,
    )
    assert server.stdout is not None
    return report(os.read(server.stdout.fileno(), MESSAGE_BYTES))


def begin_detached() -> Readiness:
    """Be that process: keep stdout for the one message, and no folder busy."""
    told = os.dup(1)  # unlike 1 itself, not inherited by the programs of panes
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.close(null)
    os.chdir(os.path.abspath(os.sep))
    return Readiness(told)
