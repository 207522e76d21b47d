"""The tools for a session's conversation."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ai_session_tui.client.aio import SessionManager
from ai_session_tui.mcp.declaring import Budget, Name, Positive, Said, about, data, session_of, tool


class Context(msgspec.Struct, forbid_unknown_fields=True):
    """What `context` takes."""

    session: Name
    budget: Budget = None
    lines: Annotated[Positive | None, about("only the newest messages")] = None
    since_last_look: Annotated[bool, about("only what is new since `looker` looked last")] = False
    looker: Annotated[str, about("who looks", min_length=1)] = "mcp"


@tool(Context, reads_only=True)
async def context(manager: SessionManager, wish: Context) -> Said:
    """Tell where a session is: what was asked, said and decided, what ran, what failed and is not resolved."""
    session = await session_of(manager, wish.session)
    found = await session.context(
        budget=wish.budget,
        lines=wish.lines,
        since_last_look=wish.since_last_look,
        looker=wish.looker if wish.since_last_look else None,
        format="text",
    )
    return Said(found.rendered or str(found), {"tokens": found.tokens, "left_out": found.left_out})


class AddMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What `add_message` takes."""

    session: Name
    text: Annotated[str, about("what was said", min_length=1)]
    role: Annotated[Literal["user", "assistant", "system", "tool"], about("who said it")] = "assistant"
    pin: Annotated[bool, about("never compress it")] = False


@tool(AddMessage)
async def add_message(manager: SessionManager, wish: AddMessage) -> Said:
    """Add a message to a session's conversation."""
    added = await (await session_of(manager, wish.session)).add_message(wish.text, role=wish.role, pin=wish.pin)
    return Said(f"added message {added.id}", data(added))


class Expand(msgspec.Struct, forbid_unknown_fields=True):
    """What `expand` takes."""

    session: Name
    message: Annotated[int, about("number of a digest of messages", ge=1)]


@tool(Expand, reads_only=True)
async def expand(manager: SessionManager, wish: Expand) -> Said:
    """Return the messages that a digest of messages stands for, as they were said."""
    found = await (await session_of(manager, wish.session)).expand(wish.message)
    lines = [f"{message.id} {message.role}: {message.text}" for message in found]
    return Said("\n".join(lines), {"messages": [data(message) for message in found]})


class Decide(msgspec.Struct, forbid_unknown_fields=True):
    """What `decide` takes."""

    session: Name
    text: Annotated[str, about("what was decided", min_length=1)]
    why: str = ""
    alternatives: Annotated[list[str], about("what was not chosen")] = []
    outcome: str = ""


@tool(Decide)
async def decide(manager: SessionManager, wish: Decide) -> Said:
    """Record a decision in a session's conversation. It is never compressed away."""
    session = await session_of(manager, wish.session)
    made = await session.decide(wish.text, why=wish.why, alternatives=wish.alternatives, outcome=wish.outcome)
    return Said(f"recorded decision {made.id}", data(made))
