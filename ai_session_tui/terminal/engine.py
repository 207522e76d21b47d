"""The terminal as the rest of ai-session sees it: bytes in; rows, cursor, modes, replies, events and snapshots out.

Invariant: `feed` never raises and does no I/O; a line keeps its number (`dropped` + its place) until a reflow.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from ai_session_tui import limits

from . import flood, snapshot
from .cells import Row
from .events import Event
from .modal import Modes
from .screen import TerminalScreen
from .search import Finder, Match, search
from .sieve import Piece, Sifted, pieces_of, sift
from .stream import TerminalStream

LEAST_PUT_OFF = 1024  # bytes; less is typing, or a program that is looked at
MOST_PUT_OFF = 512 * 1024
_SHAPES = ("block", "block", "block", "underline", "underline", "bar", "bar")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the cursor stands (0-based) and how it looks: shape `block`, `underline` or `bar`."""

    column: int
    row: int
    visible: bool
    shape: str
    blink: bool


class Terminal:
    """A terminal without a window."""

    __slots__ = ("_open_end", "_put_off", "_put_off_size", "_stream", "_target")

    def __init__(self, columns: int, rows: int, *, history: int = limits.HISTORY_LINES) -> None:
        self._target = TerminalScreen(columns, rows, history)
        self._stream = TerminalStream(self._target)
        self._put_off: list[Piece] = []  # plain output that nobody has looked at yet
        self._put_off_size = 0
        self._open_end = b""  # the beginning of a sequence at its end

    def feed(self, data: bytes) -> None:
        """Take output of the program, in any split."""
        self._target.epoch += 1
        if not self._can_wait(data):
            self.catch_up()
            self._draw(data)

    def feed_some(self, data: bytes, most: int, sifted: Sifted | None = None) -> int:
        """Take all of it if none has to be drawn yet, else the first `most` bytes; return how many were taken.

        `sifted` is what a sieve that saw the output made of it, if there was one.
        """
        self._target.epoch += 1
        if self._can_wait(data, sifted):
            return len(data)
        piece = data[:most]
        self.feed(piece)
        return len(piece)

    def _can_wait(self, data: bytes, sifted: Sifted | None = None) -> bool:
        """Take data and put it off if it is plain; else return False, and nothing has changed."""
        if not self._put_off and (len(data) < LEAST_PUT_OFF or self._stream.is_open):
            return False
        if sifted is None or sifted.before != self._open_end:  # the sieve and the screen began at different places
            sifted = sift(data, self._open_end)
        if sifted is None:
            return False
        self._open_end = sifted.after
        self._put_off += sifted.pieces
        self._put_off_size += len(data)
        if self._put_off_size >= MOST_PUT_OFF:
            self._thin_out()
        return True

    def _thin_out(self) -> None:
        """Let the history take what was put off, but for the last screenful: the flood most often goes on."""
        rest = flood.skip(self._stream, self._target, self._put_off, is_plain=True)
        self._put_off, self._put_off_size = pieces_of(rest), len(rest)
        if len(rest) > MOST_PUT_OFF // 2:  # not the kind that history can take
            self.catch_up()
        self._collect_styles()

    def catch_up(self) -> None:
        """Parse what was put off: text of a flood that only the next look at the screen needs; looking does it too."""
        if self._put_off:
            pieces, self._put_off, self._put_off_size, self._open_end = self._put_off, [], 0, b""
            self._stream.feed(flood.skip(self._stream, self._target, pieces, is_plain=True))
            self._collect_styles()

    def _draw(self, data: bytes) -> None:
        flood.forward(self._stream, self._target, data)
        self._collect_styles()

    def _collect_styles(self) -> None:
        if self._target.styles.is_full:
            self._target.collect_styles()

    @property
    def _screen(self) -> TerminalScreen:
        """The screen as it is after all that was fed."""
        if self._put_off:
            self.catch_up()
        return self._target

    # --- what it shows

    @property
    def columns(self) -> int:
        """Width in cells."""
        return self._target.columns

    @property
    def rows(self) -> int:
        """Height in lines."""
        return self._target.lines

    @property
    def cursor(self) -> Cursor:
        """The cursor; in front of a pending wrap it stands in the last column."""
        screen = self._screen
        style = screen.cursor_style
        return Cursor(
            min(screen.cursor.x, screen.columns - 1),
            screen.cursor.y,
            not screen.cursor.hidden,
            _SHAPES[style],
            style % 2 == 1 or (style == 0 and 12 << 5 in screen.mode),
        )

    @property
    def title(self) -> str:
        """What the program called its window, cleaned."""
        return self._target.title

    @property
    def icon_name(self) -> str:
        """What the program called its icon, cleaned."""
        return self._target.icon_name

    @property
    def modes(self) -> Modes:
        """What the program switched on."""
        return self._target.modes

    def row(self, y: int) -> Row:
        """Return a line of the screen, 0 at the top; raises IndexError."""
        screen = self._screen
        if not 0 <= y < screen.lines:
            raise IndexError(y)
        return screen.page.lines[y].row(screen.styles, screen.clusters)

    # --- what changed

    @property
    def epoch(self) -> int:
        """A number that grows with every change; to be handed to `rows_changed_since` later."""
        return self._target.epoch

    def rows_changed_since(self, epoch: int) -> list[int]:
        """Return the lines that may have changed after that epoch, all for -1."""
        return self._screen.changed_since(epoch)

    # --- the scrollback

    @property
    def history_length(self) -> int:
        """Lines in the scrollback."""
        return len(self._screen.history)

    @property
    def dropped(self) -> int:
        """Lines that the scrollback no longer has; the number of its oldest line."""
        return self._screen.history.dropped

    def history_row(self, position: int) -> Row:
        """Return a line of the scrollback, 0 the oldest; raises IndexError."""
        screen = self._screen
        return screen.history.line(position).row(screen.styles, screen.clusters)

    def search(self, pattern: Finder, *, before: int | None = None, limit: int = 100) -> list[Match]:
        """Return matches in scrollback and screen, newest first, above line number `before`, at most `limit`."""
        return search(self._screen, pattern, before, limit)

    def lines(self) -> list[str]:
        """Return the text of the screen line by line, without trailing blanks."""
        screen = self._screen
        return [screen.clusters.expand(line.cells).rstrip(" ") for line in screen.page.lines]

    def text(self, scrollback: int | None = 0) -> str:
        """Return the text of the screen below so many lines of scrollback (None: all), wrapped lines joined."""
        return snapshot.text(self._screen, scrollback)

    def ansi_text(self, scrollback: int | None = 0) -> str:
        """Return the same text with its colours as SGR sequences, line by line as shown."""
        return snapshot.ansi_text(self._screen, scrollback)

    # --- what it asks for

    def take_replies(self) -> bytes:
        """Return and forget the answers to the program's questions."""
        replies = bytes(self._target.replies)
        self._target.replies.clear()
        return replies

    def take_events(self) -> list[Event]:
        """Return and forget what the program told us, oldest first."""
        events = self._target.events
        self._target.events = []
        return events

    def set_theme(self, colors: dict[int, int]) -> None:
        """Tell the viewers' colours, for colour queries: 0xrrggbb by palette number, 266 text, 267 background."""
        self._target.theme = dict(colors)

    # --- changes from outside

    def resize(self, columns: int, rows: int) -> None:
        """Take another size: the main screen is reflowed, the alternate screen cropped. Raises ValueError below 1x1."""
        if columns < 1 or rows < 1:
            raise ValueError(f"a terminal of {columns}x{rows} has no cells")
        screen = self._screen
        screen.epoch += 1
        screen.resize(rows, columns)

    def end_program(self) -> bool:
        """Undo what a program left switched on; for the moment when a command has ended, before the next prompt.

        Returns whether there was anything to undo.
        """
        screen = self._screen
        before = _program_state(screen)
        screen.epoch += 1
        screen.end_program()
        return _program_state(screen) != before

    # --- as bytes

    def snapshot(self, *, scrollback: int | None = None, columns: int | None = None, rows: int | None = None) -> bytes:
        """Return VT bytes that rebuild the terminal on another one, with so many lines of scrollback (None: all).

        With another size only the screen is drawn, cropped to it, and nothing is left open."""
        drawn = snapshot.snapshot(self._screen, scrollback, columns, rows)
        is_cropped = (columns or self.columns, rows or self.rows) != (self.columns, self.rows)
        return drawn if is_cropped else drawn + self._stream.pending

    def render_rows(self, ys: Iterable[int], columns: int) -> bytes:
        """Return VT bytes that draw these lines of the screen in their places, cropped to a viewer's width."""
        return snapshot.render_rows(self._screen, ys, columns)

    def state(self) -> Hashable:
        """Return everything observable as one value that can be compared."""
        return snapshot.state(self._screen), self._stream.pending


def _program_state(screen: TerminalScreen) -> Hashable:
    """Return what `end_program` may change and a viewer's terminal would show or do."""
    return (
        screen.page is screen.main,
        frozenset(screen.mode),
        screen.styles.style(screen.ink),
        screen.margins,
        tuple(screen.charsets),
        screen.charset,
        screen.cursor_style,
        screen.cursor.hidden,
        screen.modify_other_keys,
        tuple(screen.page.keyboard),
    )
