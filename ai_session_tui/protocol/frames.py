"""Frames: how messages are laid on the wire.

    frame   := length (4 bytes, big-endian, of what follows) kind (1 byte) payload
    kind J  := payload is one JSON object in UTF-8: greeting, request, cancel, result, error, event
    kind B  := payload is a stream id (4 bytes, big-endian) and raw bytes: terminal input or output

Invariant: the decoder never holds more than one frame of at most `max_frame` bytes, whatever it is fed, and says
`ProtocolError` instead of anything else. Sans-IO, and thin: every headless subcommand imports it.
"""

from __future__ import annotations

import struct

from ai_session_tui import limits
from ai_session_tui.errors import ProtocolError
from ai_session_tui.protocol import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD = struct.Struct(">IB")
_STREAM = struct.Struct(">IBI")
_KIND_JSON = ord("J")
_KIND_BINARY = ord("B")


class Control:
    """A decoded JSON frame."""

    __slots__ = ("message",)

    def __init__(self, message: dict[str, object]) -> None:
        self.message = message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Control) and other.message == self.message

    def __repr__(self) -> str:
        return f"Control({self.message!r})"

    __hash__ = None  # type: ignore[assignment]  # it holds a dict


class Binary:
    """A decoded binary frame: bytes of one stream, in order."""

    __slots__ = ("data", "stream")

    def __init__(self, stream: int, data: bytes) -> None:
        self.stream = stream
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Binary) and (other.stream, other.data) == (self.stream, self.data)

    def __repr__(self) -> str:
        return f"Binary({self.stream}, {self.data!r})"

    __hash__ = None  # type: ignore[assignment]  # like Control


def encode_control(message: Mapping[str, object]) -> bytes:
    """Return one JSON frame; raise `ProtocolError` when it would be longer than the peer accepts."""
    # A lone surrogate (an undecodable byte of a file name) has no UTF-8 form: it travels as "?".
    payload = json_text.encode(message).encode("utf-8", "replace")
    if len(payload) + 1 > limits.MAX_FRAME_BYTES:
        raise ProtocolError(f"a message of {len(payload):,} bytes does not fit a frame", "ask for less at once.")
    return _HEAD.pack(len(payload) + 1, _KIND_JSON) + payload


def encode_binary(stream: int, data: bytes) -> bytes:
    """Return one binary frame of at most `limits.STREAM_CHUNK_BYTES` of data."""
    return _STREAM.pack(len(data) + 5, _KIND_BINARY, stream) + data


def encode_stream(stream: int, data: bytes) -> bytes:
    """Return as many binary frames as `data` needs."""
    step = limits.STREAM_CHUNK_BYTES
    if len(data) <= step:
        return encode_binary(stream, data)
    return b"".join(encode_binary(stream, data[at : at + step]) for at in range(0, len(data), step))


class FrameDecoder:
    """Turn received bytes into frames, however they were cut; the first frame may have a bound of its own.

    A greeting and a long request can come in one piece, so the bound has to change between two frames of one `feed`.
    """

    def __init__(self, max_frame: int = limits.MAX_FRAME_BYTES, *, max_first: int | None = None) -> None:
        self.max_frame = max_frame
        self._bound = max_frame if max_first is None else max_first
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Control | Binary]:
        """Take `data` and return an iterator over the frames that it completes.

        The iterator raises `ProtocolError` where something comes that is no frame of ours, after the frames before it:
        how the bytes were cut makes no difference.
        """
        self._buffer += data
        return self._frames()

    def _frames(self) -> Iterator[Control | Binary]:
        buffer = self._buffer
        at = 0
        try:
            while len(buffer) - at >= _HEAD.size:
                length, kind = _HEAD.unpack_from(buffer, at)
                if not 1 <= length <= self._bound:
                    raise ProtocolError(f"a frame of {length:,} bytes (allowed: 1 to {self._bound:,})")
                end = at + 4 + length
                if len(buffer) < end:
                    break
                frame = _decode(kind, bytes(buffer[at + 5 : end]))
                at = end
                self._bound = self.max_frame
                yield frame
        finally:
            del buffer[:at]

    @property
    def is_between_frames(self) -> bool:
        """Whether everything that was fed has been returned."""
        return not self._buffer


def _decode(kind: int, payload: bytes) -> Control | Binary:
    if kind == _KIND_BINARY:
        if len(payload) < 4:
            raise ProtocolError("a binary frame without a stream id")
        return Binary(int.from_bytes(payload[:4], "big"), payload[4:])
    if kind != _KIND_JSON:
        raise ProtocolError(f"a frame of unknown kind {kind}")
    try:
        message = json_text.decode(payload)
        if b"\\ud" in payload or b"\\uD" in payload:
            message = _without_halves(message)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a control frame that is not JSON: {error}") from None
    if not isinstance(message, dict):
        raise ProtocolError("a control frame that is not a JSON object")
    return Control(message)


def _without_halves(value: object) -> object:
    """Return what was decoded with every lone surrogate (half a pair, escaped) as `encode_control` sends it."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_without_halves(item) for item in value]
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(item) for name, item in value.items()}
    return value
