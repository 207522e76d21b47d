"""Trees of processes: found whole, ended whole, and nobody else is touched."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from ai_session_tui.ptys import forking
from ai_session_tui.ptys.processes import MARKER, STAGES, Done, ProcessRef, Stage, TreeKill, tree

DEADLINE = 60.0
PANE = "0123456789ab"

# Forks, leaves session and parent behind, and says its pid.
DAEMON = f"""{sys.executable} -c '
import os, signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
print("daemon", os.getpid(), flush=True)
time.sleep(1000)
'"""


class Pane:
    """A shell on a terminal, marked as a pane's."""

    def __init__(self, script: str) -> None:
        env = {"PATH": os.environ["PATH"], MARKER: PANE}
        self.pid, self.fd = forking.spawn(["bash", "-c", script], env, "/", 80, 24)
        ref = ProcessRef.of(self.pid)
        assert ref is not None
        self.ref = ref
        self.printed = b""

    def line(self, start: str) -> str:
        while True:
            for line in self.printed.decode().splitlines():
                if line.startswith(start):
                    return line
            self.printed += os.read(self.fd, 4096)

    def names(self) -> list[str]:
        return sorted(ref.name for ref in tree(self.ref, PANE))

    def end(self) -> Done:
        return run(TreeKill(self.ref, PANE))


def run(kill: TreeKill) -> Done:
    deadline = time.monotonic() + DEADLINE
    while not isinstance(answer := kill.step(time.monotonic()), Done):
        assert time.monotonic() < deadline
        assert answer <= time.monotonic() + 3
        time.sleep(max(0.0, answer - time.monotonic()))
    return answer


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def start() -> Iterator[Callable[[str], Pane]]:
    panes: list[Pane] = []

    def starter(script: str) -> Pane:
        panes.append(Pane(script))
        return panes[-1]

    yield starter
    for pane in panes:
        pane.end()
        os.close(pane.fd)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pane.pid, 0)


def test_a_tree_holds_children_jobs_and_daemons(start: Callable[[str], Pane]) -> None:
    pane = start(f"(sleep 1001 & sleep 1002) & {DAEMON}; echo ready; sleep 1003")
    pane.line("ready")
    pane.line("daemon")
    wait_until(lambda: pane.names().count("sleep") == 3)
    daemon = int(pane.line("daemon").split()[1])
    assert daemon in [ref.pid for ref in tree(pane.ref, PANE)]
    assert daemon not in [ref.pid for ref in tree(pane.ref, "another pane")]
    assert os.getpid() not in [ref.pid for ref in tree(pane.ref, PANE)]


def test_everything_is_found_after_the_shell_itself_died(start: Callable[[str], Pane]) -> None:
    pane = start("trap '' HUP; sleep 1001 & sleep 1002 & echo ready; wait")
    pane.line("ready")
    wait_until(lambda: pane.names().count("sleep") == 2)
    os.kill(pane.pid, signal.SIGKILL)
    os.waitpid(pane.pid, 0)
    assert pane.names() == ["sleep", "sleep"]
    done = pane.end()
    assert sorted(ref.name for ref in done.killed) == ["sleep", "sleep"]
    assert done.survived == []


@pytest.mark.parametrize(
    "script",
    [
        "exec sleep 1000",
        "sleep 1000 & sleep 1000 & wait",
        "trap '' HUP INT TERM; echo ready; while :; do sleep 0.05; done",
        "trap '' HUP; (trap '' HUP INT TERM; while :; do sleep 0.05; done) & wait",
        "nohup sleep 1000 >/dev/null 2>&1 & setsid sleep 1000 & wait",
        "sleep 1000 & kill -STOP $!; kill -STOP $$",
        f"{DAEMON}; sleep 1000",
        "while :; do sleep 1000 & sleep 0.01; done",
    ],
    ids=["plain", "jobs", "stubborn", "stubborn child", "nohup and setsid", "stopped", "daemon", "forking"],
)
def test_a_kill_is_complete_and_proves_it(start: Callable[[str], Pane], script: str) -> None:
    pane = start(script)
    time.sleep(0.1)  # any moment of its life will do
    done = pane.end()
    assert done.survived == []
    assert done.killed
    assert tree(pane.ref, PANE) == []
    assert not any(ref.is_alive() for ref in done.killed)


def test_a_polite_program_is_not_killed_with_force(start: Callable[[str], Pane]) -> None:
    pane = start("trap 'echo farewell; exit 0' HUP; echo ready; while :; do sleep 0.02; done")
    pane.line("ready")
    assert pane.end().survived == []
    pane.line("farewell")


def test_survivors_are_named(start: Callable[[str], Pane]) -> None:
    pane = start("trap '' HUP INT; echo ready; while :; do sleep 0.05; done")
    pane.line("ready")
    done = run(TreeKill(pane.ref, PANE, stages=[Stage((signal.SIGHUP,), 0.1), Stage((signal.SIGINT,), 0.1)]))
    assert pane.pid in [ref.pid for ref in done.survived]


def test_who_is_spared_lives(start: Callable[[str], Pane]) -> None:
    pane = start(f"{DAEMON}; sleep 1002 & echo ready; wait")
    spared = ProcessRef.of(int(pane.line("daemon").split()[1]))
    pane.line("ready")
    wait_until(lambda: "sleep" in pane.names())
    assert spared is not None
    done = run(TreeKill(pane.ref, PANE, spare=[spared.pid]))
    assert {ref.name for ref in done.killed} == {"bash", "sleep"}
    assert spared.is_alive()


def test_a_reused_pid_is_never_signalled() -> None:
    process = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    try:
        now = ProcessRef.of(process.pid)
        assert now is not None
        before = ProcessRef(now.pid, now.started - 1, now.name)
        assert not before.is_alive()
        assert not before.send(signal.SIGKILL)
        assert tree(before) == []
        assert run(TreeKill(before)) == Done([], [])
        assert process.poll() is None
        assert now.send(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not now.send(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()


def test_a_zombie_counts_as_gone() -> None:
    process = subprocess.Popen(["sleep", "1000"])
    ref = ProcessRef.of(process.pid)
    assert ref is not None
    process.kill()
    wait_until(lambda: not ref.is_alive())
    assert os.path.exists(f"/proc/{process.pid}"), "not reaped yet"
    process.wait()


def test_a_name_with_parentheses_and_spaces_is_read_whole(tmp_path: object) -> None:
    program = f"{tmp_path}/a) R (b"
    with open(program, "w") as file:
        file.write("#!/bin/sh\nsleep 1000\n")
    os.chmod(program, 0o755)
    process = subprocess.Popen([program])
    try:
        wait_until(lambda: (ref := ProcessRef.of(process.pid)) is not None and ref.name == "a) R (b")
    finally:
        process.kill()
        process.wait()


def test_the_last_stage_cannot_be_ignored() -> None:
    assert STAGES[-1].signals == (signal.SIGKILL,)
