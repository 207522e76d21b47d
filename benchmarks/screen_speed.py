"""How fast the screen is: megabytes per second of ours, stock pyte and tmux, side by side in one run.

In-process rows feed 64 KB at a time and end with a look at the screen and the newest history. PTY rows are a whole
way: a program writes to a PTY and asks a question at the end; the time until the answer is there is the time until
everything was read and worked off. tmux can only be measured that way (a detached pane), and so are we, by a loop that
reads, feeds and answers. Every figure is the median of its rounds.

    python benchmarks/screen_speed.py [--megabytes 4] [--rounds 3] [--only redraw]
"""

from __future__ import annotations

import argparse
import os
import pty
import random
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte

from ai_session_tui.terminal import Terminal

COLUMNS, ROWS = 120, 40
CHUNK = 64 * 1024
PYTE_BYTES = 150_000  # stock pyte is slow: it gets the beginning of each stream
TIMEOUT_SECONDS = 120
SLICE_SECONDS = 0.016
SLICE_BYTES = 1 << 20
PAUSE_SECONDS = 0.0005

# Writes a file to its terminal, asks for the terminal's version, waits for the answer, and notes the seconds it took.
_WRITER = r"""
import os, sys, time, tty
tty.setraw(0)
data = open(sys.argv[1], "rb").read()
start = time.perf_counter()
view = memoryview(data + b"\x1b[>q")
while view:
    view = view[os.write(1, view[:65536]):]
answer = b""
while b"\x1b\\" not in answer:
    answer += os.read(0, 100)
with open(sys.argv[2] + ".new", "w") as out:
    out.write(str(time.perf_counter() - start))
os.rename(sys.argv[2] + ".new", sys.argv[2])
"""


def _lines(make: Callable[[int], str], size: int) -> bytes:
    block = "".join(make(number) for number in range(4000)).encode()
    return (block * (size // len(block) + 1))[:size]


def plain(size: int) -> bytes:
    """Return a log without colours."""
    words = ["request", "served", "cache", "miss", "warning:", "retry", "in", "connection", "closed", "ok"]
    chance = random.Random(1)
    return _lines(
        lambda n: f"2024-05-01 12:{n // 60 % 60:02}:{n % 60:02} [{n}] {' '.join(chance.choices(words, k=9))}\r\n", size
    )


def _test_line(number: int) -> str:
    name = f"\x1b[1mtests/module_{number % 40}.py\x1b[0m::test_case_{number}"
    return f"{name} \x1b[32mPASSED\x1b[0m \x1b[38;5;244m[{number % 100:3}%]\x1b[0m\r\n"


def coloured(size: int) -> bytes:
    """Return a test log with a few colours a line."""
    return _lines(_test_line, size)


def wide(size: int) -> bytes:
    """Return lines of wide characters."""
    chance = random.Random(2)
    return _lines(lambda n: "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(40)) + f" {n}\r\n", size)


def redraw(size: int) -> bytes:
    """Return full-screen redraws by cursor addressing, as an editor or a dashboard draws them."""
    chance = random.Random(3)
    frames = []
    for frame in range(20):
        rows = []
        for row in range(1, ROWS + 1):
            cells = "".join(
                f"\x1b[{chance.choice(['0', '1;32', '38;5;75', '48;5;236', '7', '38;2;200;180;90'])}m"
                f"{chance.choice(['def', 'return', 'value', 'self', 'import', 'count'])}_{frame * row} "
                for _ in range(10)
            )
            rows.append(f"\x1b[{row};1H{cells}\x1b[0m\x1b[K")
        frames.append("\x1b[?25l" + "".join(rows) + f"\x1b[{frame + 1};5H\x1b[?25h")
    block = "".join(frames).encode()
    return (block * (size // len(block) + 1))[:size]


def clear_frames(size: int) -> bytes:
    """Return frames of 94.5 KB, each of which clears screen and history and draws a long conversation again."""
    line = "\x1b[38;5;{colour}mline {n} of the conversation, with some text in it \x1b[39m\x1b[1mbold\x1b[22m\r\n"
    frame = "\x1b[2J\x1b[3J\x1b[H"
    number = 0
    while len(frame) < 94_500:
        frame += line.format(n=number, colour=16 + number % 216)
        number += 1
    block = frame.encode()
    return block * (size // len(block) + 1)


STREAMS: dict[str, Callable[[int], bytes]] = {
    "plain log": plain,
    "coloured test log": coloured,
    "wide text": wide,
    "full-screen redraw": redraw,
    "94.5 KB clear-frames": clear_frames,
}


def _chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


def _time(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _look(terminal: Terminal) -> None:
    terminal.catch_up()
    for y in range(terminal.rows):
        terminal.row(y)
    for position in range(max(0, terminal.history_length - 200), terminal.history_length):
        terminal.history_row(position)


def ours_in_process(data: bytes) -> float:
    """Return the seconds that our screen takes."""

    def work() -> None:
        terminal = Terminal(COLUMNS, ROWS)
        for chunk in _chunks(data):
            terminal.feed(chunk)
        _look(terminal)

    return _time(work)


def stock_pyte(screen: type[pyte.Screen]) -> Callable[[bytes], float]:
    """Return a measurement of a stock pyte screen."""

    def measure(data: bytes) -> float:
        def work() -> None:
            made = screen(COLUMNS, ROWS)
            stream = pyte.ByteStream(made)
            for chunk in _chunks(data):
                stream.feed(chunk)

        return _time(work)

    return measure


def _await(path: Path) -> float:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody wrote {path}")
        time.sleep(0.01)
    return float(path.read_text())


def _slice(master: int) -> bytes:
    """Return what comes within a time slice; empty at the end.

    A PTY hands out 4 KB at a time. The screen is fastest on what it gets at once, so a flood is collected for as long
    as nobody would see it on a screen that is drawn 60 times a second; the first pause ends the slice.
    """
    collected = bytearray()
    select.select([master], [], [], TIMEOUT_SECONDS)
    end = time.perf_counter() + SLICE_SECONDS
    while len(collected) < SLICE_BYTES:
        try:
            data = os.read(master, CHUNK)
        except BlockingIOError:
            left = end - time.perf_counter()
            if left <= 0 or not select.select([master], [], [], min(left, PAUSE_SECONDS))[0]:
                break
            continue
        except OSError:  # Linux says EIO when the writer is gone
            break
        collected += data
        if time.perf_counter() > end:
            break
    return bytes(collected)


class PtyRuns:
    """Measurements over a PTY: files of the streams, our loop, and one tmux server."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="screen-speed-"))
        (self._folder / "writer.py").write_text(_WRITER)
        (self._folder / "tmux.conf").write_text("set -g history-limit 10000\nset -s exit-empty off\n")
        self._runs = 0

    def close(self) -> None:
        """Remove what was made."""
        subprocess.run(self._tmux("kill-server"), check=False, capture_output=True)
        shutil.rmtree(self._folder)

    def _tmux(self, *words: str) -> list[str]:
        return ["tmux", "-S", str(self._folder / "tmux"), "-f", str(self._folder / "tmux.conf"), *words]

    def _writer(self, data: bytes) -> tuple[list[str], Path]:
        self._runs += 1
        source, result = self._folder / f"stream{self._runs}", self._folder / f"seconds{self._runs}"
        source.write_bytes(data)
        return [sys.executable, "-S", str(self._folder / "writer.py"), str(source), str(result)], result

    def tmux(self, data: bytes) -> float:
        """Return the seconds until a detached tmux pane has shown it all."""
        command, result = self._writer(data)
        environment = {key: value for key, value in os.environ.items() if key != "TMUX"} | {"LC_ALL": "C.UTF-8"}
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        subprocess.run(self._tmux("-u", "new-session", "-d", *size, *command), check=True, env=environment)
        return _await(result)

    def ours(self, data: bytes) -> float:
        """Return the seconds until our loop of read, feed and answer has worked it all off."""
        command, result = self._writer(data)
        child, master = pty.fork()
        if child == 0:
            os.execv(command[0], command)
        terminal = Terminal(COLUMNS, ROWS)
        os.set_blocking(master, False)
        try:
            while data := _slice(master):
                terminal.feed(data)
                if replies := terminal.take_replies():
                    _look(terminal)
                    os.write(master, replies)
        finally:
            os.close(master)
            os.waitpid(child, 0)
        return _await(result)


def _median(measure: Callable[[bytes], float], data: bytes, rounds: int) -> float:
    return statistics.median(len(data) / 1e6 / measure(data) for _ in range(rounds))


def compare(name: str, size: int, rounds: int, runs: PtyRuns) -> None:
    """Measure one stream on everything and print it."""
    data = STREAMS[name](size)
    little = data[:PYTE_BYTES]
    rates = {
        "ours, in process": _median(ours_in_process, data, rounds),
        "pyte Screen": _median(stock_pyte(pyte.Screen), little, rounds),
        "pyte HistoryScreen": _median(stock_pyte(pyte.HistoryScreen), little, rounds),
        "ours, over a PTY": _median(runs.ours, data, rounds),
    }
    if shutil.which("tmux"):
        rates["tmux, over a PTY"] = _median(runs.tmux, data, rounds)
    print(f"\n{name} ({len(data) / 1e6:.1f} MB; pyte {len(little) / 1e6:.2f} MB)")
    for label, rate in rates.items():
        print(f"  {label:20} {rate:9.2f} MB/s")
    print(f"  ours against pyte HistoryScreen   {rates['ours, in process'] / rates['pyte HistoryScreen']:6.1f} x")
    if "tmux, over a PTY" in rates:
        print(f"  ours against tmux, over a PTY     {rates['ours, over a PTY'] / rates['tmux, over a PTY']:6.2f} x")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--megabytes", type=float, default=4.0, help="size of each stream (default 4)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="part of a stream's name")
    options = parser.parse_args()
    runs = PtyRuns()
    print(f"Screen of {COLUMNS}x{ROWS}, medians of {options.rounds} rounds")
    try:
        for name in STREAMS:
            if options.only in name:
                compare(name, int(options.megabytes * 1e6), options.rounds, runs)
    finally:
        runs.close()


if __name__ == "__main__":
    main()
