"""Reading an output again: its lines by number, or those that a pattern fits, with the lines around them."""

from __future__ import annotations

import time
from collections import deque

import regex

from ai_session_tui.errors import TimeoutExpiredError, UsageError

from .masked import masked_lines
from .messages import Read, Text
from .outputs import Output

_LONGEST = 1024 * 1024  # signs of one line that go out


def read(job: Read) -> Text:
    """Return the lines that were asked for. Raises `UsageError` for a bad pattern, `TimeoutExpiredError`."""
    output = Output(job.source)
    window = _Window(job)
    batches = output.lines()
    for batch in masked_lines(batches) if job.redacted else batches:
        window.take(batch)
        if window.is_full:
            break
    return Text(
        lines=window.lines,
        matches=window.matches,
        total=None if window.is_full else window.number,
        is_cut=window.is_cut,
        lost=output.lost,
    )


class _Window:
    """Picks lines out of those that go by."""

    def __init__(self, job: Read) -> None:
        self._job = job
        self._pattern = None if job.pattern is None else _Pattern(job.pattern, job.ignore_case, job.seconds)
        self._before: deque[tuple[int, str]] = deque(maxlen=job.context)
        self._after = 0  # lines that are still wanted behind the last match
        self._room = job.most_signs
        self.number = 0  # of the last line that went by
        self.lines: list[tuple[int, str]] = []
        self.matches: list[int] = []
        self.is_cut = False  # there is more of what was asked for
        self.is_full = False  # nothing more is of interest

    def take(self, batch: list[str]) -> None:
        for line in batch:
            self.number += 1
            if self.number < self._job.first:
                continue
            if self._job.last is not None and self.number > self._job.last:
                self.is_full = True
            if not self.is_full:
                self._consider(line)
            if self.is_full:
                return

    def _consider(self, line: str) -> None:
        if self._pattern is None:
            self._give([(self.number, line)])
        elif self._pattern.fits(line):
            if len(self.matches) == self._job.limit:
                self._cut()
                return
            self.matches.append(self.number)
            self._give([*self._before, (self.number, line)])
            self._before.clear()
            self._after = self._job.context
        elif self._after:
            self._after -= 1
            self._give([(self.number, line)])
        else:
            self._before.append((self.number, line))

    def _give(self, lines: list[tuple[int, str]]) -> None:
        for number, line in lines:
            text = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}[…{len(line) - _LONGEST:,} signs]"
            self._room -= len(text) + 1
            if self._room < 0 and self.lines:
                self._cut()
                return
            self.lines.append((number, text))

    def _cut(self) -> None:
        self.is_cut = self.is_full = True


class _Pattern:
    """A pattern whose search ends in time: the `regex` module, unlike `re`, takes a time limit."""

    def __init__(self, pattern: str, ignore_case: bool, seconds: float) -> None:
        try:
            self._search = regex.compile(pattern, regex.IGNORECASE if ignore_case else 0).search
        except regex.error as error:
            raise UsageError(f"{pattern!r} is not a regular expression: {error}", "put a \\ before a sign.") from None
        self._pattern = pattern
        self._deadline = time.monotonic() + seconds

    def fits(self, line: str) -> bool:
        """Return whether the pattern occurs in a line."""
        left = self._deadline - time.monotonic()
        try:
            if left > 0:
                return self._search(line, timeout=left) is not None
        except TimeoutError:
            pass
        raise TimeoutExpiredError(f"the search for {self._pattern!r} took too long", "make the pattern more specific.")
