"""The analysis of one output: text, parsers, digest and tokens, in one pass and bounded memory."""

from __future__ import annotations

import os
from typing import Protocol, TypeVar

from ai_session_tui.digest import Digest, digest_output, headline
from ai_session_tui.digest import Outcome as DigestOutcome
from ai_session_tui.parsers.model import Verdict
from ai_session_tui.parsers.registry import parsers
from ai_session_tui.paths import Home
from ai_session_tui.tokens import tokenizer

from .masked import masked_values
from .messages import Analyse, Analysed, Count, Counted, Outcome
from .outputs import Output
from .raw_tokens import RawTokens
from .typed import count_failures, count_warnings, typed

_Value = TypeVar("_Value")
_HEADLINE_SIGNS = 200
_rules_read: list[float | None] = []  # when the user's own rules were changed that are in use now


class _Mask(Protocol):
    def __call__(self, value: _Value, /) -> _Value: ...


def _as_it_is(value: _Value) -> _Value:
    return value


def analyse(job: Analyse) -> Analysed:
    """Return what is known about an output."""
    _notice_own_rules()
    output = Output(job.source)
    counter = tokenizer()
    with RawTokens(output, counter) as raw:
        digest = digest_output(
            raw.watch(output.pieces()),
            job.command,
            job.exit_code,
            budget=job.budget,
            previous=_previous(job.previous),
            reference=job.reference,
            columns=output.columns,
            rows=output.rows,
            counter=counter,
            whole_files=job.whole_files,
        )
        raw_tokens = raw.total(digest.plain)
    mask: _Mask = masked_values if job.redacted else _as_it_is
    text = mask(digest.text)
    delivered = digest.delivered if text == digest.text else counter.count(text)
    return Analysed(
        verdict=digest.verdict.value,
        headline=mask(_headline(digest)[:_HEADLINE_SIGNS]),
        digest=text,
        parsed=mask(typed(digest.parsed)),
        outcome=Outcome(
            digest.outcome.exit_code,
            mask(list(digest.outcome.troubles)),
            digest.outcome.fingerprint,
            list(digest.outcome.lines),
        ),
        raw_bytes=output.size,
        raw_tokens=raw_tokens.tokens,
        plain_tokens=digest.plain.tokens,
        digest_tokens=delivered.tokens,
        is_estimate=not (raw_tokens.exact and digest.plain.exact and delivered.exact),
        failures=count_failures(digest.parsed),
        warnings=count_warnings(digest.parsed),
        lines=digest.lines,
        is_whole=digest.is_whole,
    )


def count(job: Count) -> Counted:
    """Return the tokens of a text."""
    counted = tokenizer().count(job.text)
    return Counted(counted.tokens, not counted.exact)


def _previous(outcome: Outcome | None) -> DigestOutcome | None:
    if outcome is None:
        return None
    return DigestOutcome(outcome.exit_code, tuple(outcome.troubles), outcome.fingerprint, tuple(outcome.lines))


def _headline(digest: Digest) -> str:
    """Return a run in one line: what the tools counted, else the first trouble, else how much was written."""
    told = headline(digest.parsed)
    if not told and digest.verdict is Verdict.FAILURE and digest.outcome.troubles:
        told = digest.outcome.troubles[0]
    return told or ("no output" if not digest.lines else f"{digest.lines:,} line{'s' if digest.lines > 1 else ''}")


def _notice_own_rules() -> None:
    """Read the user's rules for parsers again when their file has changed."""
    try:
        changed: float | None = os.stat(Home().parsers).st_mtime
    except OSError:
        changed = None
    if _rules_read != [changed]:
        _rules_read[:] = [changed]
        parsers.cache_clear()
