"""A blocking connection to a server: requests go out, results, events and bytes come in.

    connection = Connection(Home())
    connection.call("session.list")                           the result of one request
    for item in connection.open("exec.run", target="dev", command="make"):
        …                                                     `Event` or bytes, until the request's end

Nothing is written before the first request, so that greeting and request travel together. Invariant: while one
thing is awaited, whatever else arrives is taken in too and what waits to be sent is sent, so a server and a client
that both have much to say cannot block each other. For one thread. Thin: every headless subcommand imports it.
"""

from __future__ import annotations

# The C half of `socket`, with all that is needed here: the other half makes enums, which takes longer than a request.
import _socket
import os
import select
import time

from ai_session_tui import limits
from ai_session_tui.errors import ProtocolError, ServerUnreachableError, from_wire
from ai_session_tui.protocol import messages
from ai_session_tui.protocol.frames import Binary, FrameDecoder, encode_control, encode_stream
from ai_session_tui.protocol.greeting import check_greeting, greeting
from ai_session_tui.sockets import reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Any

    from ai_session_tui.paths import Home

_CONNECT_SECONDS = 5.0
_READ_BYTES = 256 * 1024


class ConnectionLostError(ServerUnreachableError):
    """The server went away in the middle of a conversation."""


class Event:
    """Something that happened on the way of a request."""

    __slots__ = ("data", "name")

    def __init__(self, name: str, data: Mapping[str, Any]) -> None:
        self.name = name
        self.data = data

    def __repr__(self) -> str:
        return f"Event({self.name!r}, {self.data!r})"


class Done:
    """The end of a request: its result, as decoded from JSON."""

    __slots__ = ("result",)

    def __init__(self, result: Any) -> None:
        self.result = result

    def __repr__(self) -> str:
        return f"Done({self.result!r})"


class Call:
    """One open request: what arrives for it, in order, and the ways to speak to it."""

    def __init__(self, connection: Connection, ident: int) -> None:
        self.ident = ident
        self.is_over = False
        self._connection = connection
        self._arrived: list[Event | bytes | Done | Exception] = []  # short: `collections` costs more than pop(0)

    def take(self) -> Event | bytes | Done | None:
        """Return the next thing that has already arrived, or None; raise the error that the request ended with."""
        if not self._arrived:
            return None
        item = self._arrived.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    def receive(self, timeout: float | None = None, *also: int) -> Event | bytes | Done | None:
        """Wait for the next thing and return it; the last one is `Done`, or the request's error is raised.

        None after `timeout` seconds, or when one of the descriptors `also` is readable.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            item = self.take()
            if item is not None:
                return item
            if self.is_over:
                raise ProtocolError("the request is already over")
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return None
            if self._connection.wait(left, *also):
                return self.take()

    def __iter__(self) -> Iterator[Event | bytes]:
        """Yield events and bytes until the request ends; its error is raised, its result is for `result()`."""
        while True:
            item = self.receive()
            if isinstance(item, Done):
                self._arrived.append(item)
                return
            if item is not None:
                yield item

    def result(self) -> Any:
        """Wait for the end, leave events and bytes aside, and return the result (JSON: annotate it where it lands)."""
        while True:
            item = self.receive()
            if isinstance(item, Done):
                return item.result

    def send(self, data: bytes) -> None:
        """Send input to the request; it goes out as fast as the server takes it."""
        if not self.is_over:
            self._connection.post(encode_stream(self.ident, data))

    def cancel(self) -> None:
        """Ask for an early end; the request still ends with a result or an error."""
        if not self.is_over:
            self._connection.post(encode_control(messages.cancel(self.ident)))

    def deliver(self, item: Event | bytes | Done | Exception) -> None:
        """Take in what arrived for this request (called by the connection)."""
        self._arrived.append(item)
        if isinstance(item, Done | Exception):
            self.is_over = True


class Connection:
    """A conversation with the server of one home. Raises `ServerUnreachableError` when none answers."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.server: Mapping[str, Any] = {}  # the server's greeting, once it has come
        self._decoder = FrameDecoder()
        self._outbox = bytearray()
        self._calls: dict[int, Call] = {}
        self._last_ident = 0
        self._lost: Exception | None = None
        self._socket, secret = _connect(home)
        self._socket.setblocking(False)
        self._greeting_due = time.monotonic() + limits.HELLO_TIMEOUT_SECONDS
        extra = {"secret": secret} if secret else {}
        self._outbox += encode_control(greeting("client", **extra))

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the conversation; the server gives up what only this client waited for."""
        self._socket.close()
        self._lost = self._lost or ConnectionLostError("the connection is closed")

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    def open(self, method: str, /, **params: object) -> Call:
        """Send a request and return it while it runs; parameters that are None are left out."""
        self._last_ident += 1
        call = Call(self, self._last_ident)
        given = {name: value for name, value in params.items() if value is not None}
        data = encode_control(messages.request(call.ident, method, given))
        self._calls[call.ident] = call
        try:
            self.post(data)
        except ServerUnreachableError:
            if not call._arrived:  # else the server said why before it left
                raise
        return call

    def call(self, method: str, /, **params: object) -> Any:
        """Send a request, wait for its end and return its result (JSON: annotate it where it lands)."""
        return self.open(method, **params).result()

    def greet(self) -> Mapping[str, Any]:
        """Wait for the server's greeting and return it; raise `ProtocolError` when it speaks another protocol."""
        while not self.server:
            self.wait(None)
        return self.server

    def post(self, data: bytes) -> None:
        """Queue frames and send what the server takes now."""
        self._check()
        self._outbox += data
        self._send()

    def wait(self, timeout: float | None, *also: int) -> list[int]:
        """Wait at most `timeout` seconds, send and receive what can be; return which of `also` are readable."""
        self._check()
        if not self.server:
            left = max(0.0, self._greeting_due - time.monotonic())
            timeout = left if timeout is None else min(timeout, left)
        readable = _poll(self._socket.fileno(), bool(self._outbox), also, timeout)
        if not readable and not self.server and time.monotonic() >= self._greeting_due:
            self._lose(ServerUnreachableError("the server does not answer", "`ai-session server status` tells more."))
            self._check()
        if self._outbox:
            self._send()
        if self._socket.fileno() in readable:
            self._receive()
        return [fd for fd in also if fd in readable]

    @property
    def unsent(self) -> int:
        """Return how many bytes the server has not taken yet; who produces much waits while there are many."""
        return len(self._outbox)

    def _check(self) -> None:
        if self._lost is not None:
            raise self._lost

    def _send(self) -> None:
        try:
            while self._outbox:
                del self._outbox[: self._socket.send(self._outbox)]
        except BlockingIOError:
            return
        except OSError as error:
            self._receive()  # what it said before it left comes first: it may be the reason
            self._lose(_lost(error))
            self._check()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(_lost(error))
            return
        if not data:
            self._lose(_lost(None))
            return
        try:
            for frame in self._decoder.feed(data):
                if isinstance(frame, Binary):
                    call = self._calls.get(frame.stream)
                    if call is not None:
                        call.deliver(frame.data)
                else:
                    self._take(frame.message)
        except ProtocolError as error:
            self._lose(error)

    def _take(self, message: dict[str, Any]) -> None:
        ident = message.get("id")
        error = message.get("error")
        if ident is None and isinstance(error, dict):  # about the connection: it ends now
            self._lose(from_wire(error))
            return
        if not self.server:
            self.server = message  # kept even when it is refused: it names the server's process
            check_greeting(message, we_are="client")
            return
        call = self._calls.get(ident) if isinstance(ident, int) else None
        if call is None:
            return
        if "event" in message:
            call.deliver(Event(message["event"], message.get("data") or {}))
            return
        del self._calls[call.ident]
        call.deliver(from_wire(error) if isinstance(error, dict) else Done(message.get("result")))

    def _lose(self, reason: Exception) -> None:
        """End the conversation for `reason`: every open request hears it, after what had already arrived for it."""
        self._lost = self._lost or reason
        self._socket.close()
        for call in self._calls.values():
            call.deliver(self._lost)
        self._calls.clear()


def _poll(fd: int, is_writing: bool, also: tuple[int, ...], timeout: float | None) -> list[int]:
    """Wait until a descriptor is ready; return those of `fd` and `also` that can be read (or are broken)."""
    if not hasattr(select, "poll"):  # Windows, where `also` are sockets
        ready, _, _ = select.select([fd, *also], [fd] if is_writing else [], [], timeout)
        return ready
    poll = select.poll()  # unlike select() it knows descriptors above 1023
    poll.register(fd, select.POLLIN | (select.POLLOUT if is_writing else 0))
    for other in also:
        poll.register(other, select.POLLIN)
    events = poll.poll(None if timeout is None else max(0, int(timeout * 1000 + 0.999)))
    return [found for found, what in events if what & ~select.POLLOUT]


def _connect(home: Home) -> tuple[_socket.socket, str]:
    """Return a socket to the home's server and the secret that its greeting must carry ("" on a Unix socket)."""
    deadline = time.monotonic() + _CONNECT_SECONDS
    while True:
        try:
            if hasattr(_socket, "AF_UNIX") and not _is_tcp_only(home):
                return _connect_unix(home.server_socket), ""
            return _connect_tcp(home.tcp_endpoint)
        except BlockingIOError:  # so many clients at once that its queue is full
            if time.monotonic() > deadline:
                raise _unreachable(home, "too many clients at once") from None
            time.sleep(0.01)
        except OSError as error:
            raise _unreachable(home, error.strerror or str(error)) from error


def _connect_unix(path: str) -> _socket.socket:
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(_CONNECT_SECONDS)
        reach(path, connection.connect)
    except OSError:
        connection.close()
        raise
    return connection


def _is_tcp_only(home: Home) -> bool:
    return not os.path.exists(home.server_socket) and os.path.exists(home.tcp_endpoint)


def _connect_tcp(endpoint: str) -> tuple[_socket.socket, str]:
    with open(endpoint, encoding="ascii") as file:
        words = file.readline().split()
    if len(words) != 3 or not words[1].isdigit():
        raise ConnectionRefusedError(f"{endpoint} does not hold ADDRESS PORT SECRET")
    connection = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        connection.settimeout(_CONNECT_SECONDS)
        connection.connect((words[0], int(words[1])))
        connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    except OSError:
        connection.close()
        raise
    return connection, words[2]


def _unreachable(home: Home, why: str) -> ServerUnreachableError:
    return ServerUnreachableError(
        f"no server answers for {home.folder} ({why})", "`ai-session server start` starts one."
    )


def _lost(error: OSError | None) -> ConnectionLostError:
    why = f": {error.strerror or error}" if error is not None else ""
    return ConnectionLostError(
        f"the server ended the connection{why}", "its log says more: `ai-session server status`."
    )
