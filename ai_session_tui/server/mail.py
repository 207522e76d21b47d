"""Messages from session to session: kept until they are read, told to whoever waits, and to the conversation.

Invariant: a message that was accepted is in the store; it is handed to one reader, or to all who only peek. A reader
that wants to say when it has taken them holds them meanwhile; if it goes away without a word they are unread as before.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ai_session_tui.errors import StorageError, TimeoutExpiredError
from ai_session_tui.server.contexts import fitting
from ai_session_tui.server.host import Progress
from ai_session_tui.store import MailRow

if TYPE_CHECKING:
    from ai_session_tui.server.host import Host
    from ai_session_tui.server.sessions import Session

logger = logging.getLogger(__name__)


class Mail:
    """The mailboxes of all sessions."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._news: dict[str, Progress] = {}
        self._held: set[int] = set()  # ids of what a reader has been told and not taken yet

    def send(self, session: Session, sender: Session | None, text: str) -> MailRow:
        """Deliver a message; the sender may be nobody's session."""
        ident, name = (sender.row.id, sender.row.name) if sender is not None else ("", "")
        row = self._host.store.mail.add(session.row.id, ident, name, text, time.time())
        if session.row.ai_context:
            try:
                self._host.conversations.say(session, "user", text, kind="note", sender=name)
            except StorageError as error:
                logger.warning("a message to %s is not in its conversation: %s", session.row.name, error.message)
        if self._host.bus.is_heard:
            self._host.bus.tell("mail", to_wire(row, session.row.name))
        if (news := self._news.get(session.row.id)) is not None:
            news.announce()
        return row

    def listed(self, session: Session, *, unread: bool, sender: str | None, limit: int) -> list[MailRow]:
        """Return what a session got, oldest first."""
        return self._host.store.mail.of(session.row.id, unread=unread, sender=sender, limit=limit)

    def take(self, session: Session, sender: str | None = None, *, peek: bool = False) -> list[MailRow]:
        """Return what is unread, the oldest of it if all is too much for one answer, and note that it is read now."""
        rows = self.unread(session, sender, held=peek)
        if not peek:
            self.mark_read(rows)
        return rows

    def unread(self, session: Session, sender: str | None, *, held: bool) -> list[MailRow]:
        """Return what is unread, with or without what a reader holds, as far as it fits one answer."""
        rows = self.listed(session, unread=True, sender=sender, limit=-1)
        rows = rows if held else [row for row in rows if row.id not in self._held]
        return rows[: fitting(row.text for row in rows)]

    def mark_read(self, rows: Sequence[MailRow]) -> None:
        """Note that messages have been read."""
        if rows:
            self._host.store.mail.mark_read([row.id for row in rows], time.time())

    @contextmanager
    def holding(self, session: Session, rows: Sequence[MailRow]) -> Iterator[None]:
        """Keep messages from other readers, until they are read or it is certain that they are not."""
        held = {row.id for row in rows}
        self._held |= held
        try:
            yield
        finally:
            self._held -= held
            if (news := self._news.get(session.row.id)) is not None:
                news.announce()

    async def wait(
        self, session: Session, sender: str | None, *, timeout: float | None, held: bool = False
    ) -> list[MailRow]:
        """Return what is unread as soon as there is anything; raise `TimeoutExpiredError` after so many seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        news = self._news.setdefault(session.row.id, Progress())
        while not (rows := self.unread(session, sender, held=held)):
            left = None if deadline is None else deadline - time.monotonic()
            if (left is not None and left <= 0) or not await news.wait(left):
                raise TimeoutExpiredError(f"no message for {session.row.name!r} came within {timeout:g} seconds")
        return rows


def to_wire(row: MailRow, session: str) -> dict[str, object]:
    """Return the protocol's mail; `session` is the name of the one that got it."""
    return {
        "id": row.id,
        "session": session,
        "session_id": row.session_id,
        "from": row.sender or None,
        "from_id": row.sender_id or None,
        "text": row.text,
        "time": row.time,
        "read": row.read,
    }
