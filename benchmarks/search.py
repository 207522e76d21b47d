"""Searching everything: how fast the index grows, how large it is, how long a query takes.

    python -m benchmarks.search [--megabytes 100] [--rounds 30]

Commands with outputs of some hundred kilobytes are recorded in a store and in journals, as a server does. Beside ours:
the same text in an FTS5 table with trigrams, and a scan of the text with a regular expression, which is what `grep`
over kept logs comes to.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ai_session_tui.analyst.indexing import index
from ai_session_tui.analyst.messages import Index, Search, Source
from ai_session_tui.analyst.outputs import Output
from ai_session_tui.analyst.searching import search
from ai_session_tui.journal import JournalWriter
from ai_session_tui.store import CommandRow, PaneRow, SessionRow, Store

_OUTPUT = 250_000  # bytes of one command
_TRIGRAM_MEGABYTES = 10  # enough to compare: it is slow
_QUERIES = {
    "a rare word": "needle",
    "two rare words": "needle haystack",
    "a word of every line": "info",
    "a place in a file": "src/module7/file_1234.cpp:12",
    "the beginning of a word": "connec",
    "a phrase": '"connection refused"',
    "in failed commands": "connection",
    "nothing that there is": "unfindable_word",
}


def line(random_: random.Random, number: int) -> str:
    """Return a line of some tool's output."""
    kind = number % 4
    if kind == 0:
        return f"[{number:6}/999999] Building CXX object src/module{number % 37}/file_{random_.randrange(9999)}.cpp.o"
    if kind == 1:
        moment = f"{number // 60 % 60:02}:{number % 60:02}"
        return f"2026-01-02T10:{moment}Z INFO http request id={random_.randrange(1 << 40):x} ms=7"
    if kind == 2:
        return f"src/module{number % 37}/file_{random_.randrange(9999)}.cpp:{number % 900}:12: warning: unused variable"
    return f"tests/test_{number % 97}.py::test_case_{random_.randrange(99999)} PASSED"


def record(folder: str, megabytes: int) -> Store:
    """Fill a store and journals."""
    random_ = random.Random(7)
    store = Store(os.path.join(folder, "sessions.db"))
    store.save(SessionRow("s1", "dev", created=1.0, last_activity=1.0, dir="/"))
    number = 0
    for command in range(1, megabytes * 1_000_000 // _OUTPUT + 1):
        pane = PaneRow(f"p{command}", "s1", command, "", "bash", "/", 120, 40)
        store.save(pane)
        lines = []
        size = 0
        while size < _OUTPUT:
            number += 1
            lines.append(line(random_, number))
            size += len(lines[-1]) + 2
        if command % 20 == 0:
            lines[len(lines) // 2] = f"error: connection refused: the needle in the haystack {command}"
        data = "\r\n".join(lines).encode() + b"\r\n"
        writer = JournalWriter.open(os.path.join(folder, "journals", pane.id))
        for start in range(0, len(data), 65536):
            writer.append(data[start : start + 65536])
        writer.close()
        row = CommandRow(command, "s1", pane.id, f"make target{command}", "ended", "exec", ended=float(command))
        row.exit_code, row.start_offset, row.end_offset = int(command % 20 == 0), 0, len(data)
        store.save(row)
    return store


def texts(folder: str, store: Store) -> list[str]:
    """Return the text of all outputs."""
    found = []
    for row in store.commands("s1"):
        source = Source(os.path.join(folder, "journals", row.pane_id), 0, row.end_offset or 0, 120, 40)
        found.append("\n".join(text for batch in Output(source).lines() for text in batch))
    return found


def timed(rounds: int, action: Callable[[], object]) -> tuple[float, float]:
    """Return median and p95 in milliseconds."""
    samples = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        samples.append(1000 * (time.perf_counter() - began))
    return statistics.median(samples), statistics.quantiles(samples, n=20)[18]


def size_of(path: str) -> float:
    """Return the megabytes of a database."""
    return sum(os.path.getsize(name) for name in (path, f"{path}-wal") if os.path.exists(name)) / 1e6


def measure(folder: str, megabytes: int, rounds: int) -> None:
    """Print all rows."""
    store = record(folder, megabytes)
    path, database = os.path.join(folder, "search.db"), os.path.join(folder, "sessions.db")
    began = time.process_time()
    while index(Index(path, database, os.path.join(folder, "journals"), 3600.0)).is_more:
        pass
    spent = time.process_time() - began
    print(f"indexed {megabytes} MB at {megabytes / spent:.1f} MB/s of CPU time; the index has {size_of(path):.0f} MB")
    _beside_trigrams(folder, texts(folder, store))
    print(f"\n{'query':28} {'hits':>5} {'p50 ms':>8} {'p95 ms':>8}")
    for name, query in _QUERIES.items():
        job = Search(path, database, query, failed="failed" in name)
        hits = len(search(job).hits)
        p50, p95 = timed(rounds, lambda job=job: search(job))  # type: ignore[misc]  # a default binds the job
        print(f"{name:28} {hits:5} {p50:8.2f} {p95:8.2f}")
    whole = texts(folder, store)
    pattern = re.compile("needle")
    p50, p95 = timed(3, lambda: [found.start() for text in whole for found in pattern.finditer(text)])
    print(f"{'a scan of text in memory':28} {'':5} {p50:8.2f} {p95:8.2f}")
    p50, p95 = timed(2, lambda: texts(folder, store))
    print(f"{'reading it from the journals':28} {'':5} {p50:8.2f} {p95:8.2f}")
    store.close()


def _beside_trigrams(folder: str, whole: list[str]) -> None:
    some, size = [], 0
    for text in whole:
        some.append(text)
        size += len(text)
        if size > _TRIGRAM_MEGABYTES * 1_000_000:
            break
    for name, options in (
        ("unicode61", "columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'"),
        ("trigram", "columnsize = 0, tokenize = 'trigram'"),
    ):
        path = os.path.join(folder, f"{name}.db")
        connection = sqlite3.connect(path)
        connection.execute(f"CREATE VIRTUAL TABLE words USING fts5 (text, content = '', {options})")
        began = time.process_time()
        passages = (text[start : start + 4096] for text in some for start in range(0, len(text), 4096))
        connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(passages, 1))
        connection.commit()
        spent = time.process_time() - began
        connection.close()
        print(
            f"  {name:10} alone, {size / 1e6:.0f} MB: {size / 1e6 / spent:5.1f} MB/s, {size_of(path):5.0f} MB on disk"
        )


def main() -> None:
    """Run in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="search-")
    try:
        Path(folder, "journals").mkdir()
        measure(folder, arguments.megabytes, arguments.rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
