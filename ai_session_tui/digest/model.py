"""What a digest is."""

from __future__ import annotations

from dataclasses import dataclass

from ai_session_tui.parsers.model import Parsed, Verdict
from ai_session_tui.tokens import TokenCount


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run is compared by with the next run of the same command; made of plain values, to be stored."""

    exit_code: int | None
    troubles: tuple[str, ...]  # failures and diagnostics, each in one line that stays the same while the trouble does
    fingerprint: str  # of the text
    lines: tuple[int, ...] = ()  # prints of its lines, of an output that is not too long; times in them do not count


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of one output.

    `plain` are the tokens of the whole text, `delivered` those of the digest's; `is_whole` says that nothing is left
    out. `parsed` is what the parsers read, `consistent` results only.
    """

    text: str
    exit_code: int | None
    verdict: Verdict
    plain: TokenCount
    delivered: TokenCount
    lines: int
    is_whole: bool
    parsed: tuple[Parsed, ...]
    outcome: Outcome
