"""The sessions of one home and a handle on each, blocking: their asyncio twins, run to the end."""

from __future__ import annotations

import builtins
import os
import re
from collections.abc import Sequence
from types import TracebackType

from ai_session_tui.blocking.commands import Running
from ai_session_tui.blocking.contexts import Conversing
from ai_session_tui.blocking.loop import Loop
from ai_session_tui.blocking.panes import Arranging
from ai_session_tui.blocking.streams import EventStream, FollowStream
from ai_session_tui.client import aio
from ai_session_tui.client.outputs import Capture, SearchResult
from ai_session_tui.client.panes import Broadcast
from ai_session_tui.client.records import Killed, Pane, SessionInfo, SessionStatus
from ai_session_tui.client.session_config import SessionConfig
from ai_session_tui.client.statistics import Statistics
from ai_session_tui.client.upkeep import Cleanup, ServerStatus, TemplateInfo


class SessionManager:
    """The sessions of one home, blocking; see `ai_session_tui.SessionManager`."""

    def __init__(self, home: str | os.PathLike[str] | None = None, *, start_server: bool = True) -> None:
        """Use a home folder (default: `AI_SESSION_HOME`, or `~/.ai-session`)."""
        self._loop = Loop()
        self._manager = aio.SessionManager(home, start_server=start_server)

    @property
    def home(self) -> str:
        """The home folder."""
        return self._manager.home

    def create(self, config: SessionConfig | None = None) -> Session:
        """Create a session and return it; raises `ConflictError` for a taken name, `SpawnError`, `UsageError`."""
        return Session(self._loop, self._loop.run(self._manager.create(config)))

    def list(self, status: SessionStatus | str | None = None) -> builtins.list[Session]:
        """Return the sessions, those with one status if given; killed ones only when asked for."""
        return [Session(self._loop, found) for found in self._loop.run(self._manager.list(status))]

    def get(self, target: str) -> Session:
        """Return a session by name, unique prefix or id; raises `NotFoundError`, `AmbiguousNameError`."""
        return Session(self._loop, self._loop.run(self._manager.get(target)))

    def kill(self, *targets: str, force: bool = False) -> builtins.list[Killed]:
        """End sessions with every process in them and return what is gone; `force` does not ask politely first."""
        return self._loop.run(self._manager.kill(*targets, force=force))

    def kill_all(self, *, force: bool = False) -> builtins.list[Killed]:
        """End every session, like `kill`."""
        return self._loop.run(self._manager.kill_all(force=force))

    def broadcast(
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
        return self._loop.run(
            self._manager.broadcast(*targets, tag=tag, all=all, text=text, keys=keys, enter=enter, paste=paste)
        )

    def events(self) -> EventStream:
        """Return what happens in all sessions, as an iterator; `with` makes sure that nothing is missed."""
        return EventStream(self._loop, self._manager.events())

    def search(
        self,
        query: str,
        *,
        session: str | None = None,
        since: float | None = None,
        failed: bool = False,
        limit: int = 50,
    ) -> SearchResult:
        """Search the commands, outputs and messages of all sessions, or of one, newest first."""
        return self._loop.run(self._manager.search(query, session=session, since=since, failed=failed, limit=limit))

    def status(self) -> ServerStatus:
        """Return how the server is, with the ledger of what became of each session when it started."""
        return self._loop.run(self._manager.status())

    def statistics(self, target: str | None = None, *, since: float | None = None) -> Statistics:
        """Return what was measured, of all sessions or of one; `since` is seconds since the epoch."""
        return self._loop.run(self._manager.statistics(target, since=since))

    def cleanup(
        self,
        *,
        idle: float | None = None,
        stopped: bool = False,
        older_than: float | None = None,
        keep: int | None = None,
        force: bool = False,
        dry_run: bool = False,
    ) -> Cleanup:
        """Remove old sessions and what crashes left behind, as the subcommand does; durations are seconds."""
        return self._loop.run(
            self._manager.cleanup(
                idle=idle, stopped=stopped, older_than=older_than, keep=keep, force=force, dry_run=dry_run
            )
        )

    def templates(self) -> builtins.list[TemplateInfo]:
        """Return the templates for `SessionConfig(template=…)`, the user's own and the built-in ones, by name."""
        return self._loop.run(self._manager.templates())

    def stop_server(self, *, keep_sessions: bool = False) -> builtins.list[str]:
        """Stop the server and return the names of the sessions it ended; or leave them running for the next one."""
        return self._loop.run(self._manager.stop_server(keep_sessions=keep_sessions))

    def close(self) -> None:
        """Hang up. Sessions, and commands that nobody waits for any more, run on."""
        self._loop.run(self._manager.close())
        self._loop.close()

    def __enter__(self) -> SessionManager:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Session(Arranging, Conversing, Running):
    """A handle on one session, blocking; see `ai_session_tui.Session`."""

    def send(
        self,
        text: str = "",
        *,
        keys: Sequence[str] = (),
        enter: bool = False,
        paste: bool = False,
        pane: int | None = None,
    ) -> int:
        """Type text, then keys ("C-c", "Up", …), then perhaps Enter; return the number of bytes written."""
        return self._loop.run(self._session.send(text, keys=keys, enter=enter, paste=paste, pane=pane))

    def capture(self, *, ansi: bool = False, scrollback: int = 0, pane: int | None = None) -> Capture:
        """Return what a pane shows, with so many lines of what scrolled out above it (-1: all)."""
        return self._loop.run(self._session.capture(ansi=ansi, scrollback=scrollback, pane=pane))

    def wait(
        self,
        *,
        idle: float | None = None,
        prompt: bool = False,
        exit: bool = False,
        timeout: float | None = None,
        pane: int | None = None,
    ) -> Pane:
        """Wait until a pane printed nothing for `idle` seconds, is at its prompt, or its process has ended."""
        return self._loop.run(self._session.wait(idle=idle, prompt=prompt, exit=exit, timeout=timeout, pane=pane))

    def wait_for_text(
        self, pattern: str | re.Pattern[str], *, timeout: float | None = None, pane: int | None = None
    ) -> re.Match[str]:
        """Wait until a pane shows, or prints, a text that fits a regular expression; return the match."""
        return self._loop.run(self._session.wait_for_text(pattern, timeout=timeout, pane=pane))

    def follow(self, offset: int | None = None, *, pane: int | None = None) -> FollowStream:
        """Return the bytes that a pane prints from now on, or from an offset of its journal, as an iterator."""
        return FollowStream(self._loop, self._session.follow(offset, pane=pane))

    def events(self) -> EventStream:
        """Return what happens in this session, like `SessionManager.events`."""
        return EventStream(self._loop, self._session.events())

    def rename(self, name: str) -> SessionInfo:
        """Give the session another name; raises `ConflictError` when it is taken."""
        return self._loop.run(self._session.rename(name))

    def start(self) -> SessionInfo:
        """Start a shell again in a stopped session; raises `ConflictError` when it runs."""
        return self._loop.run(self._session.start())

    def detach(self) -> int:
        """Send every viewer away and return how many there were."""
        return self._loop.run(self._session.detach())

    def kill(self, *, force: bool = False) -> Killed:
        """End the session with every process in it and return what is gone."""
        return self._loop.run(self._session.kill(force=force))
