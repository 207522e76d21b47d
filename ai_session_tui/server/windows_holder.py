"""Terminals held by the server itself, over ConPTY: Windows, where no descriptor can be passed and there is no keeper.

Invariant: no program outlives the server, and nothing claims that one does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ai_session_tui.errors import ServerError
from ai_session_tui.server.holding import Ending, HeldPane, HeldTerminal
from ai_session_tui.server.local_terminal import LocalTerminal


@dataclass(frozen=True, slots=True)
class Exited:
    """How a program ended: there are no signals here."""

    code: int | None
    time: float
    signal: int | None = None


class LocalHolder:
    """Holds every terminal in this process."""

    keeper_pid: int | None = None
    outlives_server = False
    loss = "the server was killed, and on this system its programs end with it"

    def __init__(self, on_exit: Callable[[str, Ending], None]) -> None:
        self._on_exit = on_exit
        self._terminals: dict[str, LocalTerminal] = {}

    async def spawn(
        self, pane: str, argv: Sequence[str], env: Mapping[str, str], cwd: str, columns: int, rows: int
    ) -> LocalTerminal:
        """Start a program on a new ConPTY. Raises SpawnError."""
        terminal = await LocalTerminal.spawn(argv, env, cwd, (columns, rows), lambda code: self._ended(pane, code))
        self._terminals[pane] = terminal
        return terminal

    async def panes(self) -> list[HeldPane]:
        """Return nothing: what an earlier server held has ended with it."""
        return []

    async def adopt(self, pane: str, terminal: HeldTerminal) -> None:
        """Refuse: a terminal cannot change hands here."""
        raise ServerError(f"the terminal of {pane} cannot be handed over on this system")

    async def forget(self, pane: str) -> None:
        """Let go of a terminal whose program has ended; one that was started since stays."""
        terminal = self._terminals.get(pane)
        if terminal is not None and terminal.has_ended:
            del self._terminals[pane]

    async def goodbye(self) -> None:
        """End, and the programs with us."""
        await self.shutdown(kill=True)

    async def shutdown(self, *, kill: bool = False) -> None:
        """Let go of all terminals, which ends their programs, whatever `kill` says."""
        for terminal in self._terminals.values():
            terminal.close()
        self._terminals.clear()

    def _ended(self, pane: str, code: int | None) -> None:
        self._on_exit(pane, Exited(code, time.time()))
