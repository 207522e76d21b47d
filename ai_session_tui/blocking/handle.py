"""What every part of a blocking session's handle stands on: its asyncio twin, and the loop that runs it."""

from __future__ import annotations

from ai_session_tui.blocking.loop import Loop
from ai_session_tui.client import aio
from ai_session_tui.client.records import SessionInfo, SessionStatus


class Handle:
    """A session, by way of its asyncio twin."""

    def __init__(self, loop: Loop, session: aio.Session) -> None:
        self._loop = loop
        self._session = session

    def __repr__(self) -> str:
        return repr(self._session)

    @property
    def info(self) -> SessionInfo:
        """The session as last heard of; `refresh` renews it."""
        return self._session.info

    @property
    def id(self) -> str:
        """The session's id, which never changes."""
        return self._session.id

    @property
    def name(self) -> str:
        """The session's name, as last heard of."""
        return self._session.name

    @property
    def status(self) -> SessionStatus:
        """The session's status, as last heard of."""
        return self._session.status

    def refresh(self) -> SessionInfo:
        """Ask the server how the session is now."""
        return self._loop.run(self._session.refresh())
