"""From bytes to a digest, in bounded memory; and a digest as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from ai_session_tui.text import TextReader
from ai_session_tui.tokens import Tokenizer, tokenizer

from .composition import digest_lines
from .lines import LineKeeper
from .model import Digest, Outcome
from .plain_tokens import PlainTokens

_BATCH = 256 * 1024  # bytes that are read before the next part of the text is counted


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
    whole_files: bool = False,
) -> Digest:
    """Return the digest of terminal output (raw bytes or plain text) that comes in pieces.

    `columns` and `rows` are the size of the terminal it was written to. The others are those of `digest_lines`.
    """
    counter = counter or tokenizer()
    reader, keeper = TextReader(columns, rows), LineKeeper()
    with PlainTokens(counter) as plain:
        for piece in pieces:
            for start in range(0, len(piece), _BATCH):
                lines = reader.feed(piece[start : start + _BATCH])
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
            whole_files=whole_files,
        )


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
