"""The server itself: it puts the parts together, listens, and ends in order.

Invariant: one per home (the lock), reachable only by its own user (0600 socket in a 0700 folder, and the peer's uid
is checked), and whatever ends it, the programs in the panes live on unless they were meant to end.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from ai_session_tui import locks, sockets
from ai_session_tui.config import load_settings
from ai_session_tui.errors import AiSessionError, ConflictError, ServerError, StorageError
from ai_session_tui.keeper.link import KeeperLink
from ai_session_tui.keeper.orphans import ExitStatus, become_subreaper
from ai_session_tui.paths import Home
from ai_session_tui.server.adoption import Adoption
from ai_session_tui.server.api import METHODS
from ai_session_tui.server.connection import Call, Connection
from ai_session_tui.server.emulation import Emulation
from ai_session_tui.server.host import Host
from ai_session_tui.server.life import Life
from ai_session_tui.server.log import start_log
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.sessions import Sessions
from ai_session_tui.server.viewers import Viewer
from ai_session_tui.store import Store
from ai_session_tui.version import PROTOCOL, VERSION

logger = logging.getLogger(__name__)

_HOUSEKEEPING_SECONDS = 30.0


class AlreadyRunningError(ConflictError):
    """Another server has the home; whoever wanted one can use that."""

    code = "already_running"


class Server:
    """Everything one home needs; use `serve`."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.sessions = Sessions()
        self.connections: set[Connection] = set()
        self.viewers: dict[tuple[Connection, int], Viewer] = {}  # by the request that attached them
        self.started = time.time()
        self.host: Host
        self.life: Life
        self.adoption: Adoption
        self._secret = secrets.token_hex(32)
        self._listener: asyncio.Server | None = None
        self._ending: asyncio.Future[bool] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # the service of connections

    def greeting_fields(self) -> Mapping[str, object]:
        """Return what our greeting says beside the version."""
        return {"pid": os.getpid(), "home": self.home.folder}

    def check_secret(self, secret: object) -> bool:
        """Return whether a peer that came over TCP knows the secret."""
        return isinstance(secret, str) and hmac.compare_digest(secret.encode(), self._secret.encode())

    def find_method(self, name: str) -> Callable[[Call, object], Awaitable[object]] | None:
        """Return the coroutine function that serves a method."""
        serve = METHODS.get(name)
        return None if serve is None else lambda call, params: serve(self, call, params)

    def connected(self, connection: Connection) -> None:
        """Count a connection that was greeted."""
        self.connections.add(connection)

    def disconnected(self, connection: Connection) -> None:
        """Forget a connection."""
        self.connections.discard(connection)

    # from start to end

    async def serve(self, ready: Callable[[], None]) -> None:
        """Run until somebody ends it; `ready` is called once the socket answers."""
        settings = load_settings(self.home.config)
        self.home.prepare()
        lock = locks.try_lock(self.home.server_lock)
        if lock is None:
            raise AlreadyRunningError("a server runs for this home already")
        start_log(self.home.log, settings.log)
        become_subreaper()
        loop = asyncio.get_running_loop()
        self._ending = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        store = Store(self.home.database)
        try:
            self.host = Host(self.home, settings, store, await self._reach_keeper(), Emulation())
            self.life = Life(self.host, self.sessions)
            self.adoption = Adoption(self.host, self.sessions)
            await self.adoption.run()
            await self._listen()
            logger.info("serving %s, version %s, %d sessions", self.home.folder, VERSION, len(self.sessions))
            self._spawn_task(self._keep_house())
            ready()
            keep_sessions = await self._ending
            await self._end(keep_sessions)
        finally:
            store.close()
            os.close(lock)

    def stop(self, *, keep_sessions: bool = True) -> None:
        """Begin the end; with `keep_sessions` the programs stay with the keeper."""
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(keep_sessions)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        if hasattr(socket, "AF_UNIX") and not os.environ.get("AI_SESSION_TCP"):
            with suppress(FileNotFoundError):
                os.unlink(self.home.tcp_endpoint)
            listener = sockets.bind_unix(self.home.server_socket, backlog=256)
            self._listener = await loop.create_unix_server(lambda: Connection(self, needs_secret=False), sock=listener)
            return
        self._listener = await loop.create_server(lambda: Connection(self, needs_secret=True), "127.0.0.1", 0)
        port = self._listener.sockets[0].getsockname()[1]
        fresh = self.home.tcp_endpoint + ".new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"127.0.0.1 {port} {self._secret}\n")
        os.replace(fresh, self.home.tcp_endpoint)

    async def _end(self, keep_sessions: bool) -> None:
        logger.info("stopping; the sessions' programs %s", "live on" if keep_sessions else "end too")
        if self._listener is not None:
            self._listener.close()
        with suppress(FileNotFoundError):
            os.unlink(self.home.tcp_endpoint if os.environ.get("AI_SESSION_TCP") else self.home.server_socket)
        if not keep_sessions:
            await asyncio.gather(*(self.life.end_processes(pane, force=False) for pane in self.alive_panes()))
        for pane in self.sessions.panes():
            pane.close()
        for session in self.sessions:
            with suppress(StorageError):
                session.save()
        await asyncio.sleep(0)  # the attach requests end before their connections do
        for connection in tuple(self.connections):
            connection.close()
        for task in self._tasks:
            task.cancel()
        if keep_sessions:
            await self.host.keeper.goodbye()
        else:
            await self.host.keeper.shutdown(kill=True)

    def alive_panes(self) -> list[Pane]:
        """Return the panes in which a process runs."""
        return [pane for pane in self.sessions.panes() if pane.is_alive]

    # the keeper

    async def _reach_keeper(self) -> KeeperLink:
        argv = [sys.executable, "-m", "ai_session_tui.server", "--home", self.home.folder]
        keeper = await KeeperLink.start(self.home, argv)
        keeper.on_exit = self._process_ended
        keeper.on_lost = self._keeper_lost
        return keeper

    def _process_ended(self, pane_id: str, status: ExitStatus) -> None:
        pane = self.sessions.pane_of_id(pane_id)
        if pane is not None:
            pane.process_ended(status)
        self._spawn_task(self._forget(pane_id))

    async def _forget(self, pane_id: str) -> None:
        with suppress(ServerError):
            await self.host.keeper.forget(pane_id)

    def _keeper_lost(self) -> None:
        logger.error("the keeper died; its programs live on, another keeper takes them over")
        self._spawn_task(self._replace_keeper())

    async def _replace_keeper(self) -> None:
        try:
            keeper = self.host.keeper = await self._reach_keeper()
        except AiSessionError:
            logger.exception("no other keeper could be started: no session can be created until the next restart")
            return
        for pane in self.alive_panes():
            pty = pane.pty
            assert pty is not None
            try:
                await keeper.adopt(pane.row.id, pty.pid, pty.started, pty.fileno())
            except AiSessionError as error:
                logger.error("cannot hand %s to the new keeper: %s", pane.address, error)

    # housekeeping

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)
            for session in self.sessions.living():
                if session.has_unsaved_activity:
                    with suppress(StorageError):
                        session.save()
            journals = [pane.journal for pane in self.alive_panes() if pane.has_unsynced_output()]
            for journal in journals:
                await asyncio.to_thread(journal.sync)

    def _spawn_task(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def status(self) -> dict[str, object]:
        """Return what `server.status` says, without the ledger."""
        by_status: dict[str, int] = {}
        for session in self.sessions:
            by_status[session.status] = by_status.get(session.status, 0) + 1
        troubles = [f"{pane.address}: {pane.journal.trouble}" for pane in self.sessions.panes() if pane.journal.trouble]
        return {
            "pid": os.getpid(),
            "keeper_pid": self.host.keeper.keeper_pid,
            "version": VERSION,
            "protocol": PROTOCOL,
            "home": self.home.folder,
            "started": self.started,
            "sessions": by_status,
            "clients": len(self.connections),
            "trouble": "; ".join(troubles) or None,
        }
