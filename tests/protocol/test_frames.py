"""Frames: every row is written, read whole and read byte by byte; nonsense is refused however it is cut."""

from __future__ import annotations

import itertools
import json
import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui import limits
from ai_session_tui.errors import ProtocolError
from ai_session_tui.protocol.frames import (
    Binary,
    Control,
    FrameDecoder,
    encode_binary,
    encode_control,
    encode_stream,
)


def head(length: int, kind: bytes) -> bytes:
    return struct.pack(">I", length) + kind


def on_wire(payload: bytes, kind: bytes = b"J") -> bytes:
    return head(len(payload) + 1, kind) + payload


ROWS = [
    (Control({}), on_wire(b"{}")),
    (Control({"id": 7, "result": None}), on_wire(b'{"id":7,"result":null}')),
    (Control({"text": "é✓ \n"}), on_wire('{"text":"é✓ \\n"}'.encode())),
    (Control({"nested": {"list": [1, 2.5, True, "x"]}}), on_wire(b'{"nested":{"list":[1,2.5,true,"x"]}}')),
    (Binary(0, b""), on_wire(b"\0\0\0\0", b"B")),
    (Binary(7, b"\x00J\xff"), on_wire(b"\0\0\0\x07\x00J\xff", b"B")),
    (Binary(2**32 - 1, b"x" * 70_000), on_wire(b"\xff\xff\xff\xff" + b"x" * 70_000, b"B")),
]


@pytest.mark.parametrize(("frame", "wire"), ROWS)
def test_written(frame: Control | Binary, wire: bytes) -> None:
    if isinstance(frame, Control):
        assert encode_control(frame.message) == wire
    else:
        assert encode_binary(frame.stream, frame.data) == wire


def test_half_a_pair_arrives_as_it_is_sent() -> None:
    """A lone surrogate has no place in UTF-8, hence none in databases, files and answers."""
    escaped = on_wire(rb'{"a":"x\ud800","b":["\uDFFF"],"\udc80":"\ud83d\ude00"}')
    assert list(FrameDecoder().feed(escaped)) == [Control({"a": "x?", "b": ["?"], "?": "\U0001f600"})]
    assert encode_control({"a": "x\ud800"}) == on_wire(b'{"a":"x?"}')


@pytest.mark.parametrize(("frame", "wire"), ROWS)
def test_read_whole(frame: Control | Binary, wire: bytes) -> None:
    decoder = FrameDecoder()
    assert list(decoder.feed(wire)) == [frame]
    assert decoder.is_between_frames


@pytest.mark.parametrize(("frame", "wire"), ROWS)
def test_read_byte_by_byte(frame: Control | Binary, wire: bytes) -> None:
    decoder = FrameDecoder()
    for at in range(len(wire) - 1):
        assert list(decoder.feed(wire[at : at + 1])) == []
    assert not decoder.is_between_frames
    assert list(decoder.feed(wire[-1:])) == [frame]
    assert decoder.is_between_frames


NONSENSE = [
    ("no length", head(0, b"J")),
    ("too long by one", head(limits.MAX_FRAME_BYTES + 1, b"J")),
    ("as long as can be said", head(2**32 - 1, b"B")),
    ("http", b"GET / HTTP/1.1\r\n\r\n"),
    ("an unknown kind", on_wire(b"{}", b"X")),
    ("a binary frame without a stream", on_wire(b"\0\0\0", b"B")),
    ("not JSON", on_wire(b"{")),
    ("nothing", on_wire(b"")),
    ("a list", on_wire(b"[1]")),
    ("a number", on_wire(b"5")),
    ("null", on_wire(b"null")),
    ("two objects", on_wire(b"{}{}")),
    ("not UTF-8", on_wire(b'{"a":"\xff"}')),
    ("UTF-16", on_wire('{"a":1}'.encode("utf-16"))),
    ("a byte order mark", on_wire(b'\xef\xbb\xbf{"a":1}')),
    ("not a number", on_wire(b'{"a":NaN}')),
    ("infinity", on_wire(b'{"a":-Infinity}')),
    ("an endless number", on_wire(b'{"a":' + b"9" * 100_000 + b"}")),
    ("a deep pit", on_wire(b'{"a":' * 100_000)),
    ("a deep list", on_wire(b"[" * 100_000)),
]
NONSENSE_WIRE = pytest.mark.parametrize("wire", [row[1] for row in NONSENSE], ids=[row[0] for row in NONSENSE])


@NONSENSE_WIRE
def test_nonsense_is_a_protocol_error(wire: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(FrameDecoder().feed(wire))


@NONSENSE_WIRE
def test_nonsense_costs_no_frame_before_it_and_goes_on_being_refused(wire: bytes) -> None:
    decoder = FrameDecoder()
    got = []
    with pytest.raises(ProtocolError):
        for frame in decoder.feed(encode_control({"id": 1}) + encode_binary(1, b"x") + wire):
            got.append(frame)  # it raises on the way
    assert got == [Control({"id": 1}), Binary(1, b"x")]
    with pytest.raises(ProtocolError):
        list(decoder.feed(encode_control({"id": 2})))


def test_a_huge_length_is_refused_before_its_bytes_come() -> None:
    decoder = FrameDecoder()
    with pytest.raises(ProtocolError, match="allowed"):
        list(decoder.feed(head(limits.MAX_FRAME_BYTES + 1, b"J")))


def test_a_frame_of_the_greatest_length_passes() -> None:
    text = "x" * (limits.MAX_FRAME_BYTES - 1 - len(b'{"a":""}'))
    wire = encode_control({"a": text})
    assert len(wire) == limits.MAX_FRAME_BYTES + 4
    assert list(FrameDecoder().feed(wire)) == [Control({"a": text})]
    with pytest.raises(ProtocolError, match="does not fit"):
        encode_control({"a": text + "x"})


def test_the_first_frame_has_a_bound_of_its_own() -> None:
    hello, long = encode_control({"hello": "x"}), encode_control({"env": "x" * 10_000})
    decoder = FrameDecoder(max_first=limits.MAX_HELLO_BYTES)
    assert len(list(decoder.feed(hello + long))) == 2
    with pytest.raises(ProtocolError):
        list(FrameDecoder(max_first=limits.MAX_HELLO_BYTES).feed(long))


def test_an_iteration_that_is_broken_off_loses_nothing() -> None:
    decoder = FrameDecoder()
    wire = encode_control({"id": 1}) + encode_control({"id": 2}) + encode_control({"id": 3})
    for frame in decoder.feed(wire):
        assert frame == Control({"id": 1})
        break
    assert list(decoder.feed(b"")) == [Control({"id": 2}), Control({"id": 3})]


def test_a_lone_surrogate_travels_as_a_question_mark() -> None:
    assert list(FrameDecoder().feed(encode_control({"dir": "a\udcffb"}))) == [Control({"dir": "a?b"})]


def test_not_a_number_is_never_sent() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode_control({"a": float("nan")})


def test_memory_is_bounded_by_what_was_fed() -> None:
    decoder = FrameDecoder()
    tracemalloc.start()
    try:
        wire = encode_binary(1, b"x" * limits.STREAM_CHUNK_BYTES)
        for _ in range(500):
            for _ in decoder.feed(wire):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(wire)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=8,
)
any_frame = st.builds(
    Control, st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=4)
) | st.builds(Binary, st.integers(0, 2**32 - 1), st.binary(max_size=200))


def cut(data: bytes, places: list[int]) -> list[bytes]:
    at = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(at)]


def write(frame: Control | Binary) -> bytes:
    return encode_control(frame.message) if isinstance(frame, Control) else encode_binary(frame.stream, frame.data)


@given(st.lists(any_frame, max_size=6), st.lists(st.integers(0, 10_000), max_size=12))
def test_whatever_is_written_is_read_however_it_is_cut(frames: list[Control | Binary], places: list[int]) -> None:
    decoder = FrameDecoder()
    pieces = cut(b"".join(write(frame) for frame in frames), places)
    assert [frame for piece in pieces for frame in decoder.feed(piece)] == frames
    assert decoder.is_between_frames


def read_all(pieces: list[bytes]) -> tuple[list[Control | Binary], str]:
    decoder = FrameDecoder(4096)
    frames: list[Control | Binary] = []
    try:
        for piece in pieces:
            frames.extend(decoder.feed(piece))
    except ProtocolError as error:
        return frames, error.message
    return frames, ""


@given(
    st.lists(
        st.binary(max_size=60) | any_frame.map(write) | st.sampled_from([row[1][:3000] for row in NONSENSE]), max_size=6
    ),
    st.lists(st.integers(0, 10_000), max_size=12),
)
def test_garbage_gives_the_same_frames_and_the_same_error_however_it_is_cut(
    parts: list[bytes], places: list[int]
) -> None:
    data = b"".join(parts)
    assert read_all(cut(data, places)) == read_all([data])


@given(st.binary(max_size=300_000), st.integers(0, 2**32 - 1))
def test_a_stream_is_cut_into_frames_and_put_together_again(data: bytes, stream: int) -> None:
    frames = list(FrameDecoder().feed(encode_stream(stream, data)))
    assert all(isinstance(frame, Binary) and frame.stream == stream for frame in frames)
    assert all(len(frame.data) <= limits.STREAM_CHUNK_BYTES for frame in frames if isinstance(frame, Binary))
    assert b"".join(frame.data for frame in frames if isinstance(frame, Binary)) == data


def test_other_json_writers_are_understood() -> None:
    message = {"id": 1, "params": {"text": "é\u2028"}}
    for text in (json.dumps(message), json.dumps(message, indent=2), json.dumps(message, ensure_ascii=False)):
        assert list(FrameDecoder().feed(on_wire(text.encode()))) == [Control(message)]
