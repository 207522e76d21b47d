"""Running a command through a server that dies in the middle: no byte twice, no byte lost."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_server import FakeServer, Request
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.cli import linking
from ai_session_tui.cli.running import Position, Run, show
from ai_session_tui.client.connection import Connection
from ai_session_tui.errors import BusyError, ConflictError, OutcomeUnknownError, ServerUnreachableError
from ai_session_tui.paths import Home

RECORD = {"id": 1, "session": "dev", "pane": 1, "command": "x", "exit_code": 0, "state": "ended", "note": ""}


@given(st.binary(max_size=60), st.data())
def test_output_goes_on_at_the_very_byte(output: bytes, data: st.DataObject) -> None:
    """A server sends from the last offset it named; it may die after any byte, any number of times."""
    position = Position()
    shown = b""
    for _ in range(data.draw(st.integers(0, 4))):
        shown += _send(position, output, data, data.draw(st.integers(0, len(output))))
        position.restart()
    shown += _send(position, output, data, len(output))
    assert shown == output


def _send(position: Position, output: bytes, data: st.DataObject, end: int) -> bytes:
    shown = b""
    at = position.offset or 0
    while at < end:
        upto = data.draw(st.integers(at + 1, end))
        shown += position.fresh(output[at:upto])
        at = upto
        if data.draw(st.booleans()):
            position.reach(at)
    return shown


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    home = Home(str(tmp_path / "home"))
    monkeypatch.setenv("AI_SESSION_HOME", home.folder)
    monkeypatch.delenv("AI_SESSION_PANE_ID", raising=False)
    yield home


def run_to_end(**options: Any) -> int:
    return show(Run("dev", "make", timeout=None, wait=True), **{"capture": False, "as_json": False, **options})


def test_the_next_server_is_joined_by_the_same_key(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    first = FakeServer(home)
    second: list[FakeServer] = []

    def begin(request: Request) -> object:
        request.event("started", **RECORD)
        request.output(b"one ")
        request.event("offset", offset=104)
        request.output(b"two ")  # delivered, but not yet covered by an offset
        request.peer.drop()
        return ...

    def go_on(request: Request) -> object:
        assert request.params["key"] == first.seen[0].params["key"]
        assert request.params["from"] == 104
        request.output(b"two thr")
        request.output(b"ee")
        return RECORD

    first.methods["exec.run"] = begin

    def next_server() -> Connection:
        if not first.seen:
            return Connection(home)
        if not second:
            first.close()
            second.append(FakeServer(home))
            second[0].methods["exec.run"] = go_on
        return Connection(home)

    monkeypatch.setattr(linking, "connect", next_server)
    assert run_to_end() == 0
    second[0].close()
    assert capfdbinary.readouterr().out == b"one two three"


def test_when_no_server_comes_back_the_outcome_is_unknown(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(home) as server:
        server.methods["exec.run"] = lambda request: request.peer.drop() or ...
        connections = iter([Connection(home)])

        def connect() -> Connection:
            for connection in connections:
                return connection
            raise ServerUnreachableError("it cannot be started")

        monkeypatch.setattr(linking, "connect", connect)
        with pytest.raises(OutcomeUnknownError, match="cannot be started"):
            run_to_end()


def test_a_server_that_dies_over_it_again_and_again_is_given_up(home: Home) -> None:
    with FakeServer(home) as server:
        server.methods["exec.run"] = lambda request: request.peer.drop() or ...
        with pytest.raises(OutcomeUnknownError):
            run_to_end()
        assert 3 < len(server.seen) < 20


def test_ctrl_c_cancels_once_and_the_end_is_awaited(home: Home, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    main = threading.main_thread().ident
    assert main is not None
    with FakeServer(home) as server:

        def interrupted(request: Request) -> object:
            signal.pthread_kill(main, signal.SIGINT)
            request.await_cancel()
            request.output(b"cleaning up\n")
            return {**RECORD, "exit_code": 7}

        server.methods["exec.run"] = interrupted
        assert run_to_end() == 130
    assert capfdbinary.readouterr().out == b"cleaning up\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_third_ctrl_c_stops_waiting(home: Home) -> None:
    main = threading.main_thread().ident
    assert main is not None
    with FakeServer(home) as server:

        def stubborn(request: Request) -> object:
            for _ in range(3):
                signal.pthread_kill(main, signal.SIGINT)
                request.await_cancel()
            return ...

        server.methods["exec.run"] = stubborn
        assert run_to_end() == 130


def test_our_words_go_to_stderr(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    with FakeServer(home) as server:

        def run(request: Request) -> object:
            request.event("queued", ahead=1, running="vim\x1b[2J")
            request.event("screen", taken=True)
            request.event("input")
            request.output(b"out\n")
            return RECORD

        server.methods["exec.run"] = run
        assert run_to_end() == 0
    out, err = capfd.readouterr()
    assert out == "out\n"
    assert "waiting: 'dev' runs vim" in err and "(1 ahead)" in err and "\x1b" not in err
    assert "took the screen" in err and "waits for input" in err


@pytest.mark.parametrize(("code", "status"), [(0, 0), (3, 3), (255, 255), (None, 125)])
def test_the_status_is_the_commands(home: Home, code: int | None, status: int) -> None:
    with FakeServer(home) as server:
        server.methods["exec.run"] = lambda request: {**RECORD, "exit_code": code, "note": "why"}
        assert run_to_end() == status


def test_busy_is_raised_and_not_waited_for(home: Home) -> None:
    with FakeServer(home) as server:

        def busy(request: Request) -> object:
            assert request.params["wait"] is False
            raise BusyError("busy running vim")

        server.methods["exec.run"] = busy
        with pytest.raises(BusyError):
            show(Run("dev", "make", timeout=None, wait=False), capture=False, as_json=False)


def test_a_command_cannot_wait_for_the_pane_that_it_runs_in(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_SESSION_PANE_ID", "p7")
    with FakeServer(home) as server:
        server.methods["session.get"] = lambda request: {"name": "dev", "panes": [{"index": 1, "id": "p7"}]}
        with pytest.raises(ConflictError):
            run_to_end()


def test_streams_are_left_as_they_were() -> None:
    assert sys.stdout is not None and signal.set_wakeup_fd(-1) == -1
