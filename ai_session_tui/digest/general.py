"""The treatment of output that no parser understands, or not to the end: errors, outliers, kinds, both ends.

Invariant: what is chosen depends on the lines, the exit code and the budget alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from . import salience
from .lines import Lines
from .outliers import outliers
from .salience import CALM, ERROR, GRAVE, WARNING
from .selection import Budget, Selection
from .templates import Templates, template
from .values import telling_values

_BLOCK: Final = 8  # lines that may belong to an error report, behind its first
_FEW_KINDS: Final = 3  # kinds of errors for which there is always room
_A_REPORT: Final = 40  # tokens more for each other kind
_FOR_REPORTS: Final = 600  # and not more than these
_LONGEST_BLOCK: Final = 60  # lines of which the end is looked for
_TRACEBACK: Final = "Traceback (most recent call last)"
_LEAST: Final = 8  # tokens that are no use for another line
_MISSES: Final = 40  # groups that did not fit any more
_ALIKE: Final = 3  # lines of one kind at either end
_FEW: Final = 4  # like reports that are all shown
_FEW_GRAVE: Final = 8  # the same of those that have the form of an error report
_SECTION: Final = 40  # lines above a report in which its section's heading is looked for
_HEADING: Final = re.compile(r"[=#*_-]{2,}[ \[>]\S|\S[^\n]{0,100}[=*_-]{5,}$|==> |#+ \S|make\[\d+\]: Entering|--- \S")
_OUTCOMES: Final = 8
_OUTCOME: Final = re.compile(
    r"\*\*\* .* \*\*\*|\b(?:tests?|checks?) (?:OK|ok|passed|succeeded)\b|\bBUILD SUCCE"
    r"|\b[Ss]uccess(?:fully)?\b|\bSUCCESS\b"
)
_OUTCOME_HINTS: Final = (
    *("*** ", "succe"),
    *(f"{what} {how}" for what in ("test", "tests", "check", "checks") for how in ("ok", "passed", "succeeded")),
)
_END: Final = 40  # lines among which a tally of what was tested or found is looked for
_TALLIES: Final = 6
_COUNT: Final = re.compile(
    r"(?:\S )?\W{0,4}(?:pass|fail|error|skip|total|tests|ok\b)\w*(?:[:=] {0,20}| )\d+\W*$", re.IGNORECASE
)
_COUNT_WORDS: Final = ("fail", "total")
_COUNTED: Final = re.compile(r"\d+ [a-z]")
_TALLY: Final = re.compile(
    r"\b\d+ (?:\w+ )?(?:tests?|specs?|examples?|scenarios?|suites?|assertions?|checks?|passed|passing|failed|failing"
    r"|failures?|errors?|warnings?|skipped|pending|problems?|issues?|offenses?|violations?|ok|targets?|sessions?)\b"
)
_LISTED: Final = 5000  # lines of an output in which tallies, numbered failures and places are looked for
_NUMBERS: Final = 12  # numbered failures that are shown
_PLACE_SIGNS: Final = 240  # signs of a line in which a place stands
_NUMBERED: Final = re.compile(r" {0,4}(\d{1,3})[.)] {1,3}\S")
_PLACED: Final = re.compile(
    r"\s{0,8}(?:at |in |--> |[Ll]ocation: |[Ff]ile: )?(?:\./|/)?"
    r"[\w@.+-]+(?:/[\w@.+-]+)*\.[A-Za-z]\w{0,7}[:(]\d+(?:[:,]\d+)?\)?(?::| -|$)"
)
_COMPLAINT_HINTS: Final = (
    *("no such file", "ermission denied", "is a directory", "not a directory", "cannot ", "no space left"),
    *("connection refused", "not permitted", "input/output error", "not found"),
)
_COMPLAINT: Final = re.compile(
    r"[\w/][\w./+-]{0,40}: (?:line \d+: |\d+: )?(?:cannot \w+ .*|.*(?:No such file or directory|[Pp]ermission denied"
    r"|Is a directory|Not a directory|No space left on device|Connection refused|Operation not permitted"
    r"|Input/output error|command not found))\W?$"
)
_HEAD: Final = re.compile(r"\s*[A-Z%][A-Za-z%/()._-]*(?:\s+[A-Za-z%/()._#-]+){2,}\s*$")
_DIGIT: Final = re.compile(r"\d")
_TABLES: Final = 12
_ALONE: Final = re.compile(r"\s*(?:at |in |--> |[Ll]ocation: |[Ff]ile: )?[^\s:()]+\.\w+[:(]\d+(?:[:,]\d+)?\)?:?")
_PLACES: Final = 40  # lines that are a place and nothing else
_UNLIKE: Final = 8  # records of data that are shown before its end
_MANY: Final = 60  # lines from which on a kind that comes once or twice is rare


class General:
    """Chooses lines of an output.

    `dropped` are lines that are known to be superfluous; `is_data` says that words in it do not tell of trouble,
    `is_read` that a parser has chosen already and only trouble that it does not know is looked for.
    """

    def __init__(
        self,
        lines: Lines,
        is_failure: bool,
        dropped: set[int] | None = None,
        *,
        is_data: bool = False,
        is_read: bool = False,
    ) -> None:
        self._lines = lines
        self._is_failure = is_failure
        self._dropped = dropped or set()
        self._is_data = is_data
        self._is_read = is_read
        self._shown: Counter[str] = Counter()
        self.templates = Templates(lines.output)
        self._weights = {} if is_data else salience.weights(lines.output, self._dropped)

    @property
    def trouble(self) -> int:
        """The largest weight that a line has."""
        return max(self._weights.values(), default=CALM)

    def choose(self, selection: Selection, budget: Budget) -> None:
        """Add lines to a selection, the most telling first, until the budget is spent."""
        misses = 0
        if self._is_read:  # what a parser chose needs no heading of ours
            self._weights = {index: weight for index, weight in self._weights.items() if index not in selection.chosen}
        if not (self._is_data or self._is_read):
            budget.left += min(_FOR_REPORTS, _A_REPORT * max(0, self._kinds_of_trouble() - _FEW_KINDS))
        for group in self._groups():
            misses += not budget.add(selection, self._lines, group)
            if budget.left < _LEAST or misses > _MISSES:
                break
        if not self._is_data:
            self._tell_values(selection)

    def _kinds_of_trouble(self) -> int:
        """Return how many kinds of errors there are."""
        of = self.templates.of
        return len({of[index] for index, weight in self._weights.items() if weight >= ERROR})

    def _groups(self) -> Iterator[list[int]]:
        """Yield lines that belong together, in the order of their weight."""
        size = len(self._lines)
        if self._is_read:  # a parser told what matters; this is for what it does not know
            yield list(range(max(0, size - 2), size))
            yield from self._reports(GRAVE)
            yield from self._listed()
            for weight in (ERROR, WARNING):
                yield from self._reports(weight)
            return
        yield [index for index in range(max(0, size - 3), size) if index not in self._dropped]
        yield from self._telling(range(min(2, size)))
        yield from self._telling(self._tallies())
        yield from self._reports(GRAVE)
        yield from self._telling(self._outcomes())
        if not self._is_failure:  # of what went well, or was only read, trouble tells more than the end
            yield from self._reports(ERROR)
        if not (self._is_failure and any(weight >= ERROR for weight in self._weights.values())):
            yield from self._reports(WARNING)
        yield from self._telling(self._complaints())
        yield from self._telling(self._heads())
        if self._is_data or not self._is_failure:  # what is unlike the rest tells more of it than its end
            yield from ([index] for index in outliers(self._lines.texts)[:_UNLIKE] if index not in self._dropped)
        yield from self._telling(reversed(range(max(0, size - 8), size)))
        yield from self._listed()
        yield from self._reports(ERROR)
        yield from self._telling(range(min(5, size)))
        if self._is_failure:
            yield from self._telling(reversed(range(max(0, size - 24), size)))
        yield from ([index] for index in outliers(self._lines.texts) if index not in self._dropped)
        yield from self._reports(WARNING)
        if self._is_data:
            yield from self._telling(range(min(20, size)))
        yield from self._kinds()
        yield from self._telling(range(min(8, size)))

    def _outcomes(self) -> list[int]:
        """Return the first and the last lines that say how something ended."""
        if self._is_data:
            return []
        texts = self._lines.texts
        found = [i for i in sorted(self._lines.output.hinted(_OUTCOME_HINTS)) if _OUTCOME.search(texts[i][:200])]
        often = Counter(self.templates.of[i] for i in found)
        found = [i for i in found if often[self.templates.of[i]] <= _ALIKE]  # what succeeds all the time ends nothing
        return found if len(found) <= _OUTCOMES else [*found[: _OUTCOMES // 2], *found[-_OUTCOMES // 2 :]]

    def _complaints(self) -> list[int]:
        """Return what programs themselves said amid the data that they printed: their name, and why they could not."""
        if not self._is_data:
            return []
        texts = self._lines.texts
        return [i for i in sorted(self._lines.output.hinted(_COMPLAINT_HINTS)) if _COMPLAINT.match(texts[i][:300])]

    def _heads(self) -> list[int]:
        """Return the heads of tables that follow each other in data: words without values, above a line with values."""
        if not self._is_data:
            return []
        texts, filled = self._lines.texts, self._lines.filled
        found = [i for i, below in pairwise(filled) if _HEAD.match(texts[i][:200]) and _DIGIT.search(texts[below])]
        return [i for i in found if self.templates.count[self.templates.of[i]] <= _ALIKE][:_TABLES]

    def _tallies(self) -> list[int]:
        """Return the lines that count what passed and what failed: those at the end, or above a list of failures."""
        texts = self._lines.texts
        if self._is_data:
            return []
        end = range(max(0, len(texts) - _END), len(texts))
        found = [i for i in end if len(_TALLY.findall(texts[i][:200])) > 1 or _COUNT.match(texts[i])]
        if not found and self._is_failure and len(texts) <= _LISTED:
            counted = (i for i, line in enumerate(texts) if line[:1].isdigit() and _COUNTED.match(line))
            found = [i for i in counted if len(_TALLY.findall(texts[i][:200])) > 1]
        named = sorted(self._lines.output.hinted(_COUNT_WORDS)) if len(texts) <= _LISTED else []
        counts = [i for i in named if _COUNT.match(texts[i][:200])]
        return [*found[-_TALLIES:], *counts[-_TALLIES:]]

    def _telling(self, indices: Iterable[int]) -> Iterator[list[int]]:
        """Yield lines one by one, without those of a kind that was shown often enough."""
        for index in indices:
            pattern = self.templates.of[index]
            self._shown[pattern] += 1
            if index not in self._dropped and self._shown[pattern] <= _ALIKE:
                yield [index]

    def _reports(self, weight: int) -> Iterator[list[int]]:
        """Yield the first and the last report of every template of a weight, with the lines that explain it."""
        groups: dict[str, list[int]] = {}
        for index, found in self._weights.items():
            if found == weight and index not in self._dropped:
                groups.setdefault(template(self._lines[index]), []).append(index)
        few = _FEW_GRAVE if weight == GRAVE else _FEW
        for members in groups.values():
            yield self._block(members[0])
            yield self._heading(members[0])
            for index in members[1:] if len(members) <= few else members[-1:]:
                yield self._block(index) if _TRACEBACK in self._lines[index] else [index]

    def _listed(self) -> Iterator[list[int]]:
        """Yield what a tool that nobody knows lists of a failed run: numbered failures, and lines that name a place."""
        texts = self._lines.texts
        if not self._is_failure or self._is_data or len(texts) > _LISTED:
            return
        numbers: list[list[int]] = []  # of several lists, failures and what is pending, each
        for index, line in enumerate(texts):
            if line[:5].strip()[:1].isdigit() and (found := _NUMBERED.match(line)):
                if numbers and int(found[1]) == len(numbers[-1]) + 1:
                    numbers[-1].append(index)
                elif int(found[1]) == 1:
                    numbers.append([index])
        heads = [head for some in numbers if len(some) > 1 or some is numbers[-1] for head in some]
        for position, head in enumerate(heads[:_NUMBERS]):
            stop = heads[position + 1] if position + 1 < len(heads) else len(texts)
            block = [index for index in range(head, min(stop, head + 2 * _BLOCK)) if texts[index].strip()]
            yield [index for index in block[:_BLOCK] if index not in self._dropped]
        placed = [index for index, line in enumerate(texts) if _PLACED.match(line[:_PLACE_SIGNS])]
        alone = [index for index in placed if _ALONE.fullmatch(texts[index])]  # the place of what is told above it
        if len(alone) <= _PLACES:
            yield from ([index] for index in alone if index not in self._dropped)
        yield from self._telling(placed)

    def _block(self, index: int) -> list[int]:
        """Return a line and those behind it that are indented deeper; of a traceback its end, which tells what."""
        lines = self._lines
        indent = _indent(lines[index])
        deeper: list[int] = []
        for after in range(index + 1, min(index + 1 + _LONGEST_BLOCK, len(lines))):
            line = lines[after]
            if not line.strip() or _indent(line) <= indent:
                if line.strip() and _TRACEBACK in lines[index]:
                    deeper = [*deeper[-2:], after]
                break
            deeper.append(after)
        return [index, *(after for after in deeper[:_BLOCK] if after not in self._dropped)]

    def _heading(self, index: int) -> list[int]:
        """Return the heading of the section that a line stands in."""
        above = range(index - 1, max(-1, index - _SECTION), -1)
        return next(([before] for before in above if _HEADING.match(self._lines[before])), [])

    def _kinds(self) -> Iterator[list[int]]:
        """Yield one line of every template that comes often, then those whose shape is rare."""
        templates = self.templates
        often = sorted(
            (pattern for pattern, count in templates.count.items() if count >= 3 and pattern.strip()),
            key=lambda pattern: (-templates.count[pattern], templates.first[pattern]),
        )
        yield from ([templates.first[pattern]] for pattern in often if templates.first[pattern] not in self._dropped)
        if len(self._lines) < _MANY:
            yield from ([index] for index in range(len(self._lines)) if index not in self._dropped)
            return
        yield from ([index] for index in templates.rare(2) if index not in self._dropped and self._lines[index].strip())

    def _tell_values(self, selection: Selection) -> None:
        """Note how often a shown error came, and by which values its other occurrences differ."""
        groups: dict[str, list[int]] = {}
        for index, weight in self._weights.items():
            if weight > CALM:
                groups.setdefault(template(self._lines[index]), []).append(index)
        for members in groups.values():
            hidden = [index for index in members if index not in selection.chosen]
            if members[0] in selection.chosen and hidden:
                values = telling_values([self._lines[index] for index in members])
                count = f"{len(members)} like this, to line {self._lines.number(members[-1])}"
                selection.note(members[0], f"{count}: {' '.join(values)}" if values else count)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
