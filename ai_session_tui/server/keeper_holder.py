"""Terminals held by the keeper, whose masters this process has copies of: every POSIX system."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence

from ai_session_tui.journal import JournalWriter
from ai_session_tui.keeper.link import KeeperLink
from ai_session_tui.keeper.orphans import become_subreaper
from ai_session_tui.paths import Home
from ai_session_tui.ptys.posix import PosixTerminal
from ai_session_tui.server.holding import Ending, HeldPane, HeldTerminal

_READ_BYTES = 512 * 1024


class KeptTerminal(PosixTerminal):
    """A PTY's master, watched by the loop."""

    def watch(self, readable: Callable[[], None] | None) -> None:
        """Call `readable` in the loop whenever there is output to record; with None no longer."""
        loop = asyncio.get_running_loop()
        if readable is None:
            loop.remove_reader(self.fileno())
        else:
            loop.add_reader(self.fileno(), readable)

    def watch_writable(self, writable: Callable[[], None] | None) -> None:
        """Call `writable` in the loop whenever more can be typed; with None no longer."""
        loop = asyncio.get_running_loop()
        if writable is None:
            loop.remove_writer(self.fileno())
        else:
            loop.add_writer(self.fileno(), writable)

    def record(self, journal: JournalWriter, patience: float, meanwhile: Callable[[memoryview], object]) -> bytes:
        """Let the journal read what is there. Raises BlockingIOError for nothing now, OSError (EIO) at the end."""
        return bytes(journal.read_all_from(self.fileno(), _READ_BYTES, patience, meanwhile))


class KeeperHolder:
    """The keeper, started when there is none. Use `reach`."""

    outlives_server = True
    loss = "server and keeper died together"

    def __init__(self, link: KeeperLink) -> None:
        self._link = link

    @classmethod
    async def reach(
        cls, home: Home, on_exit: Callable[[str, Ending], None], on_lost: Callable[[], None]
    ) -> KeeperHolder:
        """Connect to the home's keeper, which is told how to start this server again. Raises AiSessionError."""
        become_subreaper()
        link = await KeeperLink.start(home, [sys.executable, "-m", "ai_session_tui.server", "--home", home.folder])
        link.on_exit = on_exit
        link.on_lost = on_lost
        return cls(link)

    @property
    def keeper_pid(self) -> int:
        """The keeper's process."""
        return self._link.keeper_pid

    async def spawn(
        self, pane: str, argv: Sequence[str], env: Mapping[str, str], cwd: str, columns: int, rows: int
    ) -> KeptTerminal:
        """Start a program on a new PTY. Raises SpawnError, ServerError."""
        spawned = await self._link.spawn(pane, argv, env, cwd, columns, rows)
        return KeptTerminal(spawned.fd, spawned.pid, spawned.started)

    async def panes(self) -> list[HeldPane]:
        """Return everything the keeper keeps, each with a fresh copy of its master."""
        return [
            HeldPane(
                kept.pane,
                kept.pid,
                None if kept.fd is None else KeptTerminal(kept.fd, kept.pid, kept.started),
                kept.exit,
            )
            for kept in await self._link.panes()
        ]

    async def adopt(self, pane: str, terminal: HeldTerminal) -> None:
        """Hand a terminal, whose keeper died, to this one. Raises AiSessionError."""
        assert isinstance(terminal, KeptTerminal)
        await self._link.adopt(pane, terminal.pid, terminal.started, terminal.fileno())

    async def forget(self, pane: str) -> None:
        """Let the keeper drop status and master. Raises ServerError."""
        await self._link.forget(pane)

    async def goodbye(self) -> None:
        """Leave the programs with the keeper."""
        await self._link.goodbye()

    async def shutdown(self, *, kill: bool = False) -> None:
        """End the keeper; `kill` hangs its programs up first."""
        await self._link.shutdown(kill=kill)
