"""The tools for messages from session to session."""

from __future__ import annotations

import os
from typing import Annotated

import msgspec

from ai_session_tui.client.aio import SessionManager
from ai_session_tui.mcp.declaring import WAIT_SECONDS, Said, Seconds, about, data, session_of, tool


class SendMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What `send_message` takes."""

    session: Annotated[str, about("who gets it", min_length=1)]
    text: Annotated[str, about("the message", min_length=1)]
    sender: Annotated[str | None, about("the session that it comes from; default: the one this program runs in")] = None


@tool(SendMessage)
async def send_message(manager: SessionManager, wish: SendMessage) -> Said:
    """Send a message to another session, for whoever works there."""
    sender = wish.sender or os.environ.get("AI_SESSION_ID") or None
    mail = await (await session_of(manager, wish.session)).send_message(wish.text, sender=sender)
    return Said(f"sent to {mail.session}", data(mail))


class WaitForMail(msgspec.Struct, forbid_unknown_fields=True):
    """What `wait_for_mail` takes."""

    session: Annotated[str, about("whose messages; default: of the session this program runs in")] = "."
    sender: Annotated[str | None, about("only from this session")] = None
    timeout: Seconds = WAIT_SECONDS


@tool(WaitForMail, is_masked=False)
async def wait_for_mail(manager: SessionManager, wish: WaitForMail) -> Said:
    """Wait until a message for a session is unread, and return what is; it is read then."""
    session = await session_of(manager, wish.session)
    mail = await session.wait_for_mail(sender=wish.sender, timeout=wish.timeout)
    lines = [f"{found.sender or 'somebody'}: {found.text}" for found in mail]
    return Said("\n".join(lines), {"mail": [data(found) for found in mail]})
