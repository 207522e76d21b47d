"""The screen as bytes: sequences that rebuild it, or draw some of its lines; as text; and as a value to compare.

Invariant: `feed(snapshot(s))` on a fresh terminal of the same size gives a screen whose `state` equals that of `s`.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pyte import modes as mo

from .cells import GAP, TRAIL, Line, mended
from .grid import Page, Saved
from .modal import INITIAL
from .search import plain
from .styles import DEFAULT_INK, DEFAULT_STYLE, Style, osc8, sgr
from .widths import joins

if TYPE_CHECKING:
    from .screen import TerminalScreen

_RUNS = re.compile(r"(.)\1*", re.DOTALL)
# What makes any terminal a fresh one, without clearing its scrollback.
_CLEAN = (
    "\x1b\\\x1b[?1049l\x1b[!p\x1b[4;20l\x1b[?1;5;6;9;12;45;66;67;1000;1002;1003;1004;1005;1006;1015;1016l"
    "\x1b[?2004;2026;2031l\x1b[?7;25;1007h\x1b[<99u\x1b[=0u\x1b[>4m\x1b[0 q"
    "\x1b]8;;\x1b\\\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\"
    "\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[?5W\x1b[m\x1b[H\x1b[2J"
)


class Painter:
    """Writes lines under a pen that it remembers."""

    def __init__(self, screen: TerminalScreen, *, apart: bool = True) -> None:
        self.screen = screen
        self.apart = apart  # whether cells are kept apart that would become one cluster
        self.parts: list[str] = []
        self.style = DEFAULT_STYLE
        self.before = " "  # the cell drawn last

    def pen(self, style: Style) -> None:
        """Take up a style."""
        if style == self.style:
            return
        if (style.link, style.link_id) != (self.style.link, self.style.link_id):
            self.parts.append(osc8(style))
        if style[:5] != self.style[:5]:  # all but the link
            self.parts.append(sgr(style))
        self.style = style

    def cells(self, cells: str, inks: str) -> None:
        """Draw cells behind what was drawn last."""
        for run in _RUNS.finditer(inks):
            self.pen(self.screen.styles.style(run[1]))
            part = cells[run.start() : run.end()]
            if not part.isascii():
                self._clusters(part)
            else:
                self.parts.append(part)
                self.before = part[-1]

    def _clusters(self, cells: str) -> None:
        """Draw cells with a designation of the charset, which keeps them apart, between any two that would join."""
        for cell in cells:
            text = self.screen.clusters.expand(cell)
            if text:
                if self.apart and joins(self.before, text[0]):
                    self.parts.append("\x1b(B")
                self.parts.append(text)
                self.before = text

    def place(self, y: int, x: int) -> None:
        """Move the cursor, 0-based."""
        self.parts.append(f"\x1b[{y + 1};{x + 1}H")
        self.before = " "

    def lines(self, lines: Sequence[Line], columns: int) -> None:
        """Draw lines one below the other from the cursor on, wrapping where they were wrapped."""
        continued = False
        styles = self.screen.styles
        for index, line in enumerate(lines):
            following = lines[index + 1] if index + 1 < len(lines) else None
            wraps = line.wrapped and following is not None
            cells, inks = line.cells.ljust(columns), line.inks_of(columns)
            # A line that scrolls in takes the background of the pen that draws its first character.
            filled = continued and styles.style(inks[0]).background != DEFAULT_STYLE.background
            end = columns if wraps or filled else max(line.used(), int(continued))
            if wraps and following and _gap_comes_by_itself(cells, inks, following):
                end -= 1
            self.cells(cells[:end], inks[:end])
            continued = wraps
            if not wraps and following is not None:
                if self.style.background != DEFAULT_STYLE.background:
                    self.pen(DEFAULT_STYLE)
                self.parts.append("\r\n")
                self.before = " "


def _gap_comes_by_itself(cells: str, inks: str, following: Line) -> bool:
    return cells[-1] == GAP and following.cells[1:2] == TRAIL and inks[-1] == (following.inks or DEFAULT_INK)[0]


def _charsets(charsets: Sequence[str], charset: int) -> str:
    designations = "".join(f"\x1b{slot}{code}" for slot, code in zip("()*+", charsets, strict=True) if code != "B")
    return designations + ("", "\x0e", "\x1bn", "\x1bo")[charset]


def _place(painter: Painter, page: Page, x: int, y: int, top: int) -> None:
    """Put the cursor somewhere; before a pending wrap by drawing the last character again."""
    columns = painter.screen.columns
    if x < columns:
        painter.place(y - top, x)
        return
    line = page.lines[y]
    start = columns - 2 if line.cells[-1] == TRAIL else columns - 1
    painter.place(y - top, start)
    painter.parts.append("\x1b(B")
    painter.cells(line.cells[start:], line.inks[start:])


def _save(painter: Painter, page: Page, saved: Saved) -> None:
    """Make the terminal save what was saved on this page, and forget it as its current state."""
    if saved.origin:
        painter.parts.append("\x1b[?6h")
    _place(painter, page, saved.x, saved.y, 0)
    painter.pen(painter.screen.styles.style(saved.ink))
    painter.parts.append(_charsets(saved.charsets, saved.charset) + "\x1b7\x1b(B\x1b)B\x1b*B\x1b+B\x0f")
    if saved.origin:
        painter.parts.append("\x1b[?6l")


def _page(painter: Painter, page: Page) -> None:
    """Write what a page keeps beside its lines."""
    if page.saved:
        _save(painter, page, page.saved)
    painter.pen(DEFAULT_STYLE)
    painter.parts.append(f"\x1b[={page.keyboard[0]}u" if page.keyboard[0] else "")
    painter.parts.extend(f"\x1b[>{flags}u" for flags in page.keyboard[1:])


def _settings(screen: TerminalScreen) -> Iterator[str]:
    """Yield what holds for both pages, without cursor, pen and the modes that would disturb them."""
    yield f"\x1b]1;{screen.icon_name}\x1b\\"
    yield f"\x1b]2;{screen.title}\x1b\\"
    if screen.directory:  # there is no sequence for none
        yield f"\x1b]7;{screen.directory}\x1b\\"
    for key, color in screen.colors.items():
        name = f"4;{key}" if key < 256 else str(key - 256)
        yield f"\x1b]{name};#{color:06x}\x1b\\"
    stops = {stop for stop in screen.tabstops if stop < screen.columns}
    if stops != set(range(8, screen.columns, 8)):
        yield "\x1b[3g" + "".join(f"\x1b[{stop + 1}G\x1bH" for stop in sorted(stops))
    if screen.margins:
        yield f"\x1b[{screen.margins.top + 1};{screen.margins.bottom + 1}r"
    if screen.modify_other_keys:
        yield f"\x1b[>4;{screen.modify_other_keys}m"
    if screen.cursor_style:
        yield f"\x1b[{screen.cursor_style} q"


def _modes(screen: TerminalScreen) -> Iterator[str]:
    """Yield the private modes that differ from a fresh terminal's; wrapping and insertion come last."""
    late = mo.DECAWM, mo.IRM
    for mode in sorted(screen.mode ^ INITIAL, key=lambda mode: (mode in late, mode)):
        if mode == mo.DECOM:
            continue  # it moves the cursor, so it comes before that is placed
        letter = "h" if mode in screen.mode else "l"
        yield f"\x1b[{mode}{letter}" if mode < 32 else f"\x1b[?{mode >> 5}{letter}"


def snapshot(screen: TerminalScreen, scrollback: int | None, columns: int | None, rows: int | None) -> bytes:
    """Return the bytes that rebuild the screen; see `Terminal.snapshot`."""
    columns, rows = columns or screen.columns, rows or screen.lines
    painter = Painter(screen)
    painter.parts.append(_CLEAN)
    if (columns, rows) == (screen.columns, screen.lines):
        _whole(painter, scrollback)
    else:
        _cropped(painter, columns, rows)
    return "".join(painter.parts).encode("utf-8", "replace")


def _whole(painter: Painter, scrollback: int | None) -> None:
    screen = painter.screen
    count = len(screen.history)
    start = 0 if scrollback is None else max(count - scrollback, 0)
    painter.lines([*screen.history.lines(start), *screen.main.lines], screen.columns)
    _page(painter, screen.main)
    if screen.page is not screen.main:
        painter.parts.append("\x1b[?47h")
        painter.place(0, 0)
        painter.lines(screen.page.lines, screen.columns)
        _page(painter, screen.page)
    painter.parts.extend(_settings(screen))
    origin = mo.DECOM in screen.mode
    top = screen.margins.top if origin and screen.margins else 0
    painter.parts.append("\x1b[?6h" if origin else "")
    _place(painter, screen.page, screen.cursor.x, screen.cursor.y, top)
    painter.pen(screen.styles.style(screen.ink))
    painter.parts.append(_charsets(screen.charsets, screen.charset))
    painter.parts.extend(_modes(screen))


def _cropped(painter: Painter, columns: int, rows: int) -> None:
    screen = painter.screen
    x, y = min(screen.cursor.x, screen.columns - 1), screen.cursor.y
    first = max(y - rows + 1, 0)
    painter.parts.append("\x1b[?47h" if screen.page is not screen.main else "")
    for row in range(min(rows, screen.lines - first)):
        _draw_row(painter, first + row, row, columns)
    painter.pen(DEFAULT_STYLE)
    painter.parts.append(f"\x1b]2;{screen.title}\x1b\\\x1b[{screen.cursor_style} q")
    painter.parts.append(f"\x1b[{y - first + 1};{min(x, columns - 1) + 1}H")
    painter.parts.extend(_modes(screen))


def _draw_row(painter: Painter, y: int, row: int, columns: int) -> None:
    line = painter.screen.page.lines[y]
    painter.pen(DEFAULT_STYLE)
    painter.place(row, 0)
    painter.parts.append("\x1b[K")
    end = min(line.used(), columns)
    painter.cells(mended(line.cells, end)[:end], line.inks[:end])


def render_rows(screen: TerminalScreen, ys: Iterable[int], columns: int) -> bytes:
    """Return the bytes that draw lines in their places; see `Terminal.render_rows`."""
    painter = Painter(screen)
    painter.parts.append("\x1b[m")
    for y in ys:
        _draw_row(painter, y, y, columns)
    painter.pen(DEFAULT_STYLE)
    return "".join(painter.parts).encode("utf-8", "replace")


def text(screen: TerminalScreen, scrollback: int | None) -> str:
    """Return the text of scrollback and screen, wrapped lines joined, blank lines at the end left out."""
    count = len(screen.history)
    start = 0 if scrollback is None else max(count - scrollback, 0)
    whole: list[str] = []
    parts: list[str] = []  # of one line as it was written
    for line in (*screen.history.lines(start), *screen.page.lines):
        parts.append(plain(screen, line))
        if not line.wrapped:
            whole.append("".join(parts).rstrip(" ") if len(parts) > 1 else parts[0])
            parts = []
    joined = "\n".join([*whole, "".join(parts)]).rstrip("\n")
    return joined + "\n" if joined else ""


def ansi_text(screen: TerminalScreen, scrollback: int | None) -> str:
    """Return scrollback and screen line by line with SGR sequences, blank lines at the end left out."""
    count = len(screen.history)
    start = 0 if scrollback is None else max(count - scrollback, 0)
    drawn: list[str] = []
    for line in (*screen.history.lines(start), *screen.page.lines):
        painter = Painter(screen, apart=False)
        end = line.used()
        painter.cells(line.cells.ljust(end)[:end], line.inks_of(end))
        painter.pen(DEFAULT_STYLE)
        drawn.append("".join(painter.parts))
    while drawn and not drawn[-1]:
        drawn.pop()
    return "".join(f"{line}\n" for line in drawn)


def _saved_state(screen: TerminalScreen, saved: Saved | None) -> Hashable:
    if saved is None:
        return None
    style = screen.styles.style(saved.ink)
    return saved.x, saved.y, style, saved.charset, tuple(saved.charsets), saved.origin


def _page_state(screen: TerminalScreen, page: Page) -> Hashable:
    rows = tuple(line.row(screen.styles, screen.clusters) for line in page.lines)
    return rows, _saved_state(screen, page.saved), tuple(page.keyboard)


def state(screen: TerminalScreen) -> Hashable:
    """Return everything observable; see `Terminal.state`."""
    history = tuple(line.row(screen.styles, screen.clusters) for line in screen.history.lines())
    cursor = screen.cursor
    return (
        (screen.columns, screen.lines),
        history,
        _page_state(screen, screen.main),
        _page_state(screen, screen.page) if screen.page is not screen.main else None,
        (cursor.x, cursor.y, cursor.hidden, screen.cursor_style, screen.styles.style(screen.ink)),
        (frozenset(screen.mode), screen.modify_other_keys, screen.margins),
        (frozenset(stop for stop in screen.tabstops if stop < screen.columns)),
        (screen.charset, tuple(screen.charsets)),
        (screen.title, screen.icon_name, screen.directory),
        frozenset(screen.colors.items()),
    )
