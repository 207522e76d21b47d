"""What runs in the foreground of a pane: asked of the terminal and of the process table, and signalled."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

if sys.platform != "win32":
    from ai_session_tui.ptys.posix import waits_for_input


class Foreground:
    """The process group that has the terminal. Where nobody can tell, questions are answered with None or False."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane

    @property
    def _group(self) -> int | None:
        pty = self._pane.pty
        return pty.foreground() if pty is not None else None

    @property
    def is_shell(self) -> bool:
        """Whether the shell itself has the terminal, or a child of it that has not become its program yet."""
        if self._pane.pty is None or sys.platform == "win32":
            return False
        group = self._group
        try:
            program, shell = (os.readlink(f"/proc/{pid}/exe") for pid in (group, self._pane.row.pid))
        except OSError:  # it has just ended, or there is no /proc
            return group == self._pane.row.pid
        return program == shell

    def is_shell_running(self) -> bool:
        """Whether a command runs, and nothing but the shell is in the foreground: a builtin, or its prompt already."""
        pane = self._pane
        return pane.running is not None and pane.pty is not None and self._group == pane.row.pid

    @property
    def name(self) -> str:
        """The name of the program in the foreground, or of the shell."""
        return self._ask(psutil.Process.name) or (self._pane.row.argv or ["shell"])[0]

    @property
    def cwd(self) -> str | None:
        """The directory of the program in the foreground."""
        return self._ask(psutil.Process.cwd)

    def _ask(self, question: Callable[[psutil.Process], str]) -> str | None:
        group = self._group
        try:
            return question(psutil.Process(group)) if group else None
        except psutil.Error:  # it has just ended, or is another user's
            return None

    def waits_for_input(self) -> bool | None:
        """Whether the foreground program blocks in a read of the terminal; None when nobody can tell."""
        if sys.platform == "win32":
            return None
        group = self._group
        return waits_for_input(group) if group else None

    def interrupt(self) -> None:
        """Interrupt what runs in the foreground, as Ctrl-C does."""
        if self._pane.pty is not None:
            with suppress(OSError):  # it has just ended
                self._pane.pty.interrupt()

    def signal(self, number: int) -> None:
        """Signal the foreground's process group unless that is the shell itself."""
        if sys.platform == "win32":  # where no group can be signalled
            return
        group = self._group
        if group and group != self._pane.row.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
