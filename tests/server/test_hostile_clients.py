"""Clients that do everything wrong: each is dropped with a line in the log, and nobody else notices."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from ai_session_tui import limits
from ai_session_tui.errors import ProtocolError
from ai_session_tui.protocol import messages
from ai_session_tui.protocol.frames import Binary, Control, FrameDecoder, encode_binary, encode_control
from ai_session_tui.protocol.greeting import greeting
from ai_session_tui.server.connection import Connection
from ai_session_tui.sockets import connect_unix
from ai_session_tui.version import PROTOCOL
from tests.server.server_kit import DEADLINE, RunningServer, until

HELLO = encode_control(greeting("client", pid=os.getpid(), client="test"))
NOBODY = 65534


def frame(length: int, kind: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">I", length) + kind + payload


def said(payload: bytes, kind: bytes = b"J") -> bytes:
    return frame(len(payload) + 1, kind, payload)


def request(ident: object, method: object = "session.list", params: object = None) -> bytes:
    return said(json.dumps({"id": ident, "method": method, "params": params or {}}).encode())


class RawClient:
    """A socket, and what came over it."""

    def __init__(self, server: RunningServer) -> None:
        self.socket = connect_unix(server.home.server_socket, DEADLINE)
        self.decoder = FrameDecoder()
        self.frames: list[Control | Binary] = []

    def send(self, data: bytes) -> None:
        # The server may have hung up in the middle of it: that is its right.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def read_some(self) -> bool:
        """Take in what comes next; False at the end."""
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            return False
        self.frames += self.decoder.feed(data)
        return bool(data)

    def read_to_the_end(self) -> list[dict[str, Any]]:
        while self.read_some():
            pass
        return self.messages

    def answer(self, ident: int) -> dict[str, Any]:
        """Return the end of a request."""
        while True:
            for message in self.messages:
                if message.get("id") == ident and ("result" in message or "error" in message):
                    return message
            assert self.read_some(), f"hung up on without an answer to {ident}: {self.messages}"

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [one.message for one in self.frames if isinstance(one, Control)]


@contextmanager
def raw(server: RunningServer, data: bytes = b"") -> Iterator[RawClient]:
    client = RawClient(server)
    with client.socket:
        client.send(data)
        yield client


def assert_well(server: RunningServer) -> None:
    """The server answers, and has met no error of its own."""
    assert server.call("server.status")["pid"]
    log = server.log()
    assert "Traceback" not in log
    assert "ERROR" not in log


def drops(server: RunningServer) -> int:
    return server.log().count("dropped ")


BEFORE_THE_GREETING = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "zeros": bytes(64),
    "a huge length": frame(2**32 - 1, b"J"),
    "a greeting of more than its bound": said(b'{"hello":"' + b"x" * limits.MAX_HELLO_BYTES + b'"}'),
    "an unknown kind": said(b"{}", b"?"),
    "bytes of a stream": encode_binary(1, b"ls\n"),
    "no JSON": said(b"{"),
    "no object": said(b"[]"),
    "no greeting": request(1),
    "another protocol's greeting": said(b'{"hello":"ssh"}'),
}
AFTER_THE_GREETING = {
    "a frame of more than its bound": frame(limits.MAX_FRAME_BYTES + 1, b"J"),
    "an empty frame": frame(0, b"J"),
    "an unknown kind": said(b"x", b"Z"),
    "a stream without an id": said(b"\0\0", b"B"),
    "no JSON": said(b"nonsense"),
    "not UTF-8": said(b'{"id":1,"method":"\xff"}'),
    "a pit": said(b"[" * 200_000),
    "no id": said(b'{"method":"session.list"}'),
    "an id of zero": request(0),
    "a negative id": request(-1),
    "an id that is too large": request(2**32),
    "an id that is text": request("1"),
    "an id that is used already": request(1, "events") + request(1, "events"),
}


@pytest.mark.parametrize("data", BEFORE_THE_GREETING.values(), ids=BEFORE_THE_GREETING.keys())
def test_who_does_not_greet_is_dropped(shared: RunningServer, data: bytes) -> None:
    before = drops(shared)
    with raw(shared, data) as client:
        last = client.read_to_the_end()[-1]
    assert last["error"]["code"] == ProtocolError.code
    assert drops(shared) == before + 1
    assert_well(shared)


@pytest.mark.parametrize("data", AFTER_THE_GREETING.values(), ids=AFTER_THE_GREETING.keys())
def test_who_sends_nonsense_is_dropped(shared: RunningServer, data: bytes) -> None:
    before = drops(shared)
    with raw(shared, HELLO + request(9) + data) as client:
        last = client.read_to_the_end()[-1]
    assert last["error"]["code"] == ProtocolError.code
    assert "id" not in last
    assert drops(shared) == before + 1
    assert_well(shared)


@pytest.mark.parametrize(
    ("protocol", "advice"), [(PROTOCOL + 1, "ai-session server restart"), (PROTOCOL - 1, "upgrade this client")]
)
def test_a_client_of_another_version_is_told_what_to_do(shared: RunningServer, protocol: int, advice: str) -> None:
    hello = encode_control({"hello": "ai-session", "role": "client", "protocol": protocol, "version": "9.9"})
    with raw(shared, hello) as client:
        error = client.read_to_the_end()[-1]["error"]
    assert error["code"] == ProtocolError.code
    assert advice in error["hint"]
    assert_well(shared)


ODD_BUT_ALLOWED = {
    "an unknown method": request(1, "session.dance"),
    "no method": said(b'{"id":1}'),
    "a method that is a number": request(1, 5),
    "params that are a list": said(b'{"id":1,"method":"session.list","params":[1]}'),
    "params that are null": said(b'{"id":1,"method":"session.get","params":null}'),
    "a target that is a number": request(1, "session.get", {"target": 5}),
    "a negative size": request(1, "session.create", {"columns": -5}),
    "an offset that no journal has": request(1, "pane.follow", {"target": "dev", "from": -1}),
    "a target of control characters": request(1, "session.get", {"target": "\x1b[2J\x00"}),
    "a long target": request(1, "session.get", {"target": "x" * 1_000_000}),
}


@pytest.mark.parametrize("data", ODD_BUT_ALLOWED.values(), ids=ODD_BUT_ALLOWED.keys())
def test_who_asks_for_nonsense_gets_an_error_and_may_ask_again(shared: RunningServer, data: bytes) -> None:
    before = drops(shared)
    with raw(shared, HELLO + data + request(2)) as client:
        assert client.answer(1)["error"]["code"] in ("usage", "not_found")
        assert "sessions" in client.answer(2)["result"]
    assert drops(shared) == before
    assert_well(shared)


def test_words_about_requests_that_are_not_open_are_ignored(shared: RunningServer) -> None:
    cancels = b"".join(said(json.dumps({"cancel": what}).encode()) for what in (1, 99, 2**40, "x", None, [1], {}))
    with raw(shared, HELLO + cancels + encode_binary(77, b"x") + request(2)) as client:
        assert "result" in client.answer(2)
    assert_well(shared)


def test_a_greeting_and_a_long_request_may_come_in_one_piece(shared: RunningServer) -> None:
    with raw(shared, HELLO + request(1, "session.get", {"target": "x" * (limits.MAX_HELLO_BYTES * 3)})) as client:
        assert client.answer(1)["error"]["code"] == "not_found"


def test_half_a_frame_holds_up_nobody(shared: RunningServer) -> None:
    whole = request(1, "session.get", {"target": "dev"})
    with raw(shared, HELLO + whole[:-3]) as staying, raw(shared, HELLO + whole[: len(whole) // 2]) as leaving:
        leaving.socket.close()
        assert_well(shared)
        staying.send(whole[-3:])
        assert staying.answer(1)["error"]["code"] == "not_found"
    assert_well(shared)


def test_a_byte_at_a_time_is_fine(shared: RunningServer) -> None:
    with raw(shared) as client:
        for byte in HELLO + request(1):
            client.send(bytes([byte]))
        assert "result" in client.answer(1)


def test_more_open_requests_than_allowed_are_refused(shared: RunningServer) -> None:
    most = limits.MAX_PENDING_REQUESTS
    with raw(shared, HELLO + b"".join(request(ident, "events") for ident in range(1, most + 2))) as client:
        assert client.answer(most + 1)["error"]["code"] == "usage"
        client.send(encode_control(messages.cancel(1)))
        assert "result" in client.answer(1)
        client.send(request(most + 2))
        assert "result" in client.answer(most + 2)
    assert_well(shared)


def test_two_hundred_clients_at_once(shared: RunningServer) -> None:
    answers: list[dict[str, Any]] = []
    everybody = threading.Barrier(200)

    def visit() -> None:
        everybody.wait(DEADLINE)
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                client = RawClient(shared)
                break
            except BlockingIOError:  # the queue of the socket is full
                assert time.monotonic() < deadline
                time.sleep(0.01)
        with client.socket:
            client.send(HELLO + request(1))
            answer = client.answer(1)
            everybody.wait(DEADLINE)  # all of them are connected now
            client.send(request(2, "server.status"))
            answer |= client.answer(2)["result"]
            answers.append(answer)
            everybody.wait(DEADLINE)

    visitors = [threading.Thread(target=visit) for _ in range(200)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(3 * DEADLINE)
    assert len(answers) == 200
    assert all("result" in answer and answer["clients"] >= 200 for answer in answers)
    until(lambda: shared.call("server.status")["clients"] < 10, "the server to forget them")
    assert_well(shared)


def test_clients_that_vanish_in_the_middle(shared: RunningServer) -> None:
    for number in range(60):
        with raw(shared, HELLO + request(1, "events") + request(2) + request(3, "server.status")) as client:
            if number % 2:
                # Close with a reset, as a killed client with unread data does.
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    until(lambda: shared.call("server.status")["clients"] < 10, "the server to forget them")
    assert_well(shared)


def test_who_asks_and_never_reads_is_dropped(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", "seq 4000")
    memory = psutil.Process(server.pid)
    before = memory.memory_info().rss
    with raw(server, HELLO) as client:
        deadline = time.monotonic() + DEADLINE
        client.socket.settimeout(1.0)
        for ident in itertools.count(1):
            if "dropped" in server.log():
                break
            assert time.monotonic() < deadline, "it was never dropped"
            with suppress(TimeoutError):
                client.send(request(ident, "pane.capture", {"target": "dev", "scrollback": -1}))
            if ident % 100 == 0:
                assert server.call("session.get", target="dev")["name"] == "dev"
    assert "unread" in server.log()
    assert memory.memory_info().rss - before < 6 * limits.OUTBOX_DROP_BYTES
    assert_well(server)


def test_who_hears_events_and_never_reads_costs_a_bounded_amount(server: RunningServer) -> None:
    server.create("dev")
    with raw(server, HELLO + b"".join(request(ident, "events") for ident in range(1, 200))):
        for number in range(20):
            assert server.exec("dev", f"echo {number}").output == f"{number}\n".encode()
    assert_well(server)


def test_who_follows_a_flood_and_never_reads_stops_neither_the_program_nor_the_others(server: RunningServer) -> None:
    server.create("dev")
    server.create("other")
    memory = psutil.Process(server.pid)
    with raw(server, HELLO + request(1, "pane.follow", {"target": "dev", "from": 0})) as client:
        before = memory.memory_info().rss
        assert server.exec("dev", "seq 3000000", stream="none").code == 0
        assert server.exec("other", "echo fine").output == b"fine\n"
        assert memory.memory_info().rss - before < 8 * limits.OUTBOX_DROP_BYTES
        assert "dropped" not in server.log()
        # It wakes up at last, and has missed nothing.
        end = server.pane("dev")["journal_end"]
        while sum(len(one.data) for one in client.frames if isinstance(one, Binary)) < end:
            assert client.read_some()
        got = b"".join(one.data for one in client.frames if isinstance(one, Binary))
    assert b"\r\n2999999\r\n3000000\r\n" in got
    assert_well(server)


def test_who_says_nothing_is_dropped_after_a_while(server: RunningServer) -> None:
    with raw(server) as silent, raw(server, HELLO[: len(HELLO) // 2]) as halting:
        for client in (silent, halting):
            client.socket.settimeout(limits.HELLO_TIMEOUT_SECONDS + DEADLINE)
            assert client.read_to_the_end()[-1]["error"]["code"] == ProtocolError.code
    assert server.log().count("no greeting within") == 2
    assert_well(server)


def test_who_is_dropped_without_reading_is_not_kept(server: RunningServer) -> None:
    """The farewell cannot be delivered to a peer that does not read; its descriptor must go all the same."""
    server.create("dev")
    server.exec("dev", "seq 2000")
    process = psutil.Process(server.pid)
    before = process.num_fds()
    ask = b"".join(request(ident, "pane.capture", {"target": "dev", "scrollback": -1}) for ident in range(1, 40))
    clients = []
    for _ in range(5):
        client = RawClient(server)
        client.send(HELLO + ask)
        clients.append(client)
    until(lambda: server.call("server.status")["clients"] >= 5)
    for client in clients:
        client.send(frame(0, b"J"))
    until(lambda: process.num_fds() <= before + 1, "the descriptors of the dropped ones to be closed")
    for client in clients:
        client.socket.close()
    assert drops(server) == 5
    assert_well(server)


@contextmanager
def opened_to_all(path: str) -> Iterator[None]:
    """Let every user reach a path for a block."""
    before = {}
    while path != "/":
        before[path] = stat.S_IMODE(os.stat(path).st_mode)
        os.chmod(path, before[path] | 0o077)
        path = os.path.dirname(path)
    try:
        yield
    finally:
        for path, mode in before.items():
            os.chmod(path, mode)


class _NoService:
    """Just enough of a server for a connection that gets no further than its first moment."""

    def greeting_fields(self) -> Mapping[str, object]:
        return {"pid": os.getpid()}

    def check_secret(self, secret: object) -> bool:
        return False

    def find_method(self, name: str) -> None:
        return None

    def connected(self, connection: Connection) -> None:
        raise AssertionError("it was let in")

    def disconnected(self, connection: Connection) -> None:
        pass


async def test_a_peer_whose_user_is_not_ours_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: real + 1)  # as if the server were another user's
    path = str(tmp_path / "socket")
    listening = await asyncio.get_running_loop().create_unix_server(
        lambda: Connection(_NoService(), needs_secret=False), path
    )
    async with listening:
        reader, writer = await asyncio.open_unix_connection(path)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    (frame,) = FrameDecoder().feed(answer)
    assert isinstance(frame, Control)
    assert "another user" in frame.message["error"]["message"]  # type: ignore[index]


if os.getuid() == 0:  # only root can become somebody else, and see the system's own word for it

    def test_another_user_is_refused(server: RunningServer) -> None:
        # The folders keep others out; open them, so that only the check of the peer is left.
        with opened_to_all(server.home.server_socket):
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(reading)
                _visit_as_nobody(server, writing)
            os.close(writing)
            with os.fdopen(reading, "rb") as pipe:
                got = pipe.read().decode()
            os.waitpid(pid, 0)
        assert "result" not in got
        assert "pid" not in got, "it was told nothing about the server"
        assert "another user" in got
        assert "another user" in server.log()
        assert_well(server)


def _visit_as_nobody(server: RunningServer, pipe: int) -> None:
    """Connect as another user, write what the server says to the pipe, and end this process."""
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        client = RawClient(server)
        client.send(HELLO + request(1))
        os.write(pipe, json.dumps(client.read_to_the_end()).encode())
    except OSError as error:
        os.write(pipe, f"could not try: {error}".encode())
    finally:
        os._exit(0)
