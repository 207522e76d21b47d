"""What every part of a session's handle stands on: which session it is, and how its server is asked."""

from __future__ import annotations

from ai_session_tui.client.channels import Channels
from ai_session_tui.client.decoding import decode
from ai_session_tui.client.records import SessionInfo, SessionStatus


class Handle:
    """A session, addressed by its id, so that it may be renamed under the handle."""

    def __init__(self, channels: Channels, info: SessionInfo) -> None:
        self.info = info  # as last heard of; `refresh` renews it
        self._channels = channels

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.info.status}>"

    @property
    def id(self) -> str:
        """The session's id, which never changes."""
        return self.info.id

    @property
    def name(self) -> str:
        """The session's name, as last heard of."""
        return self.info.name

    @property
    def status(self) -> SessionStatus:
        """The session's status, as last heard of."""
        return self.info.status

    async def refresh(self) -> SessionInfo:
        """Ask the server how the session is now."""
        return self._learn(await self._call("session.get", repeatable=True))

    async def _call(
        self,
        method: str,
        params: dict[str, object] | None = None,
        *,
        pane: int | None = None,
        repeatable: bool = False,
        long: bool = False,
    ) -> object:
        params = {"target": self._target(pane), **(params or {})}
        return await self._channels.call(method, params, repeatable=repeatable, long=long)

    def _learn(self, found: object) -> SessionInfo:
        self.info = decode(found, SessionInfo)
        return self.info

    def _target(self, pane: int | None, number: int | None = None) -> str:
        """Return the address of the session, of one of its panes, or of a command (by its `id`)."""
        if number is not None:
            return f"{self.id}#{number}"
        return self.id if pane is None else f"{self.id}:{pane}"
