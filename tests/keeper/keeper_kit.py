"""A small server for the keeper's tests, and ways to wait for what should happen."""

from __future__ import annotations

import asyncio
import os
import select
import time
from collections.abc import Callable

from ai_session_tui.keeper.link import KeeperLink
from ai_session_tui.keeper.orphans import ExitStatus

ENVIRONMENT = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
DEADLINE = 60.0


class Server:
    """What a server does with its link: remembers the ends that it hears of."""

    def __init__(self, link: KeeperLink) -> None:
        self.link = link
        self.exits: dict[str, ExitStatus] = {}
        self.heard: list[str] = []
        self.lost = asyncio.Event()
        self.fds: list[int] = []
        link.on_exit = self._exited
        link.on_lost = self.lost.set

    def _exited(self, pane: str, status: ExitStatus) -> None:
        self.exits[pane] = status
        self.heard.append(pane)

    async def sh(self, pane: str, script: str, **env: str) -> tuple[int, int]:
        """Run a shell script in a pane; return pid and master."""
        spawned = await self.link.spawn(pane, ["sh", "-c", script], {**ENVIRONMENT, **env}, "/", 80, 24)
        self.fds.append(spawned.fd)
        return spawned.pid, spawned.fd

    async def ended(self, pane: str) -> ExitStatus:
        await until(lambda: pane in self.exits)
        return self.exits[pane]


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.005)


def read_until(fd: int, wanted: bytes) -> bytes:
    """Read a master until something was printed; return everything."""
    deadline = time.monotonic() + DEADLINE
    seen = b""
    while wanted not in seen:
        readable, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        assert readable, f"only {seen[-300:]!r}"
        seen += os.read(fd, 65536)
    return seen


def read_all(fd: int) -> bytes:
    """Read a master to the end of its program."""
    seen = b""
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:
            return seen
        if not data:
            return seen
        seen += data


def is_alive(pid: int) -> bool:
    """Return whether a process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0] != b"Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def exists(pid: int) -> bool:
    """Return whether a process or its zombie is there."""
    return os.path.exists(f"/proc/{pid}")


def open_files(pid: int | str = "self") -> int:
    """Count a process' descriptors."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def write_script(path: str, content: str) -> None:
    """Write an executable file."""
    with open(path, "w") as file:
        file.write(content)
    os.chmod(path, 0o755)
