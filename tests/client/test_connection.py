"""The blocking connection against a server that speaks the real protocol."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_server import FakeServer, Request

from ai_session_tui.client import connection as module
from ai_session_tui.client.connection import Connection, ConnectionLostError, Done, Event
from ai_session_tui.errors import NotFoundError, ProtocolError, ServerUnreachableError
from ai_session_tui.paths import Home
from ai_session_tui.protocol.frames import FrameDecoder
from ai_session_tui.protocol.greeting import greeting


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"))


@pytest.fixture
def server(home: Home) -> Iterator[FakeServer]:
    with FakeServer(home) as fake:
        yield fake


def echo(request: Request) -> object:
    return {"params": request.params}


def test_greeting_and_first_request_travel_in_one_write(home: Home) -> None:
    home.prepare()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(home.server_socket)
        listener.listen()
        with Connection(home) as connection:
            peer, _ = listener.accept()
            with peer:
                connection.open("session.list")
                frames = FrameDecoder().feed(peer.recv(65536))
        assert [frame.message.get("hello") or frame.message.get("method") for frame in frames] == [  # type: ignore[union-attr]
            "ai-session",
            "session.list",
        ]


def test_parameters_that_are_none_are_not_sent(home: Home, server: FakeServer) -> None:
    server.methods["session.get"] = echo
    with Connection(home) as connection:
        assert connection.call("session.get", target="dev", timeout=None, **{"from": 3}) == {
            "params": {"target": "dev", "from": 3}
        }
        assert connection.server["pid"] == os.getpid()


def test_events_and_bytes_come_in_order_then_the_result(home: Home, server: FakeServer) -> None:
    def run(request: Request) -> object:
        request.event("started", command="x")
        request.output(b"one")
        request.output(b"two" * 100_000)
        request.event("output_end")
        return {"exit_code": 3}

    server.methods["exec.run"] = run
    with Connection(home) as connection:
        call = connection.open("exec.run", target="dev")
        items = list(call)
        assert isinstance(items[0], Event) and items[0].name == "started" and items[0].data == {"command": "x"}
        assert b"".join(item for item in items if isinstance(item, bytes)) == b"one" + b"two" * 100_000
        assert isinstance(items[-1], Event) and items[-1].name == "output_end"
        assert call.result() == {"exit_code": 3}


def test_the_servers_error_is_raised_as_its_own_class_with_its_hint(home: Home, server: FakeServer) -> None:
    def missing(request: Request) -> object:
        raise NotFoundError("no session is called 'dev'", "look there")

    server.methods["session.get"] = missing
    with Connection(home) as connection:
        with pytest.raises(NotFoundError) as caught:
            connection.call("session.get", target="dev")
        assert caught.value.hint == "look there"


def test_two_streams_do_not_mix(home: Home, server: FakeServer) -> None:
    def run(request: Request) -> object:
        for _ in range(200):
            request.output(request.params["sign"].encode() * 1000)
        return request.params["sign"]

    server.methods["run"] = run
    with Connection(home) as connection:
        calls = {sign: connection.open("run", sign=sign) for sign in "abc"}
        for sign, call in calls.items():
            assert b"".join(item for item in call if isinstance(item, bytes)) == sign.encode() * 200_000
            assert call.result() == sign


def test_input_and_cancel_reach_the_request(home: Home, server: FakeServer) -> None:
    def attach(request: Request) -> object:
        assert request.got_input.wait(60)
        request.output(bytes(request.input).upper())
        request.await_cancel()
        return {"reason": "detached"}

    server.methods["attach"] = attach
    with Connection(home) as connection:
        call = connection.open("attach")
        call.send(b"typed")
        assert call.receive(20) == b"TYPED"
        assert call.receive(0.01) is None
        call.cancel()
        done = call.receive(20)
        assert isinstance(done, Done) and done.result == {"reason": "detached"}
        call.cancel()  # too late: harmless, and nothing is sent
        with pytest.raises(ProtocolError):
            call.receive(0)


def test_another_descriptor_ends_the_wait(home: Home, server: FakeServer) -> None:
    server.methods["wait"] = lambda request: request.await_cancel()
    ours, theirs = socket.socketpair()
    with ours, theirs, Connection(home) as connection:
        call = connection.open("wait")
        threading.Timer(0.05, theirs.send, [b"x"]).start()
        assert call.receive(20, ours.fileno()) is None
        assert ours.recv(1) == b"x"
        call.cancel()
        assert call.result() is None


def test_both_sides_talking_much_at_once_do_not_block_each_other(home: Home, server: FakeServer) -> None:
    size = 8 * 1024 * 1024

    def flood(request: Request) -> object:
        request.output(b"o" * size)  # blocks until the client reads
        while len(request.input) < size:
            request.got_input.wait(60)
            request.got_input.clear()
        return "both"

    server.methods["flood"] = flood
    with Connection(home) as connection:
        call = connection.open("flood")
        call.send(b"i" * size)
        assert sum(len(item) for item in call if isinstance(item, bytes)) == size
        assert call.result() == "both"
        assert connection.unsent == 0


def test_a_server_that_dies_says_so_after_what_had_arrived(home: Home, server: FakeServer) -> None:
    def die(request: Request) -> object:
        request.output(b"last words")
        request.peer.drop()
        return ...

    server.methods["die"] = die
    with Connection(home) as connection:
        call = connection.open("die")
        assert call.receive(20) == b"last words"
        with pytest.raises(ConnectionLostError):
            call.receive(20)
        with pytest.raises(ConnectionLostError):
            connection.call("session.list")


@pytest.mark.parametrize(("theirs", "words"), [(2, "upgrade this client"), (0, "server restart")])
def test_another_protocol_is_refused_with_the_side_to_renew(
    home: Home, server: FakeServer, theirs: int, words: str
) -> None:
    server.greeting = {**greeting("server", pid=4711), "protocol": theirs}
    with Connection(home) as connection:
        with pytest.raises(ProtocolError) as caught:
            connection.call("session.list")
        assert words in caught.value.hint
        assert connection.server["pid"] == 4711


def test_garbage_from_the_server_is_a_protocol_error(home: Home, server: FakeServer) -> None:
    server.methods["bad"] = lambda request: request.peer.send(b"\xff" * 100)
    with Connection(home) as connection, pytest.raises(ProtocolError):
        connection.call("bad")


def test_a_server_that_never_greets_is_given_up(
    home: Home, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.limits, "HELLO_TIMEOUT_SECONDS", 0.1)
    server.greeting = None
    server.methods["session.list"] = lambda request: ...
    with Connection(home) as connection, pytest.raises(ServerUnreachableError, match="does not answer"):
        connection.call("session.list")


def test_no_server_is_a_clear_error(home: Home) -> None:
    with pytest.raises(ServerUnreachableError, match="no server answers"):
        Connection(home)


def test_a_very_long_home_path_works(tmp_path: Path) -> None:
    home = Home(str(tmp_path / ("d" * 100) / ("e" * 100)))
    with FakeServer(home) as server:
        server.methods["session.list"] = lambda request: []
        with Connection(home) as connection:
            assert connection.call("session.list") == []


def test_tcp_carries_the_secret(home: Home) -> None:
    with FakeServer(home, tcp_secret="s3cret") as server:
        server.methods["session.list"] = lambda request: request.peer.hello
        with Connection(home) as connection:
            hello: dict[str, Any] = connection.call("session.list")
    assert hello["secret"] == "s3cret"


def test_a_damaged_tcp_file_is_a_clear_error(home: Home) -> None:
    home.prepare()
    Path(home.tcp_endpoint).write_text("nonsense")
    with pytest.raises(ServerUnreachableError, match="ADDRESS PORT SECRET"):
        Connection(home)


def test_works_where_poll_is_missing(home: Home, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll")
    server.methods["session.list"] = echo
    with Connection(home) as connection:
        assert connection.call("session.list") == {"params": {}}


def test_importing_it_loads_nothing_slow() -> None:
    script = "import sys, ai_session_tui.client.connection, ai_session_tui.client.launch; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout.split()
    )
    slow = {"asyncio", "typing", "dataclasses", "subprocess", "pathlib", "tempfile", "shutil", "msgspec", "logging"}
    assert not loaded & slow
