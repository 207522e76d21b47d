"""What a terminal shows, in one form for every emulator, and how two such pictures differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

Colour = int | tuple[int, int, int] | None  # palette index, red-green-blue, or the default


@dataclass(frozen=True, slots=True)
class Look:
    """The style of a cell; `underline` as in SGR 4: 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed."""

    fg: Colour = None
    bg: Colour = None
    underline: int = 0
    underline_colour: Colour = None
    flags: frozenset[str] = frozenset()  # of bold dim italic blink reverse invisible strike overline


PLAIN = Look()
Cell = tuple[str, Look]  # the second column of a wide character holds ""
BLANK: Cell = (" ", PLAIN)
# A blank whose style the emulator does not tell: equal to a blank of any style.
UNTOLD: Cell = (" ", Look(flags=frozenset({"untold"})))


@dataclass(frozen=True, slots=True)
class Picture:
    """Screen, cursor and history of a terminal; rows have exactly `columns` cells."""

    columns: int
    screen: list[list[Cell]]
    cursor: tuple[int, int]
    history: list[list[Cell]] = field(default_factory=list)  # oldest first
    switches: dict[str, bool] = field(default_factory=dict)  # what the emulator tells of its modes
    title: str | None = None

    @property
    def lines(self) -> list[str]:
        """The rows as text without trailing blanks."""
        return [text_of(row) for row in self.screen]

    @property
    def history_lines(self) -> list[str]:
        """The history as text without trailing blanks, oldest first."""
        return [text_of(row) for row in self.history]


def text_of(row: list[Cell]) -> str:
    """Return the text of a row without trailing blanks."""
    return "".join(text for text, _ in row).rstrip(" ")


def fill(cells: list[Cell], columns: int, blank: Cell = BLANK) -> list[Cell]:
    """Return the row at its full width."""
    return [*cells, *[blank] * (columns - len(cells))][:columns]


def without(picture: Picture, *aspects: str) -> Picture:
    """Return the picture without aspects that an emulator does not tell: names of `Look` fields, or flags."""

    def strip(look: Look) -> Look:
        for aspect in aspects:
            if hasattr(look, aspect):
                look = replace(look, **{aspect: getattr(PLAIN, aspect)})
        return replace(look, flags=look.flags - set(aspects))

    def rows(source: list[list[Cell]]) -> list[list[Cell]]:
        return [[(text, look if look is PLAIN else strip(look)) for text, look in row] for row in source]

    return replace(picture, screen=rows(picture.screen), history=rows(picture.history))


def differences(ours: Picture, theirs: Picture, *, history: bool = False, limit: int = 8) -> list[str]:
    """Return what differs, in words, at most `limit` entries; empty when the pictures are equal."""
    found = []
    for difference in _differences(ours, theirs, history):
        found.append(difference)
        if len(found) == limit:
            break
    return found


def _differences(ours: Picture, theirs: Picture, history: bool) -> Iterator[str]:
    if ours.cursor != theirs.cursor:
        yield f"cursor {ours.cursor} against {theirs.cursor}"
    yield from _rows("row", ours.screen, theirs.screen)
    if history:
        if len(ours.history) != len(theirs.history):
            yield f"history of {len(ours.history)} lines against {len(theirs.history)}"
        # The newest lines are the ones that both have.
        shared = min(len(ours.history), len(theirs.history))
        yield from _rows("history row", ours.history[-shared:], theirs.history[-shared:])
    for name in ours.switches.keys() & theirs.switches.keys():
        if ours.switches[name] != theirs.switches[name]:
            yield f"{name} {ours.switches[name]} against {theirs.switches[name]}"


def _rows(what: str, ours: list[list[Cell]], theirs: list[list[Cell]]) -> Iterator[str]:
    if len(ours) != len(theirs):
        yield f"{len(ours)} {what}s against {len(theirs)}"
    for y, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if mine == other:
            continue
        if text_of(mine) != text_of(other):
            yield f"{what} {y}: {text_of(mine)!r} against {text_of(other)!r}"
        for x, (a, b) in enumerate(zip(mine, other, strict=False)):
            if a != b and not (UNTOLD in (a, b) and a[0] == b[0]):
                yield f"{what} {y}, column {x}: {a} against {b}"
                break
