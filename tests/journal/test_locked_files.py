"""A system that removes no mapped or open file, as Windows does: nothing is lost, and nothing piles up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ai_session_tui import limits
from ai_session_tui.journal import JournalReader, JournalWriter
from ai_session_tui.journal.files import list_files
from tests.journal.numbered_stream import expected

REAL_UNLINK = os.unlink


def unlink_as_windows(name: str | Path, **options: int) -> None:
    """Refuse what is mapped into this process, or open in it."""
    path = os.fspath(name)
    with open("/proc/self/maps") as maps:
        if any(line.rstrip("\n").endswith(path) for line in maps):
            raise PermissionError(13, "mapped", path)
    for fd in os.listdir("/proc/self/fd"):
        if os.path.realpath(f"/proc/self/fd/{fd}") == path:
            raise PermissionError(13, "open", path)
    REAL_UNLINK(path, **options)


@pytest.fixture(autouse=True)
def windows_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "unlink", unlink_as_windows)


def write(journal: JournalWriter, count: int) -> None:
    for _ in range(count):
        journal.append(expected(journal.end, journal.end + 10_000))


def read(reader: JournalReader, start: int, end: int) -> bytes:
    return b"".join(reader.read(start, end))


def test_a_retired_tail_leaves_the_folder(tmp_path: Path) -> None:
    folder = str(tmp_path)
    journal = JournalWriter.open(folder)
    write(journal, 10 * limits.TAIL_BYTES // 10_000)
    assert len(list_files(folder).tails) <= 2 and journal.trouble is None  # the last one may still be mapped
    assert read(journal.reader(), 0, journal.end) == expected(0, journal.end)
    journal.close()
    assert not list_files(folder).tails


def test_a_tail_that_a_reader_holds_up_goes_later(tmp_path: Path) -> None:
    folder = str(tmp_path)
    journal = JournalWriter.open(folder)
    write(journal, 1)
    [(_, held)] = list_files(folder).tails
    with open(held, "rb"):
        write(journal, 5 * limits.TAIL_BYTES // 10_000)
        assert os.path.exists(held) and len(list_files(folder).tails) <= 3
        assert read(journal.reader(), 0, journal.end) == expected(0, journal.end)
        assert read(JournalReader(folder), 0, journal.end) == expected(0, journal.end)
    write(journal, 2 * limits.TAIL_BYTES // 10_000)
    assert not os.path.exists(held) and len(list_files(folder).tails) <= 2
    journal.close()
    assert not list_files(folder).tails


def test_what_was_held_up_to_the_end_is_no_harm_to_the_next_writer(tmp_path: Path) -> None:
    folder = str(tmp_path)
    journal = JournalWriter.open(folder)
    write(journal, 1)
    [(_, held)] = list_files(folder).tails
    with open(held, "rb"):
        journal.close()
        assert os.path.exists(held)
    end = journal.end
    after = JournalWriter.open(folder)
    assert after.end == end and not os.path.exists(held)
    write(after, 3)
    assert read(after.reader(), 0, after.end) == expected(0, after.end)
    after.close()
