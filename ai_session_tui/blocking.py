"""The library for programs without asyncio: the same names as in `ai_session_tui`, blocking.

    >>> with SessionManager() as manager:
    ...     session = manager.create(SessionConfig(name="greeter"))
    ...     result = session.exec("echo hello; exit_code() { return 3; }; exit_code")
    ...     print(result.output.strip(), result.exit_code)
    ...     _ = session.kill()
    hello 3

Invariant: each method runs its asyncio twin to the end, in the calling thread, on a loop that runs at no other time;
there is no second implementation and no thread. So a manager is for one thread at a time, and Ctrl-C in a call cancels
it (a command that `exec` waits for is interrupted) before it raises `KeyboardInterrupt`.
"""

from __future__ import annotations

import asyncio
import builtins
import os
import re
from collections.abc import Coroutine, Iterator, Sequence
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from ai_session_tui.blocking_contexts import Conversing
from ai_session_tui.blocking_panes import Arranging
from ai_session_tui.client import aio
from ai_session_tui.client.aio import OnEvent, StreamKind
from ai_session_tui.client.execution import ExecStream as AsyncExecStream
from ai_session_tui.client.happenings import ManagerEvent
from ai_session_tui.client.panes import Broadcast
from ai_session_tui.client.records import (
    Capture,
    Cleanup,
    CommandRecord,
    CommandResult,
    Digest,
    Killed,
    Output,
    Pane,
    SearchResult,
    ServerStatus,
    SessionInfo,
    SessionStatus,
    Statistics,
    TemplateInfo,
    Text,
)
from ai_session_tui.client.session_config import SessionConfig
from ai_session_tui.errors import UsageError

__all__ = ["EventStream", "ExecStream", "FollowStream", "Session", "SessionConfig", "SessionManager"]

_Value = TypeVar("_Value")
_Item_co = TypeVar("_Item_co", covariant=True)


class _AsyncStream(Protocol[_Item_co]):
    async def __anext__(self) -> _Item_co: ...

    async def __aenter__(self) -> object: ...

    async def aclose(self) -> None: ...


class _Loop:
    """An event loop that runs while a call runs."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, call: Coroutine[object, object, _Value]) -> _Value:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._runner.run(call)
        call.close()
        raise UsageError(
            "the blocking library was called inside a running event loop, which it would block",
            "there, use `from ai_session_tui import SessionManager` and await its methods.",
        )

    def close(self) -> None:
        self._runner.close()


class _Stream(Generic[_Item_co]):
    """A stream, one item a step; use it with `with`, or read it to its end."""

    def __init__(self, loop: _Loop, stream: _AsyncStream[_Item_co]) -> None:
        self._loop = loop
        self._stream = stream

    def __iter__(self) -> Iterator[_Item_co]:
        return self

    def __next__(self) -> _Item_co:
        try:
            return self._loop.run(self._stream.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        self._loop.run(self._stream.__aenter__())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the stream."""
        self._loop.run(self._stream.aclose())


class EventStream(_Stream[ManagerEvent]):
    """What happens in all sessions, or in one: `for event in …`, without an end."""


class FollowStream(_Stream[bytes]):
    """The bytes that a pane prints, until it ends."""


class ExecStream(_Stream[str]):
    """A command's output while it is written: iteration gives text, `read` gives bytes; then `result` is there.

    Leaving a `with` block early interrupts the command. Abandoned without it, the command goes on.
    """

    def __init__(self, loop: _Loop, stream: AsyncExecStream) -> None:
        super().__init__(loop, stream)
        self._exec = stream

    @property
    def key(self) -> str:
        """The key under which the command can be joined."""
        return self._exec.key

    @property
    def command(self) -> CommandRecord | None:
        """The command's record as last heard of; None before its start."""
        return self._exec.command

    @property
    def result(self) -> CommandRecord:
        """The finished command's record; raises the error it ended with, or `UsageError` before its end."""
        return self._exec.result

    @property
    def is_over(self) -> bool:
        """Whether the command has ended, in a result or in an error."""
        return self._exec.is_over

    def read(self) -> bytes:
        """Return the next output as it was written, b"" at the end."""
        return self._loop.run(self._exec.read())

    def cancel(self) -> None:
        """Withdraw the command if it is queued, interrupt it if it runs, kill it when asked again; then read on."""
        self._loop.run(self._exec.cancel())

    def detach(self) -> None:
        """Let go of the command; it runs on."""
        self._exec.detach()


class SessionManager:
    """The sessions of one home, blocking; see `ai_session_tui.SessionManager`."""

    def __init__(self, home: str | os.PathLike[str] | None = None, *, start_server: bool = True) -> None:
        """Use a home folder (default: `AI_SESSION_HOME`, or `~/.ai-session`)."""
        self._loop = _Loop()
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


class Session(Arranging, Conversing):
    """A handle on one session, blocking; see `ai_session_tui.Session`."""

    _loop: _Loop

    def __init__(self, loop: _Loop, session: aio.Session) -> None:
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

    def exec(
        self,
        command: str,
        *,
        timeout: float | None = None,
        wait: bool = True,
        pane: int | None = None,
        stream: StreamKind = "output",
        on_event: OnEvent | None = None,
    ) -> CommandResult:
        """Run a command in the session's own shell and return its result with what it wrote.

        Parameters and errors are those of the asyncio twin. Ctrl-C interrupts the command.
        """
        return self._loop.run(
            self._session.exec(command, timeout=timeout, wait=wait, pane=pane, stream=stream, on_event=on_event)
        )

    def exec_stream(
        self,
        command: str,
        *,
        timeout: float | None = None,
        wait: bool = True,
        pane: int | None = None,
        stream: StreamKind = "output",
        on_event: OnEvent | None = None,
    ) -> ExecStream:
        """Run a command and return its output as an iterator of text, with `result` after its end."""
        running = self._session.exec_stream(
            command, timeout=timeout, wait=wait, pane=pane, stream=stream, on_event=on_event
        )
        return ExecStream(self._loop, running)

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

    def history(self, limit: int | None = None) -> list[CommandRecord]:
        """Return the session's commands, oldest first; the last `limit` of them."""
        return self._loop.run(self._session.history(limit))

    def command(self, number: int) -> CommandRecord:
        """Return the record of a command by its `id`."""
        return self._loop.run(self._session.command(number))

    def output(self, number: int | None = None, *, raw: bool = False, pane: int | None = None) -> Output:
        """Return what a command wrote (by its `id`), or the whole journal of a pane; `raw` as the terminal got it."""
        return self._loop.run(self._session.output(number, raw=raw, pane=pane))

    def digest(self, number: int, *, budget: int | None = None, redact: bool = True) -> Digest:
        """Return the digest of a command (by its `id`) that has ended, within so many tokens if given."""
        return self._loop.run(self._session.digest(number, budget=budget, redact=redact))

    def text(
        self,
        number: int | None = None,
        *,
        lines: tuple[int, int | None] | None = None,
        grep: str | None = None,
        ignore_case: bool = False,
        context: int = 0,
        limit: int | None = None,
        redact: bool = True,
        pane: int | None = None,
    ) -> Text:
        """Return what a command (by its `id`), or a whole pane, has printed, as numbered lines of text."""
        return self._loop.run(
            self._session.text(
                number,
                lines=lines,
                grep=grep,
                ignore_case=ignore_case,
                context=context,
                limit=limit,
                redact=redact,
                pane=pane,
            )
        )

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
