"""Ending a command early: interrupt it as Ctrl-C does, terminate what ignores that, kill what ignores that too.

Invariant: no key falls upon what stands at the prompt, and no signal meets the shell itself.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ai_session_tui.ptys.processes import HARDEST
from ai_session_tui.server.exec_runs import ExecRun

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

_HANDOVER_LOOK_SECONDS = 0.02  # between two looks whether what shall be interrupted has begun
_STARTING_SECONDS = 0.15  # since its start, in which a shell that is interrupted may run nothing and claim success
_YOUNG_SECONDS = 0.5  # since its start, in which a command's program may not be there yet
_AGAIN_SECONDS = 0.15
_TRIES = 5
_TERMINATE_SECONDS = 2.0  # from an interrupt that did not help to SIGTERM
_KILL_SECONDS = 5.0  # and from there to SIGKILL


class Interruption:
    """Ends what one pane runs for a client. `is_current` tells whether a run is still the one that runs."""

    def __init__(self, pane: Pane, is_current: Callable[[ExecRun], bool]) -> None:
        self._pane = pane
        self._is_current = is_current
        self._next: asyncio.TimerHandle | None = None
        self._escalation: asyncio.TimerHandle | None = None

    def interrupt(self, run: ExecRun, *, escalate: bool) -> None:
        """Interrupt a running command as Ctrl-C does; with `escalate`, terminate and kill what ignores that."""
        if run.is_done or not self._is_current(run):
            return
        loop = asyncio.get_running_loop()
        if run.is_sent:  # a key would fall upon what stands at the prompt
            again = partial(self.interrupt, run, escalate=escalate)
            self._next = loop.call_later(_HANDOVER_LOOK_SECONDS, again)
            return
        self._press(run, _TRIES if _age(run) < _YOUNG_SECONDS else 1)
        if self._pane.has_no_marks:
            self._pane.execution.blind.look_soon()
        elif escalate and self._escalation is None:
            self._escalation = loop.call_later(_TERMINATE_SECONDS, self._terminate, run)

    def _press(self, run: ExecRun, tries: int) -> None:
        """Interrupt; again a little later while the shell has said that it starts a program but not become it.

        Until then it is the shell, or its child before the exec, that hears the signal and drops it.
        """
        self._next = None
        if run.is_done or not self._is_current(run):
            return
        is_starting = self._pane.foreground.is_shell
        loop = asyncio.get_running_loop()
        if is_starting and _age(run) < _STARTING_SECONDS and not self._pane.has_no_marks:
            self._next = loop.call_later(_HANDOVER_LOOK_SECONDS, self._press, run, tries)
            return
        self._pane.foreground.interrupt()
        if is_starting and tries > 1:
            self._next = loop.call_later(_AGAIN_SECONDS, self._press, run, tries - 1)

    def _terminate(self, run: ExecRun) -> None:
        self._escalation = None
        if self._is_current(run):
            self._pane.foreground.signal(signal.SIGTERM)
            self._escalation = asyncio.get_running_loop().call_later(_KILL_SECONDS, self.kill, run)

    def kill(self, run: ExecRun) -> None:
        """Kill what a command left in the foreground, at once; never the shell itself."""
        if self._is_current(run):
            self._pane.foreground.signal(HARDEST)

    def stop(self) -> None:
        """Let be: the run is over."""
        for timer in (self._next, self._escalation):
            if timer is not None:
                timer.cancel()
        self._next = self._escalation = None


def _age(run: ExecRun) -> float:
    """Return the seconds since the command's start."""
    return time.time() - (run.row.started or 0.0) if run.row is not None else float("inf")
