"""Turn a pane's marks into command records: what ran, where its output is, how it ended.

Sans-IO: marks in, events out. Invariant: nothing is invented. An exit code comes from the shell or is None, and
fed with the same marks again from any prompt on, the tracker reaches the same state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ai_session_tui.shells.events import (
    CommandEnded,
    CommandStarted,
    ExecAccepted,
    ExecRefused,
    Incomplete,
    OutputStarted,
    PaneState,
    PromptReady,
    TrackerEvent,
)
from ai_session_tui.shells.marks import Mark, MarkKind
from ai_session_tui.shells.plan import ShellKind

_REPLACES_SHELL = re.compile(r"\s*(?:builtin\s+|command\s+)?exec\s+(?![<>0-9&{])\S")
_NO_COMMAND = re.compile(r"(?:\s*(?:#[^\n]*)?(?:\n|$))*")


class CommandTracker:
    """The state of one pane's shell, from its marks alone."""

    def __init__(self, kind: ShellKind) -> None:
        self.kind = kind
        self.state = PaneState.UNKNOWN if kind is ShellKind.NONE else PaneState.STARTING
        self.running: CommandStarted | None = None
        self.cwd: str | None = None
        self._sent: tuple[str, str] | None = None  # the exec that was handed over last: id, text
        self._accepted: str | None = None
        self._incomplete = False
        self._prompt_end: int | None = None  # end of B: where the echo of a typed line begins
        self._line: Mark | None = None  # the newline after it
        self._left: int | None = None  # where the editor gave the terminal back
        self._edited: Mark | None = None  # where the editor took it again
        self._output_end: int | None = None
        self._output: int | None = None  # where the running command's output begins, once it is known
        self._fullscreen = False
        self._alternate = False
        self._editing = True
        self._typed = bytearray()

    @property
    def pending_exec(self) -> str | None:
        """The exec that was sent or accepted and has not ended, been refused or been found incomplete."""
        if self._accepted is not None:
            return self._accepted
        return self._sent[0] if self._sent is not None else None

    @property
    def output_end(self) -> int | None:
        """Where the running command's output ended, when the shell has said so but not yet how it ended."""
        return self._output_end if self.running is not None else None

    @property
    def is_screen_taken(self) -> bool:
        """Whether the last program to ask for the alternate screen still has it."""
        return self._alternate

    @property
    def line_pending(self) -> bool:
        """Whether input since the prompt stands in a line that Enter has not sent; what SH cannot tell itself."""
        return bool(self._typed)

    def note_exec_sent(self, exec_id: str, text: str) -> None:
        """Tell that `prepare_exec`'s bytes have been written to the PTY."""
        self._sent = (exec_id, text)

    def note_input(self, data: bytes) -> None:
        """Tell what a person (or `send`) wrote to the PTY; not the bytes of `prepare_exec`."""
        if self.state is not PaneState.PROMPT:
            return
        for part in re.split(rb"([\r\n\x03\x15])", data):
            if part in (b"\r", b"\n", b"\x03", b"\x15"):
                self._typed.clear()
            elif part in (b"\x7f", b"\b"):
                del self._typed[-1:]
            elif len(self._typed) < 4096:
                self._typed += part.rstrip(b"\x7f\b")

    def feed(self, marks: Iterable[Mark]) -> list[TrackerEvent]:
        """Take the next marks in order; return what they mean."""
        events: list[TrackerEvent] = []
        for mark in marks:
            _HANDLERS[mark.kind](self, mark, events)
        return events

    def note_exit(self, offset: int, code: int | None) -> list[TrackerEvent]:
        """Tell that the shell itself is gone, with the journal's length; a running command ends with it."""
        events: list[TrackerEvent] = []
        if self.running is None and self._accepted is not None:
            self._start(self._silent_start(offset), None, self.cwd, self._accepted, events)
        self._end(offset, code, None, events)
        self._sent = self._accepted = None
        self.state = PaneState.UNKNOWN
        return events

    def _on_prompt(self, mark: Mark, events: list[TrackerEvent]) -> None:
        """A: only a place; B says that the editor is ready."""

    def _on_ready(self, mark: Mark, events: list[TrackerEvent]) -> None:
        if self._accepted is not None and self.running is None and self.state is PaneState.PROMPT:
            return  # the editor drew the prompt again to show the text
        self._end(mark.offset, None, None, events)  # a prompt without D: the end is certain, the code is not
        self._prompt_end, self._line, self._left = mark.end, None, None
        self._incomplete = False
        self._editing = mark.fields.get("edit") != "0"
        if self.state is not PaneState.PROMPT:
            self._typed.clear()
            self.state = PaneState.PROMPT
            events.append(PromptReady(mark.offset, self.cwd, self._editing))

    def _on_continuation(self, mark: Mark, events: list[TrackerEvent]) -> None:
        if self.running is not None:
            if self.kind is ShellKind.SH and self.running.exec_id is None:
                self.state = PaneState.CONTINUATION  # the newline did not end the command after all
            return
        self.state = PaneState.CONTINUATION
        if self._accepted is not None and not self._incomplete:
            self._incomplete = True
            events.append(Incomplete(self._accepted))

    def _on_accepted(self, mark: Mark, events: list[TrackerEvent]) -> None:
        self._accepted = mark.fields.get("x")
        self._line, self._left = None, None
        self._prompt_end = mark.end
        if self._accepted is not None:
            events.append(ExecAccepted(self._accepted))

    def _on_refused(self, mark: Mark, events: list[TrackerEvent]) -> None:
        exec_id = mark.fields.get("x", "")
        if self._sent is not None and self._sent[0] == exec_id and self._accepted != exec_id:
            self._sent = None
        elif mark.fields.get("why") == "repeated":
            return  # the bytes were sent twice; the first ones counted
        events.append(ExecRefused(exec_id, mark.fields.get("why", "")))

    def _on_started(self, mark: Mark, events: list[TrackerEvent]) -> None:
        exec_id = mark.fields.get("x")
        text = mark.fields.get("cmd")
        if exec_id is not None:
            if self.running is not None and self.running.exec_id == exec_id:
                return
            if self._sent is not None and self._sent[0] == exec_id:
                text = self._sent[1]
            self._accepted = exec_id
            if self.running is not None and self.running.exec_id is None and self.running.start == mark.offset:
                self.running = None  # sh: what looked like a typed line was the one that sources the exec file
        elif not self._editing and (self._sent is not None or (text or "").startswith(" . ")):
            return  # the same line, as other shells tell it
        self._end(mark.offset, None, None, events)
        self._start(
            mark.end, text, mark.fields.get("cwd", self.cwd), exec_id, events, mark.offset, "pad" in mark.fields
        )

    def _on_output(self, mark: Mark, events: list[TrackerEvent]) -> None:
        if self.running is not None and self._output is None:
            self._output = mark.offset
            events.append(OutputStarted(mark.offset, self.running.exec_id))

    def _on_line(self, mark: Mark, events: list[TrackerEvent]) -> None:
        self._line = mark
        if self.kind is ShellKind.SH and self.running is not None and self.state is PaneState.CONTINUATION:
            self.state, self._output = PaneState.RUNNING, mark.end
            events.append(OutputStarted(mark.end, self.running.exec_id))
            return
        typed = self.kind is ShellKind.SH and self.state in (PaneState.PROMPT, PaneState.CONTINUATION)
        if typed and self._sent is None and not mark.fields:
            self._start(mark.end, None, self.cwd, None, events, mark.offset)

    def _on_output_end(self, mark: Mark, events: list[TrackerEvent]) -> None:
        self._output_end = mark.offset

    def _on_folder(self, mark: Mark, events: list[TrackerEvent]) -> None:
        self.cwd = mark.fields.get("raw")
        self._output_end = mark.offset

    def _on_ended(self, mark: Mark, events: list[TrackerEvent]) -> None:
        code = _code(mark.fields.get("code", ""))
        self.cwd = mark.fields.get("cwd", self.cwd)
        exec_id = mark.fields.get("x") if mark.fields.get("x") == self._accepted else None
        end = mark.offset if self._output_end is None else min(self._output_end, mark.offset)
        if self._edited is not None and self._edited.end == end:
            end = self._edited.offset  # a D inside the prompt comes after the editor has taken over
        if self.running is not None:
            sent = self._sent[1] if self._sent is not None and self._sent[0] == exec_id else None
            bare = self.kind in (ShellKind.SH, ShellKind.FISH)
            if bare and sent is not None and _NO_COMMAND.fullmatch(sent):
                code = 0  # nothing ran; the shell kept the code of the command before
            self._end(end, code, self.cwd, events)
        elif exec_id is not None and not self._incomplete:
            self._end_silent(end, exec_id, code, events)
        elif self._is_typed_error(mark, code):
            self._start(self._silent_start(end), mark.fields.get("cmd"), self.cwd, None, events)
            self._end(end, code, self.cwd, events)
        self._output_end = None
        if self._accepted is not None and (exec_id is not None or self._incomplete):
            if self._sent is not None and self._sent[0] == self._accepted:
                self._sent = None
            self._accepted = None
            self._incomplete = False
        if self.state is not PaneState.STARTING:
            self.state = PaneState.RUNNING  # the shell's own prompt hooks; B follows

    def _end_silent(self, end: int, exec_id: str, code: int | None, events: list[TrackerEvent]) -> None:
        """End an exec that never started: a syntax error, or nothing but comments, which is no failure."""
        text = self._sent[1] if self._sent is not None and self._sent[0] == exec_id else None
        start = self._silent_start(end)
        if text is not None and _NO_COMMAND.fullmatch(text):
            code, start = 0, end
        self._start(start, text, self.cwd, exec_id, events)
        self._end(end, code, self.cwd, events)

    def _is_typed_error(self, mark: Mark, code: int | None) -> bool:
        """Whether a D without C tells of a typed line that the shell could not parse, not of Ctrl-C or Enter."""
        return (
            mark.fields.get("idle") == "1"
            and code not in (None, 0, 130)
            and self._line is not None
            and not self._line.fields
        )

    def _silent_start(self, limit: int) -> int:
        """Return where output began when no C told it: after the editor's last sign, or the echoed newline."""
        if self._left is not None and self.kind is not ShellKind.ZSH:
            return min(self._left, limit)
        return min(self._line.end, limit) if self._line is not None else limit

    def _on_editor_taken(self, mark: Mark, events: list[TrackerEvent]) -> None:
        self._edited = mark

    def _on_editor_left(self, mark: Mark, events: list[TrackerEvent]) -> None:
        self._edited = None
        if self.running is None:
            self._left = mark.end

    def _on_screen_taken(self, mark: Mark, events: list[TrackerEvent]) -> None:
        self._alternate = True
        if self.running is not None:
            self._fullscreen = True

    def _on_screen_returned(self, mark: Mark, events: list[TrackerEvent]) -> None:
        self._alternate = False

    def _start(
        self,
        start: int,
        text: str | None,
        cwd: str | None,
        exec_id: str | None,
        events: list[TrackerEvent],
        echo_end: int | None = None,
        padded: bool = False,
    ) -> None:
        echo = None
        if self._prompt_end is not None and text is None:
            until = start if echo_end is None else echo_end
            until = until if self._line is None else min(until, self._line.offset)
            echo = (self._prompt_end, max(until, self._prompt_end))
        self._prompt_end = None
        self._typed.clear()
        self._fullscreen = self._alternate
        self._output_end = None
        self.running = CommandStarted(start, text, echo, cwd, exec_id)
        replaced = text is not None and _REPLACES_SHELL.match(text) is not None
        self.state = PaneState.UNKNOWN if replaced else PaneState.RUNNING
        events.append(self.running)
        self._output = None if padded else start
        if not padded:
            events.append(OutputStarted(start, exec_id))

    def _end(self, end: int, code: int | None, cwd: str | None, events: list[TrackerEvent]) -> None:
        running, self.running = self.running, None
        if running is None:
            return
        start = running.start if self._output is None else self._output
        if self._output is None:
            events.append(OutputStarted(start, running.exec_id))
        end = max(end, start)
        events.append(CommandEnded(start, end, code, cwd, running.exec_id, self._fullscreen))
        self._fullscreen = False
        if running.exec_id is not None and running.exec_id == self._accepted:
            self._accepted = None
            if self._sent is not None and self._sent[0] == running.exec_id:
                self._sent = None


def _code(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


_HANDLERS = {
    MarkKind.PROMPT: CommandTracker._on_prompt,
    MarkKind.READY: CommandTracker._on_ready,
    MarkKind.CONTINUATION: CommandTracker._on_continuation,
    MarkKind.ACCEPTED: CommandTracker._on_accepted,
    MarkKind.REFUSED: CommandTracker._on_refused,
    MarkKind.STARTED: CommandTracker._on_started,
    MarkKind.OUTPUT_END: CommandTracker._on_output_end,
    MarkKind.ENDED: CommandTracker._on_ended,
    MarkKind.FOLDER: CommandTracker._on_folder,
    MarkKind.OUTPUT: CommandTracker._on_output,
    MarkKind.LINE: CommandTracker._on_line,
    MarkKind.EDITOR_TAKEN: CommandTracker._on_editor_taken,
    MarkKind.EDITOR_LEFT: CommandTracker._on_editor_left,
    MarkKind.SCREEN_TAKEN: CommandTracker._on_screen_taken,
    MarkKind.SCREEN_RETURNED: CommandTracker._on_screen_returned,
}
