"""The words between server and keeper: JSON in frames, and descriptors beside them.

    frame    = length (4 bytes, big endian) + UTF-8 JSON object
    greeting = {"keeper": VERSION, "pid": …}                          the keeper's first frame
    request  = {"id": n, "do": name, …}                               the server's
    reply    = {"id": n, …} or {"id": n, "errno": e, "culprit": …}    the keeper's, in the order of the requests
    event    = {"event": "exited", "pane": …, …}                      the keeper's, at any time

`"fds": k` in a frame says that k descriptors came with it, SCM_RIGHTS on its first byte (unix(7): at most 253 in
one message). Invariant: nothing here blocks, what waits to be sent is counted, a received descriptor is either
handed on with its frame or closed. Used by both ends; imports next to nothing, because the keeper does.
"""

from __future__ import annotations

import array
import json
import os
import socket
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Message = dict[str, object]

VERSION = 1
MAX_FDS = 253
BATCH = 64  # panes in one frame of a list
_HEAD = 4
_READ_BYTES = 64 * 1024
_CLOEXEC: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
_NOSIGNAL: int = getattr(socket, "MSG_NOSIGNAL", 0)
_INT_BYTES = array.array("i").itemsize


class WireError(Exception):
    """The peer broke the rules of the wire; the connection is of no more use."""


class Channel:
    """One end of a connection: non-blocking, with an outbox."""

    def __init__(self, connection: socket.socket, longest_frame: int) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._longest = longest_frame
        self._inbox = bytearray()
        self._fds: deque[int] = deque()
        self._outbox: deque[tuple[memoryview, list[int]]] = deque()
        self.unsent = 0  # bytes

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket and every descriptor that waits on either side."""
        self._socket.close()
        close_all(self._fds)
        for _, fds in self._outbox:
            close_all(fds)
        self._fds.clear()
        self._outbox.clear()
        self.unsent = 0

    def send(self, message: Mapping[str, object], fds: Sequence[int] = ()) -> None:
        """Send a frame, now or when `flush` can; the descriptors are copied. Raises OSError."""
        body = json.dumps({**message, "fds": len(fds)} if fds else message, separators=(",", ":")).encode()
        frame = memoryview(len(body).to_bytes(_HEAD, "big") + body)
        self._outbox.append((frame, [os.dup(fd) for fd in fds]))
        self.unsent += len(frame)
        self.flush()

    def flush(self) -> None:
        """Send what the socket takes. Raises OSError when the peer is gone."""
        while self._outbox:
            frame, fds = self._outbox[0]
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
            try:
                sent = self._socket.sendmsg([frame], rights, _NOSIGNAL)
            except BlockingIOError:
                return
            close_all(fds)
            self.unsent -= sent
            if sent < len(frame):
                self._outbox[0] = (frame[sent:], [])
            else:
                self._outbox.popleft()

    def receive(self) -> list[tuple[Message, list[int]]]:
        """Return the frames that are complete now, each with its descriptors, which are the caller's.

        Raises EOFError when the peer closed, OSError when it broke off, WireError when it talks nonsense.
        """
        try:
            data, rights, flags, _ = self._socket.recvmsg(
                _READ_BYTES, socket.CMSG_SPACE(MAX_FDS * _INT_BYTES), _CLOEXEC
            )
        except BlockingIOError:
            return []
        for level, kind, payload in rights:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self._take(payload)
        if flags & socket.MSG_CTRUNC:
            raise WireError("descriptors were lost on the way")
        if not data:
            raise EOFError
        self._inbox += data
        frames: list[tuple[Message, list[int]]] = []
        try:
            while (frame := self._next()) is not None:
                frames.append(frame)
        except WireError:
            for _, fds in frames:
                close_all(fds)
            raise
        return frames

    def _take(self, payload: bytes) -> None:
        numbers = array.array("i")
        numbers.frombytes(payload[: len(payload) - len(payload) % _INT_BYTES])
        for fd in numbers:
            os.set_inheritable(fd, False)
            self._fds.append(fd)

    def _next(self) -> tuple[Message, list[int]] | None:
        if len(self._inbox) < _HEAD:
            return None
        end = _HEAD + int.from_bytes(self._inbox[:_HEAD], "big")
        if end - _HEAD > self._longest:
            raise WireError(f"a frame of {end - _HEAD} bytes")
        if len(self._inbox) < end:
            return None
        try:
            message = json.loads(self._inbox[_HEAD:end])
        except (ValueError, RecursionError) as error:
            raise WireError("a frame that is not JSON") from error
        del self._inbox[:end]
        if not isinstance(message, dict):
            raise WireError("a frame that is not an object")
        count = number(message, "fds", 0)
        if not 0 <= count <= len(self._fds):
            raise WireError("a frame without the descriptors it names")
        return message, [self._fds.popleft() for _ in range(count)]


def close_all(fds: Iterable[int]) -> None:
    """Close descriptors that are ours."""
    for fd in fds:
        os.close(fd)


def number(message: Mapping[str, object], key: str, default: int | None = None) -> int:
    """Return an integer of a message, or raise WireError."""
    value = message.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WireError(f"{key} is no number")
    return value


def text(message: Mapping[str, object], key: str) -> str:
    """Return a string of a message, or raise WireError."""
    value = message.get(key)
    if not isinstance(value, str):
        raise WireError(f"{key} is no text")
    return value


def texts(message: Mapping[str, object], key: str) -> list[str]:
    """Return a list of strings of a message, or raise WireError."""
    value = message.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise WireError(f"{key} is no list of texts")
    return value


def variables(message: Mapping[str, object], key: str) -> dict[str, str]:
    """Return a mapping of strings of a message, or raise WireError."""
    value = message.get(key)
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise WireError(f"{key} is no mapping of texts")
    return value
