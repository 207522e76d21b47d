"""A small server that speaks the real protocol over a real socket; a test says how each method answers."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from ai_session_tui.errors import AiSessionError, UsageError
from ai_session_tui.paths import Home
from ai_session_tui.protocol import messages
from ai_session_tui.protocol.frames import Binary, FrameDecoder, encode_control, encode_stream
from ai_session_tui.protocol.greeting import greeting
from ai_session_tui.sockets import bind_unix


class Request:
    """One request as the fake server sees it, and the ways to answer it."""

    def __init__(self, peer: Peer, ident: int, method: str, params: dict[str, Any]) -> None:
        self.peer, self.ident, self.method, self.params = peer, ident, method, params
        self.cancels = threading.Semaphore(0)
        self.input = bytearray()
        self.got_input = threading.Event()

    def event(self, name: str, **data: object) -> None:
        self.peer.send(encode_control(messages.event(self.ident, name, data)))

    def output(self, data: bytes) -> None:
        self.peer.send(encode_stream(self.ident, data))

    def result(self, value: object) -> None:
        self.peer.send(encode_control(messages.result(self.ident, value)))

    def fail(self, error: AiSessionError) -> None:
        self.peer.send(encode_control(messages.failure(self.ident, error)))

    def await_cancel(self) -> None:
        assert self.cancels.acquire(timeout=60), "no cancel came"


Handler = Callable[[Request], object]


class Peer(threading.Thread):
    """One client's connection. Every request runs in a thread of its own, as if the server were concurrent."""

    def __init__(self, server: FakeServer, connection: socket.socket) -> None:
        super().__init__(daemon=True)
        self.server, self.connection = server, connection
        self.requests: dict[int, Request] = {}
        self.hello: dict[str, Any] = {}
        self._sending = threading.Lock()

    def send(self, data: bytes) -> None:
        with self._sending, contextlib.suppress(OSError):
            self.connection.sendall(data)

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def run(self) -> None:
        decoder = FrameDecoder()
        if self.server.greeting is not None:
            self.send(encode_control(self.server.greeting))
        with contextlib.suppress(OSError):
            while data := self.connection.recv(65536):
                for frame in decoder.feed(data):
                    if isinstance(frame, Binary):
                        request = self.requests[frame.stream]
                        request.input += frame.data
                        request.got_input.set()
                    else:
                        self._control(frame.message)
        self.connection.close()

    def _control(self, message: dict[str, Any]) -> None:
        if not self.hello:
            self.hello = message
            return
        if "cancel" in message:
            self.requests[message["cancel"]].cancels.release()
            return
        request = Request(self, message["id"], message["method"], message["params"])
        self.requests[request.ident] = request
        self.server.seen.append(request)
        threading.Thread(target=self._answer, args=(request,), daemon=True).start()

    def _answer(self, request: Request) -> None:
        handler = self.server.methods.get(request.method)
        if handler is None:
            request.fail(UsageError(f"unknown method {request.method}"))
            return
        try:
            value = handler(request)
        except AiSessionError as error:
            request.fail(error)
            return
        if value is not Ellipsis:  # the handler answered by itself
            request.result(value)


class FakeServer:
    """Listens for clients of one home; `methods[name] = handler(request) -> result, or ... if it answered itself`.

    What clients may ask as soon as there is a socket is given to it as `methods`.
    """

    def __init__(self, home: Home, *, tcp_secret: str | None = None, methods: dict[str, Handler] | None = None) -> None:
        home.prepare()
        self.home = home
        self.methods: dict[str, Handler] = dict(methods or {})
        self.seen: list[Request] = []
        self.peers: list[Peer] = []
        self.greeting: dict[str, object] | None = greeting("server", pid=os.getpid(), home=home.folder)
        if tcp_secret is None:
            self.listener = bind_unix(home.server_socket)
        else:
            self.listener = socket.create_server(("127.0.0.1", 0))
            with open(home.tcp_endpoint, "w", encoding="ascii") as file:
                file.write(f"127.0.0.1 {self.listener.getsockname()[1]} {tcp_secret}\n")
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                peer = Peer(self, connection)
                self.peers.append(peer)
                peer.start()

    def close(self) -> None:
        """Stop listening and drop every client, as a killed server does."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for peer in self.peers:
            peer.drop()
        self._thread.join(10)
        for peer in self.peers:
            peer.join(10)

    def __enter__(self) -> FakeServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
