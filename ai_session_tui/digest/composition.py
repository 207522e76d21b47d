"""Composing a digest: parsers where they are sure, the general treatment for the rest, all of it where it is short.

Invariants: the exit code is told; nothing is longer than the text itself and the line with the exit code; the same
input gives the same digest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from ai_session_tui.parsers.commands import exit_told_by, is_file_read, runs_several
from ai_session_tui.parsers.model import Parsed, Verdict
from ai_session_tui.parsers.registry import best
from ai_session_tui.tokens import TokenCount, Tokenizer, tokenizer

from . import outline, reports, salience
from .difference import difference, outcome, unchanged
from .general import General
from .heading import brief, exit_words, heading, verdict_of
from .lines import Lines
from .model import Digest, Outcome
from .salience import CALM, ERROR, GRAVE
from .selection import Budget, Rank, Selection, lay_out, within
from .unread import select_unread

_PASSES_WHOLE: Final = 200  # tokens
_FAILURE_PASSES_WHOLE: Final = 360
_WORTHWHILE: Final = 0.85  # a digest of more than this share of the text is no help: the text itself is better
_MOST: Final = 520  # tokens for lines that no parser asked for; the longer the text, the smaller their share
_MOST_ON_FAILURE: Final = 1200
_LEAST: Final = 240  # and of what went well, however short it is
_CEILING: Final = 12_000  # tokens of a digest that nobody set a budget for
_LOG: Final = "log"  # the kind of data whose words tell of trouble
_LONG: Final = 100_000  # signs; a text of more has far too many tokens to pass whole
_HEADING: Final = 60  # tokens set aside for the first line


def digest_lines(
    lines: Lines,
    command: str = "",
    exit_code: int | None = None,
    *,
    budget: int | None = None,
    previous: Outcome | None = None,
    reference: str = "",
    plain: Callable[[], TokenCount] | None = None,
    counter: Tokenizer | None = None,
    whole_files: bool = False,
) -> Digest:
    """Return the digest of an output.

    `budget` are the tokens that it may have; `reference` is the command that prints the output, for the marks;
    `plain` returns the tokens of the whole text, where they are counted elsewhere. `whole_files` lets what only reads
    files (`parsers.commands.is_file_read`) pass whole, up to the ceiling that every digest has.
    """
    composer = _Composer(lines, command, exit_code, counter or tokenizer())
    composer.passes_whole = _CEILING if whole_files and exit_code in (0, None) and is_file_read(command) else 0
    return composer.compose(budget, previous, reference, plain)


def _uncounted(run: Parsed) -> Parsed:
    """Return a run without the number of its records: of a very long output not all of them were seen."""
    return replace(run, bulk=replace(run.bulk, rows=None)) if run.bulk is not None else run


class _Composer:
    def __init__(self, lines: Lines, command: str, exit_code: int | None, counter: Tokenizer) -> None:
        self._lines = lines
        self._exit_code = exit_code
        self._counter = counter
        self.passes_whole = 0  # tokens up to which this output is not shortened, whatever it is
        self._known: set[int] = set()  # lines that stood in the last run too
        found = best(lines.output, command, exit_code)
        parsed = tuple(run for run in found if run.consistent)
        self._parsed = parsed if lines.is_whole else tuple(map(_uncounted, parsed))
        # Of a report that was cut, by `| tail` say, a parser knows failures, though not as many as the tool counted.
        self._unsure = tuple(run for run in found if not run.consistent and run.verdict is Verdict.FAILURE)
        self._verdict = verdict_of((*self._parsed, *self._unsure), exit_code)
        self._is_of_several = runs_several(command)
        told_by = exit_told_by(command) if exit_code == 0 else ""
        self._may_have_failed = self._verdict is Verdict.FAILURE
        if self._verdict is Verdict.SUCCESS and told_by:
            trouble = self._trouble()
            self._may_have_failed = trouble >= ERROR
            self._verdict = Verdict.UNKNOWN if trouble >= GRAVE else Verdict.SUCCESS
        self._exit = exit_words(exit_code, told_by if self._may_have_failed else "")

    def compose(
        self,
        budget: int | None,
        previous: Outcome | None,
        reference: str,
        plain_tokens: Callable[[], TokenCount] | None,
    ) -> Digest:
        lines, count = self._lines, self._counter.tokens
        whole = "\n".join(lines.texts)
        now = outcome(whole, lines, self._exit_code, self._parsed)
        self._known = unchanged(now, previous)
        told = difference(now, previous)
        plain_of = plain_tokens or partial(self._counter.count, whole)
        plain = (
            plain_of() if lines.signs < _LONG or self.passes_whole else None
        )  # of a long text they may still be counted beside us
        text = f"{brief(self._exit, told)}\n{whole}".rstrip("\n")
        is_whole = True
        if not self._is_short(plain, budget):
            body, folded = self._body(self._allowance(plain, budget), budget, previous)
            hides_failure = self._exit_code == 0 and self._verdict is Verdict.FAILURE
            first = heading(
                self._parsed,
                f"{self._exit} · but the output tells of a failure" if hides_failure else self._exit,
                folded=folded,
                total=lines.total,
                difference=told,
                reference=reference,
            )
            shortened = f"{first}\n{body}".rstrip("\n")
            plain = plain or plain_of()
            is_worthwhile = count(shortened) < _WORTHWHILE * plain.tokens
            if is_worthwhile or not lines.is_whole or (budget is not None and plain.tokens > budget):
                text, is_whole = shortened, False
        assert plain is not None
        return Digest(
            text,
            self._exit_code,
            self._verdict,
            plain,
            self._counter.count(text),
            lines.total,
            is_whole,
            self._parsed,
            now,
        )

    def _trouble(self) -> int:
        """Return the largest weight that a line has; data has none."""
        is_data = any(run.bulk for run in self._parsed)
        return CALM if is_data else max(salience.weights(self._lines.output).values(), default=CALM)

    def _is_short(self, plain: TokenCount | None, budget: int | None) -> bool:
        """Return whether the text passes whole."""
        if plain is None or not self._lines.is_whole or (budget is not None and plain.tokens > budget):
            return False
        most = _FAILURE_PASSES_WHOLE if self._may_have_failed else _PASSES_WHOLE
        return plain.tokens < max(most, self.passes_whole)

    def _allowance(self, plain: TokenCount | None, budget: int | None) -> int:
        """Return the tokens for lines that no parser asks for; all of the budget's where there is one."""
        if budget is not None:
            return max(0, budget - _HEADING)
        is_data = any(run.bulk for run in self._parsed)
        if self._may_have_failed and not is_data:
            return min(_MOST_ON_FAILURE, int(20 * math.sqrt(plain.tokens)) if plain else _MOST_ON_FAILURE)
        return min(_MOST, max(_LEAST, int(10 * math.sqrt(plain.tokens))) if plain else _MOST)

    def _body(self, limit: int, budget: int | None, previous: Outcome | None) -> tuple[str, int]:
        """Return the lines of the digest, and how many lines of the text are left out."""
        lines, count = self._lines, self._counter.tokens
        document = lines.output.document if lines.is_whole else None
        is_told = bool(self._known) or any(
            run.failures or run.diagnostics for run in self._parsed
        )  # events of a tool, a log: by lines
        if document is not None and not is_told:
            return outline.outline(document[1], limit, count), lines.total
        selection = Selection()
        dropped: set[int] = set()
        worst = reports.reason((*self._parsed, *self._unsure))
        known = frozenset(previous.troubles if previous else ())
        for run in self._unsure:
            reports.select(run, lines, selection, worst, known)
        for run in self._parsed:
            dropped |= reports.select(run, lines, selection, worst, known)
        is_data = bool(self._parsed) and all(run.bulk and run.bulk.kind != _LOG for run in self._parsed)
        is_read = not is_data and self._is_read(len(dropped | selection.chosen.keys()))
        if self._known and not is_read:
            selection, dropped = self._changed(limit, selection)
        if (is_read or is_data) and self._is_of_several and lines.is_whole and not self._known:
            select_unread((*self._parsed, *self._unsure), lines, selection, self._may_have_failed, count)
        general = General(lines, self._may_have_failed, dropped, is_data=is_data, is_read=is_read)
        # Whoever chose more lines than there may be tokens has spent them all.
        chosen = selection.chosen
        spent = limit if len(chosen) > _CEILING else count("\n".join(lines[index] for index in chosen))
        general.choose(selection, Budget(limit // 3 + 100 if is_read else max(limit // 4, limit - spent), count))
        like = None if is_read or self._known else general.templates
        most = _CEILING if budget is None else limit
        selection = within(selection, most, lambda some: count("\n".join(lay_out(lines, some, like))))
        shown = sum(bool(lines[index].strip()) for index in selection.chosen)
        return "\n".join(lay_out(lines, selection, like)), max(0, lines.total - shown)

    def _changed(self, limit: int, selection: Selection) -> tuple[Selection, set[int]]:
        """Return the lines that are new since the last run, as far as there is room, and those to leave out."""
        found = Selection({index: rank for index, rank in selection.chosen.items() if index not in self._known})
        budget = Budget(limit, self._counter.tokens)
        for index in self._lines.filled:
            if index not in self._known:
                budget.add(found, self._lines, [index])
        found.choose(self._lines.filled[-1:], Rank.SUMMARY)
        return found, set(self._known)

    def _is_read(self, accounted: int) -> bool:
        """Return whether parsers account for most of the output, and not only for a trace in a log."""
        return accounted * 2 > len(self._lines.filled)
