"""What goes into a pane: what people and clients type, and the terminal's answers to what the program asks."""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING

from ai_session_tui.server.exec_runs import stopped_error
from ai_session_tui.server.input import Answers, PaneInput
from ai_session_tui.shells import PaneState
from ai_session_tui.terminal import encode_key, encode_paste, encode_text, parse_typed_key

if TYPE_CHECKING:
    from ai_session_tui.server.holding import HeldTerminal
    from ai_session_tui.server.pane import Pane

_ENTER_GAP_SECONDS = 0.03  # between a pasted text and its Enter, so that no program takes it for part of the paste
_LINE_TAKEN_SECONDS = 2.0  # from Enter at a prompt to the shell's first word about it


class Keyboard:
    """The way into one pane's terminal."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane
        self._input: PaneInput | None = None
        self._answers: Answers | None = None
        self._heard_from = 0  # the journal's offset before which nobody waits for answers: who asked has ended
        self._enter_at: float | None = None
        self.quiet_since = -math.inf  # when somebody typed, on the monotonic clock
        self.lock = asyncio.Lock()  # held from a text to its Enter, so that nobody types between them

    def connect(self, terminal: HeldTerminal) -> None:
        """Type into `terminal` from now on."""
        self._input = PaneInput(terminal)
        self._answers = Answers(terminal, self._input, self._pane.foreground.is_shell_running)

    def disconnect(self) -> None:
        """Drop what was not read: nobody is there any more."""
        if self._input is not None:
            self._input.close()
            self._input = None
        if self._answers is not None:
            self._answers.forget()
            self._answers = None

    def check_connected(self) -> PaneInput:
        """Return the way in; raise `StoppedError` when no process is there to read."""
        if self._input is None:
            raise stopped_error(self._pane)
        return self._input

    # typing

    def write(self, data: bytes) -> None:
        """Write what nobody typed: the shell integration's own keys. Raises `StoppedError`, `BusyError`."""
        self.check_connected().write(data)

    def typed(self, data: bytes) -> None:
        """Write what a person typed. Raises `StoppedError`, `BusyError`."""
        pane = self._pane
        pane.tracker.note_input(data)
        if pane.tracker_state is PaneState.PROMPT and (b"\r" in data or b"\n" in data):
            self._enter_at = time.monotonic()
        self.check_connected().write(data)
        self.quiet_since = time.monotonic()
        pane.host.emulation.haste.typed(pane)
        pane.session.touch()
        pane.news.typed()

    @property
    def enter_delay(self) -> float:
        """Seconds to wait until a line that was just sent has shown what it does; 0 when there is none."""
        if self._enter_at is None:
            return 0.0
        return max(0.0, self._enter_at + _LINE_TAKEN_SECONDS - time.monotonic())

    def enter_answered(self) -> None:
        """The shell has shown what became of the line that was sent."""
        self._enter_at = None

    def type_text(self, text: str, *, paste: bool = False) -> int:
        """Type a text, or paste it; return the bytes written."""
        terminal = self._pane.screen.open()
        data = encode_paste(text, terminal.modes) if paste else encode_text(text)
        self.typed(data)
        return len(data)

    def press(self, names: list[str]) -> int:
        """Press keys by name, as the program asked for them; raise `UsageError` before the first for a bad name."""
        keys = [parse_typed_key(name) for name in names]
        modes = self._pane.screen.open().modes
        data = b"".join(encode_key(key, modes) for key in keys)
        if data:
            self.typed(data)
        return len(data)

    async def press_enter(self) -> None:
        """Press Enter after a short gap, as the write of its own that it has to be."""
        await asyncio.sleep(_ENTER_GAP_SECONDS)
        self.press(["Enter"])

    # answering

    def answer(self, replies: bytes) -> None:
        """Type the terminal's answers to what the screen was just asked."""
        if replies and self._answers is not None and self._pane.screen.offset > self._heard_from:
            self._answers.give(replies)

    def forget_questions(self, offset: int) -> None:
        """Answer nothing that was asked before an offset of the journal: the program that asked ended there."""
        self._heard_from = offset
        if self._answers is not None:
            self._answers.forget()
