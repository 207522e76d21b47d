"""`redact`: the one function, and the gates that make it cost next to nothing where there is no secret.

Laws: the number of lines stays (so line numbers of a redacted text are those of the raw one), redacting twice is
redacting once, and text without any of the words of the gates is returned as it is.

Why no detector of others: detect-secrets 1.5, the best kept one, was tried. Its plugins tell which value of a line is a
secret, not where it stands, and a search over source code is what they are made for: unquoted `DB_PASSWORD=hunter2` of
a shell, `Authorization` headers and `--password` options are not found, a GitHub token is reported as its prefix. It
reads 1 MB/s, and importing it takes 0.1 s and brings an HTTP client and multiprocessing into the process. So its shapes
of tokens are the oracle of our tests instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ai_session_tui.redaction.assignments import NAME_STEMS, mask_assignments
from ai_session_tui.redaction.shapes import GATED_SHAPES, LONG_WORD, VENDOR_TOKENS
from ai_session_tui.redaction.shapes import MASK as MASK

_KEY_BLOCK = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d)"
    r"(.*?)"
    r"(?=-----END |-----BEGIN |\Z)",
    re.DOTALL,
)
# A block whose end was cut off reaches as far as lines look like the inside of one.
_KEY_LINE = re.compile(r"(?:[ \t>|+-]*(?:[A-Za-z0-9+/=]{16,}|[A-Za-z0-9+/]+={0,2}|[A-Za-z-]+: [^\n]*|))[ \t\r]*")


def redact(text: str) -> str:
    """Return text with every secret in it replaced by `MASK`; the number of lines stays."""
    while True:
        masked = _redact_once(text)
        if masked == text:
            return text
        text = masked  # ends: every round turns at least one character that is no mask into a mask


def _redact_once(text: str) -> str:
    lower = _lower(text)
    if "private key" in lower or "putty-user-key" in lower:
        text = _KEY_BLOCK.sub(_mask_block, text)
    words = "\n".join(set(LONG_WORD.findall(text))).lower()
    for pattern, hints in VENDOR_TOKENS:
        if any(hint in words for hint in hints):
            text = pattern.sub(MASK, text)
    for hints, pattern in GATED_SHAPES:
        if any(hint in lower for hint in hints):
            text = pattern.sub(_mask_group, text)
    if any(hint in lower for hint in NAME_STEMS):
        text = mask_assignments(text, _lower(text))
    return text


def _lower(text: str) -> str:
    """Return text in lower case, every character at its own place still (a Turkish İ would become two)."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(char.lower() if char.isascii() else char for char in text)
    return lower


def _mask_group(match: re.Match[str]) -> str:
    """Mask the groups named `secret…`; what is masked already stays."""
    whole, start = match[0], match.start()
    for name in sorted(match.re.groupindex, key=lambda name: -match.start(name)):
        first, last = match.span(name)
        if first >= 0 and match[name].strip() != MASK:
            whole = whole[: first - start] + MASK + whole[last - start :]
    return whole


def _mask_block(match: re.Match[str]) -> str:
    head, body = match[1], match[2]
    is_closed = match.string.startswith("-----END ", match.end())
    lines = body.split("\n")
    mask: Callable[[str], bool] = (lambda line: True) if is_closed else _looks_inside
    for at, line in enumerate(lines):
        if not mask(line):
            break
        if line.strip(" \t\r"):
            lines[at] = MASK
    return head + "\n".join(lines)


def _looks_inside(line: str) -> bool:
    return MASK in line or "\\n" in line or _KEY_LINE.fullmatch(line) is not None
