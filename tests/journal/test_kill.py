"""`kill -9` of the writer at any instant: not a byte is lost that was read from the terminal."""

from __future__ import annotations

import os
import pty
import random
import signal
import time
import tty
from pathlib import Path
from typing import NoReturn

from ai_session_tui.journal import Gap, JournalReader, JournalWriter
from tests.journal.numbered_stream import expected

ROUNDS_AT_WORK = 80  # kills of a writer that had recorded something since it began
ENOUGH_BYTES = 5_000_000
LIMIT = 400_000  # small, so that segments begin and go while the writer is killed


def record_until_killed(folder: str, master: int) -> NoReturn:
    """Be a writer process; `os._exit` keeps the test's own clean-up from running twice."""
    try:
        writer = JournalWriter.open(folder, limit_bytes=LIMIT)
        while True:
            writer.read_from(master)
    finally:
        os._exit(1)


def flood(slave: int, master: int) -> int:
    """Start a program that prints the numbered stream to the terminal; return its pid."""
    pid = os.fork()
    if pid == 0:
        os.close(master)
        os.dup2(slave, 1)
        os.execvp("seq", ["seq", "1000000000", "9999999999"])
    return pid


def read_back(folder: str, start: int) -> bytes:
    reader = JournalReader(folder)
    start = max(start, reader.bounds()[0])
    assert not any(isinstance(piece, Gap) for piece in reader.pieces(start))
    data = b"".join(reader.read(start))
    assert data == expected(start, start + len(data))
    return data


def test_kill_9_loses_no_byte_and_makes_none_up(tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    chance = random.Random()
    master, slave = pty.openpty()
    tty.setraw(slave)
    program = flood(slave, master)
    checked = killed_at_work = 0
    deadline = time.monotonic() + 100
    try:
        while killed_at_work < ROUNDS_AT_WORK or checked < ENOUGH_BYTES:
            assert time.monotonic() < deadline
            child = os.fork()
            if child == 0:
                record_until_killed(folder, master)
            time.sleep(chance.uniform(0, 0.02))  # the moment of the kill is the random input of this test
            os.kill(child, signal.SIGKILL)
            assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL

            writer = JournalWriter.open(folder, limit_bytes=LIMIT)
            assert writer.trouble is None
            killed_at_work += writer.end > checked
            following = os.read(master, 4096)
            assert following == expected(writer.end, writer.end + len(following))
            writer.append(following)
            read_back(folder, checked)
            assert JournalReader(folder).bounds() == (writer.start, writer.end)
            checked = writer.end  # and this writer is abandoned without a word, too
    finally:
        os.kill(program, signal.SIGKILL)
        os.waitpid(program, 0)
        os.close(master)
        os.close(slave)
    read_back(folder, 0)
