"""What `context.get` tells: the conversation, or what ran where there is none, within the lines or tokens asked for.

Nothing is counted here on the way to a reader: texts, their tokens and their short forms are known beforehand. Only a
budget is checked by the analyst, over the very text that will be read, so that it is never exceeded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ai_session_tui import limits
from ai_session_tui.analyst.messages import Count, Counted
from ai_session_tui.conversation import formats, health, selection
from ai_session_tui.conversation.facts import brief
from ai_session_tui.errors import AiSessionError
from ai_session_tui.protocol import json_text
from ai_session_tui.redaction import redact
from ai_session_tui.server.conversation import Conversation, wire
from ai_session_tui.store import MessageRow

if TYPE_CHECKING:
    from ai_session_tui.conversation.shapes import ContextShape, MessageShape
    from ai_session_tui.server.host import Host
    from ai_session_tui.server.sessions import Session

_TIMELINE = 200  # commands that are told of a session without a conversation
_NO_CONVERSATION = "AI features are off for this session: it keeps no conversation, this is what ran in it."
_TRIES = 12  # of fitting a context into a budget


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of a context is wanted, and in which form."""

    lines: int | None = None
    budget: int | None = None
    after: int = 0  # messages up to this id are known to the reader
    since: float | None = None
    raw: bool = False
    redacted: bool = True
    form: str | None = None


async def context_of(host: Host, session: Session, wish: Wish) -> ContextShape:
    """Return what `context.get` tells."""
    conversation = host.conversations.of(session)
    if conversation is None:
        context, pairs = _timeline(host, session)
    else:
        context, pairs = _conversation(host, session, conversation, wish)
    total = len(pairs)
    pairs = [pair for pair in pairs if _is_news(pair[0], wish)]
    if wish.since is not None or wish.after:
        total = len(pairs)  # what the reader knows is not left out
    if wish.lines is not None:
        pairs = pairs[max(0, len(pairs) - wish.lines) :]
    pairs = pairs[len(pairs) - fitting([message["text"] for _, message in reversed(pairs)]) :]
    context["left_out"] = total - len(pairs)
    context["budget"] = wish.budget
    if wish.budget is not None:
        await _fit(host, context, pairs, wish.budget, wish.form or "text")
    else:
        context["messages"] = [message for _, message in pairs]
    if wish.form is not None:
        context["rendered"] = formats.render(_bare(context), wish.form)
    return context


def fitting(texts: Iterable[str]) -> int:
    """Return how many of the texts, from the first on, one answer may hold; at least one."""
    number = size = 0
    for text in texts:
        size += len(json_text.encode(text).encode("utf-8", "replace"))
        if number and size > limits.TOLD_BYTES:
            break
        number += 1
    return number


def _is_news(row: MessageRow, wish: Wish) -> bool:
    newest = row.id if row.last is None else row.last
    return newest > wish.after and (wish.since is None or row.time >= wish.since)


def _conversation(
    host: Host, session: Session, conversation: Conversation, wish: Wish
) -> tuple[ContextShape, list[tuple[MessageRow, MessageShape]]]:
    rows = conversation.entries()
    if wish.raw:
        rows = host.store.conversations.newest(session.row.id, limits.EXPANDED_MESSAGES)
        _charge(host, conversation, sum(row.tokens or 0 for row in rows if row.covered_by is not None))
    told = [_told(conversation, row, redacted=wish.redacted) for row in rows]
    standing, row = conversation.standing, session.row
    tokens = conversation.tokens
    context: dict[str, object] = {
        "session": _where(session),
        "messages": [],
        "message_count": standing.messages,
        "tokens": tokens,
        "max_tokens": row.max_tokens,
        "compressions": standing.compressions,
        "health": health.health(tokens, row.max_tokens, compresses=row.compression),
        "efficiency": health.efficiency(standing.baseline_tokens, tokens, standing.expanded_tokens),
        "outputs": _outputs(host, session),
        "decisions": decisions_of(host, session, redacted=wish.redacted),
        "unresolved": [
            {
                "command": found.command,
                "text": _masked(brief(found.text), wish),
                "headline": _masked(found.brief.removeprefix("Output: "), wish),
                "exit_code": found.exit_code,
                "time": found.time,
            }
            for found in conversation.unresolved()
        ],
        "left_out": 0,
        "budget": None,
        "is_estimate": conversation.is_estimate,
        "since": None,
        "note": None,
    }
    return cast("ContextShape", context), list(zip(rows, told, strict=True))


def decisions_of(host: Host, session: Session, *, redacted: bool) -> list[dict[str, object]]:
    """Return the protocol's decisions of a session, oldest first: the newest of them, if all are too many."""
    mask = redact if redacted else str
    found = []
    rows = host.store.conversations.decisions(session.row.id)
    newest = fitting(" ".join((each.text, each.why, *each.alternatives, each.outcome)) for each, _ in reversed(rows))
    for row in rows[len(rows) - newest :]:
        decision, when = row
        found.append(
            {
                "id": decision.message,
                "time": when,
                "text": mask(decision.text),
                "why": mask(decision.why) or None,
                "alternatives": [mask(text) for text in decision.alternatives],
                "outcome": mask(decision.outcome) or None,
            }
        )
    return found


def _told(conversation: Conversation, row: MessageRow, *, redacted: bool) -> MessageShape:
    if redacted or row.masked is None:
        return cast("MessageShape", conversation.to_wire(row))
    return cast("MessageShape", {**wire(row, row.text), "tokens": row.raw_tokens})


def _masked(text: str, wish: Wish) -> str:
    return redact(text) if wish.redacted else text


def _timeline(host: Host, session: Session) -> tuple[ContextShape, list[tuple[MessageRow, MessageShape]]]:
    """Return what ran in a session that keeps no conversation."""
    rows: list[MessageRow] = []
    measured = host.analyses.accounts.all_measured(session.row.id)
    for command in host.store.commands(session.row.id, _TIMELINE):
        when = command.started or command.ended
        if when is None or not command.text.strip():
            continue
        rows.append(_entry(session, rows, when, "user", "command", redact(command.text), command.number))
        found = measured.get(command.number)
        if command.ended is not None:
            code = "" if command.exit_code is None else f" (exit {command.exit_code})"
            said = found.analysis.headline if found else "not analysed"
            text = f"Output{code}: {redact(said)} [ai-session output {session.row.name}#{command.number}]"
            rows.append(_entry(session, rows, command.ended, "system", "output", text, command.number))
    context: dict[str, object] = {
        "session": _where(session),
        "messages": [],
        "message_count": None,
        "tokens": None,
        "max_tokens": session.row.max_tokens,
        "compressions": None,
        "health": None,
        "efficiency": None,
        "outputs": _outputs(host, session),
        "decisions": [],
        "unresolved": [],
        "left_out": 0,
        "budget": None,
        "is_estimate": False,
        "since": None,
        "note": _NO_CONVERSATION,
    }
    return cast("ContextShape", context), [(row, cast("MessageShape", wire(row, row.text))) for row in rows]


def _entry(
    session: Session, rows: list[MessageRow], when: float, role: str, kind: str, text: str, command: int
) -> MessageRow:
    ident = len(rows) + 1
    return MessageRow(session.row.id, ident, when, role, kind, text, brief=brief(text), command=command)


def _outputs(host: Host, session: Session) -> dict[str, object] | None:
    """Return how much of all outputs was read, in whatever way; None before the first was analysed."""
    totals = host.analyses.accounts.totals(session.row.id)
    if not totals.commands:
        return None
    return {"plain_tokens": totals.plain_tokens, "read_tokens": totals.delivered_tokens}


def _where(session: Session) -> dict[str, object]:
    pane = session.panes[0] if session.panes else None
    running = pane.running if pane is not None else None
    return {
        "name": session.row.name,
        "id": session.row.id,
        "status": session.status,
        "ai_context": session.row.ai_context,
        "dir": session.row.dir,
        "cwd": pane.row.cwd if pane is not None else None,
        "running": redact(running.text[: limits.COMMAND_SIGNS]) if running else None,
        "running_since": running.started if running else None,
        "state": pane.tracker_state.value if pane is not None and pane.is_alive else None,
    }


def _bare(context: ContextShape) -> ContextShape:
    return cast("ContextShape", {name: value for name, value in context.items() if name != "rendered"})


# budgets


async def _fit(
    host: Host, context: ContextShape, pairs: list[tuple[MessageRow, MessageShape]], budget: int, form: str
) -> None:
    """Put into a context what is best told within a budget; what is read of it is never more."""
    messages = [_weighed(row, message) for row, message in pairs]
    decisions, unresolved = context["decisions"], context["unresolved"]
    before = context["left_out"]
    left = budget
    for tried in range(_TRIES):
        context["decisions"] = decisions
        context["unresolved"] = unresolved[-8:]
        frame = await _count(host, read_text({**context, "messages": [], "left_out": 1}, form))
        if frame > left // 2:  # decisions and failures must leave room for each other, and for the newest
            context["decisions"] = decisions[-max(0, 4 - tried) :] if tried < 4 else []
            context["unresolved"] = unresolved[-max(0, 3 - tried) :] if tried < 3 else []
            frame = await _count(host, read_text({**context, "messages": [], "left_out": 1}, form))
        detail = selection.choose(messages, left - frame, [failure["command"] for failure in unresolved])
        told = selection.narrowed(messages, detail)
        context["left_out"] = before + len(messages) - len(told)
        context["messages"] = [_stripped(message) for message in told]
        used = await _count(host, read_text(context, form))
        if used <= budget:
            return
        left -= used - budget + 8
    _shrink_to_nothing(context, budget, before + len(messages), form)


def _shrink_to_nothing(context: ContextShape, budget: int, messages: int, form: str) -> None:
    """Tell only that there is something, where the budget is not even enough for the frame."""
    context["decisions"], context["unresolved"], context["messages"] = [], [], []
    context["left_out"] = messages
    context["note"] = f"{budget:,} tokens are too few for this context."


async def _count(host: Host, text: str) -> int:
    """Return the tokens of a text; where they cannot be counted, its bytes, of which there are never fewer."""
    try:
        answer = await host.analyses.ask(Count(text.encode("utf-8", "replace").decode()))
        assert isinstance(answer, Counted)
    except AiSessionError:
        return len(text.encode())
    return len(text.encode()) if answer.is_estimate else answer.tokens


def read_text(context: Any, form: str) -> str:
    """Return what a reader of a format reads: of the forms for models the contents, not the JSON around them."""
    if form in ("text", "markdown"):
        return formats.render(context, form)
    if form == "anthropic":
        told = formats.anthropic(context)
        turns = cast("list[dict[str, str]]", told["messages"])
        return "\n\n\n\n".join([str(told["system"]), *(turn["content"] for turn in turns)])
    return "\n\n\n\n".join(turn["content"] for turn in formats.openai(context))


def _weighed(row: MessageRow, message: MessageShape) -> MessageShape:
    short = row.brief or brief(message["text"])
    few = row.brief_tokens or len(short.encode())
    tokens = message["tokens"]
    if tokens is None:
        tokens = len(message["text"].encode())
    return {**message, "tokens": tokens, "brief": short, "brief_tokens": min(few, tokens)}


def _stripped(message: MessageShape) -> MessageShape:
    return cast(
        "MessageShape", {name: value for name, value in message.items() if name not in ("brief", "brief_tokens")}
    )


def _charge(host: Host, conversation: Conversation, tokens: int) -> None:
    if tokens:
        host.store.conversations.charge(conversation.session.row.id, tokens)
        conversation.standing.expanded_tokens += tokens
