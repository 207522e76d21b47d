"""How fast digests are made: megabytes of output a second, kind by kind, and the memory of one huge output.

    python benchmarks/digest_speed.py [--megabytes 8] [--only NAME] [--huge 500]

Beside ours stand a plain cut to both ends of 15,000 characters (decoding and slicing, what agent hosts do) and the
stripping of escape sequences by one pattern. `text` is rendering alone; `digest` is everything: text, parsers, digest
and the counted tokens, which are counted on a second core where there is one; `cpu` is the same in seconds of CPU.
`warm` are 100 KB outputs, one after the other, in milliseconds. Each `--huge` output runs in a process of its own.
"""

from __future__ import annotations

import argparse
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from output_streams import STREAMS, Stream

from ai_session_tui.digest import digest_output
from ai_session_tui.text import TextReader

_PIECE = 64 * 1024
_WARM_BYTES = 100_000
_WARM_RUNS = 25
_ESCAPES = re.compile(rb"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])")


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


def _cut(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    text[:15_000] + text[-15_000:]


def _strip(data: bytes) -> None:
    _ESCAPES.sub(b"", data).decode("utf-8", "replace")


def _render(data: bytes) -> None:
    reader = TextReader()
    for piece in _pieces(data):
        reader.feed(piece)
    reader.finish()


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of the clock and of the CPU."""
    cpu, began = time.process_time(), time.perf_counter()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def measure(name: str, stream: Stream, size: int) -> list[str]:
    """Return the row of one kind of output."""
    data = stream.data(size)
    megabytes = len(data) / 1e6

    def digest(part: bytes) -> None:
        digest_output(_pieces(part), stream.command, stream.exit_code)

    small = stream.data(_WARM_BYTES)
    digest(small)
    warm = sorted(1000 * _timed(lambda: digest(small))[0] for _ in range(_WARM_RUNS))
    whole, cpu = _timed(lambda: digest(data))
    cells = [f"{megabytes / max(1e-9, _timed(partial(work, data))[0]):,.0f}" for work in (_cut, _strip, _render)]
    return [
        name,
        *cells,
        f"{megabytes / whole:.1f}",
        f"{megabytes / cpu:.1f}",
        f"{statistics.median(warm):.0f}",
        f"{warm[int(0.95 * len(warm))]:.0f}",
    ]


def huge(name: str, megabytes: int) -> None:
    """Digest one huge output, and print its speed and the memory it took."""
    stream = STREAMS[name]
    block = stream.data(4_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def pieces() -> Iterator[bytes]:
        for _ in range(megabytes * 1_000_000 // len(block)):
            yield from _pieces(block)

    seconds, cpu = _timed(lambda: digest_output(pieces(), stream.command, stream.exit_code))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    speed = f"{megabytes / seconds:.1f} | {megabytes / cpu:.1f}"
    print(f"| {name} | {megabytes} | {speed} | {before / 1024:.0f} | {peak / 1024:.0f} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=8)
    parser.add_argument("--only", default="")
    parser.add_argument("--huge", type=int, default=500, help="megabytes of the huge outputs; 0: none")
    parser.add_argument("--huge-alone", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.huge_alone:
        huge(arguments.huge_alone, arguments.huge)
        return
    print(f"{arguments.megabytes:g} MB of each kind, megabytes a second; warm: 100 KB in milliseconds\n")
    print("| output | cut | strip | text | digest | cpu | warm median | warm p95 |\n|" + "---|" * 8)
    for name, stream in STREAMS.items():
        if arguments.only in name:
            print("| " + " | ".join(measure(name, stream, int(arguments.megabytes * 1e6))) + " |", flush=True)
    if arguments.huge:
        print("\nOne huge output in a process of its own: speed, and megabytes of memory before and at the peak\n")
        print("| output | MB | MB/s | cpu | before | peak |\n|" + "---|" * 6)
        for name in ("service log", "tests, coloured", "unknown program"):
            if arguments.only in name:
                words = [sys.executable, __file__, "--huge", str(arguments.huge), "--huge-alone", name]
                print(subprocess.run(words, check=True, capture_output=True, text=True).stdout, end="", flush=True)


if __name__ == "__main__":
    main()
