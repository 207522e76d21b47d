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
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from ai_session_tui import locks
from ai_session_tui.config import load_settings
from ai_session_tui.errors import AiSessionError, ConflictError, ServerError, StorageError
from ai_session_tui.paths import Home
from ai_session_tui.server.adoption import Adoption
from ai_session_tui.server.analyses import Analyses
from ai_session_tui.server.api import METHODS
from ai_session_tui.server.api.registry import Handler
from ai_session_tui.server.connection import Call, Connection
from ai_session_tui.server.conversations import Conversations
from ai_session_tui.server.doors import open_door
from ai_session_tui.server.emulation import Emulation
from ai_session_tui.server.holding import Ending, Holder, reach_holder
from ai_session_tui.server.homestead import Homestead
from ai_session_tui.server.host import Host
from ai_session_tui.server.life import Life
from ai_session_tui.server.log import start_log
from ai_session_tui.server.mail import Mail
from ai_session_tui.server.measurements import MEASURED_METHODS
from ai_session_tui.server.memory import Memory
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.sessions import Sessions
from ai_session_tui.server.signals import end_on_signals
from ai_session_tui.server.splitting import Splitting
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
        self.memory: Memory
        self.splitting: Splitting
        self.adoption: Adoption
        self._secret = secrets.token_hex(32)
        self.homestead: Homestead
        self._listener: asyncio.Server | None = None
        self._door = ""  # the file by which clients find us
        self.cleaning = asyncio.Lock()  # one cleanup at a time
        self._ending: asyncio.Future[bool] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # the service of connections

    def greeting_fields(self) -> Mapping[str, object]:
        """Return what our greeting says beside the version."""
        return {"pid": os.getpid(), "home": self.home.folder}

    def check_secret(self, secret: object) -> bool:
        """Return whether a peer that came over TCP knows the secret."""
        return isinstance(secret, str) and hmac.compare_digest(secret.encode("utf-8", "replace"), self._secret.encode())

    def find_method(self, name: str) -> Callable[[Call, object], Awaitable[object]] | None:
        """Return the coroutine function that serves a method."""
        serve = METHODS.get(name)
        self.host.measurements.request()
        if serve is None:
            return None
        if name in MEASURED_METHODS:
            return lambda call, params: self._serve_measured(name, serve, call, params)
        return lambda call, params: serve(self, call, params)

    async def _serve_measured(self, name: str, serve: Handler, call: Call, params: object) -> object:
        began = time.perf_counter()
        result = await serve(self, call, params)
        self.host.measurements.note(name, time.perf_counter() - began)
        if name == "context.get" and isinstance(result, dict) and isinstance(result.get("tokens"), int):
            self.host.measurements.note("context.tokens", result["tokens"])
        return result

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
        self.homestead = Homestead(
            self.home,
            lock,
            panes=lambda: [pane.row.id for pane in self.alive_panes()],
            open_door=self._open_door,
            start_log=lambda: start_log(self.home.log, settings.log),
            end=lambda: self.stop(keep_sessions=False),
        )
        start_log(self.home.log, settings.log)
        loop = asyncio.get_running_loop()
        self._ending = loop.create_future()
        end_on_signals(loop, self.stop)
        store = Store(self.home.database)
        try:
            self.host = Host(self.home, settings, store, await self._reach_holder(), Emulation())
            self.host.measurements.write_soon(loop)
            self.memory = await asyncio.to_thread(Memory)
            self.host.analyses = Analyses(self.host, self.sessions)
            self.host.conversations = Conversations(self.host, self.sessions)
            self.host.mail = Mail(self.host)
            self.life = Life(self.host, self.sessions)
            self.splitting = Splitting(self.host, self.sessions, self.life)
            self.adoption = Adoption(self.host, self.sessions)
            await self.adoption.run()
            await self._open_door()
            logger.info("serving %s, version %s, %d sessions", self.home.folder, VERSION, len(self.sessions))
            self._spawn_task(self._keep_house())
            self._spawn_task(self.homestead.watch(self._door))
            self.host.analyses.start()
            self.host.conversations.start()
            ready()
            keep_sessions = await self._ending
            await self._end(keep_sessions and self.host.holder.outlives_server)
        finally:
            store.close()
            self.homestead.close()

    async def _open_door(self) -> None:
        """Let clients in, where none could come in any more."""
        if self._listener is not None:
            self._listener.close()
        self._listener, self._door = await open_door(self.home, self, self._secret)

    def stop(self, *, keep_sessions: bool = True) -> None:
        """Begin the end; with `keep_sessions` the programs stay with the keeper."""
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(keep_sessions and self.homestead.can_hand_over)

    async def _end(self, keep_sessions: bool) -> None:
        logger.info("stopping; the sessions' programs %s", "live on" if keep_sessions else "end too")
        if self._listener is not None:
            self._listener.close()
        with suppress(FileNotFoundError):
            os.unlink(self._door)
        if not keep_sessions:
            for session in self.sessions.living():
                session.is_ending = True
            await asyncio.gather(*(self.life.end_processes(pane, force=False) for pane in self.alive_panes()))
        self.host.conversations.close()
        await self.host.analyses.close()
        for connection in self.connections:
            connection.take_no_more()  # from here on panes look stopped, which those that live on are not
        for pane in self.sessions.panes():
            pane.close()
        for session in self.sessions:
            with suppress(StorageError):
                session.save()
        self.host.measurements.flush()
        self.host.background.end()
        await asyncio.sleep(0)  # the attach requests end before their connections do
        for connection in tuple(self.connections):
            connection.close()
        for task in self._tasks:
            task.cancel()
        if keep_sessions:
            await self.host.holder.goodbye()
        else:
            await self.host.holder.shutdown(kill=True)

    def alive_panes(self) -> list[Pane]:
        """Return the panes in which a process runs."""
        return [pane for pane in self.sessions.panes() if pane.is_alive]

    # the keeper

    async def _reach_holder(self) -> Holder:
        return await reach_holder(self.home, self._process_ended, self._keeper_lost)

    def _process_ended(self, pane_id: str, status: Ending) -> None:
        pane = self.sessions.pane_of_id(pane_id)
        if pane is not None:
            pane.process_ended(status)
            if self.host.settings.close_on_exit:
                self.splitting.close_ended(pane)
        self._spawn_task(self._forget(pane_id))

    async def _forget(self, pane_id: str) -> None:
        with suppress(ServerError):
            await self.host.holder.forget(pane_id)

    def _keeper_lost(self) -> None:
        logger.error("the keeper died; its programs live on, another keeper takes them over")
        self._spawn_task(self._replace_keeper())

    async def _replace_keeper(self) -> None:
        try:
            holder = self.host.holder = await self._reach_holder()
            self.host.holder_news.announce()
        except AiSessionError:
            logger.exception("no other keeper could be started: no session can be created until the next restart")
            return
        for pane in self.alive_panes():
            pty = pane.pty
            assert pty is not None
            try:
                await holder.adopt(pane.row.id, pty)
            except AiSessionError as error:
                logger.error("cannot hand %s to the new keeper: %s", pane.address, error)

    # housekeeping

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)
            try:
                for session in self.sessions.living():
                    if session.has_unsaved_activity:
                        session.save()
                self._retry_journals()
                self.host.measurements.flush()
                for pane in self.alive_panes():
                    if pane.output.has_unsynced():
                        await asyncio.to_thread(pane.journal.sync)
            except StorageError as error:
                logger.warning("housekeeping: %s", error.message)

    def _retry_journals(self) -> None:
        """Let journals whose disk was full try again, also those of panes that print nothing."""
        for pane in self.sessions.panes():
            if pane.journal.trouble:
                pane.journal.retry()

    def _spawn_task(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def status(self) -> dict[str, object]:
        """Return what `server.status` says, without the ledger."""
        self._retry_journals()
        by_status: dict[str, int] = {}
        for session in self.sessions:
            by_status[session.status] = by_status.get(session.status, 0) + 1
        troubles = [f"{pane.address}: {pane.journal.trouble}" for pane in self.sessions.panes() if pane.journal.trouble]
        troubles += [self.homestead.trouble] if self.homestead.trouble else []
        return {
            "pid": os.getpid(),
            "keeper_pid": self.host.holder.keeper_pid,
            "version": VERSION,
            "protocol": PROTOCOL,
            "home": self.home.folder,
            "started": self.started,
            "sessions": by_status,
            "clients": len(self.connections),
            "analysts": self.host.analyses.analysts.pids,
            "trouble": "; ".join(troubles) or None,
        }
