"""A line of the screen as two strings of one character per cell: what stands there, and its ink.

Invariant: `len(cells) == len(inks)`; `TRAIL` follows every wide character and nothing else. Surrogates and plane 16
never come in as text (the decoder makes none, the screen renames the others), so they are free to stand for the
second half of a wide character, for the gap before a wrapped one, and for clusters of several code points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .styles import DEFAULT_INK, Style, StyleTable

TRAIL: Final = "\udfff"  # second half of a wide character
GAP: Final = "\udffe"  # last cell left empty because a wide character went to the next line
MAX_CLUSTER: Final = 32  # code points in a cell; more marks are dropped
_NAMES: Final = (*range(0xD800, 0xDFFE), *range(0x100000, 0x110000))
_NAMED: Final = re.compile("[\ud800-\udffd\U00100000-\U0010ffff]")
_COLLECT_AT: Final = len(_NAMES) // 2  # names in use at which the unused ones are looked for,
_COLLECT_EVERY: Final = 4096  # and so many new ones have been asked for since the last time
_RUNS: Final = re.compile(r"(.)\1*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A line as viewers get it: text without trailing blanks; `runs` are the looks that are not the default.

    A run is (start column, end column, style), the end excluded; it may reach beyond the text."""

    text: str
    runs: tuple[tuple[int, int, Style], ...]
    wrapped: bool


class Clusters:
    """The clusters of several code points in use on one terminal, each under a one-character name."""

    __slots__ = ("_asked", "_expansions", "_free", "_names")

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._free: list[int] = []  # names that were given back
        self._asked = 0  # for new names, since the last collection
        self._expansions: dict[int, str | None] = {ord(TRAIL): None, ord(GAP): " "}

    def name(self, cluster: str) -> str:
        """Return the cell for a cluster; its first character alone when there are no names left."""
        cluster = cluster[:MAX_CLUSTER]
        if len(cluster) == 1 and cluster < "\U00100000":
            return cluster
        name = self._names.get(cluster)
        if name is None:
            self._asked += 1
            if len(self._names) == len(_NAMES):
                return cluster[0] if cluster < "\U00100000" else "\ufffd"
            code = self._free.pop() if self._free else _NAMES[len(self._names)]
            name = self._names[cluster] = chr(code)
            self._expansions[code] = cluster
        return name

    @property
    def is_full(self) -> bool:
        """Whether it is time to look for unused names."""
        return len(self._names) >= _COLLECT_AT and self._asked >= _COLLECT_EVERY

    def collect(self, live: set[str]) -> bool:
        """Forget all names but those in `live`; return whether these alone would nearly use them up."""
        for cluster, name in list(self._names.items()):
            if name not in live:
                del self._names[cluster], self._expansions[ord(name)]
                self._free.append(ord(name))
        self._asked = 0
        return len(self._names) >= _COLLECT_AT

    @staticmethod
    def named(cells: str) -> set[str]:
        """Return the names in cells."""
        return set() if cells.isascii() else set(_NAMED.findall(cells))

    def expand(self, cells: str) -> str:
        """Return the text of cells."""
        return cells if cells.isascii() else cells.translate(self._expansions)


class Line:
    """A line on the screen or in the history. In the history trailing default blanks may be left out."""

    __slots__ = ("cells", "epoch", "inks", "wrapped")

    def __init__(self, cells: str, inks: str, epoch: int, wrapped: bool = False) -> None:
        self.cells = cells
        self.inks = inks
        self.epoch = epoch
        self.wrapped = wrapped

    def end(self, epoch: int) -> None:
        """Let the line end here: what follows is another one."""
        if self.wrapped:
            self.wrapped, self.epoch = False, epoch

    def put(self, start: int, cells: str, ink: str, styles: StyleTable) -> None:
        """Overwrite the cells from `start`; the other half of a wide character becomes a blank."""
        count = len(cells)
        end = start + count
        old = self.cells
        if not old.isascii():
            self._free(start, ink, styles)
            self._free(end, ink, styles)
            old = self.cells
        self.cells = old[:start] + cells + old[end:]
        self.inks = self.inks[:start] + ink * count + self.inks[end:]

    def _free(self, cut: int, ink: str, styles: StyleTable) -> None:
        """Blank a wide character that a cut before column `cut` halves, under the pen's background (as ghostty)."""
        if 0 < cut < len(self.cells) and self.cells[cut] == TRAIL:
            self.cells = self.cells[: cut - 1] + "  " + self.cells[cut + 1 :]
            self.inks = self.inks[: cut - 1] + styles.blank(ink) * 2 + self.inks[cut + 1 :]

    def insert(self, start: int, count: int, ink: str, styles: StyleTable) -> None:
        """Shift the cells from `start` to the right; what leaves the line is lost."""
        size = len(self.cells)
        count = min(count, size - start)
        kept = size - count
        self._free(start, ink, styles)
        self._free(kept, ink, styles)
        self.cells = self.cells[:start] + " " * count + self.cells[start:kept]
        self.inks = self.inks[:start] + styles.blank(ink) * count + self.inks[start:kept]

    def delete(self, start: int, count: int, ink: str, styles: StyleTable) -> None:
        """Shift the cells behind the deleted ones to the left, blanks come in."""
        count = min(count, len(self.cells) - start)
        self._free(start, ink, styles)
        self._free(start + count, ink, styles)
        self.cells = self.cells[:start] + self.cells[start + count :] + " " * count
        self.inks = self.inks[:start] + self.inks[start + count :] + styles.blank(ink) * count

    def fit(self, columns: int) -> None:
        """Crop or pad the line to a width."""
        if len(self.cells) > columns:
            self.cells = mended(self.cells, columns)
        self.cells = self.cells[:columns].ljust(columns)
        self.inks = self.inks[:columns].ljust(columns, DEFAULT_INK)

    def packed(self) -> Line:
        """Leave out trailing default blanks; for lines that no longer change."""
        inks = self.inks
        if inks.count(DEFAULT_INK) == len(inks):
            self.cells = self.cells.rstrip(" ")
            self.inks = ""  # stands for the default throughout
        return self

    def inks_of(self, columns: int) -> str:
        """Return the inks of the first columns, also of a packed line."""
        return self.inks[:columns].ljust(columns, DEFAULT_INK)

    def used(self) -> int:
        """Return how many columns hold something: text, or a look that is not the default."""
        inked = len(self.inks.rstrip(DEFAULT_INK))
        return max(inked, len(self.cells.rstrip(" ")))

    def row(self, styles: StyleTable, clusters: Clusters) -> Row:
        """Return the line as viewers get it."""
        text = clusters.expand(self.cells).rstrip(" ")
        inks = self.inks
        if inks.count(DEFAULT_INK) == len(inks):
            return Row(text, (), self.wrapped)
        runs = tuple(
            (run.start(), run.end(), styles.style(run[1])) for run in _RUNS.finditer(inks) if run[1] != DEFAULT_INK
        )
        return Row(text, runs, self.wrapped)


def mended(cells: str, cut: int) -> str:
    """Return the cells with blanks for a wide character that a cut before column `cut` would halve."""
    if cut < len(cells) and cells[cut] == TRAIL:
        return cells[: cut - 1] + "  " + cells[cut + 1 :]
    return cells
