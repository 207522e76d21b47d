"""A screen rebuilt at some offset, so that a restart need not replay the journal from its beginning.

Invariant: the file is replaced as a whole, so there is the old checkpoint or the new one; one that fails its
CRC counts as none. A checkpoint is a shortcut: the journal alone tells the same, only more slowly.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from zlib import crc32

import zstandard

from ai_session_tui.journal.files import OPEN_FLAGS, storage_error, write_at

FILE_NAME = "checkpoint.zj"
MAX_PLAIN_BYTES = 256 * 1024 * 1024  # what a frame may claim before it is taken for damage

_MAGIC = b"AsJC"
_VERSION = 1
_FIELDS = struct.Struct("<4sHHHxxQQI")  # magic, version, columns, rows, offset, bytes, CRC of the payload
_CRC = struct.Struct("<I")
_HEADER_BYTES = _FIELDS.size + _CRC.size


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """VT bytes that rebuild the screen of `columns` x `rows` as it was at the journal's `offset`."""

    offset: int
    columns: int
    rows: int
    vt_bytes: bytes


def write_checkpoint(folder: str, offset: int, columns: int, rows: int, vt_bytes: bytes) -> None:
    """Replace the folder's checkpoint; raise `StorageError`, with the old one kept, when that fails."""
    payload = zstandard.ZstdCompressor(level=3).compress(vt_bytes)
    fields = _FIELDS.pack(_MAGIC, _VERSION, columns, rows, offset, len(vt_bytes), crc32(payload))
    path = os.path.join(folder, FILE_NAME)
    fresh = f"{path}.new"
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | OPEN_FLAGS, 0o600)
        try:
            write_at(descriptor, b"".join((fields, _CRC.pack(crc32(fields)), payload)), 0)
        finally:
            os.close(descriptor)
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(fresh)
        raise storage_error(folder, error) from error


def read_checkpoint(folder: str) -> Checkpoint | None:
    """Return the folder's checkpoint, or None when there is no valid one.

    After a power failure its offset may lie beyond the journal's end; such a one is of no use to the caller.
    """
    try:
        with open(os.path.join(folder, FILE_NAME), "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise storage_error(folder, error) from error
    if len(content) < _HEADER_BYTES:
        return None
    magic, version, columns, rows, offset, length, payload_crc = _FIELDS.unpack_from(content)
    payload = content[_HEADER_BYTES:]
    if (magic, version) != (_MAGIC, _VERSION) or length > MAX_PLAIN_BYTES:
        return None
    if _CRC.unpack_from(content, _FIELDS.size)[0] != crc32(content[: _FIELDS.size]):
        return None
    if crc32(payload) != payload_crc:
        return None
    try:
        if zstandard.frame_content_size(payload) != length:
            return None
        return Checkpoint(offset, columns, rows, zstandard.ZstdDecompressor().decompress(payload))
    except zstandard.ZstdError:
        return None
