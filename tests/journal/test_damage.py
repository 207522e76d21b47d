"""Files that are torn, cut, flipped or foreign: the journal opens, and says where bytes are missing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.journal import Data, Gap, GapReason, JournalReader, JournalWriter, Resize, blocks, segments
from ai_session_tui.journal.spans import EVENT
from ai_session_tui.journal.tail import MAX_EVENTS
from tests.journal.numbered_stream import Clock, expected

LIMIT = 250_000  # a quarter of it is a segment
TAIL_DATA_AT = 4096 + MAX_EVENTS * EVENT.size


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A journal of several segments, each of several blocks, and a tail in use, as a killed writer leaves it."""
    folder = str(tmp_path_factory.mktemp("damage") / "pane")
    writer = JournalWriter.open(folder, limit_bytes=LIMIT, clock=Clock(step=0.004))
    for number in range(10):
        writer.mark_resize(80 + number, 24)
        writer.append(expected(writer.end, writer.end + 150_000))
    writer.append(expected(writer.end, writer.end + 5_000))
    assert writer.start == 0
    names = sorted(os.listdir(folder))
    assert [name.split("-")[0] for name in names] == ["segment"] * (len(names) - 1) + ["tail"]
    assert len(names) >= 3
    yield folder


def data_pieces(reader: JournalReader) -> list[Data]:
    """Return all data, after checking that data and gaps cover the bounds exactly, in order."""
    start, end = reader.bounds()
    found, at = [], start
    for piece in reader.pieces(start):
        if isinstance(piece, Data | Gap):
            assert piece.offset == at
            at += len(piece.data) if isinstance(piece, Data) else piece.length
            assert not isinstance(piece, Gap) or piece.why is GapReason.DAMAGED
        if isinstance(piece, Data):
            found.append(piece)
    assert at == end
    assert b"".join(reader.read(start)) == b"".join(piece.data for piece in found)
    return found


def assert_true(pieces: list[Data], below: int) -> int:
    """Check that no byte below an offset was made up; return how many there were."""
    count = 0
    for piece in pieces:
        data = piece.data[: max(below - piece.offset, 0)]
        assert data == expected(piece.offset, piece.offset + len(data))
        count += len(data)
    return count


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_any_damage_to_any_file_leaves_a_journal_that_opens(intact: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "pane")
        shutil.copytree(intact, folder)
        name = data.draw(st.sampled_from(sorted(os.listdir(folder))))
        path = Path(folder, name)
        content = bytearray(path.read_bytes())
        near = data.draw(st.sampled_from(["start", "anywhere", "end"]))
        size = len(content)
        low = max(size - 600, 0) if near == "end" else 0
        high = min(600, size - 1) if near == "start" else size - 1
        at = data.draw(st.integers(low, high))
        action = data.draw(st.sampled_from(["cut", "flip", "overwrite", "zero", "grow", "remove"]))
        match action:
            case "cut":
                del content[at:]
            case "flip":
                content[at] ^= data.draw(st.integers(1, 255))
            case "overwrite":
                junk = data.draw(st.binary(min_size=1, max_size=200))
                content[at : at + len(junk)] = junk
            case "zero":
                content[at:] = bytes(size - at)
            case "grow":
                content += data.draw(st.binary(min_size=1, max_size=200))
        path.write_bytes(content)
        if action == "remove":
            path.unlink()
        # Bytes of a tail have no checksum: what was put over them is what is read.
        tail = min(int(other[5:]) for other in os.listdir(intact) if other.startswith("tail"))
        trusted = tail if name.startswith("tail") and action != "cut" else 1 << 62

        before = data_pieces(JournalReader(folder))
        kept = assert_true(before, trusted)
        writer = JournalWriter.open(folder, limit_bytes=LIMIT)
        repaired = data_pieces(JournalReader(folder))
        assert assert_true(repaired, trusted) >= kept
        end = writer.end
        writer.append(b"and it goes on" * 20_000)
        writer.close()
        again = JournalWriter.open(folder, limit_bytes=LIMIT)
        assert again.end == end + 14 * 20_000
        start = max(end, again.start)
        assert b"".join(again.reader().read(start)) == (b"and it goes on" * 20_000)[start - end :]
        data_pieces(again.reader())


def test_one_damaged_block_costs_that_block_only(intact: str, tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    shutil.copytree(intact, folder)
    path = os.path.join(folder, sorted(os.listdir(folder))[0])
    with open(path, "rb+") as file:
        entries = list(blocks.scan(file.fileno(), 0, 0))
        file.seek(entries[1].position + blocks.HEADER_BYTES + 40)
        file.write(b"\xff\x00\xff")
    gaps = [piece for piece in JournalReader(folder).pieces(0) if isinstance(piece, Gap)]
    assert gaps == [Gap(entries[1].start, entries[1].length, GapReason.DAMAGED)]
    with open(path, "rb+") as file:
        file.seek(entries[1].position + 20)  # now the header as well: the next block is found again
        file.write(b"\xff\x00\xff")
    reader = JournalReader(folder)
    assert [piece for piece in reader.pieces(0) if isinstance(piece, Gap)] == gaps
    inside = entries[1].start + 10
    assert list(reader.pieces(inside, inside + 5)) == [Gap(inside, 5, GapReason.DAMAGED)]
    assert list(reader.read(inside, inside + 5)) == []
    assert reader.time_at(inside) is None


def test_a_block_torn_at_any_byte_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "pane"
    writer = JournalWriter.open(str(folder))
    writer.append(expected(0, 1000))
    writer.seal()
    whole = (folder / "segment-00000000000000000000.zj").stat().st_size
    writer.mark_resize(90, 30)
    writer.append(expected(1000, 2000))
    tail = next(folder.glob("tail-*"))
    kept = tail.read_bytes()
    writer.seal()
    segment = (folder / "segment-00000000000000000000.zj").read_bytes()
    pieces = list(JournalReader(str(folder)).pieces(0))
    assert len(segment) > whole
    for cut in range(whole, len(segment) + 1):
        for filler in (b"", bytes(len(segment) - cut)):  # zeros: what a power failure makes of unwritten pages
            shutil.rmtree(folder)
            folder.mkdir()
            (folder / "segment-00000000000000000000.zj").write_bytes(segment[:cut] + filler)
            tail.write_bytes(kept)
            assert b"".join(JournalReader(str(folder)).read(0)) == expected(0, 2000)
            assert list(JournalWriter.open(str(folder)).reader().pieces(0)) == pieces
            size = (folder / "segment-00000000000000000000.zj").stat().st_size
            assert size == (len(segment) if cut == len(segment) else whole)


def test_a_kill_between_the_read_and_its_count_loses_nothing(tmp_path: Path) -> None:
    folder = str(tmp_path / "pane")
    writer = JournalWriter.open(folder)
    writer.append(b"counted\0\0")
    tail = writer._tails.current
    assert tail is not None
    tail.put(memoryview(b"not counted"))  # as the kernel does in a read; the process ends here
    again = JournalWriter.open(folder)
    assert b"".join(again.reader().read(0)) == b"counted\0\0not counted"
    again.append(b"!")
    assert b"".join(JournalReader(folder).read(0)) == b"counted\0\0not counted!"


def test_of_a_tail_only_what_no_block_has_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "pane"
    writer = JournalWriter.open(str(folder))
    writer.append(expected(0, 1000))
    tail = next(folder.glob("tail-*"))
    fewer = tail.read_bytes()
    writer.mark_resize(90, 30)
    writer.append(expected(1000, 1500))
    more = tail.read_bytes()
    tail.write_bytes(fewer)
    JournalWriter.open(str(folder)).close()
    tail.write_bytes(more)
    again = JournalWriter.open(str(folder))
    assert again.end == 1500
    assert b"".join(again.reader().read(0)) == expected(0, 1500)
    sizes = [(piece.offset, piece.columns) for piece in again.reader().pieces(0) if isinstance(piece, Resize)]
    assert sizes == [(1000, 90)]


def test_a_torn_count_is_not_believed(tmp_path: Path) -> None:
    folder = tmp_path / "pane"
    JournalWriter.open(str(folder)).append(b"counted")
    tail = next(folder.glob("tail-*"))
    content = bytearray(tail.read_bytes())
    content[256 + 4] = 200  # the first of the two words: used bytes
    tail.write_bytes(content)
    assert b"".join(JournalReader(str(folder)).read(0)) == b"counted"
    assert JournalWriter.open(str(folder)).end == 7


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "pane"
    folder.mkdir()
    for name in ("notes.txt", "tail-12", "segment-x.zj", "tail-99999999999999999999"):
        (folder / name).write_bytes(b"mine")
    (folder / "tail-00000000000000000005").mkdir()
    writer = JournalWriter.open(str(folder))
    writer.append(b"abc")
    writer.close()
    assert (writer.start, writer.end) == (0, 3)
    assert len(list(folder.iterdir())) == 6


def test_a_tail_of_another_size_is_kept_as_a_block(tmp_path: Path) -> None:
    folder = tmp_path / "pane"
    JournalWriter.open(str(folder)).append(expected(0, 5000))
    tail = next(folder.glob("tail-*"))
    os.truncate(tail, TAIL_DATA_AT + 4000)
    writer = JournalWriter.open(str(folder))
    assert writer.end == 4000
    assert b"".join(writer.reader().read(0)) == expected(0, 4000)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["segment-00000000000000000000.zj", "tail-00000000000000004000"]


def test_offsets_do_not_begin_anew_when_the_only_segment_is_garbage(tmp_path: Path) -> None:
    folder = tmp_path / "pane"
    folder.mkdir()
    (folder / "segment-00000000000001000000.zj").write_bytes(b"garbage" * 100)
    writer = JournalWriter.open(str(folder))
    assert (writer.start, writer.end) == (1_000_000, 1_000_000)
    writer.append(b"new")
    assert JournalReader(str(folder)).bounds() == (1_000_000, 1_000_003)


def test_a_later_version_s_block_is_a_gap_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tmp_path / "pane")
    monkeypatch.setattr(blocks, "VERSION", blocks.VERSION + 1)
    writer = JournalWriter.open(folder)
    writer.append(b"in a new way")
    writer.close()
    monkeypatch.undo()
    writer = JournalWriter.open(folder)
    writer.append(b"in the old way")
    pieces = [piece for piece in writer.reader().pieces(0) if isinstance(piece, Data | Gap)]
    assert pieces == [Gap(0, 12, GapReason.DAMAGED), Data(12, b"in the old way")]
    size = os.path.getsize(os.path.join(folder, "segment-00000000000000000000.zj"))
    assert segments.Segments(folder, 1 << 30).end == 12
    assert os.path.getsize(os.path.join(folder, "segment-00000000000000000000.zj")) == size


def test_a_program_cannot_forge_a_block_that_claims_much_memory(tmp_path: Path) -> None:
    """Output that looks like a block is only output, even when the block around it is damaged."""
    folder = tmp_path / "pane"
    claim = blocks._FIELDS.pack(blocks.MAGIC, 1, 1, 5, 0, 64, 1 << 40, 0, 0, 0, 0, 0)
    forged = claim + blocks._CRC.pack(blocks.crc32(claim)) + b"12345"
    writer = JournalWriter.open(str(folder))
    writer.append(os.urandom(2000) + forged + os.urandom(2000))
    writer.seal()
    path = folder / "segment-00000000000000000000.zj"
    content = bytearray(path.read_bytes())
    assert forged in content  # noise is stored as it is
    content[5] ^= 1
    path.write_bytes(content)
    assert [type(piece) for piece in JournalReader(str(folder)).pieces(0)] == [Gap]
