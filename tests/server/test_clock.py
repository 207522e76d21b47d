"""The system's clock jumps: by hours back, by hours ahead. Nothing hangs, nothing lasts less than no time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_session_tui.client.connection import Call, Done
from ai_session_tui.widgets.playback import read_timeline
from tests.server.server_kit import ROOT, RunningServer, await_event, collect, running_server

HOURS = 3600.0
# Imported by every interpreter of the server before anything else.
CLOCK = """
import time
_real = time.time
def _shifted():
    try:
        with open({path!r}) as file:
            return _real() + float(file.read() or 0)
    except FileNotFoundError:
        return _real()
time.time = _shifted
"""


class Clock:
    """The wall clock of a server; the monotonic one goes on as ever."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "shift"
        self.library = folder / "library"
        self.library.mkdir()
        (self.library / "sitecustomize.py").write_text(CLOCK.format(path=str(self._path)))

    def jump(self, seconds: float) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self._path)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def server(tmp_path: Path, clock: Clock) -> Iterator[RunningServer]:
    (tmp_path / "home").mkdir(mode=0o700)
    with running_server(tmp_path / "home", PYTHONPATH=f"{clock.library}:{ROOT}") as running:
        yield running.start()


def ended(call: Call) -> float:
    began = time.monotonic()
    while not isinstance(call.receive(30.0), Done):
        pass
    return time.monotonic() - began


JUMPS = pytest.mark.parametrize("jump", [-5 * HOURS, 5 * HOURS], ids=["back", "ahead"])


@JUMPS
def test_a_command_that_runs_while_the_clock_jumps(server: RunningServer, clock: Clock, jump: float) -> None:
    name = server.create()["name"]
    server.await_prompt(name)
    call = server.begin(name, "echo one; read line; echo two")
    await_event(call, "started")
    server.await_screen(name, "one")
    clock.jump(jump)
    server.call("pane.send", target=name, text="go", enter=True)
    ran = collect(call)
    assert (ran.code, ran.output.split()) == (0, [b"one", b"go", b"two"])
    assert 0 <= ran.record["duration_s"] < 6 * HOURS
    assert server.exec(name, "echo three").output == b"three\n"
    texts = [command["command"] for command in server.commands(name)]
    assert texts == ["echo one; read line; echo two", "echo three"]
    past = read_timeline(server.call("journal.timeline", target=name))
    assert past.end == server.pane(name)["journal_end"]
    assert list(past.places) == sorted(past.places), "a replay goes forwards"
    assert past.length < 60


@JUMPS
def test_waiting_for_quiet_does_not_depend_on_the_clock(server: RunningServer, clock: Clock, jump: float) -> None:
    name = server.create()["name"]
    server.await_prompt(name)
    server.exec(name, "echo before")
    clock.jump(jump)
    assert ended(server.connect().open("pane.wait", target=name, until="idle", seconds=0.3, timeout=30)) < 10
    server.exec(name, "echo after")
    call = server.connect().open("pane.wait", target=name, until="idle", seconds=0.3, timeout=30)
    clock.jump(2 * jump)
    assert ended(call) < 10


@JUMPS
def test_a_pane_without_marks_becomes_quiet_all_the_same(server: RunningServer, clock: Clock, jump: float) -> None:
    name = server.create(command=["cat"])["name"]
    call = server.begin(name, "hello")
    await_event(call, "started")
    clock.jump(jump)
    assert ended(call) < 20
    assert server.screen(name).count("hello") == 2


@JUMPS
def test_what_needs_somebody_is_noticed_all_the_same(server: RunningServer, clock: Clock, jump: float) -> None:
    name = server.create()["name"]
    server.await_prompt(name)
    server.call("pane.send", target=name, text="sleep 0.5; read -p 'Proceed? [y/N] ' answer", enter=True)
    clock.jump(jump)
    deadline = time.monotonic() + 20
    while server.call("session.get", target=name)["attention"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@JUMPS
def test_the_next_server_reads_what_was_written_under_another_clock(
    server: RunningServer, clock: Clock, jump: float
) -> None:
    name = server.create()["name"]
    server.await_prompt(name)
    server.exec(name, "seq 100")
    clock.jump(jump)
    server.exec(name, "seq 200")
    server.kill_server()
    clock.jump(0)
    assert server.exec(name, "seq 300").output.endswith(b"\n300\n")
    assert [command["command"] for command in server.commands(name)] == ["seq 100", "seq 200", "seq 300"]
    assert "200" in server.screen(name, scrollback=-1)
