"""The lines of an output with their numbers, in bounded memory however large the output is.

Of a large one all lines of its beginning and its end are kept, and between them those that tell of trouble and the
first of every kind. Invariant: a line that is kept knows its number in the whole output.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, overload

from ai_session_tui import limits
from ai_session_tui.parsers.output import Output

from . import salience
from .templates import templates

_BATCH: Final = 4096  # lines of the middle that are looked at together


class Lines(Sequence[str]):
    """Lines that were kept; `total` counts those that there were."""

    def __init__(self, texts: list[str], numbers: Sequence[int] | None = None, total: int | None = None) -> None:
        self._texts = texts
        self._numbers: Sequence[int] = range(1, len(texts) + 1) if numbers is None else numbers
        self.total = len(texts) if total is None else total
        self.signs = sum(map(len, texts)) + len(texts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._texts[index]

    def __len__(self) -> int:
        return len(self._texts)

    def number(self, index: int) -> int:
        """Return the number that a line has in the whole output, counted from 1."""
        return self._numbers[index]

    def within(self, indices: Iterable[int]) -> list[int]:
        """Return those indices that there are lines for."""
        return [index for index in indices if 0 <= index < len(self._texts)]

    def gap(self, before: int, after: int) -> tuple[int, int]:
        """Return the first and the last number between two indices, which may lie outside."""
        first = self._numbers[before] + 1 if before >= 0 else 1
        last = self._numbers[after] - 1 if after < len(self._texts) else self.total
        return first, last

    @cached_property
    def output(self) -> Output:
        """The lines as parsers look at them."""
        return Output(self._texts)

    @cached_property
    def filled(self) -> list[int]:
        """The indices of the lines that are not blank."""
        return [index for index, line in enumerate(self._texts) if line and not line.isspace()]

    def filled_between(self, first: int, stop: int) -> tuple[int, int]:
        """Return where in `filled` the lines from `first` on begin, and where those before `stop` end."""
        return bisect_left(self.filled, first), bisect_left(self.filled, stop)

    @property
    def is_whole(self) -> bool:
        """Whether every line was kept."""
        return self.total == len(self._texts)

    @property
    def texts(self) -> list[str]:
        """The lines as a list."""
        return self._texts


class LineKeeper:
    """Takes the lines of an output one batch after the other, and keeps what there is room for."""

    def __init__(self, room: int = limits.DIGEST_TEXT_SIGNS) -> None:
        self._room = room // 3  # for each of beginning, middle and end
        self._head: list[str] = []
        self._head_size = 0
        self._middle: list[tuple[int, str]] = []
        self._middle_size = 0
        self._kinds: set[str] = set()
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._passing: list[str] = []  # lines of the middle that wait to be looked at
        self._total = 0
        self.signs = 0  # of the whole output

    def take(self, lines: Iterable[str]) -> None:
        """Take the next lines."""
        for line in lines:
            size = len(line) + 1
            self._total += 1
            self.signs += size
            if self._head_size + size <= self._room and not self._tail:
                self._head.append(line)
                self._head_size += size
                continue
            self._tail.append(line)
            self._tail_size += size
            while self._tail_size > self._room and len(self._tail) > 1:
                oldest = self._tail.popleft()
                self._tail_size -= len(oldest) + 1
                self._passing.append(oldest)
            if len(self._passing) >= _BATCH:
                self._pass()

    def _pass(self) -> None:
        """Keep those lines of the middle that tell of trouble or are the first of their kind."""
        passing, self._passing = self._passing, []
        number = self._total - len(self._tail) - len(passing)
        if self._middle_size > self._room or len(self._kinds) > limits.DIGEST_KINDS:
            return
        output = Output(passing)
        weights = salience.weights(output)
        for index, kind in enumerate(templates(output.skeletons)):
            if weights.get(index, salience.CALM) < salience.GRAVE:
                if kind in self._kinds:
                    continue
                self._kinds.add(kind)
                self._middle_size += len(kind)
            self._middle.append((number + index + 1, passing[index]))
            self._middle_size += len(passing[index])
            if self._middle_size > self._room or len(self._kinds) > limits.DIGEST_KINDS:
                return

    def kept(self) -> Lines:
        """Return the lines that were kept."""
        self._pass()
        head, tail = len(self._head), len(self._tail)
        numbers = [*range(1, head + 1), *(number for number, _ in self._middle)]
        numbers += range(self._total - tail + 1, self._total + 1)
        texts = [*self._head, *(line for _, line in self._middle), *self._tail]
        return Lines(texts, numbers, self._total)
