"""Methods about conversations: reading a context, adding to it, what is kept in it for good, and decisions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from ai_session_tui import limits
from ai_session_tui.errors import NotFoundError, UsageError
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.contexts import Wish, context_of, decisions_of, fitting
from ai_session_tui.server.conversation import Conversation, wire
from ai_session_tui.server.params import Count, Time
from ai_session_tui.store import DecisionRow, MessageRow

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server
    from ai_session_tui.server.sessions import Session

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_MESSAGE_SIGNS)]
Reason = Annotated[str, msgspec.Meta(max_length=limits.MAX_DECISION_SIGNS)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class GetContext(msgspec.Struct):
    """Parameters of `context.get`."""

    target: str
    lines: Count | None = None
    budget: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None
    since: Time | None = None
    since_last_look: bool = False
    looker: Name = "default"
    raw: bool = False
    redact: bool = True
    format: Literal["text", "markdown", "json", "openai", "anthropic"] | None = None


class AddMessage(msgspec.Struct):
    """Parameters of `context.add`."""

    target: str
    text: Text
    role: Literal["user", "assistant", "system", "tool"] = "user"
    pin: bool = False
    time: Time | None = None


class PinMessage(msgspec.Struct):
    """Parameters of `context.pin`."""

    target: str
    message: Count
    pinned: bool = True


class ExpandMessage(msgspec.Struct, rename={"first": "from"}):
    """Parameters of `context.expand`."""

    target: str
    message: Count
    first: Count | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=limits.EXPANDED_MESSAGES)] = limits.EXPANDED_MESSAGES
    redact: bool = True
    charge: bool = True  # a person who looks does not spend the reader's tokens


class AddDecision(msgspec.Struct):
    """Parameters of `decision.add`."""

    target: str
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_DECISION_SIGNS)]
    why: Reason = ""
    alternatives: Annotated[list[Reason], msgspec.Meta(max_length=limits.MAX_ALTERNATIVES)] = []
    outcome: Reason = ""


class ListDecisions(msgspec.Struct):
    """Parameters of `decision.list`."""

    target: str
    redact: bool = True


@method("context.get", GetContext)
async def get(server: Server, call: Call, params: GetContext) -> object:
    """Tell a session's context; of one without a conversation what ran in it."""
    host = server.host
    session = server.sessions.find(params.target)
    await host.conversations.settled(session)
    look = host.store.conversations.look(session.row.id, params.looker) if params.since_last_look else None
    wish = Wish(
        lines=params.lines,
        budget=params.budget,
        after=look[0] if look else 0,
        since=params.since,
        raw=params.raw,
        redacted=params.redact,
        form=params.format,
    )
    context = await context_of(host, session, wish)
    context["since"] = params.since if look is None else look[1]
    if params.since_last_look:
        _note_look(server, session, params.looker, context["messages"])
    return context


def _note_look(server: Server, session: Session, looker: str, messages: object) -> None:
    conversation = server.host.conversations.of(session)
    if conversation is not None:
        last = conversation.standing.last_id
    else:
        last = max((message["id"] for message in messages), default=0) if isinstance(messages, list) else 0
    server.host.store.conversations.note_look(session.row.id, looker, last, time.time())


@method("context.add", AddMessage)
async def add(server: Server, call: Call, params: AddMessage) -> object:
    """Add a message to a conversation."""
    session = server.sessions.find(params.target)
    row = server.host.conversations.say(session, params.role, params.text, pinned=params.pin, said=params.time)
    return await _told(server, session, row)


@method("context.pin", PinMessage)
async def pin(server: Server, call: Call, params: PinMessage) -> object:
    """Keep a message from being compressed, or no longer."""
    session = server.sessions.find(params.target)
    conversation, row = _find(server, session, params.message)
    if row.kind == "digest":
        raise UsageError(
            f"message {row.id} is a digest", "pin one of the messages that it stands for: `--expand` shows them."
        )
    conversation.pin(row, params.pinned)
    return conversation.to_wire(row)


@method("context.expand", ExpandMessage)
async def expand(server: Server, call: Call, params: ExpandMessage) -> object:
    """Tell the messages that a digest stands for, or one message whole; it counts as read unless told otherwise."""
    session = server.sessions.find(params.target)
    conversation, row = _find(server, session, params.message)
    rows, then = [row], None
    if row.first is not None and row.last is not None:
        first = max(row.first, params.first or 0)
        found = server.host.store.conversations.covered(session.row.id, first, row.last, params.limit + 1)
        rows = found[: min(params.limit, fitting(row.text for row in found))]
        then = found[len(rows)].id if len(found) > len(rows) else None
    tokens = sum(found.tokens or 0 for found in rows)
    if params.charge:
        server.host.store.conversations.charge(session.row.id, tokens)
        conversation.standing.expanded_tokens += tokens
    messages = [wire(found, found.shown if params.redact else found.text) for found in rows]
    return {"messages": messages, "next": then}


@method("decision.add", AddDecision)
async def decide(server: Server, call: Call, params: AddDecision) -> object:
    """Record a decision; it is never compressed."""
    session = server.sessions.find(params.target)
    decision = DecisionRow(
        session.row.id, 0, params.text, params.why, tuple(text for text in params.alternatives if text), params.outcome
    )
    row = server.host.conversations.say(
        session, "assistant", _decision_text(decision), kind="decision", decision=decision
    )
    await _told(server, session, row)
    return next(each for each in decisions_of(server.host, session, redacted=True) if each["id"] == row.id)


@method("decision.list", ListDecisions)
async def list_decisions(server: Server, call: Call, params: ListDecisions) -> object:
    """List a session's decisions, oldest first."""
    session = server.sessions.find(params.target)
    server.host.conversations.need(session)
    return {"decisions": decisions_of(server.host, session, redacted=params.redact)}


def _decision_text(decision: DecisionRow) -> str:
    lines = [decision.text]
    if decision.why:
        lines.append(f"why: {decision.why}")
    if decision.alternatives:
        lines.append(f"instead of: {'; '.join(decision.alternatives)}")
    if decision.outcome:
        lines.append(f"outcome: {decision.outcome}")
    return "\n".join(lines)


async def _told(server: Server, session: Session, row: MessageRow) -> object:
    """Return a new message, counted if that takes no longer than a moment."""
    conversation = server.host.conversations.need(session)
    await conversation.settled(limits.SETTLE_SECONDS)
    return conversation.to_wire(row)


def _find(server: Server, session: Session, ident: int) -> tuple[Conversation, MessageRow]:
    conversation = server.host.conversations.need(session)
    row = conversation.find(ident)
    if row is None:
        raise NotFoundError(
            f"the conversation of {session.row.name!r} has no message {ident}",
            f"`ai-session context {session.row.name} --format json` shows their numbers.",
        )
    return conversation, row
