"""The shapes of contexts as the protocol tells them, for the type checker alone (docs/protocol.md)."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

MessageShape = TypedDict(
    "MessageShape",
    {
        "id": int,
        "time": float,
        "role": str,
        "kind": str,
        "text": str,
        "tokens": int | None,
        "pinned": bool,
        "command": int | None,
        "covers": list[int] | None,
        "from": NotRequired[str | None],
        "is_brief": NotRequired[bool],
        "brief": NotRequired[str],
        "brief_tokens": NotRequired[int],
    },
)


class DecisionShape(TypedDict):
    """One decision; its id is that of its message."""

    id: int
    time: float
    text: str
    why: str | None
    alternatives: list[str]
    outcome: str | None


class FailureShape(TypedDict):
    """A command whose last run failed."""

    command: int
    text: str
    headline: str
    exit_code: int | None
    time: float


class WhereShape(TypedDict):
    """Where the session is."""

    name: str
    id: str
    status: str
    ai_context: bool
    dir: str
    cwd: str | None
    running: str | None
    running_since: float | None
    state: str | None


class HealthShape(TypedDict):
    """How well the context fits its limit."""

    state: str
    rule: str


class EfficiencyShape(TypedDict):
    """What reading the context saves."""

    baseline: str
    baseline_tokens: int
    delivered_tokens: int
    saved: float | None


class OutputsShape(TypedDict):
    """How much of all outputs was read, by whatever call."""

    plain_tokens: int
    read_tokens: int


class ContextShape(TypedDict):
    """The result of `context.get`."""

    session: WhereShape
    messages: list[MessageShape]
    message_count: int | None
    tokens: int | None
    max_tokens: int
    compressions: int | None
    health: HealthShape | None
    efficiency: EfficiencyShape | None
    outputs: OutputsShape | None
    decisions: list[DecisionShape]
    unresolved: list[FailureShape]
    left_out: int
    budget: int | None
    is_estimate: bool
    since: float | None
    note: str | None
    rendered: NotRequired[str]


Format = Literal["text", "markdown", "json", "openai", "anthropic"]
