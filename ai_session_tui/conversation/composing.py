"""The digest of messages: facts as text within a budget of tokens, what matters most first.

Invariant: the heading, which says what is left out and how to get it, is always there; every other line is whole or
ends with how much of its kind is left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ai_session_tui.conversation.facts import Facts, Run, brief

Count = Callable[[str], int]
_SIGNS = ((20, 80), (6, 120), (0, 240))  # the more lines of a kind there are, the shorter each is


def compose(facts: Facts, unresolved: Sequence[str], reference: str, budget: int, count: Count) -> str:
    """Return the digest of messages.

    `unresolved` are the failures among them that still stand, newest last; `reference` is the call that expands it.
    """
    heading = _heading(facts, reference)
    if count(heading) > budget:
        return f"[{facts.messages} messages · {reference}]"
    writer = _Writer(heading, budget, count)
    writer.add_lines(f"Unresolved at {_clock(facts.last_time)}: ", unresolved[::-1], share=1)
    writer.add_lines("Asked: ", facts.requests, middle_out=True)
    writer.add_list("Files: ", [name for name, _ in _by_weight(facts)])
    writer.add_list("Ran: ", [_ran(command, run) for command, run in reversed(facts.runs.items())], "; ")
    writer.add_lines("Said: ", list(reversed(facts.said)))
    return writer.text


def _heading(facts: Facts, reference: str) -> str:
    first, last = _clock(facts.first_time), _clock(facts.last_time)
    day, _, clock = last.partition(" ")
    span = f"{first}-{clock if first.startswith(day) else last}"
    number = f"{facts.messages:,} message{'s' if facts.messages != 1 else ''}"
    return f"[{number} of {span} compressed · {reference}]"


def _clock(seconds: float) -> str:
    return time.strftime("%m-%d %H:%M", time.localtime(seconds))


def _ran(command: str, run: Run) -> str:
    how = "ok" if run.verdict == "success" else "failed" if run.verdict == "failure" else ""
    times = f" x{run.times}" if run.times > 1 else ""
    return f"{command}{times}" + (f" ({how})" if how else "")


def _by_weight(facts: Facts) -> list[tuple[str, int]]:
    """Return the files, those named most often first; of equals the one named last."""
    newest_first = list(facts.files.items())[::-1]
    return sorted(newest_first, key=lambda found: -found[1])


class _Writer:
    """Adds line after line as long as the budget lasts.

    A line costs what it counts alone and its line end: what was added is never more than that together.
    """

    def __init__(self, heading: str, budget: int, count: Count) -> None:
        self._lines = [heading]
        self._count = count
        self._left = budget - count(heading)

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def add_lines(self, label: str, texts: Sequence[str], *, share: int = 2, middle_out: bool = False) -> None:
        """Add one line for each text while they fit into a share of what is left; with `middle_out` ends first."""
        order = _ends_first(len(texts)) if middle_out else list(range(len(texts)))
        most = self._left // share
        chosen: dict[int, str] = {}
        signs = next(signs for number, signs in _SIGNS if len(texts) >= number)
        for at in order:
            for length in (signs, signs // 2, signs // 4):
                line = label + brief(texts[at], length)
                cost = self._count(line) + 1
                if cost <= most:
                    break
            else:
                break
            most -= cost
            self._left -= cost
            chosen[at] = line
        missing = len(texts) - len(chosen)
        lines = [chosen[at] for at in sorted(chosen)]
        if missing and lines:
            more = f"{label}… {missing} more"
            cost = self._count(more) + 1
            if cost <= self._left:
                self._left -= cost
                lines.append(more)
        self._lines += lines

    def add_list(self, label: str, words: list[str], between: str = ", ") -> None:
        """Add as many of the words to one line as fit into half of what is left."""
        kept: list[str] = []
        for word in words:
            more = len(words) - len(kept) - 1
            line = label + between.join([*kept, word]) + (f"{between}… {more} more" if more else "")
            if self._count(line) + 1 > self._left // 2 or len(kept) >= 60:
                break
            kept.append(word)
        if kept:
            more = len(words) - len(kept)
            line = label + between.join(kept) + (f"{between}… {more} more" if more else "")
            self._left -= self._count(line) + 1
            self._lines.append(line)


def _ends_first(number: int) -> list[int]:
    """Return the indexes below a number: the first, the last, the second, the one before the last, …

    >>> _ends_first(5)
    [0, 4, 1, 3, 2]
    """
    pairs = zip(range(number), range(number - 1, -1, -1), strict=True)
    return list(dict.fromkeys(at for pair in pairs for at in pair))
