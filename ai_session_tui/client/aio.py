"""The library for asyncio programs: a manager of sessions, and a handle on each session.

    async with SessionManager() as manager:
        session = await manager.create(SessionConfig(name="dev"))
        result = await session.exec("make test", timeout=60)

Invariant: a manager adds no behaviour of its own, every method is a request of docs/protocol.md; it belongs to one
event loop, any number of tasks may use it at once, and it keeps no task of its own. Handles address their session by
its id, so that a session may be renamed under them.
"""

from __future__ import annotations

import asyncio
import builtins
import os
import re
from collections.abc import Sequence
from types import TracebackType

from ai_session_tui.client.channels import Channels
from ai_session_tui.client.commands import Running
from ai_session_tui.client.contexts import Conversing
from ai_session_tui.client.decoding import decode, field
from ai_session_tui.client.outputs import Capture, SearchResult
from ai_session_tui.client.panes import Arranging, Broadcast
from ai_session_tui.client.records import Killed, Pane, SessionInfo, SessionStatus
from ai_session_tui.client.session_config import SessionConfig
from ai_session_tui.client.statistics import Statistics
from ai_session_tui.client.streams import EventStream, FollowStream
from ai_session_tui.client.upkeep import Cleanup, ServerStatus, TemplateInfo
from ai_session_tui.client.watching import await_text
from ai_session_tui.config import load_settings
from ai_session_tui.errors import ProtocolError, UsageError
from ai_session_tui.paths import Home


class SessionManager:
    """The sessions of one home; connects, and starts the server when none runs, with the first call that needs it."""

    def __init__(self, home: str | os.PathLike[str] | None = None, *, start_server: bool = True) -> None:
        """Use a home folder (default: `AI_SESSION_HOME`, or `~/.ai-session`)."""
        self._home = Home(None if home is None else os.fspath(home))
        self._channels = Channels(self._home, start_server=start_server)

    @property
    def home(self) -> str:
        """The home folder."""
        return self._home.folder

    async def create(self, config: SessionConfig | None = None) -> Session:
        """Create a session and return it; raises `ConflictError` for a taken name, `SpawnError`, `UsageError`."""
        # Reads files and the environment, so not on the loop.
        params = await asyncio.to_thread(_create_params, config or SessionConfig(), self._home)
        return self._session(await self._channels.call("session.create", params))

    async def list(self, status: SessionStatus | str | None = None) -> builtins.list[Session]:
        """Return the sessions, those with one status if given; killed ones only when asked for."""
        params = {} if status is None else {"status": str(status)}
        found = await self._channels.call("session.list", params, repeatable=True)
        return [Session(self._channels, info) for info in field(found, "sessions", builtins.list[SessionInfo])]

    async def get(self, target: str) -> Session:
        """Return a session by name, unique prefix or id; raises `NotFoundError`, `AmbiguousNameError`."""
        return self._session(await self._channels.call("session.get", {"target": target}, repeatable=True))

    async def kill(self, *targets: str, force: bool = False) -> builtins.list[Killed]:
        """End sessions with every process in them and return what is gone; `force` does not ask politely first."""
        if not targets:
            raise UsageError("kill needs at least one session", "`kill_all` ends every session.")
        return await self._kill({"targets": builtins.list(targets), "force": force})

    async def kill_all(self, *, force: bool = False) -> builtins.list[Killed]:
        """End every session, like `kill`."""
        return await self._kill({"all": True, "force": force})

    async def broadcast(
        self,
        *targets: str,
        tag: str | None = None,
        all: bool = False,
        text: str = "",
        keys: Sequence[str] = (),
        enter: bool = False,
        paste: bool = False,
    ) -> Broadcast:
        """Type the same into sessions (each pane with the focus) or panes, those with a tag, or all that run."""
        params: dict[str, object] = {"text": text, "keys": builtins.list(keys), "enter": enter, "paste": paste}
        params |= {"targets": builtins.list(targets), "all": all} | ({} if tag is None else {"tag": tag})
        return decode(await self._channels.call("broadcast", params), Broadcast)

    def events(self) -> EventStream:
        """Return what happens in all sessions, as an async iterator; `async with` makes sure that nothing is missed."""
        return EventStream(self._channels)

    async def search(
        self,
        query: str,
        *,
        session: str | None = None,
        since: float | None = None,
        failed: bool = False,
        limit: int = 50,
    ) -> SearchResult:
        """Search the commands, outputs and messages of all sessions, or of one, newest first.

        All words must occur close together, "…" is a phrase, OR and NOT mean that. `since` is a time (seconds since the
        epoch), `failed` leaves commands out that went well. Raises `UsageError` for a query that says nothing.
        """
        params: dict[str, object] = {"query": query, "failed": failed, "limit": limit}
        optional: dict[str, object] = {"session": session, "since": since}
        params |= {name: value for name, value in optional.items() if value is not None}
        return decode(await self._channels.call("search", params, repeatable=True, long=True), SearchResult)

    async def status(self) -> ServerStatus:
        """Return how the server is, with the ledger of what became of each session when it started."""
        return decode(await self._channels.call("server.status", {}, repeatable=True), ServerStatus)

    async def statistics(self, target: str | None = None, *, since: float | None = None) -> Statistics:
        """Return what was measured, of all sessions or of one; `since` is seconds since the epoch."""
        params = {"target": target, "since": since}
        return decode(await self._channels.call("stats.get", params, repeatable=True), Statistics)

    async def cleanup(
        self,
        *,
        idle: float | None = None,
        stopped: bool = False,
        older_than: float | None = None,
        keep: int | None = None,
        force: bool = False,
        dry_run: bool = False,
    ) -> Cleanup:
        """Remove old sessions and what crashes left behind, as the subcommand does; durations are seconds.

        A session in which a command runs, or that somebody looks at, stays unless `force`.
        """
        params: dict[str, object] = {
            "idle": idle,
            "stopped": stopped,
            "older_than": older_than,
            "keep": keep,
            "force": force,
            "dry_run": dry_run,
        }
        return decode(await self._channels.call("cleanup", params, long=True), Cleanup)

    async def templates(self) -> builtins.list[TemplateInfo]:
        """Return the templates for `SessionConfig(template=…)`, the user's own and the built-in ones, by name."""
        found = await self._channels.call("template.list", {}, repeatable=True)
        return field(found, "templates", builtins.list[TemplateInfo])

    async def stop_server(self, *, keep_sessions: bool = False) -> builtins.list[str]:
        """Stop the server and return the names of the sessions it ended; or leave them running for the next one."""
        async with self._channels.leased(long=True) as channel:
            result = await channel.call("server.stop", {"keep_sessions": keep_sessions})
            await channel.ended()  # until then a new call could still reach it
        return field(result, "stopped", builtins.list[str])

    async def close(self) -> None:
        """Hang up. Sessions, and commands that nobody waits for any more, run on."""
        self._channels.close()
        await asyncio.sleep(0)  # the loop closes a transport on its next round

    async def __aenter__(self) -> SessionManager:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def _kill(self, params: dict[str, object]) -> builtins.list[Killed]:
        return field(await self._channels.call("session.kill", params), "sessions", builtins.list[Killed])

    def _session(self, found: object) -> Session:
        return Session(self._channels, decode(found, SessionInfo))


class Session(Arranging, Conversing, Running):
    """A handle on one session. `pane` in its methods counts from 1; without it the first pane is meant."""

    async def send(
        self,
        text: str = "",
        *,
        keys: Sequence[str] = (),
        enter: bool = False,
        paste: bool = False,
        pane: int | None = None,
    ) -> int:
        """Type text, then keys ("C-c", "Up", …), then perhaps Enter; return the number of bytes written.

        `paste` marks the text as pasted for a program that asked to be told.
        """
        if isinstance(keys, str):
            raise UsageError(f"keys is {keys!r}, but must be a list of key names", f"write keys=[{keys!r}].")
        params: dict[str, object] = {"text": text, "keys": list(keys), "enter": enter, "paste": paste}
        return field(await self._call("pane.send", params, pane=pane), "bytes", int)

    async def capture(self, *, ansi: bool = False, scrollback: int = 0, pane: int | None = None) -> Capture:
        """Return what a pane shows, with so many lines of what scrolled out above it (-1: all).

        `ansi` keeps colours and styles as escape sequences.
        """
        params: dict[str, object] = {"ansi": ansi, "scrollback": scrollback}
        return decode(await self._call("pane.capture", params, pane=pane, repeatable=True), Capture)

    async def wait(
        self,
        *,
        idle: float | None = None,
        prompt: bool = False,
        exit: bool = False,
        timeout: float | None = None,
        pane: int | None = None,
    ) -> Pane:
        """Wait until a pane printed nothing for `idle` seconds, is at its prompt, or its process has ended.

        Raises `TimeoutExpiredError` after `timeout` seconds.
        """
        if (idle is not None) + prompt + exit != 1:
            raise UsageError("wait needs one of idle=SECONDS, prompt=True, exit=True")
        params: dict[str, object] = {"until": "idle" if idle is not None else "prompt" if prompt else "exit"}
        if idle is not None:
            params["seconds"] = idle
        if timeout is not None:
            params["timeout"] = timeout
        found = await self._call("pane.wait", params, pane=pane, repeatable=True, long=True)
        return field(found, "pane", Pane)

    async def wait_for_text(
        self, pattern: str | re.Pattern[str], *, timeout: float | None = None, pane: int | None = None
    ) -> re.Match[str]:
        """Wait until a pane shows, or prints, a text that fits a regular expression; return the match.

        Raises `TimeoutExpiredError` after `timeout` seconds, `ConflictError` when the program ends before.
        """
        return await await_text(self._channels, self._target(pane), pattern, timeout)

    def follow(self, offset: int | None = None, *, pane: int | None = None) -> FollowStream:
        """Return the bytes that a pane prints from now on, or from an offset of its journal, as an async iterator."""
        return FollowStream(self._channels, self._target(pane), offset)

    def events(self) -> EventStream:
        """Return what happens in this session, like `SessionManager.events`."""
        return EventStream(self._channels, self.id)

    async def rename(self, name: str) -> SessionInfo:
        """Give the session another name; raises `ConflictError` when it is taken."""
        return self._learn(await self._call("session.rename", {"name": name}))

    async def start(self) -> SessionInfo:
        """Start a shell again in a stopped session; raises `ConflictError` when it runs."""
        return self._learn(await self._call("session.start", {"env": dict(os.environ)}))

    async def detach(self) -> int:
        """Send every viewer away and return how many there were."""
        return field(await self._call("session.detach"), "detached", int)

    async def kill(self, *, force: bool = False) -> Killed:
        """End the session with every process in it and return what is gone."""
        found = await self._channels.call("session.kill", {"targets": [self.id], "force": force})
        killed = field(found, "sessions", list[Killed])
        if not killed:
            raise ProtocolError(f"the server says nothing about {self.name!r}, which it was to kill")
        return killed[0]


def _create_params(config: SessionConfig, home: Home) -> dict[str, object]:
    return config.to_params(load_settings(home.config), os.environ)
