"""Frames: what changed on a pane's screen since a viewer last looked, as rows of text and runs of style.

A viewer has at most one frame in flight, gets at most 60 a second, and none while the program holds a synchronized
update open (DECSET 2026), unless it holds it too long; it is sent as soon as that ends. A slow
viewer gets fewer frames, never a queue.
Invariant: who applies every frame in order has exactly the rows, cursor, modes and title of the screen at that time.
"""

from __future__ import annotations

from dataclasses import asdict

from ai_session_tui.terminal import Row, Style, Terminal

FRAME_SECONDS = 1 / 60
SYNCHRONIZED_SECONDS = 0.2  # a program that holds an update open for longer is shown anyway
_MAX_STYLES = 4096  # then the table starts anew
_DEFAULT_STYLE = Style()._asdict()


class StyleNumbers:
    """Styles by number, so that each is described to a viewer once."""

    def __init__(self) -> None:
        self._numbers: dict[Style, int] = {}
        self._fresh: list[list[object]] = []

    def runs(self, row: Row) -> list[list[int]]:
        """Return the row's runs as `[start, end, style number]`."""
        return [[start, end, self._number(style)] for start, end, style in row.runs]

    def take_fresh(self) -> list[list[object]]:
        """Return `[number, style]` for the styles that were not described yet; defaults are left out of a style."""
        fresh, self._fresh = self._fresh, []
        return fresh

    @property
    def is_full(self) -> bool:
        """Whether there are so many numbers that the viewer should begin anew."""
        return len(self._numbers) >= _MAX_STYLES

    def _number(self, style: Style) -> int:
        number = self._numbers.get(style)
        if number is None:
            number = self._numbers[style] = len(self._numbers)
            described = {name: value for name, value in style._asdict().items() if value != _DEFAULT_STYLE[name]}
            self._fresh.append([number, described])
        return number


class FrameSource:
    """Makes one viewer's frames."""

    def __init__(self) -> None:
        self._styles = StyleNumbers()
        self._rows: list[Row] = []
        self._epoch = -1
        self._scrolled = 0  # lines that had left the screen at the last frame
        self._rest: dict[str, object] = {}
        self._terminal: Terminal | None = None

    def next_frame(self, terminal: Terminal) -> dict[str, object] | None:
        """Return what changed, or None when nothing did."""
        if terminal.epoch == self._epoch and terminal is self._terminal:
            return None
        is_new = terminal is not self._terminal or len(self._rows) != terminal.rows or self._styles.is_full
        if is_new:
            self._styles = StyleNumbers()  # a whole frame makes the viewer forget the numbers
        scrolled_total = terminal.dropped + terminal.history_length
        scrolled = 0 if is_new else max(0, scrolled_total - self._scrolled)
        # What stands below a scrolling region stays where it is, and the viewer moved it: so all are compared.
        changed = range(terminal.rows) if is_new or scrolled else terminal.rows_changed_since(self._epoch)
        self._terminal, self._epoch, self._scrolled = terminal, terminal.epoch, scrolled_total
        frame: dict[str, object] = {"all": True} if is_new else {"scrolled": scrolled} if scrolled else {}
        shifted = self._shift(scrolled, terminal.rows, is_new)
        rows = []
        for y in changed:
            row = terminal.row(y)
            if row != shifted[y]:
                shifted[y] = row
                rows.append([y, row.text, self._styles.runs(row), row.wrapped])
        self._rows = [row if row is not None else _BLANK for row in shifted]
        if rows:
            frame["rows"] = rows
        fresh = self._styles.take_fresh()
        if fresh:
            frame["styles"] = fresh
        frame |= self._changed_rest(terminal, is_new)
        return frame or None

    def _shift(self, scrolled: int, height: int, is_new: bool) -> list[Row | None]:
        """Return the rows as the viewer has them after it moved them up; None where it must be told."""
        if is_new or scrolled >= height:
            return [None] * height
        return [*self._rows[scrolled:], *([None] * scrolled)]

    def _changed_rest(self, terminal: Terminal, is_new: bool) -> dict[str, object]:
        cursor = terminal.cursor
        rest: dict[str, object] = {
            "columns": terminal.columns,
            "height": terminal.rows,
            "cursor": asdict(cursor),
            "modes": asdict(terminal.modes),
            "title": terminal.title,
            "history": [terminal.dropped, terminal.history_length],
        }
        changed = {name: value for name, value in rest.items() if is_new or value != self._rest.get(name)}
        self._rest = rest
        return changed


_BLANK = Row("", (), wrapped=False)


def history_page(terminal: Terminal, first: int, count: int) -> dict[str, object]:
    """Return `count` lines of scrollback from line number `first` on, as far as they are kept."""
    styles = StyleNumbers()
    start = max(first, terminal.dropped)
    end = min(first + count, terminal.dropped + terminal.history_length)
    lines = []
    for number in range(start, end):
        row = terminal.history_row(number - terminal.dropped)
        lines.append([number, row.text, styles.runs(row), row.wrapped])
    return {
        "lines": lines,
        "styles": styles.take_fresh(),
        "first_kept": terminal.dropped,
        "screen_at": terminal.dropped + terminal.history_length,
    }
