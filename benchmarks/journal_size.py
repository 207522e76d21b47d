"""What a journal costs: its bytes on the disk against the raw ones, and the speed of its writer and reader.

python benchmarks/journal_size.py                     generated output of builds and tests
python benchmarks/journal_size.py FOLDER [PATTERN]    also captures in FOLDER (PATTERN: **/*), as one pane that
                                                      shows them in turn, and the ten largest apart
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ai_session_tui import limits
from ai_session_tui.journal import JournalReader, JournalWriter

MEGABYTE = 1_000_000
GENERATED_BYTES = 50 * MEGABYTE
READ_BYTES = 4096  # what Linux usually hands out of a PTY at once


def build_log(size: int) -> bytes:
    """Return output as of a compiler, a test runner and a package installer, with colours and varying numbers."""
    chance = random.Random(1)
    words = ["parser", "socket", "screen", "ledger", "keeper", "journal", "render", "layout", "token", "config"]
    lines: list[bytes] = []
    total = number = 0
    while total < size:
        number += 1
        one, two = chance.choice(words), chance.choice(words)
        name = f"{one}/{two}_{chance.randrange(4000)}"
        line = chance.choice(
            [
                f"[{number % 9000:4}/9000] \x1b[32mBuilding CXX object\x1b[0m src/{name}.cc.o\r\n",
                f"tests/{name}.py::test_{two} \x1b[32mPASSED\x1b[0m [{number % 100:3}%]\r\n",
                f"src/{name}.cc:{chance.randrange(900)}:{chance.randrange(80)}: \x1b[35mwarning:\x1b[0m unused"
                f" variable '{two}{chance.randrange(50)}' [-Wunused-variable]\r\n",
                f"Collecting {one}-{two}=={chance.randrange(9)}.{chance.randrange(30)}.{chance.randrange(9)}\r\n",
                f"2024-05-{chance.randrange(1, 29):02} 12:{chance.randrange(60):02}:{chance.randrange(60):02}"
                f" INFO {one}: {two} took {chance.randrange(90000)} us\r\n",
            ]
        ).encode()
        lines.append(line)
        total += len(line)
    return b"".join(lines)[:size]


def speed(size: int, work: Callable[[], object]) -> float:
    """Return how many megabytes a second `work` handles."""
    began = time.perf_counter()
    work()
    return size / MEGABYTE / (time.perf_counter() - began)


def record(folder: str, source: str) -> None:
    """Record a file as if a terminal handed it out."""
    writer = JournalWriter.open(folder)
    descriptor = os.open(source, os.O_RDONLY)
    while writer.read_from(descriptor, READ_BYTES):
        pass
    os.close(descriptor)
    writer.close()


def read_all(folder: str) -> int:
    """Read a journal from its beginning; return its length."""
    return sum(map(len, JournalReader(folder).read(0)))


def measure(name: str, source: str) -> tuple[int, int]:
    """Print one line for a file of raw output; return raw bytes and bytes on the disk."""
    raw = os.path.getsize(source)
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "pane")
        written = speed(raw, lambda: record(folder, source))
        read = speed(raw, lambda: read_all(folder))
        disk = sum(entry.stat().st_size for entry in os.scandir(folder))
    saved = f"{100 - 100 * disk / raw:5.1f} %" if raw else "    n/a"
    print(f"{name[:40]:40} {raw:>12,} {disk:>12,} {saved}  write {written:6.0f} MB/s  read {read:6.0f} MB/s")
    return raw, disk


def small_reads() -> None:
    """Print the cost of the calls that happen most."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "pane")
        writer = JournalWriter.open(folder)
        rounds = 200_000
        zeros = os.open("/dev/zero", os.O_RDONLY)
        began = time.perf_counter()
        for _ in range(rounds):
            writer.read_from(zeros, 1)
        each = (time.perf_counter() - began) / rounds
        os.close(zeros)
        print(f"read_from of 1 byte: {each * 1e6:.1f} us")
        writer.append(os.urandom(limits.SEGMENT_BYTES))
        for name, reader in (("in the writer's process", writer.reader()), ("beside it", JournalReader(folder))):
            began = time.perf_counter()
            for _ in range(1000):
                for _ in reader.read(writer.end - 1000):
                    pass
            print(f"last 1,000 bytes, {name}: {(time.perf_counter() - began) / 1000 * 1e6:.0f} us")


def captures(folder: Path, pattern: str) -> None:
    """Print what the captures in a folder come to: together, and the largest ones apart."""
    paths = sorted(path for path in folder.glob(pattern) if path.is_file())
    with tempfile.NamedTemporaryFile() as file:
        for path in paths:
            file.write(path.read_bytes())
        file.flush()
        measure(f"{len(paths)} captures in one pane", file.name)
    paths.sort(key=lambda path: path.stat().st_size, reverse=True)
    for path in paths[:10]:
        measure(str(path.relative_to(folder)), str(path))


def main() -> None:
    """Measure the generated output, then the folder named on the command line."""
    print(f"{'output':40} {'raw bytes':>12} {'on disk':>12} smaller")
    with tempfile.NamedTemporaryFile() as file:
        file.write(build_log(GENERATED_BYTES))
        file.flush()
        measure("generated build log", file.name)
    if len(sys.argv) > 1:
        captures(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "**/*")
    small_reads()


if __name__ == "__main__":
    main()
