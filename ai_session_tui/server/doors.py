"""Where clients knock: a Unix socket, or, where there are none, loopback TCP with a secret.

Invariant: only the home's user gets in. The socket is 0600 in a 0700 folder; the file that tells port and secret is
too, on Windows by the profile's inherited rights. One of the two files exists while a server answers, never both.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from contextlib import suppress

from ai_session_tui import sockets
from ai_session_tui.paths import Home
from ai_session_tui.server.connection import Connection, Service

_PUBLISH_SECONDS = 2.0  # how long a reader of the old file may hold it up: Windows replaces no open file


async def open_door(home: Home, service: Service, secret: str) -> tuple[asyncio.Server, str]:
    """Listen for clients; return the listener and the file by which they find it. Raises OSError."""
    loop = asyncio.get_running_loop()
    if not sockets.uses_tcp():
        with suppress(FileNotFoundError):
            os.unlink(home.tcp_endpoint)
        listener = sockets.bind_unix(home.server_socket, backlog=256)
        unix = await loop.create_unix_server(lambda: Connection(service, needs_secret=False), sock=listener)
        return unix, home.server_socket
    with suppress(FileNotFoundError):
        os.unlink(home.server_socket)
    tcp = await loop.create_server(lambda: Connection(service, needs_secret=True), "127.0.0.1", 0, backlog=256)
    port = tcp.sockets[0].getsockname()[1]
    await _publish(home.tcp_endpoint, f"127.0.0.1 {port} {secret}\n")
    return tcp, home.tcp_endpoint


async def _publish(path: str, line: str) -> None:
    """Replace the file with one line (0600); a reader sees the old one or the new one."""
    fresh = path + ".new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(line)
    deadline = time.monotonic() + _PUBLISH_SECONDS
    while True:
        try:
            os.replace(fresh, path)
        except PermissionError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.01)
        else:
            return


def await_answer(home: Home, seconds: float) -> None:
    """Wait until a server lets somebody in, at most that long. Blocking."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            _knock(home).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


def _knock(home: Home) -> socket.socket:
    if not sockets.uses_tcp():
        return sockets.connect_unix(home.server_socket, 1.0)
    with open(home.tcp_endpoint, encoding="ascii") as file:
        address, port, _ = [*file.readline().split(), "", "", ""][:3]
    if not port.isdigit():
        raise ConnectionRefusedError(f"{home.tcp_endpoint} does not hold ADDRESS PORT SECRET")
    return socket.create_connection((address, int(port)), 1.0)
