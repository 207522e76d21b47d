"""Another width for lines: wrapped lines are joined and wrapped anew, and places in them are followed.

Invariant: the text of every logical line stays the same, cell by cell, except blanks at its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from .cells import GAP, TRAIL, Line
from .styles import StyleTable

Place = tuple[int, int]  # line, column


def _end(line: Line, most: int, styles: StyleTable) -> int:
    """Return how much of a line's last part counts; erased cells at its end do not, where they would need a line."""
    end = line.used()
    if end > most:
        text = len(line.cells.rstrip(" "))
        while end > text and styles.blank(line.inks[end - 1]) == line.inks[end - 1]:
            end -= 1
    return end


def _join(group: Sequence[Line], columns: int, new: int, styles: StyleTable) -> tuple[str, str, list[int]]:
    """Return cells and inks of a logical line, and where each of its lines begins in them."""
    cells: list[str] = []
    inks: list[str] = []
    starts: list[int] = []
    size = 0
    for line in group:
        starts.append(size)
        if line.wrapped:
            part = line.cells.ljust(columns)
            if part.endswith(GAP):
                part = part[:-1]
        else:
            end = _end(line, new - size % new, styles)
            part = line.cells[:end].ljust(end)
        cells.append(part)
        inks.append(line.inks_of(len(part)))
        size += len(part)
    return "".join(cells).replace(GAP, " "), "".join(inks), starts


def _narrowed(cells: str, inks: str) -> tuple[str, str]:
    """Return the cells with blanks for wide characters, which a single column has no room for."""
    kept = [index for index, cell in enumerate(cells) if cell != TRAIL]
    narrow = "".join(" " if cells[index + 1 : index + 2] == TRAIL else cells[index] for index in kept)
    return narrow, "".join(inks[index] for index in kept)


def _cuts(cells: str, columns: int) -> list[int]:
    """Return where lines of that width begin in the cells; no wide character is cut."""
    if cells.isascii() or TRAIL not in cells:
        return list(range(0, len(cells), columns)) or [0]
    cuts = [0]
    while cuts[-1] + columns < len(cells):
        cut = cuts[-1] + columns
        cuts.append(cut - 1 if cells[cut] == TRAIL else cut)
    return cuts


def _lay(cells: str, inks: str, cuts: list[int], columns: int, epoch: int) -> Iterable[Line]:
    for index, start in enumerate(cuts):
        last = index == len(cuts) - 1
        stop = len(cells) if last else cuts[index + 1]
        part, part_inks = cells[start:stop], inks[start:stop]
        if not last and stop - start < columns:
            part += GAP
            part_inks += inks[stop]
        yield Line(part, part_inks, epoch, wrapped=not last)


def reflow(
    lines: Sequence[Line], old: int, new: int, places: Sequence[Place], epoch: int, styles: StyleTable
) -> tuple[list[Line], list[Place]]:
    """Return the lines laid out anew for `new` columns instead of `old`, and where the places went.

    Lines may come out shorter than `new`; a place behind the text of its line keeps its distance to it."""
    laid: list[Line] = []
    moved: list[Place] = [(0, 0)] * len(places)
    by_line: dict[int, list[int]] = {}
    for index, (number, _) in enumerate(places):
        by_line.setdefault(number, []).append(index)
    position = 0
    while position < len(lines):
        end = position
        while lines[end].wrapped and end + 1 < len(lines):
            end += 1
        followed = [index for number in range(position, end + 1) for index in by_line.get(number, ())]
        line = lines[position]
        alone = end == position and not followed
        if alone and line.used() <= new:
            line.wrapped = False
            laid.append(line)
        elif alone and not line.inks and line.cells.isascii():  # most lines of most histories
            cells = line.cells
            laid.extend(Line(cells[start : start + new], "", epoch, True) for start in range(0, len(cells), new))
            laid[-1].wrapped = False
        else:
            cells, inks, starts = _join(lines[position : end + 1], old, new, styles)
            if new == 1 and TRAIL in cells:
                cells, inks = _narrowed(cells, inks)
            cuts = _cuts(cells, new)
            for index in followed:
                offset = starts[places[index][0] - position] + places[index][1]
                row = max(bisect_right(cuts, min(offset, max(len(cells) - 1, 0))) - 1, 0)
                column = offset - cuts[row]
                if column >= new:  # behind a full line the next character wraps; it must not land on the text
                    column = new if offset >= len(cells) == cuts[row] + new else new - 1
                moved[index] = len(laid) + row, column
            laid.extend(_lay(cells, inks, cuts, new, epoch))
        position = end + 1
    return laid, moved
