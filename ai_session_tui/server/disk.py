"""What a home takes on the disk, and how much output its compressed journals stand for. Never on the loop."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass

from ai_session_tui.errors import StorageError
from ai_session_tui.journal import JournalReader
from ai_session_tui.journal.files import list_files
from ai_session_tui.paths import Home


@dataclass(frozen=True, slots=True)
class JournalSize:
    """Journals: all their bytes on disk, and of the compressed part what it holds and what it takes."""

    disk: int = 0
    raw: int = 0
    stored: int = 0

    def __add__(self, other: JournalSize) -> JournalSize:
        return JournalSize(self.disk + other.disk, self.raw + other.raw, self.stored + other.stored)


def bytes_of(path: str) -> int:
    """Return the bytes that a file, or all files below a folder, take on the disk; 0 for nothing."""
    try:
        found = os.lstat(path)
    except OSError:
        return 0
    size = found.st_blocks * 512 if hasattr(found, "st_blocks") else found.st_size
    if not os.path.isdir(path) or os.path.islink(path):
        return size
    try:
        with os.scandir(path) as entries:
            return size + sum(bytes_of(entry.path) for entry in entries)
    except OSError:
        return size


def journal_size(folder: str) -> JournalSize:
    """Return the size of one pane's journal."""
    disk = bytes_of(folder)
    listing = list_files(folder)
    if not listing.segments:
        return JournalSize(disk)
    try:
        end = listing.tails[-1][0] if listing.tails else JournalReader(folder).bounds()[1]
    except StorageError:
        return JournalSize(disk)
    stored = sum(bytes_of_file(path) for _, path in listing.segments)
    return JournalSize(disk, max(0, end - listing.segments[0][0]), stored)


def bytes_of_file(path: str) -> int:
    """Return the length of a file, 0 when it has gone."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def remove_folders(folders: list[str]) -> int:
    """Remove folders with all that is in them; return the bytes that this freed."""
    size = sum(map(bytes_of, folders))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return size - sum(map(bytes_of, folders))


def journals_size(home: Home, panes: Iterable[str]) -> JournalSize:
    """Return the size of the journals of panes."""
    return sum((journal_size(home.journal(pane)) for pane in panes), JournalSize())


def home_size(home: Home) -> int:
    """Return what the whole home takes."""
    return bytes_of(home.folder)
