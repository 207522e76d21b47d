"""Secrets are masked in whatever the analyst hands out, unless who asks says otherwise.

Invariant: the number of lines stays, also where a private key reaches from one batch of lines into the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from ai_session_tui.redaction import redact

_Value = TypeVar("_Value")
_BEGIN: Final = "-----BEGIN "
_END: Final = "-----END "
_LONGEST_KEY: Final = 400  # lines; a key that has not ended by then has lost its end


def masked_lines(batches: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield batches of lines with their secrets masked; an unfinished key waits for the next batch."""
    held: list[str] = []
    for batch in batches:
        lines = held + batch
        cut = _open_key(lines)
        held = lines[cut:]
        if lines[:cut]:
            yield _masked(lines[:cut])
    if held:
        yield _masked(held)


def masked_values(value: _Value) -> _Value:
    """Return a value of lists, dictionaries and plain values with all texts in it masked."""
    if isinstance(value, str):
        return redact(value)  # type: ignore[return-value]  # a text for a text
    if isinstance(value, list):
        return [masked_values(item) for item in value]  # type: ignore[return-value]
    if isinstance(value, dict):
        return {key: masked_values(item) for key, item in value.items()}  # type: ignore[return-value]
    return value


def _masked(lines: list[str]) -> list[str]:
    return redact("\n".join(lines)).split("\n")


def _open_key(lines: list[str]) -> int:
    """Return the index of the line with which a key begins that does not end; the number of lines without one."""
    for back, line in enumerate(reversed(lines[-_LONGEST_KEY:]), 1):
        if _END in line:
            break
        if _BEGIN in line:
            return len(lines) - back
    return len(lines)
