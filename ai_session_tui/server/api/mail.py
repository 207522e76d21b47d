"""Methods about messages from session to session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import msgspec

from ai_session_tui import limits
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.contexts import fitting
from ai_session_tui.server.mail import to_wire
from ai_session_tui.server.params import Count, Seconds
from ai_session_tui.store import MailRow

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server
    from ai_session_tui.server.sessions import Session


class SendMail(msgspec.Struct, rename={"sender": "from"}):
    """Parameters of `message.send`."""

    target: str
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_MESSAGE_SIGNS)]
    sender: str | None = None


class ListMail(msgspec.Struct, rename={"sender": "from"}):
    """Parameters of `message.list`."""

    target: str
    unread: bool = False
    sender: str | None = None
    limit: Count | None = None


class ReadMail(msgspec.Struct, rename={"sender": "from"}):
    """Parameters of `message.read`."""

    target: str
    sender: str | None = None
    peek: bool = False
    confirm: bool = False


class WaitForMail(msgspec.Struct, rename={"sender": "from"}):
    """Parameters of `message.wait`."""

    target: str
    sender: str | None = None
    timeout: Seconds | None = None
    peek: bool = False
    confirm: bool = False


@method("message.send", SendMail)
async def send(server: Server, call: Call, params: SendMail) -> object:
    """Send a message to a session."""
    session = server.sessions.find(params.target)
    sender = None if params.sender is None else server.sessions.find(params.sender)
    return to_wire(server.host.mail.send(session, sender, params.text), session.row.name)


@method("message.list", ListMail)
async def list_mail(server: Server, call: Call, params: ListMail) -> object:
    """List what a session got, oldest first; it stays as read or unread as it was."""
    session = server.sessions.find(params.target)
    rows = server.host.mail.listed(
        session, unread=params.unread, sender=params.sender, limit=-1 if params.limit is None else params.limit
    )
    return _told(session, rows[len(rows) - fitting(row.text for row in reversed(rows)) :])


@method("message.read", ReadMail)
async def read(server: Server, call: Call, params: ReadMail) -> object:
    """Tell what is unread, and note that it is read now."""
    session = server.sessions.find(params.target)
    rows = server.host.mail.unread(session, params.sender, held=params.peek)
    return await _hand_over(server, call, session, rows, params)


@method("message.wait", WaitForMail)
async def wait(server: Server, call: Call, params: WaitForMail) -> object:
    """Wait until something is unread, and tell it."""
    session = server.sessions.find(params.target)
    rows = await server.host.mail.wait(session, params.sender, timeout=params.timeout, held=params.peek)
    return await _hand_over(server, call, session, rows, params)


async def _hand_over(
    server: Server, call: Call, session: Session, rows: list[MailRow], params: ReadMail | WaitForMail
) -> object:
    """Tell messages; with `confirm` they are read when the reader says so, with a binary frame."""
    mail, told = server.host.mail, _told(session, rows)
    if params.peek or not rows:
        return told
    if not params.confirm:
        mail.mark_read(rows)
        return told
    taken = asyncio.Event()
    call.on_input = lambda _: taken.set()
    with mail.holding(session, rows):
        call.event("mail", told)
        await taken.wait()
        mail.mark_read(rows)
    return told


def _told(session: Session, rows: list[MailRow]) -> dict[str, object]:
    return {"mail": [to_wire(row, session.row.name) for row in rows]}
