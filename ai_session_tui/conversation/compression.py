"""When a conversation is compressed, and which of its messages: arithmetic over tokens that are counted already.

Law: with compression on, what is live stays at or below `FULL` of the limit, unless what may not be compressed (pinned
messages, decisions) and one digest are more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

FULL = 0.8  # of the limit: compression begins
GOAL = 0.5  # of the limit: how far it goes
_DIGEST_SHARE = 6  # a digest is allowed a sixth of the tokens of the messages that are new to it
_MOST_DIGEST = 5  # … and a fifth of the limit
_LEAST_DIGEST = 48


class Weighed(Protocol):
    """A live message, as far as compression looks at it."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def pinned(self) -> bool: ...
    @property
    def tokens(self) -> int | None: ...
    @property
    def time(self) -> float: ...
    @property
    def first(self) -> int | None: ...
    @property
    def facts(self) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """The messages to compress into one digest, and the tokens that it may have."""

    ids: tuple[int, ...]
    budget: int


def is_full(tokens: int, limit: int) -> bool:
    """Return whether a conversation of so many tokens has to be compressed."""
    return tokens > FULL * limit


def plan(messages: Sequence[Weighed], limit: int) -> Plan | None:
    """Return what to compress of the live messages, oldest first; None where there is nothing to do, or to gain."""
    live = sum(message.tokens or 0 for message in messages)
    if not is_full(live, limit):
        return None
    chosen: list[int] = []
    digests = fresh = budget = 0
    for message in sorted(messages, key=position):
        if message.pinned or message.kind == "decision" or message.tokens is None:
            continue
        chosen.append(message.id)
        if message.kind == "digest":
            digests += message.tokens
        else:
            fresh += message.tokens
        budget = max(_LEAST_DIGEST, min(digests + fresh // _DIGEST_SHARE, limit // _MOST_DIGEST))
        if fresh and live - digests - fresh + budget <= GOAL * limit:
            break
    if not fresh or digests + fresh <= budget:
        return None  # a digest of these would save nothing
    return Plan(tuple(sorted(chosen)), budget)


def position(message: Weighed) -> tuple[float, int]:
    """Return where a message stands in the conversation: by its time, a digest where what it covers began."""
    times = message.facts.get("times")
    if message.first is not None and isinstance(times, list) and times:
        return (float(times[0]), message.first)
    return (message.time, message.id)
