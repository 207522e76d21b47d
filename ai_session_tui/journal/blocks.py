"""Blocks: compressed spans, one after the other in a segment file.

A block is a header of 64 bytes and a zstd frame of the events followed by the data. The header has its own
CRC, so a scan needs no payload; the payload has another one.

Invariant: a header that passes its CRC was written whole by us, and a span comes out of a block only if the
payload passes too. Everything else in a file is passed over and shows up as a gap in the offsets.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from zlib import crc32

import zstandard

from ai_session_tui.journal.files import read_at
from ai_session_tui.journal.spans import EVENT, Span

MAGIC = b"AsJ\xb1"
VERSION = 1
LEVEL = 3
MAX_PLAIN_BYTES = 16 * 1024 * 1024  # a header that claims more was not written by us
# Magic, version, kind, stored bytes, payload CRC, start, length, first and last time in microseconds, number of
# events, columns and rows at the start, padding. The header's own CRC follows.
_FIELDS = struct.Struct("<4sHHIIQQQQIHH4x")
_CRC = struct.Struct("<I")
HEADER_BYTES = _FIELDS.size + _CRC.size

# zstd contexts hold about a megabyte and must not be used by two threads at once; all journals share these.
_compressing, _decompressing = threading.Lock(), threading.Lock()
_compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
_decompressor = zstandard.ZstdDecompressor()


class Kind(IntEnum):
    """What a block stands for."""

    DATA = 1
    GAP = 2  # `length` bytes that were lost before they could be written; no payload


@dataclass(frozen=True, slots=True)
class Entry:
    """One block as its header describes it; `position` is where the header stands in its file."""

    position: int
    stored: int
    payload_crc: int
    kind: int
    start: int
    length: int
    first_micros: int
    last_micros: int
    events: int
    columns: int
    rows: int

    @property
    def end(self) -> int:
        """Return the journal offset after the block's last byte."""
        return self.start + self.length

    @property
    def next_position(self) -> int:
        """Return where the next block's header stands."""
        return self.position + HEADER_BYTES + self.stored


def encode_block(span: Span) -> bytes:
    """Return `span` as a block."""
    with _compressing:
        payload = _compressor.compress(b"".join((span.events, span.data)))
    count = len(span.events) // EVENT.size
    times = [micros for _, micros, _, _ in EVENT.iter_unpack(span.events)] or [0]
    fields = _FIELDS.pack(
        MAGIC, VERSION, Kind.DATA, len(payload), crc32(payload), span.start, len(span.data),
        times[0], times[-1], count, span.columns, span.rows,
    )  # fmt: skip
    return fields + _CRC.pack(crc32(fields)) + payload


def encode_gap(start: int, length: int) -> bytes:
    """Return a block that says that `length` bytes from `start` on were lost."""
    fields = _FIELDS.pack(MAGIC, VERSION, Kind.GAP, 0, 0, start, length, 0, 0, 0, 0, 0)
    return fields + _CRC.pack(crc32(fields))


def decode_header(header: bytes, position: int) -> Entry | None:
    """Return the block whose header this is, or None when it is none of ours."""
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        return None
    fields = header[: _FIELDS.size]
    if _CRC.unpack_from(header, _FIELDS.size)[0] != crc32(fields):
        return None
    _, version, kind, stored, payload_crc, start, length, first, last, events, columns, rows = _FIELDS.unpack(fields)
    if kind == Kind.DATA and length + events * EVENT.size > MAX_PLAIN_BYTES:
        return None
    # A later version may mean its payload differently: its range is known, its data is not.
    kind = kind if version == VERSION else 0
    return Entry(position, stored, payload_crc, kind, start, length, first, last, events, columns, rows)


def read_block(descriptor: int, entry: Entry) -> Span | None:
    """Return the span of a data block, or None when its payload is damaged."""
    payload = read_at(descriptor, entry.stored, entry.position + HEADER_BYTES)
    if entry.kind != Kind.DATA or len(payload) != entry.stored or crc32(payload) != entry.payload_crc:
        return None
    table = entry.events * EVENT.size
    try:
        # The frame's own claim decides how much memory is taken, so it is checked first.
        if zstandard.frame_content_size(payload) != table + entry.length:
            return None
        with _decompressing:
            plain = _decompressor.decompress(payload)
    except zstandard.ZstdError:
        return None
    view = memoryview(plain)
    return Span(entry.start, view[table:], view[:table], entry.columns, entry.rows)


def scan(descriptor: int, position: int, at: int) -> Iterator[Entry]:
    """Yield the blocks of a file from `position` on whose offsets are `at` or later, in order.

    A block that is not complete ends the scan: it is being written, or it is torn. Damage before a later
    block is passed over.
    """
    size = os.fstat(descriptor).st_size
    while position < size:
        entry = decode_header(read_at(descriptor, HEADER_BYTES, position), position)
        if entry is None or entry.start < at or entry.next_position > size:
            entry = _next_block(descriptor, position + 1, at, size)
            if entry is None:
                return
        yield entry
        position, at = entry.next_position, entry.end


def _next_block(descriptor: int, position: int, at: int, size: int) -> Entry | None:
    """Return the first complete block after damage; segments are small enough to search in memory."""
    rest = read_at(descriptor, size - position, position)
    found = rest.find(MAGIC)
    while found >= 0:
        entry = decode_header(rest[found : found + HEADER_BYTES], position + found)
        if entry is not None and entry.start >= at and entry.next_position <= size:
            return entry
        found = rest.find(MAGIC, found + 1)
    return None
