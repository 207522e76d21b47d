"""The cursor of the user's own terminal, for the shapes that cells cannot show: a bar between characters, an underline.

Textual hides that cursor and draws its own by reversed cells, which for a block is the same. Invariant: the terminal's
cursor is seen only while a pane with the focus wants one of these shapes at a cell that is on the screen, and whoever
leaves the dashboard has their own shape again.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.geometry import Offset

_SHAPES = {"underline": 4, "bar": 6}  # DECSCUSR, steady: what blinks in a corner of the eye distracts
_HIDDEN = "\x1b[?25l\x1b[0 q"


class WantedCursor(NamedTuple):
    """Where a cursor shall stand on the screen, and how it shall look."""

    place: Offset
    shape: str

    @property
    def sequence(self) -> str:
        """What makes the terminal show this shape."""
        return f"\x1b[{_SHAPES[self.shape]} q\x1b[?25h"


def lends_cursor(app: object) -> bool:
    """Whether an application lends the cursor of its terminal to its widgets."""
    return bool(getattr(app, "lends_cursor", False))


class OuterCursor:
    """Keeps the terminal's cursor as the focused widget wants it."""

    def __init__(self) -> None:
        self._shown = ""

    def follow(self, wanted: WantedCursor | None) -> str:
        """Return what to write behind a painting, so that the terminal's cursor is the one that is wanted."""
        sequence = "" if wanted is None else wanted.sequence
        if sequence == self._shown:
            return ""
        self._shown = sequence
        return sequence or _HIDDEN

    def leave(self) -> str:
        """Return what gives the user's terminal its own shape back; nothing where it had never another."""
        shown, self._shown = self._shown, ""
        return "\x1b[0 q" if shown else ""
