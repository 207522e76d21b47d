"""The keeper's loop: one listening socket, one server at a time, and the ends of children.

Invariant: nothing in here waits for a peer. A server that does not read is told less, not later events kept in
memory: what it missed stands in the records and is told when it reads again, or by `list`.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time

from ai_session_tui import sockets
from ai_session_tui.keeper.children import Child, Children, Refusal
from ai_session_tui.keeper.respawn import Respawner, start_detached
from ai_session_tui.keeper.wire import (
    BATCH,
    VERSION,
    Channel,
    WireError,
    close_all,
    number,
    text,
    texts,
    variables,
)
from ai_session_tui.limits import HELLO_TIMEOUT_SECONDS, KEEPER_FRAME_BYTES, KEEPER_OUTBOX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_session_tui.keeper.wire import Message

_MAX_STRANGERS = 16  # connections that have not said hello
_UNREAPED_SECONDS = 2.0  # how long the parent of an adopted program may take to reap it
_LOOK_AGAIN_SECONDS = 0.02
_GRACE_SECONDS = 1.0  # between HUP and KILL at `shutdown`


class Peer:
    """A connection; `is_server` once it said hello."""

    def __init__(self, connection: socket.socket, now: float) -> None:
        self.channel = Channel(connection, KEEPER_FRAME_BYTES)
        self.is_server = False
        self.said_goodbye = False
        self.deadline = now + HELLO_TIMEOUT_SECONDS


class Keeper:
    """Serves the listener until nobody needs it any more."""

    def __init__(
        self,
        listener: socket.socket,
        log: str,
        say: Callable[[str], None],
        idle: float,
        files: tuple[int, int],
    ) -> None:
        self._listener = listener
        self._log = log
        self._say = say
        self._idle = idle
        self._files = files
        self._children = Children(files)
        self._respawner = Respawner()
        self._server: Peer | None = None
        self._strangers: list[Peer] = []
        self._ending: dict[str, float] = {}  # adopted panes that ended, and until when their status may come
        self._lonely_since = time.monotonic()
        self._leave_at: float | None = None
        self._is_killing = False
        self._selector = selectors.DefaultSelector()
        self._requests: dict[str, Callable[[Peer, int, Message, list[int]], None]] = {
            "hello": self._hello,
            "spawn": self._spawn,
            "list": self._list,
            "adopt": self._adopt,
            "forget": self._forget,
            "close": self._close,
            "goodbye": self._goodbye,
            "shutdown": self._shutdown,
        }

    def run(self) -> None:
        """Serve until `shutdown`, or until there has been neither pane nor server for the idle time."""
        wake_in, wake_out = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else _pipe()
        signal.set_wakeup_fd(wake_out, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(wake_in, selectors.EVENT_READ, lambda: self._woken(wake_in))
        while not self._is_done():
            for key, events in self._selector.select(self._patience()):
                if isinstance(key.data, Peer):
                    self._serve(key.data, events)
                else:
                    key.data()
            self._tick(time.monotonic())
            self._tell()

    # -- time ------------------------------------------------------------------------------------------

    def _is_done(self) -> bool:
        now = time.monotonic()
        if self._leave_at is not None:
            if all(child.ended for child in self._children):
                return True
            if now < self._leave_at:
                return False
            if not self._is_killing:
                return True
            self._children.signal_all(signal.SIGKILL)
            self._is_killing = False
            self._leave_at = now + _GRACE_SECONDS  # to reap them
            return False
        if self._server is not None or len(self._children):
            self._lonely_since = now
        return now - self._lonely_since >= self._idle

    def _patience(self) -> float | None:
        """Return how long the next select may sleep."""
        moments = [peer.deadline for peer in self._strangers]
        moments += [moment for moment in (self._leave_at, self._respawner.due) if moment is not None]
        if self._server is None and not len(self._children):
            moments.append(self._lonely_since + self._idle)
        if self._ending:
            moments.append(time.monotonic() + _LOOK_AGAIN_SECONDS)
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _tick(self, now: float) -> None:
        for peer in [peer for peer in self._strangers if peer.deadline <= now]:
            self._drop(peer)
        for pane, limit in list(self._ending.items()):
            child = self._children.get(pane)
            if self._children.look_at(child, patient=now < limit):
                self._children.unwatch(child)
                del self._ending[pane]
        respawner = self._respawner
        if respawner.due is not None and respawner.due <= now:
            try:
                respawner.started(start_detached(respawner.argv, self._log, self._files))
            except OSError as error:
                self._say(f"cannot start a server: {error}")
                respawner.lost(now)

    def _woken(self, wake_in: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(wake_in, 4096)
        now = time.monotonic()
        for stranger in self._children.reap():
            if self._respawner.failed(stranger, now) and self._respawner.gave_up:
                self._say("the server keeps failing: waiting for a client to start one")

    def _ended(self, child: Child) -> None:
        """The pidfd of an adopted program became readable: its status may take its parent a moment."""
        self._selector.unregister(child.pidfd)
        self._ending[child.pane] = time.monotonic() + _UNREAPED_SECONDS

    # -- connections -----------------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        uid = sockets.peer_uid(connection)
        if len(self._strangers) >= _MAX_STRANGERS or uid not in (None, os.getuid()):
            connection.close()
            return
        peer = Peer(connection, time.monotonic())
        self._strangers.append(peer)
        self._selector.register(peer.channel, selectors.EVENT_READ, peer)
        with self._guard(peer):
            peer.channel.send({"keeper": VERSION, "pid": os.getpid()})

    def _serve(self, peer: Peer, events: int) -> None:
        with self._guard(peer):
            if events & selectors.EVENT_WRITE:
                peer.channel.flush()
            if events & selectors.EVENT_READ:
                frames = peer.channel.receive()
                try:
                    while frames:
                        self._answer(peer, *frames.pop(0))
                finally:
                    for _, fds in frames:
                        close_all(fds)
            self._watch(peer)

    def _guard(self, peer: Peer) -> _Guard:
        return _Guard(self, peer)

    def _watch(self, peer: Peer) -> None:
        """Read from a peer only while it takes our answers; write while some wait."""
        if peer is not self._server and peer not in self._strangers:
            return
        events = selectors.EVENT_WRITE if peer.channel.unsent else 0
        if peer.channel.unsent < KEEPER_OUTBOX_BYTES:
            events |= selectors.EVENT_READ
        self._selector.modify(peer.channel, events, peer)

    def _drop(self, peer: Peer) -> None:
        """Close a connection; the loss of the server is the respawner's concern."""
        if peer is self._server:
            self._server = None
            if not peer.said_goodbye and len(self._children) and self._leave_at is None:
                self._respawner.lost(time.monotonic())
        elif peer in self._strangers:
            self._strangers.remove(peer)
        else:
            return
        self._selector.unregister(peer.channel)
        peer.channel.close()

    def _tell(self) -> None:
        """Tell the server of ends, as far as it reads."""
        for child in self._children:
            peer = self._server
            if peer is None or peer.channel.unsent >= KEEPER_OUTBOX_BYTES:
                return
            if not child.told:
                child.told = True
                with self._guard(peer):
                    peer.channel.send({"event": "exited", **child.row()})
                    self._watch(peer)

    # -- requests --------------------------------------------------------------------------------------

    def _answer(self, peer: Peer, message: Message, fds: list[int]) -> None:
        """Do one request; descriptors that came with it and that nobody took are closed."""
        try:
            identity = number(message, "id")
            do = self._requests.get(text(message, "do"))
            if do is None or (not peer.is_server and do != self._hello):
                raise WireError("an unknown request, or one before hello")
            try:
                do(peer, identity, message, fds)
            except Refusal as refusal:
                peer.channel.send({"id": identity, "errno": refusal.errno, "culprit": refusal.culprit})
        finally:
            close_all(fds)

    def _hello(self, peer: Peer, identity: int, message: Message, fds: list[int]) -> None:
        if number(message, "version") != VERSION:
            raise WireError("another version")
        if (old := self._server) is not None and old is not peer:
            old.said_goodbye = True  # its successor is here
            self._drop(old)
        if peer in self._strangers:
            self._strangers.remove(peer)
        peer.is_server = True
        self._server = peer
        self._respawner.arrived(texts(message, "respawn"), number(message, "pid"), time.monotonic())
        for child in self._children:
            child.told = True  # it will read them in the list
        peer.channel.send({"id": identity, "panes": len(self._children)})

    def _spawn(self, peer: Peer, identity: int, message: Message, fds: list[int]) -> None:
        child = self._children.spawn(
            text(message, "pane"),
            texts(message, "argv"),
            variables(message, "env"),
            text(message, "cwd"),
            number(message, "columns"),
            number(message, "rows"),
        )
        peer.channel.send({"id": identity, **child.row()}, [child.fd])

    def _list(self, peer: Peer, identity: int, message: Message, fds: list[int]) -> None:
        everyone = list(self._children)
        for start in range(0, max(len(everyone), 1), BATCH):
            batch = everyone[start : start + BATCH]
            rows = [{**child.row(), "open": child.fd >= 0} for child in batch]
            more = start + BATCH < len(everyone)
            masters = [child.fd for child in batch if child.fd >= 0]
            peer.channel.send({"id": identity, "panes": rows, "more": more}, masters)

    def _adopt(self, peer: Peer, identity: int, message: Message, fds: list[int]) -> None:
        if len(fds) != 1:
            raise WireError("adopt needs one descriptor")
        child = self._children.adopt(text(message, "pane"), number(message, "pid"), number(message, "started"), fds[0])
        fds.clear()
        if child.pidfd >= 0:
            self._selector.register(child.pidfd, selectors.EVENT_READ, lambda: self._ended(child))
        peer.channel.send({"id": identity})

    def _forget(self, peer: Peer, identity: int, message: Message, fds: list[int]) -> None:
        self._children.forget(text(message, "pane"))
        peer.channel.send({"id": identity})

    def _close(self, peer: Peer, identity: int, message: Message, fds: list[int]) -> None:
        self._children.close(text(message, "pane"))
        peer.channel.send({"id": identity})

    def _goodbye(self, peer: Peer, identity: int, message: Message, fds: list[int]) -> None:
        peer.said_goodbye = True
        peer.channel.send({"id": identity})

    def _shutdown(self, peer: Peer, identity: int, message: Message, fds: list[int]) -> None:
        self._leave_at = time.monotonic()
        self._is_killing = message.get("kill") is True
        if self._is_killing and self._children.signal_all(signal.SIGHUP, signal.SIGCONT):
            self._leave_at += _GRACE_SECONDS
        peer.channel.send({"id": identity})


class _Guard:
    """Drops the peer whose connection failed in the block, and says so when it broke the rules."""

    def __init__(self, keeper: Keeper, peer: Peer) -> None:
        self._keeper = keeper
        self._peer = peer

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, WireError):
            self._keeper._say(f"dropped a connection: {error}")
        if isinstance(error, (OSError, EOFError, WireError)):
            self._keeper._drop(self._peer)
            return True
        return False


def _pipe() -> tuple[int, int]:
    """Return a non-blocking pipe where there is no pipe2(2)."""
    ends = os.pipe()
    for fd in ends:
        os.set_blocking(fd, False)
    return ends
