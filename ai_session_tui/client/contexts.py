"""Contexts, decisions and mail in the library: their typed values, and the methods of a session that are about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from ai_session_tui.client.decoding import decode, field
from ai_session_tui.client.handle import Handle

if TYPE_CHECKING:
    from ai_session_tui.conversation.shapes import Format

Role = Literal["user", "assistant", "system", "tool"]


class Message(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """One entry of a conversation. A digest has `covers`: the first and the last message that it stands for."""

    id: int
    time: float
    role: str
    kind: str = "text"
    text: str = ""
    tokens: int | None = None
    pinned: bool = False
    command: int | None = None
    covers: tuple[int, int] | None = None
    sender: str | None = None
    is_brief: bool = False


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided; its id is that of its message."""

    id: int
    time: float
    text: str
    why: str | None = None
    alternatives: tuple[str, ...] = ()
    outcome: str | None = None


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A command whose last run failed."""

    command: int
    text: str
    headline: str
    exit_code: int | None = None
    time: float


class Health(msgspec.Struct, frozen=True):
    """How well a context fits its limit (`optimal`, `full`, `over`), and by which rule that is said."""

    state: str
    rule: str


class Efficiency(msgspec.Struct, frozen=True, kw_only=True):
    """What reading the context saves against a named baseline; `saved` is a fraction, None where nothing was said."""

    baseline: str
    baseline_tokens: int
    delivered_tokens: int
    saved: float | None = None


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """How many tokens all outputs have as plain text, and how many were read, by whatever call."""

    plain_tokens: int
    read_tokens: int


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where the session is."""

    name: str
    id: str
    status: str
    ai_context: bool
    dir: str
    cwd: str | None = None
    running: str | None = None
    running_since: float | None = None
    state: str | None = None


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """A session's context as it was when the server answered; what is not known is None."""

    session: Where
    messages: tuple[Message, ...]
    message_count: int | None = None
    tokens: int | None = None
    max_tokens: int = 0
    compressions: int | None = None
    health: Health | None = None
    efficiency: Efficiency | None = None
    outputs: Outputs | None = None
    decisions: tuple[Decision, ...] = ()
    unresolved: tuple[Failure, ...] = ()
    left_out: int = 0
    budget: int | None = None
    is_estimate: bool = False
    since: float | None = None
    note: str | None = None
    rendered: str | None = None  # in the format that was asked for

    def render(self, form: Format = "text") -> str:
        """Return the context as `text`, `markdown`, `json`, or the messages for `openai` or `anthropic` as JSON."""
        from ai_session_tui.conversation import formats

        plain = msgspec.to_builtins(self)
        del plain["rendered"]
        return formats.render(plain, form)

    def __str__(self) -> str:
        return self.render()


class Mail(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from", "sender_id": "from_id"}):
    """A message from one session to another; `sender` is None when it came from outside of all sessions."""

    id: int
    session: str
    session_id: str
    sender: str | None = None
    sender_id: str | None = None
    text: str
    time: float
    read: float | None = None


class _Expanded(msgspec.Struct):
    messages: tuple[Message, ...]
    next: int | None = None


class Conversing(Handle):
    """The part of a session's handle that is about its conversation and its mail."""

    async def context(
        self,
        *,
        lines: int | None = None,
        budget: int | None = None,
        since: float | None = None,
        since_last_look: bool = False,
        looker: str | None = None,
        raw: bool = False,
        redact: bool = True,
        format: Format | None = None,
    ) -> Context:
        """Return the session's context.

        `lines` are the newest messages only, `budget` the best use of so many tokens (as `format` prints it), `since` a
        time, `since_last_look` what is new to `looker`, `raw` messages as they were said, compressed ones too.
        """
        wishes = {
            "lines": lines,
            "budget": budget,
            "since": since,
            "since_last_look": since_last_look or None,
            "looker": looker,
            "raw": raw or None,
            "redact": None if redact else False,
            "format": format,
        }
        params: dict[str, object] = {name: value for name, value in wishes.items() if value is not None}
        return decode(await self._call("context.get", params, repeatable=not (since_last_look or raw)), Context)

    async def add_message(self, text: str, *, role: Role = "user", pin: bool = False) -> Message:
        """Add to the conversation; raises `ConflictError` in a session without an AI context."""
        return decode(await self._call("context.add", {"text": text, "role": role, "pin": pin}), Message)

    async def pin(self, message: int, pinned: bool = True) -> Message:
        """Keep a message from being compressed, or no longer; one that was compressed is live again."""
        params: dict[str, object] = {"message": message, "pinned": pinned}
        return decode(await self._call("context.pin", params, repeatable=True), Message)

    async def expand(self, message: int, *, redact: bool = True) -> list[Message]:
        """Return the messages that a digest stands for, as they were said."""
        found: list[Message] = []
        params: dict[str, object] = {"message": message, "redact": redact}
        while True:
            part = decode(await self._call("context.expand", params), _Expanded)
            found += part.messages
            if part.next is None:
                return found
            params["from"] = part.next

    async def decide(
        self, text: str, *, why: str = "", alternatives: Sequence[str] = (), outcome: str = ""
    ) -> Decision:
        """Record a decision, which is never compressed."""
        params: dict[str, object] = {"text": text, "why": why, "alternatives": list(alternatives), "outcome": outcome}
        return decode(await self._call("decision.add", params), Decision)

    async def decisions(self) -> list[Decision]:
        """Return the decisions, oldest first."""
        return field(await self._call("decision.list", repeatable=True), "decisions", list[Decision])

    async def send_message(self, text: str, *, sender: str | None = None) -> Mail:
        """Send this session a message; `sender` is the session that it comes from, by name or id."""
        params: dict[str, object] = {"text": text} if sender is None else {"text": text, "from": sender}
        return decode(await self._call("message.send", params), Mail)

    async def mail(self, *, unread: bool = False, sender: str | None = None) -> list[Mail]:
        """Return the messages that other sessions sent this one, oldest first."""
        params: dict[str, object] = {"unread": unread} | ({} if sender is None else {"from": sender})
        return field(await self._call("message.list", params, repeatable=True), "mail", list[Mail])

    async def wait_for_mail(
        self, *, sender: str | None = None, timeout: float | None = None, peek: bool = False
    ) -> list[Mail]:
        """Wait until a message is unread, return what is, and mark it as read unless one only peeks.

        Raises `TimeoutExpiredError` after `timeout` seconds.
        """
        params: dict[str, object] = {"peek": peek}
        params |= {name: value for name, value in (("from", sender), ("timeout", timeout)) if value is not None}
        return field(await self._call("message.wait", params, repeatable=True, long=True), "mail", list[Mail])
