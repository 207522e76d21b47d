"""A disk that is full, for a while or for long: the program goes on, and the journal says what it lacks."""

from __future__ import annotations

import ctypes
import os
import random
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from ai_session_tui import limits
from ai_session_tui.errors import NotFoundError, StorageError
from ai_session_tui.journal import Data, Gap, GapReason, JournalReader, JournalWriter, Resize, Run, blocks
from tests.journal.numbered_stream import Clock

NOISE = random.Random(11).randbytes(1 << 20)


def noise(start: int, end: int) -> bytes:
    """Return the bytes [start, end) of an endless stream that does not compress."""
    begin = start % len(NOISE)
    return (NOISE * ((end - start) // len(NOISE) + 2))[begin : begin + end - start]


class Disk(Protocol):
    """A disk that can be made full and emptied again."""

    folder: str

    def fill(self, room: int) -> None:
        """Leave about `room` bytes for files to grow into."""

    def free(self) -> None:
        """Give the room back."""


class SmallTmpfs:
    """A real file system of a few megabytes."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._ballast = os.path.join(folder, "ballast")

    def fill(self, room: int) -> None:
        status = os.statvfs(self.folder)
        descriptor = os.open(self._ballast, os.O_WRONLY | os.O_CREAT)
        os.posix_fallocate(descriptor, 0, max(status.f_bavail * status.f_frsize - room, 1))
        os.close(descriptor)

    def free(self) -> None:
        os.unlink(self._ballast)


class SizeLimit:
    """The process's own limit on file sizes: what grows beyond it is refused, also in part."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

    def fill(self, room: int) -> None:
        largest = max(path.stat().st_size for path in Path(self.folder).rglob("segment-*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (min(largest + room, 140_000), self._hard))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._hard, self._hard))


libc = ctypes.CDLL(None, use_errno=True)


def mount(folder: str) -> bool:
    """Mount a small tmpfs if this process may."""
    return libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, b"size=24m") == 0


def may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        if not mount(folder):
            return False
        libc.umount2(os.fsencode(folder), 2)
        return True


@pytest.fixture(params=[SizeLimit, SmallTmpfs] if may_mount() else [SizeLimit])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    folder = str(tmp_path)
    if request.param is SmallTmpfs:
        assert mount(folder)
        yield SmallTmpfs(folder)
        libc.umount2(os.fsencode(folder), 2)
    else:
        limited = SizeLimit(folder)
        yield limited
        limited.free()


def started(disk: Disk, clock: Clock) -> JournalWriter:
    writer = JournalWriter.open(os.path.join(disk.folder, "pane"), clock=clock)
    writer.mark_run(80, 24)
    writer.append(noise(0, 10_000))
    writer.seal()
    return writer


def feed(writer: JournalWriter, count: int) -> None:
    """Let the journal read noise from a pipe, as from a program that prints it."""
    source, sink = os.pipe()
    until = writer.end + count
    try:
        while writer.end < until:
            os.write(sink, noise(writer.end, min(until, writer.end + 4096)))
            assert writer.read_from(source)
    finally:
        os.close(source)
        os.close(sink)


@pytest.mark.parametrize("room", [0, 8192, 70_000])
def test_a_disk_that_is_full_for_a_while_costs_nothing(disk: Disk, room: int) -> None:
    clock = Clock()
    writer = started(disk, clock)
    disk.fill(room)
    feed(writer, 300_000)
    writer.mark_resize(100, 30)
    writer.append(noise(310_000, 1_000_000))
    assert writer.trouble is not None
    assert writer.end == 1_000_000
    assert b"".join(writer.reader().read(0)) == noise(0, 1_000_000)
    assert b"".join(writer.reader().read(999_990)) == noise(999_990, 1_000_000)
    writer.retry()
    assert writer.trouble is not None
    for path in Path(disk.folder).rglob("segment-*"):  # a block that was written in part is cut away
        with path.open("rb") as file:
            assert list(blocks.scan(file.fileno(), 0, 0))[-1].next_position == path.stat().st_size
    # What is on the disk is whole: another reader sees a prefix.
    outside = JournalReader(os.path.join(disk.folder, "pane"))
    seen = b"".join(outside.read(0))
    assert 10_000 <= len(seen) < 1_000_000
    assert seen == noise(0, len(seen))
    disk.free()
    feed(writer, 5_000)
    assert writer.trouble is not None  # not before the next second
    clock.now += 1.0
    feed(writer, 5_000)
    assert writer.trouble is None
    for reader in (outside, writer.reader()):
        assert b"".join(reader.read(0)) == noise(0, 1_010_000)
        pieces = list(reader.pieces(0))
        assert not any(isinstance(piece, Gap) for piece in pieces)
        marks = [(type(piece), piece.offset) for piece in pieces if isinstance(piece, Resize | Run)]
        assert marks == [(Run, 0), (Resize, 310_000)]
    writer.close()
    assert b"".join(outside.read(0)) == noise(0, 1_010_000)


def test_a_disk_that_is_full_for_long_leaves_one_gap_of_known_place(disk: Disk) -> None:
    writer = started(disk, Clock())
    folder = os.path.join(disk.folder, "pane")
    disk.fill(0)
    total = 3 * limits.MAX_UNWRITTEN_BYTES
    feed(writer, 150_000)
    writer.mark_resize(90, 20)
    writer.mark_run(91, 21)
    writer.mark_resize(92, 22)
    feed(writer, total - writer.end)
    kept_from = total - limits.MAX_UNWRITTEN_BYTES
    inside = list(writer.reader().pieces(0))
    disk.free()
    writer.retry()
    assert writer.trouble is None
    assert writer.end == total
    pieces = list(writer.reader().pieces(0))
    gap = next(piece for piece in pieces if isinstance(piece, Gap))
    assert [piece for piece in pieces if isinstance(piece, Gap)] == [gap]
    assert gap == next(piece for piece in inside if isinstance(piece, Gap))
    assert gap.why is GapReason.UNWRITTEN
    assert gap.offset + gap.length == kept_from
    assert gap.offset >= 100_000  # what had been read before is all there
    for piece in pieces:
        if isinstance(piece, Data):
            assert piece.data == noise(piece.offset, piece.offset + len(piece.data))
    # That a new process began in the gap, and the last size, are known all the same.
    assert [piece for piece in pieces if isinstance(piece, Run)][-1:] == [
        Run(kept_from, 92, 22, [piece for piece in pieces if isinstance(piece, Run)][-1].time)
    ]
    assert writer.reader().size_at(total) == (92, 22)
    writer.close()
    again = JournalWriter.open(folder)
    assert again.end == total
    assert list(again.reader().pieces(0)) == pieces
    assert b"".join(again.reader().read(0)) == noise(0, gap.offset) + noise(kept_from, total)


def test_a_writer_killed_on_a_full_disk_leaves_what_the_disk_took(disk: Disk) -> None:
    writer = started(disk, Clock())
    folder = os.path.join(disk.folder, "pane")
    disk.fill(8192)
    feed(writer, 500_000)
    assert writer.trouble
    del writer
    again = JournalWriter.open(folder)  # on the full disk
    assert b"".join(again.reader().read(0)) == noise(0, again.end)
    assert again.end > 100_000
    before = again.end
    feed(again, 100_000)
    assert again.trouble
    disk.free()
    again.close()
    assert b"".join(JournalReader(folder).read(0)) == noise(0, before + 100_000)


def test_a_sealed_journal_opens_on_a_full_disk_and_a_new_one_does_not(disk: Disk) -> None:
    writer = started(disk, Clock())
    writer.close()
    disk.fill(0)
    again = JournalWriter.open(os.path.join(disk.folder, "pane"))
    assert again.trouble
    assert again.end == 10_000
    again.append(noise(10_000, 10_100))
    assert b"".join(again.reader().read(0)) == noise(0, 10_100)
    with pytest.raises(StorageError):
        JournalWriter.open(os.path.join(disk.folder, "another"))
    disk.free()
    again.retry()
    assert again.trouble is None
    assert b"".join(JournalReader(os.path.join(disk.folder, "pane")).read(0)) == noise(0, 10_100)


def test_many_time_stamps_and_marks_while_full_stay_bounded(disk: Disk) -> None:
    clock = Clock(step=0.02)
    writer = started(disk, clock)
    disk.fill(0)
    feed(writer, 200_000)
    assert writer.trouble
    for number in range(6000):
        clock.now -= 0.5  # keeps the next attempt away
        writer.append(noise(writer.end, writer.end + 10))
        if number % 3 == 0:
            writer.mark_resize(10 + number % 90, 5)
    assert writer._unwritten is not None
    assert len(writer._unwritten._events) <= 4096
    disk.free()
    writer.retry()
    assert writer.trouble is None
    assert b"".join(writer.reader().read(0)) == noise(0, writer.end)
    assert writer.reader().size_at(writer.end) == (10 + 5997 % 90, 5)


@pytest.fixture
def somebody_else() -> Iterator[str]:
    """A folder that this process may read but not write: as root, by being nobody for a while."""
    folder = tempfile.mkdtemp()
    pane = os.path.join(folder, "pane")
    writer = JournalWriter.open(pane)
    writer.append(b"written while it could be")
    del writer
    for name in os.listdir(pane):
        os.chmod(os.path.join(pane, name), 0o444)
    os.chmod(pane, 0o555)
    os.chmod(folder, 0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        os.seteuid(user)
        os.chmod(folder, 0o755)
        os.chmod(pane, 0o755)
        shutil.rmtree(folder)


def test_a_read_only_folder_can_be_read_and_says_so_to_a_writer(somebody_else: str) -> None:
    pane = os.path.join(somebody_else, "pane")
    with pytest.raises(StorageError, match="Permission denied"):
        JournalWriter.open(pane)
    with pytest.raises(StorageError, match="Permission denied"):
        JournalWriter.open(os.path.join(somebody_else, "new"))
    assert b"".join(JournalReader(pane).read(0)) == b"written while it could be"
    with pytest.raises(NotFoundError):
        JournalReader(os.path.join(somebody_else, "new"))
