"""What a pane shows, kept up by frames (docs/protocol.md, "Frames"): pure, and the same for a live pane and a replay.

Lines have absolute numbers: those of the scrollback first, then those of the screen, so that what is scrolled to or
selected stays where it is while more comes. Invariant: after `apply` the rows are those of the server's screen at the
frame's moment; `Damage` names every line that may look different.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import cast

from ai_session_tui.terminal import Cursor, Modes, Row, Style
from ai_session_tui.terminal.styles import DEFAULT_STYLE

BLANK = Row("", (), wrapped=False)
HISTORY_KEPT = 4000  # lines of scrollback that are remembered here; the server has them all
_MODES = frozenset(field.name for field in fields(Modes))
_HIDDEN = Cursor(0, 0, visible=False, shape="block", blink=False)


@dataclass(frozen=True, slots=True)
class Damage:
    """What a frame changed: everything, or some rows of the screen (counted from 0)."""

    everything: bool = False
    rows: frozenset[int] = frozenset()
    title: bool = False
    scrolled: bool = False  # lines went into the scrollback


class Picture:
    """The screen of one pane as a viewer has it."""

    def __init__(self) -> None:
        self.columns = 0
        self.rows: list[Row] = []
        self.cursor = _HIDDEN
        self.modes = Modes()
        self.title = ""
        self.first_kept = 0  # number of the oldest line of the scrollback
        self.screen_at = 0  # number of the first line of the screen
        self._styles: dict[int, Style] = {}
        self._history: dict[int, Row] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no frame has come yet."""
        return not self.rows

    def apply(self, frame: Mapping[str, object]) -> Damage:
        """Take in a frame and return what it changed."""
        is_whole = bool(frame.get("all"))
        if is_whole:
            self._styles.clear()
            self._history.clear()
        for number, described in cast("list[tuple[int, dict[str, object]]]", frame.get("styles", ())):
            self._styles[number] = Style(**described)  # type: ignore[arg-type]  # the wire's names are the fields'
        height = cast("int", frame.get("height", len(self.rows)))
        is_whole |= height != len(self.rows) or frame.get("columns", self.columns) != self.columns
        self.columns = cast("int", frame.get("columns", self.columns))
        scrolled = 0 if frame.get("all") else cast("int", frame.get("scrolled", 0))
        self._scroll(scrolled, height)
        changed = set(range(height)) if scrolled else set()
        for y, text, runs, wrapped in cast("list[tuple[int, str, list[list[int]], bool]]", frame.get("rows", ())):
            self.rows[y] = Row(text, self._runs(runs, self._styles), wrapped)
            changed.add(y)
        changed |= self._move_cursor(frame.get("cursor"))
        if "modes" in frame:
            told = cast("dict[str, int]", frame["modes"])
            modes = Modes(**{name: value for name, value in told.items() if name in _MODES})  # type: ignore[arg-type]
            is_whole |= modes.reverse != self.modes.reverse
            self.modes = modes
        if "history" in frame:
            self._count(cast("list[int]", frame["history"]))
        if "title" in frame:
            self.title = str(frame["title"])
        return Damage(is_whole, frozenset(changed), "title" in frame, scrolled > 0 or "history" in frame)

    def put_history(self, page: Mapping[str, object]) -> list[int]:
        """Take in a page of `screen.history`; return the numbers of its lines."""
        styles = {
            number: Style(**described)  # type: ignore[arg-type]
            for number, described in cast("list[tuple[int, dict[str, object]]]", page.get("styles", ()))
        }
        numbers = []
        for number, text, runs, wrapped in cast("list[tuple[int, str, list[list[int]], bool]]", page.get("lines", ())):
            self._remember(number, Row(text, self._runs(runs, styles), wrapped))
            numbers.append(number)
        return numbers

    def line(self, number: int) -> Row | None:
        """Return a line by its number; None when it has to be asked for, or is no more."""
        if number >= self.screen_at:
            at = number - self.screen_at
            return self.rows[at] if at < len(self.rows) else BLANK
        return self._history.get(number)

    def missing(self, first: int, count: int) -> tuple[int, int] | None:
        """Return the first and the count of the lines in a range that have to be asked for."""
        wanted = [
            number
            for number in range(max(first, self.first_kept), min(first + count, self.screen_at))
            if number not in self._history
        ]
        return (wanted[0], wanted[-1] - wanted[0] + 1) if wanted else None

    def load(self, rows: Sequence[Row], columns: int, cursor: Cursor, modes: Modes, title: str = "") -> None:
        """Show rows that did not come as frames: those of an emulator of ours, in a replay."""
        self.rows, self.columns, self.cursor, self.modes, self.title = list(rows), columns, cursor, modes, title

    def _runs(self, runs: Iterable[Sequence[int]], styles: Mapping[int, Style]) -> tuple[tuple[int, int, Style], ...]:
        return tuple((start, end, styles.get(number, DEFAULT_STYLE)) for start, end, number in runs)

    def _scroll(self, count: int, height: int) -> None:
        # What leaves may have changed since the last frame: the scrollback is asked for when somebody looks at it.
        self.rows = self.rows[count:]
        del self.rows[height:]
        self.rows += [BLANK] * (height - len(self.rows))

    def _remember(self, number: int, row: Row) -> None:
        self._history[number] = row
        while len(self._history) > HISTORY_KEPT:
            del self._history[next(iter(self._history))]

    def _count(self, history: Sequence[int]) -> None:
        self.first_kept, kept = history
        if self.first_kept + kept < self.screen_at:  # cleared, or another screen: numbers begin anew
            self._history.clear()
        self.screen_at = self.first_kept + kept

    def _move_cursor(self, told: object) -> set[int]:
        if not isinstance(told, dict):
            return set()
        old, self.cursor = self.cursor, Cursor(**told)
        return {cursor.row for cursor in (old, self.cursor) if cursor.visible and cursor.row < len(self.rows)}
