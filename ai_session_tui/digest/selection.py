"""Lines chosen for a digest, and what stands between them.

Invariant: a chosen line is shown verbatim (a very long one cut, with the number of signs left out); everything else
that is not blank is covered by a mark with its range of line numbers, counted from 1 in the whole output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from .lines import Lines
from .templates import Templates

LONGEST_SHOWN = 320
_SHORT_NOTE = 120
_NEARLY = 0.97  # share of a budget that is near enough: the search for the last line takes as long as all before
_TOKENS_A_LINE = 16  # about
_AIM = 0.985  # of a budget: between near enough and too much
_SMALL_GAP = 28  # signs: a gap of less costs no more than its mark


class Rank(IntEnum):
    """Why a line was chosen; when the budget is small, the last reasons lose their lines first."""

    SUMMARY = 0
    TROUBLE = 1  # the line that names a failure or an error
    KEPT = 2
    WARNING = 3
    EXPLANATION = 4
    GENERAL = 5


@dataclass(slots=True)
class Selection:
    """Indices of chosen lines with the best reason for each, and our notes behind a line (-1: in front of all)."""

    chosen: dict[int, Rank] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)

    def choose(self, indices: Iterable[int], rank: Rank) -> None:
        """Add lines."""
        for index in indices:
            self.chosen[index] = min(rank, self.chosen.get(index, rank))

    def note(self, index: int, text: str) -> None:
        """Add a note behind a line."""
        self.notes.setdefault(index, []).append(text)


class Budget:
    """Tokens that may still be spent."""

    def __init__(self, tokens: int, count: Callable[[str], int]) -> None:
        self.left = tokens
        self._count = count

    def add(self, selection: Selection, lines: Sequence[str], indices: Iterable[int]) -> bool:
        """Choose lines that belong together if they fit; return whether they did."""
        new = [index for index in indices if 0 <= index < len(lines) and index not in selection.chosen]
        shown = [line for index in new if (line := lines[index]).strip()]
        if not shown:
            return True
        cost = self._count("\n".join(shorten(line) for line in shown)) + 4
        if cost > self.left:
            return False
        self.left -= cost
        selection.choose(new, Rank.GENERAL)
        return True


def shorten(line: str, longest: int = LONGEST_SHOWN) -> str:
    """Return a line, a very long one with its beginning, its end and what is missing between."""
    if len(line) <= longest:
        return line
    head, tail = longest * 3 // 4, longest // 4
    return f"{line[:head]}[…{len(line) - head - tail:,} signs]{line[-tail:]}"


def within(selection: Selection, budget: int, cost: Callable[[Selection], int]) -> Selection:
    """Return as much of a selection as fits into a budget of tokens, the best reasons first."""
    if len(selection.chosen) <= budget // _TOKENS_A_LINE and cost(selection) <= budget:
        return selection
    ranked = sorted(selection.chosen, key=lambda index: (selection.chosen[index], index))
    longest = max(_SHORT_NOTE, budget // 4)
    notes = {index: [shorten(text, longest) for text in texts] for index, texts in selection.notes.items()}
    low, spent = 0, 0  # lines that fit, and their cost
    high, above = min(len(ranked), budget) + 1, 0  # lines that do not, a line being a token at least; 0: not known
    tries = 0
    while high - low > 1 and spent < _NEARLY * budget:
        if tries == 0:
            middle = budget // _TOKENS_A_LINE
        elif tries % 3 == 0 or not spent + above:  # for lines that do not cost alike, as most do
            middle = (low + high) // 2
        else:
            a_line = (above - spent) / (high - low) if above else spent / low
            middle = low + int((_AIM * budget - spent) / a_line)
        middle = min(max(middle, low + 1), high - 1)
        tried = cost(_first(selection, ranked, middle, notes))
        if tried <= budget:
            low, spent = middle, tried
        else:
            high, above = middle, tried
        tries += 1
    return _first(selection, ranked, low, notes)


def _first(selection: Selection, ranked: list[int], size: int, notes: dict[int, list[str]]) -> Selection:
    kept = {index: selection.chosen[index] for index in ranked[:size]}
    return Selection(kept, {index: texts for index, texts in notes.items() if index in kept or index < 0})


def lay_out(lines: Lines, selection: Selection, like: Templates | None = None) -> list[str]:
    """Return the digest's lines: the chosen ones in order, notes, and marks for what is left out.

    `like` are the templates: a gap of lines like the one above it says so.
    """
    shown = [f"[{text}]" for text in selection.notes.get(-1, [])]
    before = -1
    for index in sorted(selection.chosen):
        shown += _gap(lines, before, index, like)
        line = lines[index]
        if line.strip() or (shown and shown[-1]):
            shown.append(shorten(line))
        shown += [f"[{text}]" for text in selection.notes.get(index, [])]
        before = index
    shown += _gap(lines, before, len(lines), like)
    while shown and not shown[-1]:
        shown.pop()
    return shown


def _gap(lines: Lines, before: int, after: int, like: Templates | None) -> list[str]:
    """Return what stands for the lines between two indices."""
    first, last = lines.gap(before, after)
    if first > last:
        return []
    begin, stop = lines.filled_between(before + 1, after)
    size = stop - begin
    is_at_hand = last - first + 1 == after - before - 1  # every line between was kept
    if is_at_hand:
        if not size:
            return []
        if size <= _SMALL_GAP // 2:
            filled = [lines[index] for index in lines.filled[begin:stop]]
            if sum(len(line) + 1 for line in filled) <= _SMALL_GAP:
                return filled
        first, last = lines.number(lines.filled[begin]), lines.number(lines.filled[stop - 1])
    span = f"{first}" if first == last else f"{first}-{last}"
    if like is not None and before >= 0 and is_at_hand:
        same = like.like(before, before + 1, after)
        if same >= 2 and same * 5 >= size * 3:
            return [f"[…{span}: {same} like this]"]
    return [f"[…{span}]"]
