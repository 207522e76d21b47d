"""Measure what a command costs in each integrated shell: `true` by exec and typed, until the prompt is ready again.

    python benchmarks/shell_overhead.py [rounds]

Prints the median of each in milliseconds: `end` is the trigger's write to the D mark, `ready` to the next prompt.
`plain` is the same shell without integration, `true` typed, until its prompt's last byte is there.
"""

from __future__ import annotations

import itertools
import os
import secrets
import select
import shutil
import statistics
import sys
import tempfile
import time

from ptyprocess import PtyProcess

from ai_session_tui.shells import (
    CommandEnded,
    CommandTracker,
    MarkScanner,
    PromptReady,
    plan_shell,
    prepare_exec,
)

SHELLS = ("bash", "zsh", "fish", "dash")


class Shell:
    """One shell on a PTY, and the times of its last command."""

    def __init__(self, name: str, folder: str, *, integrate: bool) -> None:
        home = os.path.join(folder, "home")
        os.makedirs(home, exist_ok=True)
        with open(os.path.join(home, ".zshrc"), "w", encoding="ascii") as rc:
            rc.write("PS1='READY> '\n")
        with open(os.path.join(home, ".bashrc"), "w", encoding="ascii") as rc:
            rc.write("PS1='READY> '\n")
        config = os.path.join(home, ".config", "fish")
        os.makedirs(config, exist_ok=True)
        with open(os.path.join(config, "config.fish"), "w", encoding="ascii") as rc:
            rc.write("function fish_prompt; echo -n 'READY> '; end\n")
        nonce = secrets.token_hex(16)
        env = {"HOME": home, "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8", "PS1": "READY> "}
        self.folder = os.path.join(folder, "shell")
        plan = plan_shell(name, self.folder, nonce, env, integrate=integrate)
        self.kind = plan.kind
        self.scanner, self.tracker = MarkScanner(nonce), CommandTracker(plan.kind)
        self.process = PtyProcess.spawn(list(plan.argv), env=plan.env, cwd=home)
        self.ended = self.ready = 0.0

    def read(self) -> bytes:
        if not select.select([self.process.fd], [], [], 10)[0]:
            raise SystemExit("a shell did not answer within 10 seconds")
        return os.read(self.process.fd, 65536)

    def follow(self) -> None:
        """Read until the prompt is back, and note when the end and the prompt came."""
        while True:
            events = self.tracker.feed(self.scanner.feed(self.read()))
            now = time.perf_counter()
            if any(isinstance(event, CommandEnded) for event in events):
                self.ended = now
            if any(isinstance(event, PromptReady) for event in events):
                self.ready = now
                return

    def close(self) -> None:
        self.process.close(force=True)


def measure(shell: Shell, rounds: int, typed: bool) -> tuple[float, float]:
    """Return the medians, in milliseconds, from the write to the end and to the prompt."""
    ends, readies = [], []
    for number in range(rounds):
        started = time.perf_counter()
        exec_id = f"{typed:d}-{number}"
        if typed:
            data = b"true\r"
        else:
            data = prepare_exec(shell.kind, shell.folder, exec_id, "true")
            shell.tracker.note_exec_sent(exec_id, "true")
        os.write(shell.process.fd, data)
        shell.follow()
        ends.append(shell.ended - started)
        readies.append(shell.ready - started)
    return statistics.median(ends) * 1000, statistics.median(readies) * 1000


def measure_plain(name: str, folder: str, rounds: int) -> float:
    """Return the median until the plain shell's prompt is there again."""
    shell = Shell(name, folder, integrate=False)
    times: list[float] = []
    try:
        for _ in range(rounds + 1):
            seen = b""
            while b"READY> " not in seen.rpartition(b"true")[2]:
                seen += shell.read()
            times.append(time.perf_counter())
            os.write(shell.process.fd, b"true\r")
    finally:
        shell.close()
    return statistics.median(b - a for a, b in itertools.pairwise(times)) * 1000


def main(rounds: int) -> None:
    print(f"{'shell':6} {'exec end':>9} {'ready':>7} {'typed end':>10} {'ready':>7} {'plain':>7}   ms, {rounds} rounds")
    for name in SHELLS:
        if shutil.which(name) is None:
            print(f"{name:6} not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            shell = Shell(name, folder, integrate=True)
            try:
                shell.follow()
                by_exec, typed = measure(shell, rounds, False), measure(shell, rounds, True)
            finally:
                shell.close()
        with tempfile.TemporaryDirectory() as folder:
            plain = measure_plain(name, folder, rounds)
        print(f"{name:6} {by_exec[0]:9.2f} {by_exec[1]:7.2f} {typed[0]:10.2f} {typed[1]:7.2f} {plain:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
