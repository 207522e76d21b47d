"""Reading beside a writer that is at work, in another process and in this one."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ai_session_tui.errors import NotFoundError
from ai_session_tui.journal import Data, Gap, JournalReader, JournalWriter, PrunedError, Resize, reader
from tests.journal.numbered_stream import LINE_BYTES, expected


@pytest.fixture
def start_writer() -> Iterator[Callable[[str, int], None]]:
    """Start writer processes that record the numbered stream until the test is over."""
    started: list[int] = []

    def start(folder: str, limit: int) -> None:
        pid = os.fork()
        if pid:
            started.append(pid)
            return
        try:
            writer = JournalWriter.open(folder, limit_bytes=limit)
            while True:
                at = writer.end
                writer.append(expected(at, at + 700 * LINE_BYTES + at % 5))
                if at % 3 == 0:
                    writer.mark_resize(1 + at % 300, 24)
        finally:
            os._exit(1)

    yield start
    for pid in started:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def await_folder(folder: str) -> JournalReader:
    deadline = time.monotonic() + 30
    while not os.path.isdir(folder):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return JournalReader(folder)


def test_a_reader_follows_a_writer_in_another_process(tmp_path: Path, start_writer: Callable[[str, int], None]) -> None:
    folder = str(tmp_path / "pane")
    start_writer(folder, 1 << 30)
    beside = await_folder(folder)
    at, turns = 0, 0
    deadline = time.monotonic() + 90
    while at < 15_000_000:
        assert time.monotonic() < deadline
        before = beside.bounds()[1]
        data = b"".join(beside.read(at))
        assert data == expected(at, at + len(data))
        assert at + len(data) >= before  # what had been announced was there
        at += len(data)
        turns += 1
    assert turns > 1
    pieces = list(beside.pieces(0, at))
    assert b"".join(piece.data for piece in pieces if isinstance(piece, Data)) == expected(0, at)
    assert not any(isinstance(piece, Gap) for piece in pieces)
    assert sum(isinstance(piece, Resize) for piece in pieces) > 10


def test_a_reader_of_old_output_is_told_when_it_goes(tmp_path: Path, start_writer: Callable[[str, int], None]) -> None:
    folder = str(tmp_path / "pane")
    start_writer(folder, 100_000)
    beside = await_folder(folder)
    pruned = whole = 0
    deadline = time.monotonic() + 90
    while pruned < 5 or whole < 20:
        assert time.monotonic() < deadline
        start, end = beside.bounds()
        at = start
        try:
            for chunk in beside.read(start, end):
                assert chunk == expected(at, at + len(chunk))
                at += len(chunk)
                if pruned < 5:
                    time.sleep(0.01)  # a reader as slow as that is overtaken by the size limit
            assert at == end
            whole += 1
        except PrunedError as error:
            assert error.start > start
            pruned += 1


def test_far_reads_open_few_blocks_and_near_reads_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tmp_path / "pane")
    writer = JournalWriter.open(folder)
    noise = random.Random(3).randbytes(12_000_000)  # several segments
    writer.append(noise)
    opened: list[int] = []
    indexed: list[int] = []
    read_block, scan = reader.read_block, reader.scan

    def counted(descriptor: int, entry: reader.Entry) -> object:
        opened.append(entry.start)
        return read_block(descriptor, entry)

    def counted_scan(descriptor: int, position: int, at: int) -> Iterator[reader.Entry]:
        for entry in scan(descriptor, position, at):
            indexed.append(entry.start)
            yield entry

    monkeypatch.setattr(reader, "read_block", counted)
    monkeypatch.setattr(reader, "scan", counted_scan)
    for source in (JournalReader(folder), writer.reader()):
        opened.clear()
        indexed.clear()
        assert b"".join(source.read(writer.end - 100)) == noise[-100:]
        assert not opened
        assert not indexed
        assert b"".join(source.read(5_000_000, 5_000_100)) == noise[5_000_000:5_000_100]
        assert len(opened) == 1
        assert b"".join(source.read(5_000_100, 5_000_200)) == noise[5_000_100:5_000_200]
        assert len(opened) == 1
        assert len(indexed) < 50  # of about a hundred: one segment's


def test_marks_at_a_block_s_edge_belong_to_the_offset_they_name(tmp_path: Path) -> None:
    writer = JournalWriter.open(str(tmp_path / "pane"))
    writer.append(b"before")
    writer.mark_resize(100, 50)
    writer.seal()
    writer.mark_resize(101, 51)
    writer.append(b"after")
    for source in (writer.reader(), JournalReader(str(tmp_path / "pane"))):
        here = [(p.offset, p.columns) for p in source.pieces(6, 7) if isinstance(p, Resize)]
        assert here == [(6, 100), (6, 101)]
        assert not [piece for piece in source.pieces(0, 6) if isinstance(piece, Resize)]
        assert list(source.pieces(6, 6)) == []
        assert source.size_at(5) is None
        assert source.size_at(6) == (101, 51)


def test_offsets_beyond_the_end_hold_nothing(tmp_path: Path) -> None:
    writer = JournalWriter.open(str(tmp_path / "pane"))
    source = writer.reader()
    assert source.bounds() == (0, 0)
    assert list(source.read(0)) == list(source.pieces(0, 10)) == []
    writer.append(b"abc")
    assert list(source.read(2, 1)) == []
    assert list(source.read(3)) == list(source.read(99)) == list(source.pieces(99)) == []
    assert source.time_at(99) is None
    with pytest.raises(PrunedError):
        source.read(-1)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        JournalReader(str(tmp_path / "nowhere"))
