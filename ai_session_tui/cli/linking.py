"""How a subcommand gets to the server of the home."""

from __future__ import annotations

import os

from ai_session_tui.client.connection import Connection
from ai_session_tui.client.launch import connect as _connect
from ai_session_tui.errors import ServerUnreachableError
from ai_session_tui.paths import Home


def connect() -> Connection:
    """Return a connection to the server, which is started when none answers."""
    return _connect(Home())


def connect_if_useful() -> Connection | None:
    """Return a connection to a server, for who only looks: started when the home holds anything, else None."""
    home = Home()
    try:
        return Connection(home)
    except ServerUnreachableError:
        return _connect(home) if os.path.exists(home.database) else None


def connect_if_running() -> Connection | None:
    """Return a connection to the server that runs, or None."""
    try:
        return Connection(Home())
    except ServerUnreachableError:
        return None
