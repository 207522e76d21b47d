"""From bytes to a digest, in bounded memory; and a digest as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from ai_session_tui import limits
from ai_session_tui.text import TextReader
from ai_session_tui.tokens import TokenCount, Tokenizer, tokenizer

from .composition import digest_lines
from .lines import LineKeeper
from .model import Digest, Outcome

_COUNTED_SHARE = 10  # of the batches of a very large text, one of so many is counted


def digest_output(
    pieces: Iterable[bytes],
    command: str = "",
    exit_code: int | None = None,
    *,
    budget: int | None = None,
    previous: Outcome | None = None,
    reference: str = "",
    columns: int = 120,
    rows: int = 40,
    counter: Tokenizer | None = None,
) -> Digest:
    """Return the digest of terminal output (raw bytes or plain text) that comes in pieces.

    `columns` and `rows` are the size of the terminal it was written to.
    """
    counter = counter or tokenizer()
    reader, keeper, plain = TextReader(columns, rows), LineKeeper(), _PlainTokens(counter)
    for piece in pieces:
        lines = reader.feed(piece)
        keeper.take(lines)
        plain.take(lines)
    lines = reader.finish()
    keeper.take(lines)
    plain.take(lines)
    return digest_lines(
        keeper.kept(),
        command,
        exit_code,
        budget=budget,
        previous=previous,
        reference=reference,
        plain=plain.total,
        counter=counter,
    )


class _PlainTokens:
    """Counts the tokens of a text that comes in batches; of a very large one a part, and the rest is an estimate."""

    def __init__(self, counter: Tokenizer) -> None:
        self._counter = counter
        self._signs = self._batches = 0
        self._counted = TokenCount(0)
        self._counted_signs = 0

    def take(self, lines: list[str]) -> None:
        """Take the next lines."""
        if not lines:
            return
        text = "\n".join(lines) + "\n"
        self._signs += len(text)
        self._batches += 1
        if self._signs <= limits.COUNTED_SIGNS or self._batches % _COUNTED_SHARE == 0:
            self._counted += self._counter.count(text)
            self._counted_signs += len(text)

    @property
    def total(self) -> TokenCount:
        """The tokens of all that was taken."""
        if self._counted_signs == self._signs:
            return self._counted
        return TokenCount(round(self._counted.tokens * self._signs / self._counted_signs), exact=False)


def to_plain(digest: Digest) -> dict[str, object]:
    """Return a digest as values that JSON knows."""
    return {
        "text": digest.text,
        "exit_code": digest.exit_code,
        "verdict": digest.verdict,
        "tokens": {
            "plain": digest.plain.tokens,
            "delivered": digest.delivered.tokens,
            "exact": digest.plain.exact and digest.delivered.exact,
        },
        "lines": digest.lines,
        "whole": digest.is_whole,
        "results": [asdict(run) | {"drop": [[span.start, span.stop] for span in run.drop]} for run in digest.parsed],
    }
