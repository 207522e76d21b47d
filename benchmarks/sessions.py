"""Measure sessions beside tmux, in one run: create, list, a command, an idle session's memory and CPU, recovery.

    python benchmarks/sessions.py [rounds]

Prints medians in milliseconds and their ratio to tmux's. `create` ends when the shell has been started, as
`new-session -d` does; `exec` is `true`, for tmux `send-keys` and `wait-for`; ours over one connection, tmux's as the
client processes that its users start. Memory is the growth of the server's PSS a session, each with a shell and
2,000 lines of history; recovery is from `kill -9` of the server, 50 sessions of which four flood, to the first list,
and to a command's result in each of ten.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ai_session_tui.client.connection import Connection
from ai_session_tui.client.launch import start_server
from ai_session_tui.errors import AiSessionError
from ai_session_tui.limits import KEEPER_QUICK_SECONDS
from ai_session_tui.paths import Home

if TYPE_CHECKING:
    from typing import Any

SESSIONS = 50
LINES = 2000
IDLE_SECONDS = 10.0


def milliseconds(action: Callable[[], object], rounds: int) -> float:
    """Return the median time of an action."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def pss(pid: int) -> int:
    """Return a process' proportional memory in kB."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return int(next(line for line in file if line.startswith("Pss:")).split()[1])


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Ours:
    """A server in a home of its own."""

    def __init__(self, folder: str) -> None:
        self.home = Home(os.path.join(folder, "home"))
        self.env = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash"}
        self.connection = start_server(self.home)

    def call(self, method: str, /, **params: object) -> Any:
        return self.connection.call(method, **params)

    def create(self, name: str | None = None, **params: object) -> str:
        wish = {"shell": "bash"} if "command" not in params else {}
        created: str = self.call("session.create", name=name, env=self.env, dir="/", **wish, **params)["name"]
        return created

    def exec(self, target: str, command: str) -> None:
        self.call("exec.run", target=target, command=command)

    def reconnect(self) -> None:
        """Connect to the next server as soon as there is one."""
        self.connection.close()
        while True:
            try:
                self.connection = Connection(self.home)
                self.connection.greet()  # the dead one's socket may still have let us in
            except AiSessionError:
                time.sleep(0.002)
            else:
                return

    def close(self) -> None:
        self.reconnect()  # whatever became of the connection: nothing may stay behind
        self.call("server.stop")
        self.connection.close()


class Tmux:
    """A tmux server of its own."""

    def __init__(self, folder: str) -> None:
        self.words = ["tmux", "-f", "/dev/null", "-S", os.path.join(folder, "tmux")]
        self.count = 0
        self.env = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash"}

    def run(self, *words: str) -> str:
        return subprocess.run([*self.words, *words], env=self.env, check=True, capture_output=True, text=True).stdout

    def create(self) -> str:
        self.count += 1
        self.run("new-session", "-d", "-s", f"s{self.count}", "bash")
        return f"s{self.count}"

    def exec(self, target: str, command: str) -> None:
        self.run("send-keys", "-t", target, f"{command}; {self.words[0]} -S {self.words[-1]} wait-for -S done", "Enter")
        self.run("wait-for", "done")

    def pid(self) -> int:
        return int(self.run("display-message", "-p", "#{pid}"))

    def close(self) -> None:
        subprocess.run([*self.words, "kill-server"], check=False, capture_output=True)


@contextmanager
def both() -> Iterator[tuple[Ours, Tmux]]:
    """Run a server of each kind in a folder that is removed afterwards."""
    folder = tempfile.mkdtemp()
    ours, tmux = Ours(folder), Tmux(folder)
    try:
        yield ours, tmux
    finally:
        ours.close()
        tmux.close()
        shutil.rmtree(folder, ignore_errors=True)


def show(what: str, ours: float, theirs: float | None, unit: str, budget: str) -> None:
    """Print one line of the table."""
    other = "" if theirs is None else f"{theirs:10.2f} {unit:6}{ours / theirs:6.2f}x"
    print(f"{what:34}{ours:10.2f} {unit:6}{other:26}{budget}", flush=True)


def verbs(rounds: int) -> None:
    """Create, list, exec."""
    with both() as (ours, tmux):
        ours_name, tmux_name = ours.create(), tmux.create()
        show("create", milliseconds(ours.create, rounds), milliseconds(tmux.create, rounds), "ms", "<= 15 ms")
        show(
            f"list ({rounds + 1} sessions)",
            milliseconds(lambda: ours.call("session.list"), rounds),
            milliseconds(lambda: tmux.run("ls"), rounds),
            "ms",
            "",
        )
        ours.exec(ours_name, "true")
        show(
            "exec true",
            milliseconds(lambda: ours.exec(ours_name, "true"), rounds * 4),
            milliseconds(lambda: tmux.exec(tmux_name, "true"), rounds),
            "ms",
            "see shell_overhead.py for the shell's part",
        )


def idle(rounds: int) -> None:
    """Memory and CPU of sessions that do nothing."""
    del rounds
    with both() as (ours, tmux):
        ours.create("first")
        tmux.create()
        ours.exec("first", f"seq {LINES}")
        pids = (int(ours.call("server.status")["pid"]), tmux.pid())
        before = [pss(pid) for pid in pids]
        for number in range(SESSIONS):
            ours.create(f"n{number}", columns=80, rows=24)
            ours.exec(
                f"n{number}", f"seq -f '%g a line of some eighty columns, as logs have them, and a bit more' {LINES}"
            )
            tmux.run("new-session", "-d", "-x", "80", "-y", "24", "-s", f"n{number}", "bash")
            tmux.exec(
                f"n{number}", f"seq -f '%g a line of some eighty columns, as logs have them, and a bit more' {LINES}"
            )
        for number in range(SESSIONS):
            ours.call("pane.capture", target=f"n{number}", scrollback=-1)
        time.sleep(4.0)
        after = [pss(pid) for pid in pids]
        grown = [(end - start) / 1024 / SESSIONS for start, end in zip(before, after, strict=True)]
        show("memory of an idle session", grown[0], grown[1], "MB", "<= 1.5 MB")
        keeper = int(ours.call("server.status")["keeper_pid"])
        watched = (pids[0], keeper, pids[1])
        used = [cpu_seconds(pid) for pid in watched]
        time.sleep(IDLE_SECONDS)
        spent = [(cpu_seconds(pid) - start) / IDLE_SECONDS * 100 for pid, start in zip(watched, used, strict=True)]
        print(f"{'CPU of ' + str(SESSIONS + 1) + ' idle sessions':34}{spent[0] + spent[1]:10.2f} %     ", end="")
        print(f"{spent[2]:10.2f} %            <= 0.5 % of a core")


def recovery(rounds: int) -> None:
    """From kill -9 to a list, and to commands that run."""
    listed, usable = [], []
    with both() as (ours, _):
        for number in range(4):
            ours.create(f"flood{number}", command=["sh", "-c", "while :; do seq 1000; sleep 0.02; done"])
        for number in range(SESSIONS - 4):
            ours.create(f"n{number}")
            ours.exec(f"n{number}", f"seq {LINES}")
        for _ in range(max(3, rounds // 5)):
            pid = int(ours.call("server.status")["pid"])
            began = time.perf_counter()
            os.kill(pid, signal.SIGKILL)
            ours.reconnect()
            sessions = ours.call("session.list")["sessions"]
            listed.append(time.perf_counter() - began)
            assert len(sessions) == SESSIONS, len(sessions)
            assert all(session["status"] != "stopped" for session in sessions)
            for number in range(10):
                ours.exec(f"n{number}", "true")
            usable.append(time.perf_counter() - began)
            time.sleep(KEEPER_QUICK_SECONDS + 0.5)  # who dies again sooner is started again later and later
    show("recovery, to the first list", statistics.median(listed) * 1000, None, "ms", "")
    show("recovery, to ten commands' ends", statistics.median(usable) * 1000, None, "ms", "<= 2000 ms")


def main() -> None:
    """Run all of it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"{'':34}{'ours':>10} {'':6}{'tmux':>10} {'':6}{'ratio':>6}   budget")
    verbs(rounds)
    idle(rounds)
    recovery(rounds)


if __name__ == "__main__":
    main()
