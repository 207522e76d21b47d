"""Frames and descriptors arrive whole and in order, however the stream is cut."""

from __future__ import annotations

import itertools
import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.keeper.wire import MAX_FDS, Channel, WireError, close_all

# What os.fsdecode makes of any bytes: environments are not always UTF-8.
TEXTS = st.binary(max_size=40).map(os.fsdecode) | st.text(max_size=20)
MESSAGES = st.dictionaries(TEXTS.filter(lambda key: key != "fds"), TEXTS | st.integers(), max_size=4)


def read_frames(channel: Channel, count: int) -> list[tuple[dict[str, object], list[int]]]:
    frames: list[tuple[dict[str, object], list[int]]] = []
    while len(frames) < count:
        frames += channel.receive()
    return frames


@settings(max_examples=60, deadline=None)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=5), sizes=st.lists(st.integers(1, 60), min_size=1))
def test_a_stream_means_the_same_however_it_is_cut(messages: list[dict[str, object]], sizes: list[int]) -> None:
    left, right = socket.socketpair()
    middle_left, middle_right = socket.socketpair()
    sender, receiver = Channel(left, 1 << 20), Channel(middle_right, 1 << 20)
    with right, middle_left:
        for message in messages:
            sender.send(message)
        stream = b""
        right.setblocking(False)
        while True:
            try:
                stream += right.recv(65536)
            except BlockingIOError:
                break
        frames: list[tuple[dict[str, object], list[int]]] = []
        for size in itertools.cycle(sizes):
            if not stream:
                break
            middle_left.sendall(stream[:size])
            stream = stream[size:]
            frames += receiver.receive()
        assert frames == [(message, []) for message in messages]
    sender.close()
    receiver.close()


def test_each_frame_brings_its_own_descriptors() -> None:
    before = len(os.listdir("/proc/self/fd"))
    left, right = socket.socketpair()
    sender, receiver = Channel(left, 1 << 20), Channel(right, 1 << 20)
    pipes = [os.pipe() for _ in range(40)]
    for index, (reader, _) in enumerate(pipes):
        sender.send({"index": index}, [reader] * (index % 3))
    for message, fds in read_frames(receiver, len(pipes)):
        index = message["index"]
        assert isinstance(index, int)
        assert len(fds) == index % 3
        for fd in fds:
            assert os.path.sameopenfile(fd, pipes[index][0])
            assert not os.get_inheritable(fd)
        close_all(fds)
    for pair in pipes:
        close_all(pair)
    sender.close()
    receiver.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_as_many_descriptors_as_the_system_allows_go_with_one_frame() -> None:
    left, right = socket.socketpair()
    sender, receiver = Channel(left, 1 << 20), Channel(right, 1 << 20)
    sender.send({}, [0] * MAX_FDS)
    [(_, fds)] = read_frames(receiver, 1)
    assert len(fds) == MAX_FDS
    close_all(fds)
    sender.close()
    receiver.close()


def test_what_a_full_socket_does_not_take_waits_with_its_descriptors() -> None:
    before = len(os.listdir("/proc/self/fd"))
    left, right = socket.socketpair()
    sender, receiver = Channel(left, 1 << 20), Channel(right, 1 << 20)
    reader, writer = os.pipe()
    for index in range(50):
        sender.send({"index": index, "text": "x" * 20_000}, [reader])
    assert sender.unsent > 0
    os.close(reader)  # the copies that wait are the channel's
    frames: list[tuple[dict[str, object], list[int]]] = []
    while len(frames) < 50:
        frames += receiver.receive()
        sender.flush()
    assert sender.unsent == 0
    assert [message["index"] for message, _ in frames] == list(range(50))
    for _, fds in frames:
        assert len(fds) == 1
        close_all(fds)
    sender.send({}, [writer])
    os.close(writer)
    sender.close()
    receiver.close()  # with a frame that nobody read
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("frame", [b"[]", b"1", b"{", b"\xff", b'{"fds":1}', b'{"fds":-1}', b'{"fds":"1"}', b"x" * 200])
def test_nonsense_is_an_error_and_closes_what_came_with_it(frame: bytes) -> None:
    before = len(os.listdir("/proc/self/fd"))
    left, right = socket.socketpair()
    receiver = Channel(right, 100)
    with left:
        good = b'{"fds":1}'
        socket.send_fds(left, [b"\0\0\0" + bytes([len(good)]) + good + len(frame).to_bytes(4, "big") + frame], [0])
        with pytest.raises(WireError):
            receiver.receive()
    receiver.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_end_of_the_stream_is_told() -> None:
    left, right = socket.socketpair()
    receiver = Channel(right, 100)
    assert receiver.receive() == []
    left.close()
    with pytest.raises(EOFError):
        receiver.receive()
    receiver.close()
