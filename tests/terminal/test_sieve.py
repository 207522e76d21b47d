"""Output is plain, or is not, however it was cut when it was read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.terminal import Terminal, engine, flood
from ai_session_tui.terminal.sieve import Sieve, sift
from tests.terminal.test_laws import EXAMPLES

PARTS = [b"text ", b"\r\n", b"\xe6\xbc\xa2", b"\t", b"\x1b[31m", b"\x1b[K", b"\x1b[", b"\x1b", b"1;2", b"m", b"x" * 90]
STRAYS = [b"\x1b[2J", b"\x07", b"\x1b]0;t\x07", b"\x1b[?25l", b"\x1b[5A", b"\x00"]

chunks = st.lists(st.sampled_from(PARTS * 3 + STRAYS), min_size=1, max_size=12).map(b"".join)


def through(sieve: Sieve, data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in pairwise(places):
        sieve.add(memoryview(data)[start:end])


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.lists(chunks, min_size=1, max_size=4), cuts=st.lists(st.integers(0, 2000), max_size=5))
def test_cuts_do_not_matter(data: list[bytes], cuts: list[int]) -> None:
    sieve, before = Sieve(), b""
    for chunk in data:
        through(sieve, chunk, cuts)
        found, expected = sieve.take(), sift(chunk, before)
        if expected is None:
            assert found is None
            before = b""
        else:
            assert found is not None
            assert (found.before, found.after) == (before, expected.after)
            assert b"".join(piece.data for piece in found.pieces) == chunk
            assert b"".join(piece.line_ends for piece in found.pieces) == expected.pieces[0].line_ends
            before = expected.after


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    data=st.lists(st.tuples(chunks, st.booleans(), st.booleans()), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 500), max_size=5),
    columns=st.integers(1, 100),
)
def test_a_terminal_makes_the_same_of_sifted_output(
    data: list[tuple[bytes, bool, bool]], cuts: list[int], columns: int
) -> None:
    """Whether each chunk went through the sieve, and whether somebody looked before it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "LEAST_PUT_OFF", 1)
        patch.setattr(engine, "MOST_PUT_OFF", 400)
        patch.setattr(flood, "_LEAST_LINES", 1)
        sieve = Sieve()
        fast, drawn = Terminal(columns, 3, history=50), Terminal(columns, 3, history=50)
        for chunk, is_sifted, is_looked_at in data:
            chunk = chunk * 5
            drawn.feed(chunk)
            if is_looked_at:
                fast.lines()
            if is_sifted:
                through(sieve, chunk, cuts)
            taken = fast.feed_some(chunk, 200, sieve.take() if is_sifted else None)
            fast.feed(chunk[taken:])
        assert fast.state() == drawn.state()
        assert fast.dropped == drawn.dropped


def test_nothing_that_came_is_not_plain_output() -> None:
    sieve = Sieve()
    assert sieve.take() is None
    sieve.add(memoryview(b"text\x07"))
    sieve.add(memoryview(b"text"))
    assert sieve.take() is None
    sieve.add(memoryview(b"text"))
    found = sieve.take()
    assert found is not None
    assert [piece.data for piece in found.pieces] == [b"text"]
