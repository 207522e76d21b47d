"""The kept screen is the newest whole one, whatever happens to its file."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.errors import StorageError
from ai_session_tui.journal import Checkpoint, JournalWriter, checkpoints, read_checkpoint, write_checkpoint


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 60), st.integers(0, 1000), st.integers(0, 500), st.binary(max_size=5000))
def test_a_checkpoint_comes_back_as_it_was(offset: int, columns: int, rows: int, vt_bytes: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(folder, 1, 2, 3, b"an older one")
        write_checkpoint(folder, offset, columns, rows, vt_bytes)
        assert read_checkpoint(folder) == Checkpoint(offset, columns, rows, vt_bytes)
        assert os.listdir(folder) == [checkpoints.FILE_NAME]


def test_no_damage_makes_a_wrong_screen(tmp_path: Path) -> None:
    write_checkpoint(str(tmp_path), 77, 80, 24, b"\x1b[Hscreen" * 20)
    path = tmp_path / checkpoints.FILE_NAME
    content = path.read_bytes()
    for position in range(len(content)):
        path.write_bytes(content[:position])
        assert read_checkpoint(str(tmp_path)) is None
        flipped = bytearray(content)
        flipped[position] ^= 0x41
        path.write_bytes(flipped)
        assert read_checkpoint(str(tmp_path)) is None
    path.write_bytes(content)
    assert read_checkpoint(str(tmp_path)) is not None


def test_a_write_that_fails_keeps_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(str(tmp_path), 1, 80, 24, b"old")

    def full(descriptor: int, data: bytes, position: int) -> None:
        os.write(descriptor, data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoints, "write_at", full)
    with pytest.raises(StorageError, match="No space left"):
        write_checkpoint(str(tmp_path), 2, 80, 24, b"new")
    assert read_checkpoint(str(tmp_path)) == Checkpoint(1, 80, 24, b"old")
    assert os.listdir(tmp_path) == [checkpoints.FILE_NAME]


def test_a_journal_leaves_its_checkpoint_alone(tmp_path: Path) -> None:
    assert read_checkpoint(str(tmp_path)) is None
    assert read_checkpoint(str(tmp_path / "nowhere")) is None
    write_checkpoint(str(tmp_path), 0, 80, 24, b"kept")
    JournalWriter.open(str(tmp_path)).close()
    JournalWriter.open(str(tmp_path)).close()
    kept = read_checkpoint(str(tmp_path))
    assert kept is not None
    assert kept.vt_bytes == b"kept"
