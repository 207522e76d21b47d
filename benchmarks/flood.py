"""A flood through a detached session, ours beside tmux's: until the program has ended and the screen is right.

    python benchmarks/flood.py [--megabytes 50] [--rounds 3]

A file is printed with `cat` in a session that nobody looks at. The clock runs from the start of `cat` until it has
ended *and* a capture shows the last line; then the far end of the history is checked. Ours also writes every byte to
its journal meanwhile; tmux keeps the same number of history lines. Afterwards ours reads the whole output for its
digest and for search, at a low priority: that is over before the next round begins. Medians of alternating rounds; the
ratio is tmux's time by ours, so above 1 ours is faster.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator

import psutil

from ai_session_tui import SessionConfig
from ai_session_tui.blocking import Session, SessionManager

COLUMNS, ROWS, HISTORY = 120, 40, 10_000
_WORDS = (
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "lazy",
    "dog",
    "while",
    "servers",
    "hum",
    "and",
    "tests",
    "run",
)
_WIDE = ("端末は文字の格子である", "한국어", "中文字符", "emoji", "🚀🎉")


def plain(number: int, dice: random.Random) -> str:
    """Return a line of a plain log."""
    return f"{number:09d} " + " ".join(dice.choices(_WORDS, k=dice.randint(4, 16)))


def coloured(number: int, dice: random.Random) -> str:
    """Return a line of a coloured test log."""
    verdict = "\x1b[32mPASSED\x1b[0m" if dice.random() < 0.97 else "\x1b[1;31mFAILED\x1b[0m"
    name = f"tests/test_{dice.choice(_WORDS)}.py::\x1b[1mtest_{dice.choice(_WORDS)}\x1b[0m"
    return f"{number:09d} {name} {verdict} \x1b[36m[{number % 100:3d}%]\x1b[0m"


def wide(number: int, dice: random.Random) -> str:
    """Return a line with double-width characters."""
    return f"{number:09d} " + " ".join(dice.choices(_WIDE, k=dice.randint(2, 4)))


KINDS: dict[str, Callable[[int, random.Random], str]] = {"plain": plain, "coloured": coloured, "wide": wide}


def write_lines(path: str, kind: str, size: int) -> int:
    """Write about `size` bytes of one kind; return the number of lines."""
    dice = random.Random(7)
    lines = 0
    with open(path, "w", encoding="utf-8") as file:
        while file.tell() < size:
            for _ in range(1000):
                file.write(KINDS[kind](lines, dice) + "\n")
                lines += 1
    return lines


def check(text: str, lines: int, peer: str) -> None:
    """Raise SystemExit unless the screen shows the flood's last line."""
    if f"{lines - 1:09d}" not in text:
        raise SystemExit(f"{peer} does not show the last line; its screen:\n{text[-500:]}")


def ours(folder: str) -> Iterator[Callable[[str, int], float]]:
    """Yield the way to measure our flood."""
    with SessionManager(home=os.path.join(folder, "home")) as manager:
        config = SessionConfig(name="flood", shell="/bin/bash", dir=folder, columns=COLUMNS, rows=ROWS)
        session = manager.create(config)
        try:
            session.exec("true")
            server = psutil.Process(manager.status().pid)
            yield lambda path, lines: _our_round(session, server, path, lines)
        finally:
            manager.stop_server()


def _settle(server: psutil.Process) -> None:
    """Wait until nothing of ours works any more."""

    def worked() -> float:
        family = [server, *server.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in family if one.is_running())

    before = -1.0
    while (now := worked()) > before + 0.01:
        before = now
        time.sleep(0.5)


def _our_round(session: Session, server: psutil.Process, path: str, lines: int) -> float:
    began = time.perf_counter()
    with session.exec_stream(f"cat {path}", stream="none") as run:
        for _ in run:
            pass
        assert run.result.exit_code == 0
    check(session.capture().text, lines, "ours")
    took = time.perf_counter() - began
    history = session.capture(scrollback=HISTORY).text
    if f"{lines - HISTORY + ROWS:09d}" not in history:
        raise SystemExit("our history is not right")
    _settle(server)
    return took


def tmux(folder: str) -> Iterator[Callable[[str, int], float]]:
    """Yield the way to measure tmux's flood."""
    base = ["tmux", "-S", os.path.join(folder, "tmux"), "-f", "/dev/null"]

    def call(*words: str) -> str:
        return subprocess.run([*base, *words], capture_output=True, text=True, check=True).stdout

    call(
        "start-server",
        ";",
        "set",
        "-g",
        "history-limit",
        str(HISTORY),
        ";",
        "new-session",
        "-d",
        "-x",
        str(COLUMNS),
        "-y",
        str(ROWS),
        "-s",
        "flood",
        "env PS1='$ ' bash --norc",
    )

    def one_round(path: str, lines: int) -> float:
        began = time.perf_counter()
        call("send-keys", "-t", "flood", f"cat {path}; tmux -S {base[2]} wait-for -S done", "Enter")
        call("wait-for", "done")
        while f"{lines - 1:09d}" not in (shown := call("capture-pane", "-p", "-t", "flood")):
            if time.perf_counter() - began > 300:
                check(shown, lines, "tmux")
            time.sleep(0.002)
        return time.perf_counter() - began

    try:
        yield one_round
    finally:
        subprocess.run([*base, "kill-server"], capture_output=True, check=False)


def main() -> None:
    """Print a table: a row a kind of text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="flood-")
    our_way, their_way = ours(folder), tmux(folder)
    measure_ours, measure_tmux = next(our_way), next(their_way)
    print(f"{'flood':10} {'MB':>5} {'ours s':>8} {'tmux s':>8} {'ours MB/s':>10} {'tmux MB/s':>10} {'ratio':>6}")
    try:
        for kind in KINDS:
            path = os.path.join(folder, kind)
            lines = write_lines(path, kind, int(arguments.megabytes * 1e6))
            size = os.path.getsize(path) / 1e6
            pairs = [(measure_ours(path, lines), measure_tmux(path, lines)) for _ in range(arguments.rounds)]
            mine = statistics.median(first for first, _ in pairs)
            theirs = statistics.median(second for _, second in pairs)
            ratio = statistics.median(second / first for first, second in pairs)
            speeds = f"{size / mine:10.1f} {size / theirs:10.1f} {ratio:6.2f}"
            print(f"{kind:10} {size:5.0f} {mine:8.2f} {theirs:8.2f} {speeds}")
    finally:
        our_way.close()  # type: ignore[attr-defined]  # a generator
        their_way.close()  # type: ignore[attr-defined]
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
