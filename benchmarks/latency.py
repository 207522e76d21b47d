"""From a key to its echo: over a bare PTY, by raw attach, and by frames; alone and beside panes that flood.

    python benchmarks/latency.py [--keys 200] [--panes 20]

Each row types one key after the other into `cat` (the terminal driver echoes it) and waits for the picture to show it.
p50 and p95 in milliseconds. `frames` is what a viewer that draws for itself sees; in `flood` rows another pane prints
plain text without end, in `redraw` rows it clears and redraws a screen of 94.5 KB ten times a second.
"""

from __future__ import annotations

import argparse
import os
import pty
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress

from ai_session_tui.client.connection import Call, Connection, Event
from ai_session_tui.paths import Home

ALPHABET = b"abcdefghijklmnopqrstuvwxyz"
COLUMNS, ROWS = 120, 40
FLOOD = "while :; do seq 1 100000; done"
REDRAW = (
    "import sys, time\n"
    "while True:\n"
    "    sys.stdout.write('\\033[2J\\033[H' + ('\\033[32m' + 'x' * 40 + '\\033[0m' + 'y' * 60 + '\\r\\n') * 850)\n"
    "    sys.stdout.flush(); time.sleep(0.1)\n"
)


def percentiles(samples: list[float]) -> str:
    """Return p50 and p95 in milliseconds."""
    cuts = statistics.quantiles(samples, n=20)
    return f"{statistics.median(samples) * 1e3:8.2f} {cuts[18] * 1e3:8.2f}"


def type_keys(count: int, press: Callable[[bytes], None], await_echo: Callable[[bytes], None]) -> list[float]:
    """Return the seconds from each key to its echo."""
    samples = []
    for number in range(count):
        key = ALPHABET[number % 26 : number % 26 + 1]
        began = time.perf_counter()
        press(key)
        await_echo(key)
        samples.append(time.perf_counter() - began)
        time.sleep(0.03)  # the rate of a key that is held down
        if number % 60 == 59:
            press(b"\r")  # so that the line never wraps
            time.sleep(0.05)
    return samples


def bare(count: int) -> list[float]:
    """Measure a PTY with nothing of ours between."""
    pid, master = pty.fork()
    if pid == 0:
        os.execvp("cat", ["cat"])

    def await_echo(key: bytes) -> None:
        while key not in os.read(master, 4096):
            pass

    samples = type_keys(count, lambda key: void(os.write(master, key)), await_echo)
    os.close(master)
    os.waitpid(pid, 0)
    return samples


def void(_: object) -> None:
    """Take a value and do nothing with it."""


def attached(call: Call, count: int) -> list[float]:
    """Measure a raw attach."""
    settle(call)

    def await_echo(key: bytes) -> None:
        while True:
            item = call.receive(10)
            if isinstance(item, bytes) and key in item:
                return
            if item is None:
                raise SystemExit("the echo did not come")

    return type_keys(count, call.send, await_echo)


def settle(call: Call) -> None:
    """Take what comes until nothing does for a while."""
    while call.receive(0.3) is not None:
        pass


def framed(call: Call, typing: Call, count: int) -> list[float]:
    """Measure frames; keys go in through a raw attach whose output is left aside."""
    while (item := call.receive(0.3)) is not None:
        call.send(b"ok")
    screen: dict[int, str] = {}

    def await_echo(key: bytes) -> None:
        wanted = key.decode()
        while True:
            item = call.receive(10)
            if not isinstance(item, Event):
                raise SystemExit("the frame did not come")
            call.send(b"ok")
            rows = {row[0]: row[1] for row in item.data.get("rows", [])}
            screen.update(rows)
            if any(text.endswith(wanted) for text in rows.values()):
                return

    samples = type_keys(count, typing.send, await_echo)
    del item
    return samples


def measure(home: str, count: int, panes: int) -> None:
    """Print all rows."""
    connection = Connection(Home(home))
    env = dict(os.environ, PS1="$ ")
    for number in range(panes - 1):
        connection.call("session.create", name=f"quiet-{number}", shell="/bin/sh", env=env, columns=COLUMNS, rows=ROWS)
    connection.call("session.create", name="typed", command=["cat"], env=env, columns=COLUMNS, rows=ROWS)

    def row(name: str, samples: list[float]) -> None:
        print(f"{name:28} {percentiles(samples)}", flush=True)

    print(f"{'':28} {'p50 ms':>8} {'p95 ms':>8}   ({panes} panes)")
    row("bare PTY", bare(count))
    for load, command in (("", None), (", flood", FLOOD), (", redraw", f'exec {sys.executable} -c "{REDRAW}"')):
        if command:
            connection.call("session.create", name="loud", command=["/bin/sh", "-c", command], env=env)
            time.sleep(1)
        with Connection(Home(home)) as first:
            call = first.open("attach", target="typed", columns=COLUMNS, rows=ROWS)
            row(f"raw attach{load}", attached(call, count))
        with Connection(Home(home)) as first, Connection(Home(home)) as second:
            typing = first.open("attach", target="typed", columns=COLUMNS, rows=ROWS)
            row(f"frames{load}", framed(second.open("screen.watch", target="typed"), typing, count))
        if command:
            connection.call("session.kill", targets=["loud"], force=True)
    connection.call("server.stop")


def main() -> None:
    """Run in a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--panes", type=int, default=20)
    arguments = parser.parse_args()
    home = tempfile.mkdtemp(prefix="latency-")
    try:
        from ai_session_tui.client.launch import start_server

        start_server(Home(home))
        measure(home, arguments.keys, arguments.panes)
    finally:
        with suppress(OSError):
            shutil.rmtree(home)


if __name__ == "__main__":
    main()
