"""The blocking twin of what a session's handle says about its conversation and its mail; see `blocking`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ai_session_tui.blocking.handle import Handle
from ai_session_tui.client.contexts import Context, Decision, Mail, Message, Role

if TYPE_CHECKING:
    from ai_session_tui.conversation.shapes import Format


class Conversing(Handle):
    """The part of a blocking session's handle that is about its conversation and its mail."""

    def context(
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
        """Return the session's context; the parameters are those of the asyncio twin."""
        return self._loop.run(
            self._session.context(
                lines=lines,
                budget=budget,
                since=since,
                since_last_look=since_last_look,
                looker=looker,
                raw=raw,
                redact=redact,
                format=format,
            )
        )

    def add_message(self, text: str, *, role: Role = "user", pin: bool = False) -> Message:
        """Add to the conversation; raises `ConflictError` in a session without an AI context."""
        return self._loop.run(self._session.add_message(text, role=role, pin=pin))

    def pin(self, message: int, pinned: bool = True) -> Message:
        """Keep a message from being compressed, or no longer; one that was compressed is live again."""
        return self._loop.run(self._session.pin(message, pinned))

    def expand(self, message: int, *, redact: bool = True) -> list[Message]:
        """Return the messages that a digest stands for, as they were said."""
        return self._loop.run(self._session.expand(message, redact=redact))

    def decide(self, text: str, *, why: str = "", alternatives: Sequence[str] = (), outcome: str = "") -> Decision:
        """Record a decision, which is never compressed."""
        return self._loop.run(self._session.decide(text, why=why, alternatives=alternatives, outcome=outcome))

    def decisions(self) -> list[Decision]:
        """Return the decisions, oldest first."""
        return self._loop.run(self._session.decisions())

    def send_message(self, text: str, *, sender: str | None = None) -> Mail:
        """Send this session a message; `sender` is the session that it comes from, by name or id."""
        return self._loop.run(self._session.send_message(text, sender=sender))

    def mail(self, *, unread: bool = False, sender: str | None = None) -> list[Mail]:
        """Return the messages that other sessions sent this one, oldest first."""
        return self._loop.run(self._session.mail(unread=unread, sender=sender))

    def wait_for_mail(
        self, *, sender: str | None = None, timeout: float | None = None, peek: bool = False
    ) -> list[Mail]:
        """Wait until a message is unread, return what is, and mark it as read unless one only peeks."""
        return self._loop.run(self._session.wait_for_mail(sender=sender, timeout=timeout, peek=peek))
