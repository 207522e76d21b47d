"""Who holds the terminals of the panes: the keeper, or, where descriptors cannot be passed, the server itself.

Invariant: after `spawn` has returned, the end of its program is told once through `on_exit`, and what it had printed
until then can still be recorded. Nothing here imports what only one system has; `reach_holder` imports the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ai_session_tui.journal import JournalWriter
from ai_session_tui.paths import Home
from ai_session_tui.ptys.seam import Terminal


class Ending(Protocol):
    """How a program ended."""

    @property
    def code(self) -> int | None:
        """The exit code, or None after a signal or when nobody can tell."""

    @property
    def signal(self) -> int | None:
        """The signal that ended it, or None."""

    @property
    def time(self) -> float:
        """When, in epoch seconds."""


class HeldTerminal(Terminal, Protocol):
    """A terminal as a pane uses it: how its bytes arrive is its own affair."""

    @property
    def started(self) -> int:
        """What makes the pid unique (`ProcessRef.started`); 0 where nobody can tell."""

    def watch(self, readable: Callable[[], None] | None) -> None:
        """Call `readable` in the loop whenever there is output to record; with None no longer."""

    def watch_writable(self, writable: Callable[[], None] | None) -> None:
        """Call `writable` in the loop whenever more can be typed; with None no longer."""

    def record(self, journal: JournalWriter, patience: float, meanwhile: Callable[[memoryview], object]) -> bytes:
        """Move some output to the journal and return it; b"" when there will be none ever again.

        What follows at once may be taken along, for `patience` seconds at most; then `meanwhile` may be called with
        piece after piece of what is returned, until the last.

        Raises BlockingIOError when there is none now, OSError (EIO) after a hang-up.
        """


@dataclass(frozen=True, slots=True)
class HeldPane:
    """What was held while no server was there. `terminal` is None when it was let go, `exit` while the program runs."""

    pane: str
    pid: int
    terminal: HeldTerminal | None
    exit: Ending | None


class Holder(Protocol):
    """Starts programs on terminals and tells of their ends."""

    @property
    def keeper_pid(self) -> int | None:
        """The keeper's process; None where there is none."""

    @property
    def outlives_server(self) -> bool:
        """Whether the programs go on without the server."""

    @property
    def loss(self) -> str:
        """Why a program that the last server left running is not held any more."""

    async def spawn(
        self, pane: str, argv: Sequence[str], env: Mapping[str, str], cwd: str, columns: int, rows: int
    ) -> HeldTerminal:
        """Start a program on a new terminal, with exactly this environment. Raises SpawnError, ServerError."""

    async def panes(self) -> list[HeldPane]:
        """Return everything that is held."""

    async def adopt(self, pane: str, terminal: HeldTerminal) -> None:
        """Take over a terminal of an earlier holder. Raises AiSessionError."""

    async def forget(self, pane: str) -> None:
        """Take note that the end of a pane's program is recorded. Raises ServerError."""

    async def goodbye(self) -> None:
        """Leave the programs to the next server."""

    async def shutdown(self, *, kill: bool = False) -> None:
        """Hold nothing any more; with `kill` the programs end."""


async def reach_holder(home: Home, on_exit: Callable[[str, Ending], None], on_lost: Callable[[], None]) -> Holder:
    """Return this system's holder; `on_exit` hears of each program's end, `on_lost` of the holder's own.

    Raises AiSessionError.
    """
    if sys.platform == "win32":
        from ai_session_tui.server.windows_holder import LocalHolder

        return LocalHolder(on_exit)
    from ai_session_tui.server.keeper_holder import KeeperHolder

    return await KeeperHolder.reach(home, on_exit, on_lost)
