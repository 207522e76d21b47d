"""What somebody who does not look at a pane would want to know of it: is there anything new, does it need somebody.

Invariant: there is no clock. A burst of output starts one timer, which tells listeners at most every `_TICK_SECONDS`
and ends with the burst; when that is over, the detectors of `attention` have one look.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ai_session_tui.server import attention
from ai_session_tui.server.activity import Activity
from ai_session_tui.server.attention import Attention, Glance
from ai_session_tui.shells import PaneState, ShellKind
from ai_session_tui.store import CommandRow
from ai_session_tui.terminal import Bell, Notification, Terminal
from ai_session_tui.terminal.widths import text_width

if TYPE_CHECKING:
    from ai_session_tui.server.pane import Pane

_TICK_SECONDS = 0.6  # without output, after which a pane counts as quiet
_OWN_SECONDS = 1.0  # since somebody typed, in which a bell is the answer to a key
_LONG_SECONDS = 10.0  # a command that took longer is worth a word when it ends
_TAIL_BYTES = 4096  # of the journal, from which the last line is read while there is no screen
_LINE_CHARACTERS = 200
_SHELL_WAITS = (PaneState.PROMPT, PaneState.CONTINUATION, PaneState.STARTING)


class PaneNews:
    """Activity, what is unread, the last line and the needs of one pane."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane
        self.activity = Activity()
        self._attention: Attention | None = None
        self.is_unread = pane.row.seen_offset < pane.journal.end
        self._heard_from = pane.journal.end  # what is printed again for a new screen rings no bell
        self._timer: asyncio.TimerHandle | None = None
        self._was_used = False  # before that there is nothing but the first prompt, which is no news
        self._has_bell = False
        self._notifications: list[str] = []
        self._last_line: tuple[int, str] = (-1, "")  # the journal's end at which it was read

    @property
    def attention(self) -> Attention | None:
        """What it needs somebody for."""
        return self._attention

    @attention.setter
    def attention(self, need: Attention | None) -> None:
        before, self._attention = self._attention, need
        if before is not None and before.kind == "input" and need is not before:
            waited = max(0.0, time.time() - before.since)
            self._pane.host.measurements.note("question.waited", waited, self._pane.session.row.id)

    # what happens

    def printed(self, size: int, now: float) -> None:
        """The program printed so many bytes."""
        self.activity.add(size, now)
        self._arm()

    def resumed(self) -> None:
        """A program runs, perhaps one that a server before this one started: it may be asking something."""
        self._arm()

    def ended(self) -> None:
        """No program runs any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._note_unread()
        if self.attention is not None and not _lasts(self.attention):
            self.attention = None

    def screen_fed(self) -> None:
        """The screen has come further: hear what the program told the terminal."""
        screen = self._pane.screen
        events = screen.take_events()
        if not events or screen.offset <= self._heard_from:
            return
        is_answer = time.monotonic() - self._pane.keyboard.quiet_since < _OWN_SECONDS
        for event in events:
            if isinstance(event, Bell) and not is_answer and not self._is_looked_at:
                self._has_bell = True
            elif isinstance(event, Notification):
                said = ": ".join(part for part in (event.title, event.body) if part)
                if said:
                    self._notifications.append(said)
                    self._tell("notification", said)
        if self._has_bell or self._notifications:
            self._arm()

    def typed(self) -> None:
        """Somebody typed: whatever was needed is being seen to."""
        self._was_used = True
        if self.attention is not None:
            self._forget_needs()
            self._pane.announce_session()

    def shown(self) -> None:
        """The pane is, or was until now, on somebody's screen, among others perhaps: nothing in it is new."""
        self.is_unread = False
        if self._pane.row.seen_offset != self._pane.journal.end:
            self._pane.row.seen_offset = self._pane.journal.end
            self._pane.save()

    def seen(self) -> None:
        """Somebody has looked at the pane."""
        changed = self.is_unread or self.attention is not None
        self._forget_needs()
        self.shown()
        if changed:
            self._pane.announce_session()

    def _forget_needs(self) -> None:
        self.attention = None
        self._has_bell = False
        self._notifications.clear()

    @property
    def _is_looked_at(self) -> bool:
        """Whether a terminal is attached: its bell has rung, and its user sees the question."""
        return len(self._pane.viewers) > 0

    @property
    def _needs_screen(self) -> bool:
        return self._has_bell or self._pane.tracker_state not in _SHELL_WAITS

    # after a burst of output

    def _arm(self) -> None:
        if self._timer is None and self._pane.is_alive:
            self._timer = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._note_unread()
        left = self._pane.output.quiet_since + _TICK_SECONDS - time.monotonic()
        if self._needs_screen:
            self._pane.screen.open()
        if left > 0.01 or self._pane.screen.lag:
            self._timer = asyncio.get_running_loop().call_later(max(left, _TICK_SECONDS / 2), self._tick)
        else:
            self._look()
        self._pane.announce_session()

    def _note_unread(self) -> None:
        pane = self._pane
        if pane.viewers.is_shown:
            pane.row.seen_offset = pane.journal.end
        elif pane.row.seen_offset == 0 and pane.kind is not ShellKind.NONE and not self._was_used:
            pane.row.seen_offset = pane.journal.end
            pane.save()
        elif pane.journal.end > pane.row.seen_offset:
            self.is_unread = True

    def _look(self) -> None:
        before = self.attention
        if self._is_looked_at:
            self._forget_needs()
            return
        self.attention = attention.assess(self._glance(), before, time.time())
        self._has_bell = False
        self._notifications.clear()
        if self.attention is not None and self.attention is not before and self.attention.kind != "notification":
            self._tell(self.attention.kind, self.attention.evidence)

    def _glance(self) -> Glance:
        pane = self._pane
        pty = pane.pty
        if pty is None or not self._needs_screen:
            return Glance(is_at_prompt=True, notifications=tuple(self._notifications))
        terminal = pane.screen.open()
        lines = terminal.lines()
        line, is_over = _line_at_cursor(terminal, lines)
        return Glance(
            is_at_prompt=pane.tracker_state in _SHELL_WAITS,
            line=line,
            is_line_over=is_over,
            screen=lines,
            last_line=self.last_line(),
            is_alternate=terminal.modes.alternate,
            hides_typing=pty.hides_typing(),
            edits_itself=pty.takes_keys(),
            is_shell_reading=pane.foreground.is_shell_running(),
            waits=pane.foreground.waits_for_input,
            has_bell=self._has_bell,
            notifications=tuple(self._notifications),
        )

    # news for listeners

    def command_started(self) -> None:
        """A command runs."""
        self._was_used = True

    def command_ended(self, row: CommandRow) -> None:
        """Say so when a command failed, or ended after a long time, and nobody has watched it."""
        if self._is_looked_at or row.started is None or row.ended is None:
            return
        took = row.ended - row.started
        if row.exit_code not in (0, None, 130):
            self._tell("failed", f"exit code {row.exit_code}: {row.text}", row)
        elif took >= _LONG_SECONDS:
            self._tell("finished", row.text, row)

    def _tell(self, kind: str, text: str, row: CommandRow | None = None) -> None:
        pane = self._pane
        if not pane.host.bus.is_heard:
            return
        notice = {
            "kind": kind,
            "session": pane.session.row.name,
            "session_id": pane.session.row.id,
            "pane": pane.row.position,
            "text": text[:_LINE_CHARACTERS],
            "time": time.time(),
            "command": row.number if row is not None else None,
        }
        pane.host.bus.tell("notice", notice)

    # the last line

    def last_line(self) -> str:
        """Return the last line that the program wrote, without the prompt below it."""
        end = self._pane.journal.end
        if self._last_line[0] != end and not self._pane.screen.lag:
            self._last_line = (end, self._read_last_line())
        return self._last_line[1]

    def _read_last_line(self) -> str:
        pane = self._pane
        terminal = pane.screen.opened
        if terminal is None:
            start = max(pane.journal.start, pane.journal.end - _TAIL_BYTES)
            terminal = Terminal(pane.row.columns, pane.row.rows, history=0)
            terminal.feed(b"".join(pane.journal.reader().read(start, pane.journal.end)))
        lines = terminal.lines()
        is_at_prompt = pane.is_alive and pane.tracker_state in _SHELL_WAITS
        above = lines[: terminal.cursor.row] if is_at_prompt else lines
        last = next((y for y in reversed(range(len(above))) if above[y].strip()), None)
        if last is None:
            return ""
        first = last
        while first > 0 and terminal.row(first - 1).wrapped:  # it may have begun further up
            first -= 1
        rows = (line + " " * (terminal.columns - text_width(line)) for line in above[first:last])
        whole = "".join(rows) + above[last]
        return whole.strip()[:_LINE_CHARACTERS]


def _line_at_cursor(terminal: Terminal, lines: list[str]) -> tuple[str, bool]:
    """Return what stands before the cursor in its line, which may have begun further up, and whether that is all."""
    cursor = terminal.cursor
    row = lines[cursor.row]
    before, after = row[: cursor.column + (cursor.column == terminal.columns - 1)], row[cursor.column :]
    y = cursor.row
    while y > 0 and cursor.row - y < 4 and terminal.row(y - 1).wrapped:
        y -= 1
        before = lines[y] + before
    return before, not after.strip() or cursor.column == terminal.columns - 1


def _lasts(need: Attention) -> bool:
    return any(detector.kind == need.kind and detector.lasts for detector in attention.DETECTORS)
