"""From what the server sent to typed values.

Invariant: past `decode` there is no untyped value, and a field that a newer server adds is ignored.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

import msgspec

from ai_session_tui.errors import ProtocolError

_Value = TypeVar("_Value")


class State(StrEnum):
    """A state; one that only a newer server knows reads as `UNKNOWN`."""

    @classmethod
    def _missing_(cls, value: object) -> State | None:
        return cls("unknown") if isinstance(value, str) else None


def decode(value: object, kind: type[_Value]) -> _Value:
    """Return a value of the wire as `kind`; raise `ProtocolError` when it has another shape."""
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise ProtocolError(
            f"the server sent a {kind.__name__} that cannot be read: {error}",
            "run `ai-session server restart`, so that server and client are of one version.",
        ) from None


def field(found: object, name: str, kind: type[_Value]) -> _Value:
    """Return one field of a result as `kind`; raise `ProtocolError` when there is none, or it has another shape."""
    if not isinstance(found, dict) or name not in found:
        raise ProtocolError(f"the server's answer lacks {name!r}")
    return decode(found[name], kind)
