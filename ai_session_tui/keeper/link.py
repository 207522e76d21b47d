"""The server's end of the keeper: an asyncio object over the socket.

    link = await KeeperLink.start(home, respawn_argv)
    link.on_exit, link.on_lost = ended, lost
    spawned = await link.spawn(pane, argv, env, cwd, columns, rows)

Invariant: every end of a program is told once per link through `on_exit`, whoever saw it (the keeper that is its
parent, or, for programs adopted through this link, this process); every request ends: by its answer, by the loss
of the keeper (ServerError) or by the time limit. A descriptor that arrives for nobody is closed.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from ai_session_tui.errors import ProtocolError, ServerError, SpawnError
from ai_session_tui.keeper.orphans import ExitStatus
from ai_session_tui.keeper.starting import reach_keeper
from ai_session_tui.keeper.watching import Watcher
from ai_session_tui.keeper.wire import VERSION, Channel, WireError, close_all, number, text
from ai_session_tui.limits import KEEPER_FRAME_BYTES, KEEPER_REQUEST_SECONDS, KEEPER_START_SECONDS
from ai_session_tui.paths import Home
from ai_session_tui.ptys import linux

if TYPE_CHECKING:
    from ai_session_tui.keeper.wire import Message

_LOST = "the keeper is gone"


@dataclass(frozen=True, slots=True)
class Spawned:
    """A program that just started. `fd` is the PTY's master (blocking mode, close-on-exec), and the caller's."""

    pid: int
    started: int
    fd: int


@dataclass(frozen=True, slots=True)
class KeptPane:
    """What the keeper knows of a pane. `fd` is the caller's; None after `close`. `exit` is None while it runs."""

    pane: str
    pid: int
    started: int
    fd: int | None
    exit: ExitStatus | None


@dataclass(slots=True)
class _Request:
    do: str
    pane: str
    answer: asyncio.Future[list[tuple[Message, list[int]]]]
    parts: list[tuple[Message, list[int]]] = field(default_factory=list)


class KeeperLink:
    """A connection to the keeper, as *the* server. Use `start`."""

    def __init__(self, channel: Channel, keeper_pid: int) -> None:
        self.keeper_pid = keeper_pid
        self.on_exit: Callable[[str, ExitStatus], None] = lambda pane, status: None
        self.on_lost: Callable[[], None] = lambda: None
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._requests: dict[int, _Request] = {}
        self._last_id = 0
        self._watcher = Watcher(self._loop)
        self._watched: set[str] = set()  # adopted panes whose end we see ourselves
        self._abandoned: set[str] = set()  # panes whose spawn nobody waited for any more
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._is_expected = False  # the end of the connection

    @classmethod
    async def start(cls, home: Home, respawn_argv: Sequence[str], *, idle: float | None = None) -> Self:
        """Connect to the home's keeper, or start one; `respawn_argv` is how it starts a server again.

        An empty `respawn_argv` asks it not to. `idle` is for a keeper started here: seconds without pane and
        server after which it leaves. Raises ServerError, ProtocolError.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + KEEPER_START_SECONDS
        while True:
            connection, child = await asyncio.to_thread(reach_keeper, home, idle)
            if child:
                Watcher(loop).watch(child, 0, lambda status: None)  # so that it leaves no zombie
            channel = Channel(connection, KEEPER_FRAME_BYTES)
            try:
                link = cls(channel, await _greeting(loop, channel))
            except (EOFError, OSError) as error:  # it was about to go
                channel.close()
                if loop.time() > deadline:
                    raise ServerError("the keeper does not answer", f"see {home.log}") from error
                continue
            except BaseException:
                channel.close()
                raise
            loop.add_reader(channel.fileno(), link._readable)
            try:
                await link._ask("hello", version=VERSION, pid=os.getpid(), respawn=list(respawn_argv))
            except BaseException:
                link._is_expected = True
                link._end()
                raise
            return link

    async def spawn(
        self, pane: str, argv: Sequence[str], env: Mapping[str, str], cwd: str, columns: int, rows: int
    ) -> Spawned:
        """Start a program on a new PTY, with exactly this environment. Raises SpawnError, ServerError."""
        [(reply, fds)] = await self._ask(
            "spawn", pane, argv=list(argv), env=dict(env), cwd=cwd, columns=columns, rows=rows
        )
        if "errno" in reply:
            raise _spawn_error(reply, argv, cwd)
        return Spawned(number(reply, "pid"), number(reply, "started"), fds[0])

    async def panes(self) -> list[KeptPane]:
        """Return everything the keeper keeps, each with a fresh copy of its master."""
        kept: list[KeptPane] = []
        for reply, fds in await self._ask("list"):
            rows = reply["panes"]
            assert isinstance(rows, list)
            masters = iter(fds)
            for row in rows:
                kept.append(_kept(row, next(masters) if row["open"] else None))
                if row["ours"] is False:
                    self._watch_orphan(kept[-1])
        return kept

    async def adopt(self, pane: str, pid: int, started: int, fd: int) -> None:
        """Give a program whose keeper died to this one; `fd` is copied. Its end comes through `on_exit`."""
        self._watched.add(pane)
        try:
            _accept(await self._ask("adopt", pane, fds=[fd], pid=pid, started=started))
        except BaseException:
            self._watched.discard(pane)
            raise
        self._watcher.watch(pid, started, lambda status: self._tell_exit(pane, status))

    async def forget(self, pane: str) -> None:
        """Say that the end of a pane's program is recorded: the keeper drops status and master."""
        _accept(await self._ask("forget", pane))
        self._watched.discard(pane)

    async def close(self, pane: str) -> None:
        """Drop the keeper's copy of a master: once ours is closed too, the kernel hangs up on the program."""
        _accept(await self._ask("close", pane))

    async def goodbye(self) -> None:
        """Leave on purpose: programs stay, and the keeper starts no new server."""
        self._is_expected = True
        with suppress(ServerError):
            await self._ask("goodbye")
        self._end()

    async def shutdown(self, *, kill: bool = False) -> None:
        """End the keeper; `kill` hangs its programs up first, and kills after a second what is left.

        Without `kill`, programs live as long as someone holds their masters.
        """
        self._is_expected = True
        with suppress(ServerError):
            await self._ask("shutdown", kill=kill)
            async with asyncio.timeout(KEEPER_REQUEST_SECONDS):
                await asyncio.shield(self._ended)
        self._end()

    def _watch_orphan(self, kept: KeptPane) -> None:
        """See the end of a program of an earlier keeper ourselves: we may be its parent, and must reap it."""
        is_there = kept.exit is None and linux.start_time(kept.pid) == kept.started
        if is_there and kept.pane not in self._watched:
            self._watched.add(kept.pane)
            self._watcher.watch(kept.pid, kept.started, lambda status: self._tell_exit(kept.pane, status))

    # -- requests --------------------------------------------------------------------------------------

    async def _ask(
        self, do: str, pane: str = "", *, fds: Sequence[int] = (), **fields: object
    ) -> list[tuple[Message, list[int]]]:
        """Send a request and return its answer, which may have several parts."""
        request = _Request(do, pane, self._loop.create_future())
        self._post(request, fds, fields)
        try:
            async with asyncio.timeout(KEEPER_REQUEST_SECONDS):
                return await request.answer
        except TimeoutError as error:
            raise ServerError(f"the keeper did not answer to {do}", "see whether it is stopped.") from error

    def _post(self, request: _Request, fds: Sequence[int], fields: Mapping[str, object]) -> None:
        if self._ended.done():
            raise ServerError(_LOST)
        self._last_id += 1
        self._requests[self._last_id] = request
        message = {"id": self._last_id, "do": request.do, "pane": request.pane, **fields}
        try:
            self._channel.send(message, fds)
        except OSError as error:
            self._end()
            raise ServerError(_LOST) from error
        if self._channel.unsent:
            self._loop.add_writer(self._channel.fileno(), self._writable)

    def _writable(self) -> None:
        try:
            self._channel.flush()
        except OSError:
            self._end()
            return
        if not self._channel.unsent:
            self._loop.remove_writer(self._channel.fileno())

    def _readable(self) -> None:
        try:
            for message, fds in self._channel.receive():
                self._take(message, fds)
        except (EOFError, OSError, WireError):
            self._end()

    def _take(self, message: Message, fds: list[int]) -> None:
        if "event" in message:
            close_all(fds)
            self._heard(message)
            return
        identity = number(message, "id")
        request = self._requests.get(identity)
        if request is None:
            close_all(fds)
            return
        request.parts.append((message, fds))
        if message.get("more") is True:
            return
        del self._requests[identity]
        if not request.answer.done():
            request.answer.set_result(request.parts)
            return
        _close_parts(request.parts)
        if request.do == "spawn" and "errno" not in message:  # nobody waits any more: let it go again
            self._abandoned.add(request.pane)
            self._send_off("close", request.pane)

    def _send_off(self, do: str, pane: str) -> None:
        """Send a request whose answer does not matter."""
        request = _Request(do, pane, self._loop.create_future())
        request.answer.cancel()
        with suppress(ServerError):
            self._post(request, (), {})

    def _heard(self, message: Message) -> None:
        pane = text(message, "pane")
        if pane in self._abandoned:
            self._abandoned.discard(pane)
            self._send_off("forget", pane)
        elif pane not in self._watched and (status := _exit_status(message)) is not None:
            # After the answer to a spawn has reached its caller, however short the program's life was.
            self._loop.call_soon(self._tell_exit, pane, status)

    def _tell_exit(self, pane: str, status: ExitStatus) -> None:
        self.on_exit(pane, status)

    def _end(self) -> None:
        """Close the connection, fail what waits, tell whom it concerns; once."""
        if self._ended.done():
            return
        self._ended.set_result(None)
        self._loop.remove_reader(self._channel.fileno())
        self._loop.remove_writer(self._channel.fileno())
        self._channel.close()
        self._watcher.close()
        for request in self._requests.values():
            _close_parts(request.parts)
            if not request.answer.done():
                request.answer.set_exception(ServerError(_LOST))
        self._requests.clear()
        if not self._is_expected:
            self._loop.call_soon(self.on_lost)


async def _greeting(loop: asyncio.AbstractEventLoop, channel: Channel) -> int:
    """Wait for the keeper's first frame; return its pid. Raises EOFError, OSError, ProtocolError, ServerError."""
    readable = asyncio.Event()
    loop.add_reader(channel.fileno(), readable.set)
    try:
        async with asyncio.timeout(KEEPER_START_SECONDS):
            while True:
                await readable.wait()
                readable.clear()
                for message, fds in channel.receive():
                    close_all(fds)
                    if message.get("keeper") != VERSION:
                        raise ProtocolError(
                            f"the running keeper speaks version {message.get('keeper')}, not {VERSION}",
                            "stop all sessions with the release that started them, or reboot.",
                        )
                    return number(message, "pid")
    except TimeoutError as error:
        raise ServerError("the keeper does not answer", "see whether it is stopped.") from error
    except WireError as error:
        raise ProtocolError(f"the keeper's socket is not a keeper's: {error}") from error
    finally:
        loop.remove_reader(channel.fileno())


def _accept(parts: list[tuple[Message, list[int]]]) -> None:
    """Raise ServerError when the answer is a refusal."""
    for reply, _ in parts:
        if "errno" in reply:
            raise ServerError(f"the keeper refused: {text(reply, 'culprit')}: {os.strerror(number(reply, 'errno'))}")


def _close_parts(parts: Iterable[tuple[Message, list[int]]]) -> None:
    for _, fds in parts:
        close_all(fds)


def _exit_status(row: Mapping[str, object]) -> ExitStatus | None:
    ended = row["ended"]
    status = row["status"]
    if not isinstance(ended, float) or not ended:
        return None
    return ExitStatus(status if isinstance(status, int) else None, ended)


def _kept(row: Mapping[str, object], fd: int | None) -> KeptPane:
    return KeptPane(text(row, "pane"), number(row, "pid"), number(row, "started"), fd, _exit_status(row))


def _spawn_error(reply: Message, argv: Sequence[str], cwd: str) -> SpawnError:
    """Say what did not work, and what to try."""
    code, culprit = number(reply, "errno"), text(reply, "culprit")
    program = argv[0] if argv else ""
    if culprit == "cwd":
        return SpawnError(f"cannot start in the folder {cwd!r}: {os.strerror(code)}", "choose another folder.")
    if culprit == "pane":
        return SpawnError("the pane has a program already")
    if culprit == "pty":
        return SpawnError(f"no terminal for {program!r}: {os.strerror(code)}", "close some sessions.")
    hints = {
        errno.ENOENT: "check the name and PATH; a script may name an interpreter that is not there.",
        errno.EACCES: "make it executable, or start it through its interpreter.",
        errno.ENOEXEC: "give it a first line like #!/bin/sh, or start it through its interpreter.",
        errno.EINVAL: "words and variables may hold any character but NUL.",
    }
    return SpawnError(f"cannot start {program!r}: {os.strerror(code)}", hints.get(code, ""))
