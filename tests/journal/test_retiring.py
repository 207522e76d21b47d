"""Full tails are compressed beside the writer: nothing is lost, torn or out of order meanwhile."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui import limits
from ai_session_tui.journal import JournalReader, JournalWriter, Resize, retiring
from ai_session_tui.journal.tail import Tail, read_tail
from tests.journal.numbered_stream import expected

T = TypeVar("T")


class Later:
    """A background that does its work when the test says so."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], object], Future[object], Callable[[], None]]] = []

    def submit(self, work: Callable[[], T], done: Callable[[], None]) -> Future[T]:
        future: Future[T] = Future()
        self._waiting.append((work, future, done))  # type: ignore[arg-type]  # of any result
        return future

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.submit(_nothing, call)

    def do(self, count: int) -> None:
        """Do the oldest pieces of work, and call what is to be called after them."""
        for _ in range(min(count, len(self._waiting))):
            work, future, done = self._waiting.pop(0)
            future.set_result(work())
            done()


class Hasty(Later):
    """A background that is always done already."""

    def submit(self, work: Callable[[], T], done: Callable[[], None]) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(work())
        return future

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        call()


class Threaded:
    """A real thread; what is to be called in the writer's is left out, as by a loop that is busy."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1)

    def submit(self, work: Callable[[], T], done: Callable[[], None]) -> Future[T]:
        return self._executor.submit(work)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        pass


def _nothing() -> None:
    pass


def tails(folder: str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.startswith("tail-"))


@pytest.mark.parametrize("background", [Hasty, Threaded])
def test_what_is_retired_in_the_background_is_read_back(tmp_path: Path, background: type[Hasty | Threaded]) -> None:
    folder = str(tmp_path / "pane")
    writer = JournalWriter.open(folder, background=background())
    size = 12 * limits.TAIL_BYTES
    for start in range(0, size, 30_000):
        writer.append(expected(start, min(start + 30_000, size)))
        assert b"".join(writer.reader().read(max(0, start - 50_000), start)) == expected(max(0, start - 50_000), start)
    assert writer.end == size
    writer.close()
    assert tails(folder) == [] or background is Threaded
    assert b"".join(JournalReader(folder).read(0)) == expected(0, size)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, limits.TAIL_BYTES), st.integers(0, 3)), max_size=12), at=st.integers(0))
def test_at_every_moment_the_journal_is_whole(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]], at: int
) -> None:
    folder = str(tmp_path_factory.mktemp("journal") / "pane")
    later = Later()
    writer = JournalWriter.open(folder, background=later)
    for number, (size, done) in enumerate(steps):
        if len(tails(folder)) > retiring.MOST_RETIRING:
            later.do(100)  # the writer would wait
        writer.append(expected(writer.end, writer.end + size))
        writer.mark_resize(80 + number, 24)
        later.do(done)
        assert (writer.start, writer.reader().bounds()) == (0, (0, writer.end))
        start = at % (writer.end + 1)
        assert b"".join(writer.reader().read(start)) == expected(start, writer.end)
        assert b"".join(JournalReader(folder).read(start)) == expected(start, writer.end)
        assert [piece.columns for piece in writer.reader().pieces(0) if isinstance(piece, Resize)] == [
            *range(80, 81 + number)
        ]
        writer.sync()
    again = JournalWriter.open(folder)  # as after a kill
    assert b"".join(again.reader().read(0)) == expected(0, writer.end)
    assert len(tails(folder)) == 1


def test_a_seal_does_not_leave_anything_behind(tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    writer = JournalWriter.open(folder, background=Hasty())
    writer.append(expected(0, 3 * limits.TAIL_BYTES + 5))
    writer.seal()
    assert b"".join(writer.reader().read(0)) == expected(0, writer.end)
    assert len(tails(folder)) == 1
    outside = JournalReader(folder)
    assert outside.bounds() == (0, writer.end)


def calm_writer(folder: str, background: Later) -> JournalWriter:
    """Return a writer for whose clock each tail takes long to fill, so that it stays with small ones."""
    return JournalWriter.open(folder, clock=map(float, itertools.count(1000)).__next__, background=background)


def fill(writer: JournalWriter, count: int) -> None:
    """Record enough for so many full tails and the beginning of another."""
    for _ in range(count):
        writer.append(expected(writer.end, writer.end + limits.TAIL_BYTES))
    writer.append(expected(writer.end, writer.end + 10))


class Counting(Later):
    """A background that tells blocks from the rest, and has a clock of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = 0
        self.looks: list[Callable[[], None]] = []

    def submit(self, work: Callable[[], T], done: Callable[[], None]) -> Future[T]:
        self.blocks += getattr(getattr(work, "func", None), "__name__", "") == "encode_block"
        return super().submit(work, done)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.looks.append(call)

    def finish(self) -> None:
        """Do everything, and what follows from it."""
        while self._waiting:
            self.do(1)

    def pass_time(self) -> None:
        looks, self.looks = self.looks, []
        for look in looks:
            look()


def test_a_flood_is_compressed_when_it_pauses(tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    background = Counting()
    writer = calm_writer(folder, background)
    fill(writer, 3)
    background.pass_time()
    fill(writer, 3)
    background.pass_time()
    assert background.blocks == 0, "it goes on"
    background.pass_time()
    assert background.blocks == 1, "one after the other"
    background.finish()
    assert (background.blocks, len(tails(folder)), background.looks) == (6, 1, [])
    assert b"".join(writer.reader().read(0)) == expected(0, writer.end)


def test_a_flood_without_a_pause_is_compressed_before_it_fills_the_disk(tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    background = Counting()
    writer = calm_writer(folder, background)
    for _ in range(3 * retiring.MOST_AT_REST):
        fill(writer, 1)
        background.finish()
        assert len(tails(folder)) <= retiring.MOST_RETIRING + 2
    assert 0 < background.blocks < 3 * retiring.MOST_AT_REST
    assert b"".join(writer.reader().read(0)) == expected(0, writer.end)
    writer.close()
    assert b"".join(JournalReader(folder).read(0)) == expected(0, writer.end)


def test_a_disk_without_room_for_a_tail_has_it_once_older_ones_are_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "pane")
    writer = calm_writer(folder, Counting())
    fill(writer, 4)
    create = Tail.create

    def on_a_small_disk(*arguments: int) -> Tail:
        if list(Path(folder).glob("segment-*")):
            return create(*arguments)  # type: ignore[arg-type]  # whatever they are
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Tail, "create", on_a_small_disk)
    fill(writer, 1)
    assert writer.trouble is None
    assert b"".join(writer.reader().read(0)) == expected(0, writer.end)


def test_a_seal_after_a_flood_is_finished_in_the_background(tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    background = Counting()
    writer = calm_writer(folder, background)
    fill(writer, 9)
    writer.seal()
    assert len(tails(folder)) == 11
    background.pass_time()
    background.pass_time()
    background.finish()
    assert len(tails(folder)) == 1
    assert b"".join(JournalReader(folder).read(0)) == expected(0, writer.end)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes to read without waiting there")
@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(1, 60_000), min_size=1, max_size=5), limit=st.integers(1, 100_000))
def test_what_is_looked_at_meanwhile_is_what_is_returned(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], limit: int
) -> None:
    writer = JournalWriter.open(str(tmp_path_factory.mktemp("journal") / "pane"), background=Hasty())
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        for size in sizes:
            os.write(writing, expected(writer.end, end := writer.end + size))
            while (at := writer.end) < end:
                seen = bytearray()
                data = bytes(writer.read_all_from(reading, limit, meanwhile=seen.extend))
                assert data == expected(at, writer.end)
                assert seen == data or (not seen and len(data) < 2048)
    finally:
        os.close(reading)
        os.close(writing)
        writer.close()


def test_a_disk_that_refuses_blocks_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tmp_path / "pane")
    later = Later()
    writer = JournalWriter.open(folder, background=later)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ai_session_tui.journal.segments.write_at", refuse)
        for _ in range(retiring.MOST_RETIRING + 3):
            writer.append(expected(writer.end, writer.end + limits.TAIL_BYTES // 2))
            later.do(9)
            assert b"".join(writer.reader().read(0)) == expected(0, writer.end)
        for _ in range(8):
            writer.append(expected(writer.end, writer.end + limits.TAIL_BYTES))
            later.do(9)
        assert writer.trouble is not None
        assert b"".join(writer.reader().read(0)) == expected(0, writer.end)
    writer.retry()
    later.do(9)
    assert writer.trouble is None
    writer.append(expected(writer.end, writer.end + 10))
    later.do(9)
    writer.seal()
    assert b"".join(writer.reader().read(0)) == expected(0, writer.end)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes to read without waiting there")
def test_a_flood_gets_larger_tails_and_calm_output_small_ones_again(tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    now = [1000.0]
    writer = JournalWriter.open(folder, clock=lambda: now[0], background=Hasty())
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def newest_size() -> int:
        return os.path.getsize(os.path.join(folder, tails(folder)[-1]))

    def print_bytes(count: int, pause: float = 0.001) -> None:
        for start in range(writer.end, writer.end + count, 32_768):
            now[0] += pause
            os.write(writing, expected(start, start + 32_768))
            while writer.end < start + 32_768:
                writer.read_all_from(reading, 65_536)

    print_bytes(65_536)
    assert newest_size() < 2 * limits.TAIL_BYTES
    print_bytes(4 * limits.TAIL_BYTES)
    assert newest_size() > limits.FLOOD_TAIL_BYTES
    again = read_tail(os.path.join(folder, tails(folder)[-1]), int(tails(folder)[-1][5:]), salvage=True)
    assert again is not None and again.end == writer.end, "after a kill it is read back whole"
    print_bytes(limits.FLOOD_TAIL_BYTES, pause=0.3)
    assert newest_size() < 2 * limits.TAIL_BYTES
    writer.seal()
    assert b"".join(writer.reader().read(0)) == expected(0, writer.end)
    writer.close()
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("capacity", [limits.FLOOD_TAIL_BYTES, 1024 * 1024], ids=["ours", "of-an-earlier-version"])
def test_the_next_writer_goes_on_in_a_large_tail(tmp_path: Path, capacity: int) -> None:
    folder = str(tmp_path)
    tail = Tail.create(folder, 0, 80, 24, capacity)
    size = 3 * limits.TAIL_BYTES
    tail.commit(tail.put(memoryview(expected(0, size))))
    writer = JournalWriter.open(folder)  # as after a kill
    assert (writer.end, tails(folder)) == (size, [os.path.basename(tail.path)])
    writer.append(expected(size, 2 * size))
    assert b"".join(writer.reader().read(0)) == expected(0, 2 * size)
