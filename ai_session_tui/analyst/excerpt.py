"""The beginning and the end of an output that could not be analysed: better than nothing, and it says so.

Whatever it was that cost the analysis its process, a parser, the emulator or the vocabulary, is not used here.
Invariant: what is looked at is bounded, however large the output is.
"""

from __future__ import annotations

import re

from ai_session_tui.digest.heading import exit_words
from ai_session_tui.redaction import redact
from ai_session_tui.tokens import estimated

from .messages import Analysed, Excerpt, Outcome
from .outputs import Output

_MOST_BYTES = 16 * 1024  # of either end
_BYTES_PER_TOKEN = 3  # of program output, so that a budget is rather kept than used up
_TOKENS = 2_000  # without a budget
_SEQUENCES = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|\x1b[ -/]{0,8}[0-~]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def excerpt(job: Excerpt) -> Analysed:
    """Return the two ends of an output in the form of an analysis that found nothing."""
    output = Output(job.source)
    each = min(_MOST_BYTES, max(1, (job.budget or _TOKENS) * _BYTES_PER_TOKEN // 2))
    is_whole = output.size <= 2 * each
    first = output.part(0, 2 * each if is_whole else each)
    last = b"" if is_whole else output.part(output.size - each, output.size)
    raw, head, tail = (first + last).decode("utf-8", "replace"), _text(first), _text(last)
    left_out = 0 if is_whole else output.size - 2 * each
    words = [exit_words(job.exit_code), job.why]
    if left_out:
        words.append(f"its beginning and its end, {left_out:,} bytes left out: {job.reference}")
    parts = [f"[{' · '.join(words)}]", head]
    parts += [f"[…{left_out:,} bytes]", tail] if left_out else []
    text = "\n".join(part for part in parts if part)
    lines, shown = _lines(output), max(1, min(output.size, 2 * each))
    text = redact(text) if job.redacted else text
    return Analysed(
        verdict="failure" if job.exit_code else "unknown",
        headline=job.why,
        digest=text,
        parsed=[],
        outcome=Outcome(job.exit_code, [], ""),
        raw_bytes=output.size,
        raw_tokens=estimated(raw) * output.size // shown,
        plain_tokens=estimated(head + tail) * output.size // shown,
        digest_tokens=estimated(text),
        is_estimate=True,
        failures=0,
        warnings=0,
        lines=lines,
        is_whole=is_whole,
    )


def _lines(output: Output) -> int:
    """Return how many lines there are, as far as line feeds tell."""
    count, end = 0, b"\n"
    for piece in output.pieces():
        count, end = count + piece.count(b"\n"), piece[-1:]
    return count + (end != b"\n")


def _text(data: bytes) -> str:
    """Return bytes as lines without sequences and controls; of a redrawn line only its last state."""
    text = _SEQUENCES.sub("", data.decode("utf-8", "replace")).replace("\r\n", "\n")
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _CONTROLS.sub("", "\n".join(line.rstrip(" ") for line in lines)).strip("\n")
