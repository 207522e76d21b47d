"""What goes in comes out: the journal against a plain model, and the edges of its calls."""

from __future__ import annotations

import errno
import os
import pty
import random
import tempfile
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui import limits
from ai_session_tui.journal import Data, Gap, JournalReader, JournalWriter, PrunedError, Resize, Run, Time
from tests.journal.numbered_stream import Clock

NOISE = random.Random(7).randbytes(1 << 20)  # does not compress, so small limits prune soon

lengths = st.one_of(st.integers(0, 300), st.integers(0, 300_000))
sizes = st.tuples(st.integers(1, 1000), st.integers(1, 500))
steps = st.one_of(
    st.tuples(st.just("append"), lengths),
    st.tuples(st.just("read"), st.integers(1, 60_000)),
    st.tuples(st.just("resize"), sizes),
    st.tuples(st.just("run"), sizes),
    st.tuples(st.just("many marks"), st.integers(1, 1500)),
    st.tuples(st.just("wait"), st.integers(0, 30)),
    st.sampled_from([("seal", 0), ("reopen", 0), ("abandon", 0)]),
)


class Model:
    """All that was recorded, as plain values, beside the journal that should say the same."""

    def __init__(self, folder: str, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self.clock = Clock(step=0.001)
        self.data = bytearray()
        self.marks: list[tuple[int, type, int, int]] = []
        self.times: list[tuple[int, float, float]] = []
        self.writer = self.open()

    def open(self) -> JournalWriter:
        return JournalWriter.open(self.folder, limit_bytes=self.limit, clock=self.clock)

    def step(self, name: str, value: object) -> None:
        before, offset = self.clock.now, len(self.data)
        match name, value:
            case "append", int(count):
                self.writer.append(self.take(count))
            case "read", int(count):
                self.read(count)
            case "resize", (int(columns), int(rows)):
                self.mark(Resize, columns, rows)
            case "run", (int(columns), int(rows)):
                self.mark(Run, columns, rows)
            case "many marks", int(count):
                for number in range(count):
                    self.mark(Resize, 1 + number % 500, 24)
            case "wait", int(milliseconds):
                self.clock.now += milliseconds / 1000
            case "seal", _:
                self.writer.seal()
            case "reopen", _:
                self.writer.close()
                self.writer = self.open()
            case "abandon", _:  # as a killed process does
                self.writer = self.open()
        if len(self.data) > offset:
            self.times.append((offset, before, self.clock.now))

    def take(self, count: int) -> bytes:
        at = len(self.data) % len(NOISE)
        data = (NOISE + NOISE)[at : at + count]
        self.data += data
        return data

    def read(self, count: int) -> None:
        source, sink = os.pipe()
        try:
            os.write(sink, data := self.take(count))
            os.close(sink)
            got = b""
            while part := self.writer.read_from(source):
                got += part
            assert got == data
        finally:
            os.close(source)

    def mark(self, kind: type, columns: int, rows: int) -> None:
        self.marks.append((len(self.data), kind, columns, rows))
        (self.writer.mark_run if kind is Run else self.writer.mark_resize)(columns, rows)

    def check(self, reader: JournalReader, ranges: list[tuple[float, float]]) -> None:
        start, end = reader.bounds()
        assert (start, end) == (self.writer.start, len(self.data))
        assert b"".join(reader.read(start)) == self.data[start:]
        assert all(len(chunk) <= 256 * 1024 for chunk in reader.read(start))
        pieces = list(reader.pieces(start))
        assert not any(isinstance(piece, Gap) for piece in pieces)
        marks = [(p.offset, type(p), p.columns, p.rows) for p in pieces if isinstance(p, Resize | Run)]
        # Those exactly at a pruned start may have gone with the bytes before it.
        assert [m for m in marks if m[0] > start] == [m for m in self.marks if m[0] > start]
        if not start:
            assert marks == self.marks
        assert [p.offset for p in pieces] == sorted(p.offset for p in pieces)
        for low, high in ranges:
            low, high = sorted((start + int(low * (end - start)), start + int(high * (end - start))))
            assert b"".join(reader.read(low, high)) == self.data[low:high]
            part = list(reader.pieces(low, high))
            assert b"".join(p.data for p in part if isinstance(p, Data)) == self.data[low:high]
            inside = [(p.offset, type(p), p.columns, p.rows) for p in part if isinstance(p, Resize | Run)]
            assert inside == [m for m in marks if low <= m[0] < high]
        for offset, before, after in self.times:
            if offset >= start:
                stamp = reader.time_at(offset)
                assert stamp is not None
                assert before - 0.0111 <= stamp <= after + 1e-6
        if start:
            with pytest.raises(PrunedError) as caught:
                reader.read(start - 1)
            assert caught.value.start == start


@settings(max_examples=120, deadline=None)
@given(
    st.lists(steps, max_size=14),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=3),
    st.sampled_from([150_000, 400_000, limits.JOURNAL_LIMIT_BYTES]),
)
def test_whatever_is_recorded_is_read_back(
    script: list[tuple[str, object]], ranges: list[tuple[float, float]], limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = Model(os.path.join(folder, "pane"), limit)
        alone = JournalReader(model.folder)
        inside = model.writer.reader()
        owner = model.writer
        for name, value in script:
            model.step(name, value)
            if name in ("seal", "reopen"):
                model.check(alone, ranges[:1])
        assert model.writer.trouble is None
        model.check(alone, ranges)
        model.check(model.writer.reader(), ranges)
        if owner is model.writer:
            model.check(inside, ranges)
        model.writer.close()
        model.check(JournalReader(model.folder), ranges)
        assert not [name for name in os.listdir(model.folder) if name.startswith("tail")]


def test_the_size_limit_bounds_the_disk(tmp_path: Path) -> None:
    limit = 2_000_000
    writer = JournalWriter.open(str(tmp_path / "pane"), limit_bytes=limit)
    for _ in range(20):
        writer.append(NOISE)
        kept = sum(path.stat().st_size for path in (tmp_path / "pane").iterdir())
        assert kept <= limit + limits.TAIL_BYTES * 2
    assert writer.end == 20 * len(NOISE)
    assert writer.end - writer.start > limit // 2


def test_a_terminal_is_read_until_its_program_ends(tmp_path: Path) -> None:
    writer = JournalWriter.open(str(tmp_path / "pane"))
    pid, master = pty.fork()
    if pid == 0:
        os.execvp("sh", ["sh", "-c", "stty raw; printf 'one\\ntwo\\n'"])
    try:
        with pytest.raises(OSError) as caught:
            while True:
                writer.read_from(master)
        assert caught.value.errno == errno.EIO
        assert b"".join(writer.reader().read(0)).endswith(b"one\ntwo\n")
    finally:
        os.waitpid(pid, 0)
        os.close(master)


def test_a_descriptor_with_nothing_to_read_is_told_from_its_end(tmp_path: Path) -> None:
    writer = JournalWriter.open(str(tmp_path / "pane"))
    source, sink = os.pipe()
    os.set_blocking(source, False)
    with pytest.raises(BlockingIOError):
        writer.read_from(source)
    os.write(sink, b"abc")
    assert writer.read_from(source, 2) == b"ab"
    assert writer.read_from(source) == b"c"
    os.close(sink)
    assert writer.read_from(source) == b""
    os.close(source)
    assert writer.end == 3


def test_bytes_handed_out_survive_the_sealing_of_their_tail(tmp_path: Path) -> None:
    writer = JournalWriter.open(str(tmp_path / "pane"))
    source, sink = os.pipe()
    os.write(sink, b"kept")
    view = writer.read_from(source)
    writer.seal()
    writer.append(NOISE)
    writer.close()
    assert view == b"kept"
    os.close(source)
    os.close(sink)


def test_two_million_small_reads_are_all_there(tmp_path: Path) -> None:
    source = tmp_path / "source"
    content = b"".join(b"%07d\n" % number for number in range(750_000))
    source.write_bytes(content)
    writer = JournalWriter.open(str(tmp_path / "pane"))
    descriptor = os.open(source, os.O_RDONLY)
    reads = 0
    try:
        while writer.read_from(descriptor, 3):
            reads += 1
    finally:
        os.close(descriptor)
    assert reads == 2_000_000
    assert b"".join(JournalReader(str(tmp_path / "pane")).read(0)) == content


def test_recording_in_one_thread_while_another_syncs(tmp_path: Path) -> None:
    writer = JournalWriter.open(str(tmp_path / "pane"))
    done = threading.Event()
    failures: list[BaseException] = []

    def sync() -> None:
        try:
            while not done.is_set():
                writer.sync()
        except BaseException as error:
            failures.append(error)
            raise

    thread = threading.Thread(target=sync)
    thread.start()
    for _ in range(8):
        writer.append(NOISE)
    done.set()
    thread.join()
    assert not failures
    assert writer.end == 8 * len(NOISE)


def test_a_closed_journal_takes_nothing_more(tmp_path: Path) -> None:
    writer = JournalWriter.open(str(tmp_path / "pane"))
    reader = writer.reader()
    writer.append(b"last words")
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.append(b"more")
    assert writer.end == 10
    assert b"".join(reader.read(0)) == b"last words"


def test_stamps_are_at_least_ten_milliseconds_apart_and_a_clock_set_back_is_followed(tmp_path: Path) -> None:
    clock = Clock()
    writer = JournalWriter.open(str(tmp_path / "pane"), clock=clock)
    for _ in range(100):
        writer.append(b"x")
        clock.now += 0.001
    stamps = [piece.offset for piece in writer.reader().pieces(0) if isinstance(piece, Time)]
    assert stamps[0] == 0 and stamps[-1] > 88
    assert {later - earlier for earlier, later in pairwise(stamps)} <= {10, 11}
    clock.now -= 3600
    writer.append(b"y")
    assert writer.reader().time_at(100) == pytest.approx(clock.now, abs=0.001)


def test_the_size_of_the_terminal_is_known_at_every_offset(tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    writer = JournalWriter.open(folder)
    assert writer.reader().size_at(0) is None
    writer.mark_run(80, 24)
    writer.append(b"a" * 200_000)
    writer.mark_resize(120, 40)
    writer.append(b"b" * 200_000)
    reader = writer.reader()
    assert reader.size_at(0) == (80, 24)
    assert reader.size_at(199_999) == (80, 24)
    assert reader.size_at(200_000) == (120, 40)
    writer.close()
    assert JournalWriter.open(folder).reader().size_at(400_000) == (120, 40)
