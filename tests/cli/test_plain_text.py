"""Terminal output as plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.cli.plain_text import PlainText


def plain(data: bytes) -> str:
    text = PlainText()
    return text.feed(data) + text.flush()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"one\r\ntwo\n", "one\ntwo\n"),
        (b"no newline", "no newline"),
        (b"\x1b[1;31mred\x1b[0m\x1b[K\r\n", "red\n"),
        (b"\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b]8;;\x1b\\\n", "ab\n"),
        (b"\x1bP1$r0m\x1b\\x\x1b_G\x1b\\y\n", "xy\n"),
        (b" 10%\r 50%\r100%\n", "100%\n"),
        (b"progress 100%\r\x1b[Kdone\n", "done\n"),
        (b"abc\rX\n", "Xbc\n"),
        (b"abc\x08\x08X\n", "aXc\n"),
        (b"a\x1b[3Cb\n", "a   b\n"),
        (b"abc\x1b[2GX\n", "aXc\n"),
        (b"abc\x1b[2K\rX\n", "X\n"),
        (b"ab\r\r\n", "ab\n"),
        (b"\x07bell\x00\x0e\n", "bell\n"),
        ("日本\r\n".encode(), "日本\n"),
        (b"\xff\n", "\ufffd\n"),
        (b"a\x1b]0;never ends", "a"),
        (b"a\x1b[3", "a"),
        (b"\x1b]0;line\nfeed in it\x07after\n", "after\n"),
        (b"\x1b(Bx\x1b=y\x1b7z\n", "xyz\n"),
        (b"x\x1b[999999999999Cy\n", "x" + " " * 10_000 + "y\n"),
    ],
)
def test_what_a_person_would_have_read(data: bytes, text: str) -> None:
    assert plain(data) == text


PIECES = st.sampled_from(
    [
        b"\x1b[31m",
        b"\x1b]0;t\x07",
        b"\x1b]0;t",
        b"\x1b\\",
        b"\x1b",
        b"\r",
        b"\n",
        b"\x08",
        b"\x1b[K",
        b"\x1b[2C",
        b"abc",
        "é日".encode(),
        b"\x1bP",
        b"\x9b",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=5), max_size=15), st.lists(st.integers(0, 80), max_size=10))
def test_however_the_bytes_are_cut_the_text_is_the_same(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    text = PlainText()
    found, last = "", 0
    for cut in [*sorted({min(cut, len(data)) for cut in cuts}), len(data)]:
        found += text.feed(data[last:cut])
        last = cut
    assert found + text.flush() == plain(data)


@given(st.binary(max_size=300))
def test_no_control_sign_is_left(data: bytes) -> None:
    assert not {sign for sign in plain(data) if (sign < " " and sign not in "\n\t") or "\x7f" <= sign <= "\x9f"}


def test_a_line_without_end_is_not_held_for_ever() -> None:
    text = PlainText()
    found = sum(len(text.feed(b"x" * 65536)) for _ in range(64))
    assert found > 2 * 1024 * 1024


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[9999C" * 9000 + b"x\n",
        b"\x1b]" + b"\n" * 60_000,
        b"\x1b]0;title\n" * 5_000,
        b"\x1bPx\x1b]y\n" * 5_000,
        b"x" * 50_000 + b"\x1b[1K" * 3_000 + b"\n",
    ],
    ids=["to the right for ever", "a title of line feeds", "titles without an end", "one in another", "erased often"],
)
def test_no_program_makes_a_reader_slow_or_large(data: bytes) -> None:
    """Each of these took minutes or gigabytes."""
    text = PlainText()
    begun = time.process_time()
    found = "".join(text.feed(data[at : at + 4096]) for at in range(0, len(data), 4096)) + text.flush()
    assert len(found) < 200_000
    assert time.process_time() - begun < 15
