"""Fast-forward: of a flood of plain lines only the last screenful is drawn, the rest goes to the history as bytes.

While it lasts not even that: output of which nothing but drawing follows is put off until somebody looks.

Invariant: the terminal is afterwards exactly what drawing every line would have made of it. A region of output
qualifies when it is made of whole lines of text, SGR and erasures within the line, so that it can neither move the
cursor up nor change a mode; how many rows it takes is counted at C speed, what they look like is worked out by the
ordinary parser when somebody looks.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from .cells import Line
from .history import Raw
from .sieve import BLOCK_BYTES, HARMLESS, Piece, pieces_of
from .styles import DEFAULT_INK
from .widths import PLAIN, WIDE_RUN, char_width, is_social

if TYPE_CHECKING:
    from .screen import TerminalScreen
    from .stream import TerminalStream

LEAST_BYTES = 4096  # a smaller chunk is drawn
_LEAST_LINES = 32  # between head and tail
_SEQUENCES = re.compile(rb"\x1b\[[0-9;:]*[mK]")
_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
_ERASE = re.compile(rb"\x1b\[[012]?K")
_C1 = re.compile("[\x80-\x9f]")


def forward(stream: TerminalStream, screen: TerminalScreen, data: bytes) -> None:
    """Feed data to the stream, leaving out what scrolls away anyway."""
    if len(data) >= LEAST_BYTES:
        data = skip(stream, screen, pieces_of(data))
    stream.feed(data)


def skip(stream: TerminalStream, screen: TerminalScreen, pieces: list[Piece], *, is_plain: bool = False) -> bytes:
    """Take of some output what scrolls away anyway; return the rest, which is to be fed before anybody looks.

    `is_plain` when that has been found out of every piece.
    """
    data = b"".join([piece.data for piece in pieces])
    start = data.find(b"\n") + 1  # output most often begins inside of a line, of a sequence, or before an LF
    stream.feed(data[:start])
    parts = _parts(stream, screen, data, start, pieces, is_plain)
    if parts is None:
        return data[start:]
    head, blocks, tail = parts
    stream.feed(head)
    ink = screen.ink
    raws: list[Raw] = []
    for block, rows in blocks:
        raws.append(Raw(block, ink, screen.columns, rows))
        ink = _ink_after(screen, ink, block)
    _jump(screen, raws, ink)
    return tail


def _parts(
    stream: TerminalStream, screen: TerminalScreen, data: bytes, begin: int, pieces: list[Piece], is_plain: bool
) -> tuple[bytes, list[tuple[bytes, int]], bytes] | None:
    """Return what to draw of data[begin:], what to leave out as blocks with their rows, and the rest; None to draw all.

    `begin` is behind the first LF.
    """
    if screen.margins is not None or not screen.is_plain or not stream.at_rest:
        return None
    line_ends = b"".join([piece.line_ends for piece in pieces])
    lines = line_ends.count(b"\n")  # the first included
    if lines - 1 < 2 * screen.lines + _LEAST_LINES:
        return None
    # As many CR as LF, in turns: then the lines that `count_rows` finds are all there are.
    if line_ends[line_ends.index(b"\n") + 1 : line_ends.rindex(b"\n") + 1] != b"\r\n" * (lines - 1):
        return None
    if not is_plain and not HARMLESS.fullmatch(data, begin, data.rfind(b"\n") + 1):
        return None
    above = screen.lines - screen.cursor.y
    start = _after_newlines(data, begin, above)
    stop = _before_newlines(data, screen.lines + 1)
    blocks: list[tuple[bytes, int]] = []
    position, counted = start, 1 + above  # line feeds before the position
    behind = seen = 0  # the end of a piece, and the line feeds before that
    longest = unended = 0  # bytes of the longest line since `position`, at most, and of the line at the piece's end
    for piece in pieces:
        behind += len(piece.data)
        seen += (fed := piece.line_ends.count(b"\n"))
        longest = max(longest, unended + piece.first, piece.longest)
        unended = piece.last if fed else unended + piece.last
        if behind < stop:
            if not fed or behind - position < BLOCK_BYTES // 2:  # a program may write line by line
                continue
            cut, count = data.rfind(b"\n", 0, behind) + 1, seen
        else:
            cut, count = stop, lines - screen.lines
        if cut <= position:
            continue
        block = data[position:cut]
        # No character takes more cells than bytes, but a tab.
        is_short = longest <= screen.columns + len(b"\r") and b"\t" not in block
        rows = count - counted if is_short else count_rows(screen, block, count - counted)
        if rows is None or len(block) > 4 * rows * screen.columns:  # as lines they take less
            return None
        blocks.append((block, rows))
        position, counted, longest = cut, count, 0
    return data[begin:start], blocks, data[stop:]


def _after_newlines(data: bytes, position: int, count: int) -> int:
    for _ in range(count):
        position = data.find(b"\n", position) + 1
    return position


def _before_newlines(data: bytes, count: int) -> int:
    """Return where the last `count - 1` whole lines of data begin."""
    position = len(data)
    for _ in range(count):
        position = data.rfind(b"\n", 0, position)
    return position + 1


def count_rows(screen: TerminalScreen, block: bytes, lines: int) -> int | None:
    """Return how many rows lines that all end in CR LF take at the screen's width; None if counting cannot tell.

    `lines` are the LF in it. There must be as many CR, in turns: then the lines found here are all there are.
    """
    columns = screen.columns
    has_tabs = b"\t" in block
    rows = lines
    # No character takes more cells than bytes; a tab takes up to eight.
    for match in _long_lines(columns if not has_tabs else columns // 8).finditer(block):
        line = match[1]
        if not line:  # the end of the block
            break
        if not line.endswith(b"\r\n") or line.count(b"\r") > 1:
            return None
        line = line[:-2]
        if has_tabs and len(line) + 7 * line.count(b"\t") <= columns:
            continue
        taken = _rows_of(screen, line)
        if taken is None:
            return None
        rows += taken - 1
    return rows


def count_anew(screen: TerminalScreen, raw: Raw) -> int | None:
    """Return how many rows the lines of a part take at another width than they were drawn at; None if they change.

    A full line that is then erased loses its last character, and only at one of the two widths.
    """
    if _ERASE.search(raw.data):
        columns = min(screen.columns, raw.columns)
        for line in raw.data.split(b"\r\n"):
            if _ERASE.search(line) and len(_SEQUENCES.sub(b"", line)) + 7 * line.count(b"\t") >= columns:
                return None
    return count_rows(screen, raw.data, raw.data.count(b"\n"))


@cache
def _long_lines(most: int) -> re.Pattern[bytes]:
    """Return what finds the lines of more than so many bytes, each behind a run of shorter ones."""
    return re.compile(rb"(?:[^\r]{0,%d}+\r\n)*([^\n]*+\n?)" % most)


def _rows_of(screen: TerminalScreen, line: bytes) -> int | None:
    """Return the rows of a line that may wrap."""
    plain = _SEQUENCES.sub(b"", line)
    columns = screen.columns
    if b"\t" in plain:
        usual = plain.isascii() and screen.tabstops == set(range(8, columns, 8))
        return 1 if usual and len(plain.expandtabs(8)) < columns else None
    if len(plain) <= columns:
        return 1
    if _ERASE.search(line):  # at the right margin it undoes a wrap
        return None
    if plain.isascii():
        return (len(plain) - 1) // columns + 1
    text = _decoded(plain)
    return None if text is None else _rows_of_text(text, columns)


def _decoded(plain: bytes) -> str | None:
    """Return the text if every character in it has cells of its own, whatever stands before it."""
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        return None
    if _C1.search(text) or (not PLAIN.fullmatch(text) and any(map(is_social, text))):
        return None
    return text


def _rows_of_text(text: str, columns: int) -> int:
    """Return the rows of a line that wraps; a wide character never does so in its middle."""
    if len(text) + sum(map(len, WIDE_RUN.findall(text))) <= columns and PLAIN.fullmatch(text):
        return 1
    if columns < 2:
        return max(sum(char_width(character) == 1 for character in text), 1)
    rows, x = 1, 0
    for character in text:
        width = char_width(character)
        x += width
        if x > columns:
            rows, x = rows + 1, width
    return rows


def _ink_after(screen: TerminalScreen, ink: str, block: bytes) -> str:
    """Return the ink after the SGR sequences of a block; those before the last reset do not matter."""
    if b"\x1b" not in block:
        return ink
    reset = max(block.rfind(b"\x1b[m"), block.rfind(b"\x1b[0m"), 0)
    for match in _SGR.finditer(block, reset):
        ink = screen.styles.step(ink, match[1].decode())
    return ink


def _jump(screen: TerminalScreen, raws: list[Raw], ink: str) -> None:
    """Let the rows of a flood pass: the cursor stands at the start of a fresh bottom line before and after."""
    lines = screen.page.lines
    if screen.page is screen.main:
        for line in lines[:-1]:
            screen.history.push(line)
        for raw in raws:
            screen.history.push_raw(raw)
        screen.history.ignored = len(lines) - 1  # these lines are in the history already, as bytes
    lines[:] = [Line(screen.blank_cells, DEFAULT_INK * screen.columns, screen.epoch) for _ in lines]
    lines[-1].inks = screen.styles.blank(ink) * screen.columns
    screen.ink = ink
    screen.tied = None
    screen.moved_all = screen.epoch
    screen.last_drawn = _last_text(raws) or screen.last_drawn


def _last_text(raws: list[Raw]) -> str:
    """Return the text that was drawn last, for REP."""
    for raw in reversed(raws):
        for line in reversed(raw.data.split(b"\r\n")):
            text = _C1.sub("", _SEQUENCES.sub(b"", line).replace(b"\t", b"").decode("utf-8", "replace"))
            if text:
                return text
    return ""
