"""The dashboard as its user feels it: in a real terminal (tmux), measured from outside.

    python benchmarks/dashboard.py [--keys 200] [--sessions 20] [--seconds 10]

A tmux client runs on a PTY of ours: keys are written to it, and what it draws is read from it, so every figure holds
the whole way through tmux. Beside each: the same with nothing but `cat` in that tmux. `opening` is from the start of
the process to the frame, and to the list of sessions; `key to echo` p50 and p95; `CPU` is the dashboard process' share
of one core, while nothing happens, and while a program redraws its whole screen ten times a second in one of four
panes.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from struct import pack
from termios import TIOCSWINSZ

from ai_session_tui.client.connection import Connection
from ai_session_tui.paths import Home

COLUMNS, ROWS = 160, 45
SOCKET = f"ai-session-bench-{os.getpid()}"
# Each is typed once: a row that is drawn again would show the ones before.
KEYS = [chr(code).encode() for code in (*range(0x0410, 0x0482), *range(0x048A, 0x0530), *range(0x0531, 0x0557))]
FLOOD = "while :; do seq 1 100000; done"
REDRAW = (
    "import sys, time, shutil\n"
    "columns, rows = shutil.get_terminal_size()\n"
    "for turn in range(10**9):\n"
    "    lines = [f'\\033[{y + 1};1H\\033[3{(y + turn) % 7 + 1}m{turn:6}' + 'x' * (columns - 6) for y in range(rows)]\n"
    "    sys.stdout.write(''.join(lines)); sys.stdout.flush(); time.sleep(0.1)\n"
)


class Terminal:
    """A tmux client on a PTY of ours that runs one command."""

    def __init__(self, command: str, env: dict[str, str]) -> None:
        self.text = b""
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._argv = ["tmux", "-L", SOCKET, "-f", "/dev/null", "new-session", *size, command]
        self.began = time.perf_counter()
        pid, self.fd = pty.fork()
        if pid == 0:
            os.execvpe("tmux", self._argv, env)
        self.pid = pid
        ioctl(self.fd, TIOCSWINSZ, pack("HHHH", ROWS, COLUMNS, 0, 0))

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.fd, keys)

    def read(self, seconds: float) -> bytes:
        """Return what the terminal draws within a time, as soon as there is something."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        return os.read(self.fd, 1 << 16) if ready else b""

    def await_text(self, text: bytes, seconds: float = 30.0) -> float:
        """Return the moment at which a text has been drawn."""
        drawn, deadline = b"", time.perf_counter() + seconds
        while text not in drawn:
            if time.perf_counter() > deadline:
                raise SystemExit(f"{text!r} was not drawn; there is: {drawn[-2000:]!r}")
            drawn = drawn[-4096:] + self.read(1.0)
        return time.perf_counter()

    def settle(self, seconds: float = 0.5) -> None:
        """Take what is drawn until nothing is for a while, five seconds at most."""
        deadline = time.perf_counter() + 5
        while self.read(seconds) and time.perf_counter() < deadline:
            pass

    def close(self) -> None:
        """End tmux."""
        subprocess.run(["tmux", "-L", SOCKET, "kill-server"], capture_output=True, check=False)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


@contextmanager
def opened(command: str, env: dict[str, str]) -> Iterator[Terminal]:
    """Run a command in a terminal for a block."""
    terminal = Terminal(command, env)
    try:
        yield terminal
    finally:
        terminal.close()
        time.sleep(0.3)


def dashboard_command(home: str) -> str:
    """Return how tmux starts the dashboard."""
    settings = f"AI_SESSION_HOME={home} TERM=xterm-256color COLORTERM=truecolor"
    return f"{settings} exec {sys.executable} -m ai_session_tui ui typed"


def dashboard_pid(home: str) -> int:
    """Return the process that draws."""
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                with open(f"/proc/{name}/environ", "rb") as file:
                    is_ours = f"AI_SESSION_HOME={home}".encode() in file.read().split(b"\0")
            except OSError:
                continue
            if is_ours and b"ui" in words and b"ai_session_tui" in words:
                return int(name)
    raise SystemExit("the dashboard does not run")


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process so far."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentiles(samples: list[float]) -> str:
    """Return p50 and p95 in milliseconds."""
    cuts = statistics.quantiles(samples, n=20)
    return f"{statistics.median(samples) * 1e3:8.1f} {cuts[18] * 1e3:8.1f}"


def key_to_echo(terminal: Terminal, count: int) -> list[float]:
    """Type keys one after the other and return the seconds to each echo."""
    samples = []
    for number in range(count):
        key = KEYS[number % len(KEYS)]
        terminal.settle(0.0)
        began = time.perf_counter()
        terminal.press(key)
        samples.append(terminal.await_text(key) - began)
        time.sleep(0.05)
        if number % 40 == 39:
            terminal.press(b"\r")
            time.sleep(0.2)
            terminal.settle(0.1)
    return samples


def share(home: str, terminal: Terminal, seconds: float) -> float:
    """Return the dashboard's share of one core over a time."""
    pid = dashboard_pid(home)
    began, used = time.perf_counter(), cpu_seconds(pid)
    while (left := began + seconds - time.perf_counter()) > 0:
        terminal.read(left)
    return 100 * (cpu_seconds(pid) - used) / (time.perf_counter() - began)


def row(name: str, value: str, budget: str = "") -> None:
    """Print one figure."""
    print(f"{name:52} {value:>18}   {budget}".rstrip(), flush=True)


def opening(home: str, env: dict[str, str]) -> None:
    """Print how long it takes to open."""
    frames, prompts = [], []
    for _ in range(5):
        with opened(dashboard_command(home), env) as terminal:
            frames.append(terminal.await_text("─".encode()) - terminal.began)
            prompts.append(terminal.await_text(b"typed") - terminal.began)
            terminal.settle()
    bare = []
    for _ in range(5):
        with opened(f'exec {sys.executable} -c \'print("rea" + "dy"); import time; time.sleep(9)\'', env) as terminal:
            bare.append(terminal.await_text(b"ready") - terminal.began)
    row("opening, a Python that prints in the same tmux", f"{statistics.median(bare) * 1e3:.0f} ms")
    row("opening, the frame", f"{statistics.median(frames) * 1e3:.0f} ms", "≤ 600 ms")
    row("opening, sessions listed", f"{statistics.median(prompts) * 1e3:.0f} ms")


def latency(connection: Connection, home: str, env: dict[str, str], keys: int, sessions: int) -> None:
    """Print key to echo, alone and beside a flood."""
    with opened("exec cat", env) as terminal:
        terminal.settle()
        row("key to echo, cat in tmux (p50, p95 ms)", percentiles(key_to_echo(terminal, keys)))
    for name, command, budget in (
        (f"{sessions} sessions", None, ""),
        (f"{sessions} sessions, one floods", FLOOD, "p95 ≤ 30 ms"),
    ):
        if command:
            connection.call("session.create", name="loud", command=["/bin/sh", "-c", command], env=env)
        with opened(dashboard_command(home), env) as terminal:
            terminal.await_text(b"typed")
            terminal.settle()
            row(f"key to echo, dashboard, {name} (p50, p95 ms)", percentiles(key_to_echo(terminal, keys)), budget)
        if command:
            connection.call("session.kill", targets=["loud"], force=True)


def load(connection: Connection, home: str, env: dict[str, str], seconds: float, sessions: int) -> None:
    """Print the share of a core, idle and beside a redraw."""
    with opened(dashboard_command(home), env) as terminal:
        terminal.await_text(b"typed")
        terminal.settle()
        time.sleep(3)
        row(f"CPU, {sessions} quiet sessions", f"{share(home, terminal, seconds):.2f} %", "≤ 1 %")
        for target, direction in (("typed", "right"), ("typed:1", "down"), ("typed:2", "down")):
            command = [sys.executable, "-c", REDRAW] if direction == "right" else ["cat"]
            connection.call("pane.split", target=target, direction=direction, command=command, env=env)
            time.sleep(1)
        row("CPU, 10 Hz redraw in one of four panes", f"{share(home, terminal, seconds):.2f} %", "≤ 15 %")


def measure(home: str, keys: int, sessions: int, seconds: float) -> None:
    """Print all rows."""
    env = dict(os.environ, PS1="$ ", TERM="xterm-256color")
    with Connection(Home(home)) as connection:
        for number in range(sessions - 1):
            connection.call("session.create", name=f"quiet-{number}", shell="/bin/sh", env=env)
        connection.call("session.create", name="typed", command=["cat"], env=env)
        opening(home, env)
        latency(connection, home, env, keys, sessions)
        load(connection, home, env, seconds, sessions)
        connection.call("server.stop")


def main() -> int:
    """Measure in a home of its own."""
    parser = argparse.ArgumentParser(description="the dashboard in a real terminal")
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    if shutil.which("tmux") is None:
        print("this benchmark needs tmux", file=sys.stderr)
        return 2
    for name in ("TMUX", "TMUX_PANE"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="ai-session-bench-", ignore_cleanup_errors=True) as home:
        # What an installation has compiled, this one may not have.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = os.path.join(home, "compiled")
        subprocess.run([sys.executable, "-c", "import ai_session_tui.dashboard.app"], check=True)
        subprocess.run([sys.executable, "-m", "ai_session_tui.server", "--home", home], check=True)
        measure(home, arguments.keys, arguments.sessions, arguments.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
