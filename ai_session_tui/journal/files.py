"""The files of one journal folder, and the small ways of reading and writing them whole.

    segment-<start>.zj   blocks, one after the other; grows at its end only
    tail-<start>         the newest bytes, mapped, not yet in a block
    checkpoint.zj        one rebuilt screen (see `checkpoints`)

Invariant: `<start>` is the journal offset of the file's first byte in 20 digits, so names sort as offsets do
and tell where a file begins even when nothing in it can be read.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field

from ai_session_tui.errors import StorageError

Buffer = bytes | bytearray | memoryview

# For every `os.open` here: not for children, and on Windows no translation of line ends.
OPEN_FLAGS: int = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_NAME = re.compile(r"(?:(segment)-(\d{20})\.zj|tail-(\d{20}))", re.ASCII)
_MAX_OFFSET = 1 << 62


@dataclass(slots=True)
class Listing:
    """The journal's files in a folder as (start offset, path), sorted."""

    segments: list[tuple[int, str]] = field(default_factory=list)
    tails: list[tuple[int, str]] = field(default_factory=list)


def segment_path(folder: str, start: int) -> str:
    """Return the path of the segment that begins at `start`."""
    return os.path.join(folder, f"segment-{start:020d}.zj")


def tail_path(folder: str, start: int) -> str:
    """Return the path of the tail that begins at `start`."""
    return os.path.join(folder, f"tail-{start:020d}")


def list_files(folder: str) -> Listing:
    """Return what the folder holds; foreign names are ignored, a missing folder is an empty one."""
    listing = Listing()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                match = _NAME.fullmatch(entry.name)
                if not match or not entry.is_file(follow_symlinks=False):
                    continue
                start = int(match[2] or match[3])
                if start < _MAX_OFFSET:
                    (listing.segments if match[1] else listing.tails).append((start, entry.path))
    except (FileNotFoundError, NotADirectoryError):
        return listing
    listing.segments.sort()
    listing.tails.sort()
    return listing


def read_at(descriptor: int, length: int, position: int) -> bytes:
    """Return up to `length` bytes from `position` of a file; fewer only at its end."""
    parts = []
    while length > 0 and (part := _pread(descriptor, length, position)):
        parts.append(part)
        length -= len(part)
        position += len(part)
    return b"".join(parts)


def _pread(descriptor: int, length: int, position: int) -> bytes:
    if sys.platform == "win32":
        os.lseek(descriptor, position, os.SEEK_SET)  # the descriptor is its opener's alone
        return os.read(descriptor, length)
    return os.pread(descriptor, length, position)


def write_at(descriptor: int, data: Buffer, position: int) -> None:
    """Write all of `data` at `position`; raise OSError when the disk takes only a part."""
    os.lseek(descriptor, position, os.SEEK_SET)
    with memoryview(data) as view:
        written = 0
        while written < len(view):
            written += os.write(descriptor, view[written:])


def storage_error(folder: str, error: OSError) -> StorageError:
    """Return the error that tells a user that `folder` cannot hold a journal."""
    return StorageError(
        f"cannot use the journal {folder}: {error.strerror or error}",
        "free some space, or make the folder writable.",
    )
