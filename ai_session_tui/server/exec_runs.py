"""One command that a client handed in, and what is told of those that fail."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from ai_session_tui.errors import AiSessionError, BusyError, ConflictError, StoppedError
from ai_session_tui.server.host import Progress
from ai_session_tui.store import CommandRow

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane


class ExecRun:
    """One command: *queued*, then *sent*, *running*, and *ended*, unless it fails with an error."""

    def __init__(self, text: str, key: str | None) -> None:
        self.text = text
        self.key = key
        self.exec_id = secrets.token_hex(6)
        self.row: CommandRow | None = None
        self.error: AiSessionError | None = None
        self.progress = Progress()
        self.followers = 0  # clients that wait for it
        self.sent_at: float | None = None  # when the shell was told

    @property
    def is_done(self) -> bool:
        """Whether the outcome, or that there is none, is settled."""
        return self.error is not None or (self.row is not None and self.row.state in ("ended", "lost"))

    @property
    def is_queued(self) -> bool:
        """Whether nothing of it has reached the shell."""
        return self.row is None and self.error is None

    @property
    def is_sent(self) -> bool:
        """Whether it is on its way to the shell, which has not said yet that it runs."""
        return self.row is not None and self.row.state == "sent"

    def fail(self, error: AiSessionError) -> None:
        """Settle the run as failed."""
        if self.error is None:
            self.error = error
        self.progress.announce()


class Deadline:
    """The one thing that a queue does unless something happens before."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether something is going to be done."""
        return self._timer is not None

    def set(self, seconds: float, action: Callable[[], None]) -> None:
        """Do `action` in so many seconds, instead of what was to be done."""
        self.clear()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._meet, action)

    def clear(self) -> None:
        """Do nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _meet(self, action: Callable[[], None]) -> None:
        self._timer = None
        action()


def stopped_error(pane: Pane) -> StoppedError:
    """Return the error for a pane in which no process runs, which may be all of its session."""
    name, address = pane.session.row.name, pane.address
    if pane.session.is_alive:
        hint = f"`ai-session start {address}` starts it again, `ai-session pane close {address}` takes it away."
        return StoppedError(f"the program in {address} has ended", hint)
    return StoppedError(f"session {name!r} is stopped", f"`ai-session start {name}` starts it again.")


def half_typed_error(address: str) -> BusyError:
    """Return the error for a prompt at which somebody has begun to type."""
    return BusyError(
        f"a half-typed line stands at the prompt of {address}",
        "finish or clear it (attach, or `ai-session send … --key C-c`), then try again; nothing was changed.",
    )


def incomplete_error() -> ConflictError:
    """Return the error for a command without its end."""
    return ConflictError(
        "the command is incomplete: the shell waits for its rest",
        "close its quotes, brackets, blocks and here-documents.",
    )
