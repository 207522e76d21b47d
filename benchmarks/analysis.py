"""The analyst at work: how fast it reads outputs, how soon an agent has a digest, how much memory a huge output costs.

    python -m benchmarks.analysis [--megabytes 20] [--huge 500] [--rounds 200]

Each row is one job in a real analyst process, which reads a journal from the disk: text, parsers, digest, tokens as
written and as text. The rows of 100 KB repeat the job in one warm process and tell p50 and p95, from the order to the
answer; beside them stands the same job in a fresh process each time. CPU times tell what a busy machine hides.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator

import psutil

from ai_session_tui.analyst.messages import Analyse, Analysed, Source
from ai_session_tui.journal import JournalWriter
from ai_session_tui.paths import Home
from ai_session_tui.server.analysts import Analysts

_PIECE = 64 * 1024
_SECONDS = 3600.0

Output = Callable[[], Iterator[bytes]]


def build_log() -> Iterator[bytes]:
    """Yield a build: compiler calls, a warning now and then, as a terminal gets it."""
    number = 0
    while True:
        number += 1
        yield b"[%5d/99999] Building CXX object src/module%d/CMakeFiles/part.dir/file_%d.cpp.o\r\n" % (
            number, number % 37, number * 7919 % 100_003,
        )  # fmt: skip
        if number % 200 == 0:
            yield b"src/module%d/file.cpp:%d:12: warning: unused variable 'x%d' [-Wunused-variable]\r\n" % (
                number % 37, number % 900, number % 11,
            )  # fmt: skip


def coloured_tests() -> Iterator[bytes]:
    """Yield a test run with colours."""
    number = 0
    while True:
        number += 1
        yield b"tests/test_%d.py::test_case_%d \x1b[32mPASSED\x1b[0m [ %d%%]\r\n" % (number % 97, number, number % 100)


def server_log() -> Iterator[bytes]:
    """Yield the log of a server."""
    number = 0
    while True:
        number += 1
        yield b"2026-01-02T10:%02d:%02d.%03dZ INFO http request id=%x path=/api/v1/items/%d status=200 ms=%d\r\n" % (
            number // 60 % 60, number % 60, number % 1000, number * 7919, number % 5000, number % 97,
        )  # fmt: skip


def progress() -> Iterator[bytes]:
    """Yield progress bars that overwrite themselves."""
    number = 0
    while True:
        number += 1
        yield b"\r\x1b[Kdownloading part %d: %3d%% |%s|" % (number // 100, number % 100, b"#" * (number % 40))
        if number % 100 == 99:
            yield b"\r\n"


OUTPUTS: dict[str, Output] = {
    "build log": build_log,
    "coloured tests": coloured_tests,
    "server log": server_log,
    "progress bars": progress,
}


def record(home: Home, name: str, output: Output, size: int) -> Source:
    """Write so many bytes of an output into a journal; return where they are."""
    folder = home.journal(name)
    writer = JournalWriter.open(folder, limit_bytes=4 * 1024**3)
    written, held = 0, bytearray()
    for line in output():
        held += line
        if len(held) >= _PIECE or written + len(held) >= size:
            writer.append(bytes(held))
            written += len(held)
            held.clear()
        if written >= size:
            break
    writer.close()
    return Source(folder, 0, written, 120, 40)


async def analyse(analysts: Analysts, source: Source) -> tuple[float, Analysed]:
    """Return the seconds that a job took, and its answer."""
    job = Analyse(source, "make", 1, "ai-session output dev#1")
    began = time.perf_counter()
    answer = await analysts.run(job, _SECONDS, urgent=True)
    assert isinstance(answer, Analysed)
    return time.perf_counter() - began, answer


def peak_megabytes(pid: int) -> float:
    """Return the most memory that a process has had (Linux)."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def cpu_seconds(pid: int) -> float:
    """Return the time that a process has computed, all its threads together."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def measure(home: Home, megabytes: int, huge: int, rounds: int) -> None:
    """Print all rows."""
    print(f"{'output':24} {'MB':>6} {'MB/s':>7} {'CPU s':>6} {'peak MB':>8}  digest/plain tokens")
    for name, output in OUTPUTS.items():
        await row(home, name, record(home, name.replace(" ", "-"), output, megabytes * 1_000_000))
    if huge:
        await row(home, "build log", record(home, "huge", build_log, huge * 1_000_000))
    print(f"\n{'100 KB':24} {'p50 ms':>7} {'p95 ms':>7} {'CPU ms':>7}")
    for name, output in OUTPUTS.items():
        source = record(home, f"small-{name.replace(' ', '-')}", output, 100_000)
        analysts = Analysts(home, 60)
        await analyse(analysts, source)  # it is warm from here on
        before = cpu_seconds(analysts.pids[0])
        samples = [(await analyse(analysts, source))[0] for _ in range(rounds)]
        cpu = (cpu_seconds(analysts.pids[0]) - before) / rounds
        await analysts.close()
        p50, p95 = statistics.median(samples), statistics.quantiles(samples, n=20)[18]
        print(f"{name:24} {1000 * p50:7.1f} {1000 * p95:7.1f} {1000 * cpu:7.1f}", flush=True)
    cold = []
    for _ in range(5):
        analysts = Analysts(home, 60)
        cold.append((await analyse(analysts, source))[0])
        await analysts.close()
    print(f"{'in a fresh process':24} {1000 * statistics.median(cold):7.1f}")


async def row(home: Home, name: str, source: Source) -> None:
    """Print the speed and the memory of one job in a process of its own."""
    analysts = Analysts(home, 60)
    seconds, answer = await analyse(analysts, source)
    peak, cpu = peak_megabytes(analysts.pids[0]), cpu_seconds(analysts.pids[0])
    await analysts.close()
    size = (source.end - source.start) / 1e6
    about = "~" if answer.is_estimate else ""
    tokens = f"{about}{answer.digest_tokens:,} / {about}{answer.plain_tokens:,}"
    print(f"{name:24} {size:6.0f} {size / seconds:7.1f} {cpu:6.1f} {peak:8.0f}  {tokens}", flush=True)


def main() -> None:
    """Run in a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--huge", type=int, default=500, help="megabytes of the last row; 0 leaves it out")
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="analysis-")
    try:
        home = Home(os.path.join(folder, "home"))
        home.prepare()
        asyncio.run(measure(home, arguments.megabytes, arguments.huge, arguments.rounds))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
