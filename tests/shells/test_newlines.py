"""ONLCR is undone exactly, however the stream is cut."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.shells import NewlineRestorer, undo_onlcr

texts = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b""]), max_size=30).map(b"".join)


@given(texts)
def test_what_the_driver_added_is_taken_away(data: bytes) -> None:
    assert undo_onlcr(data.replace(b"\n", b"\r\n")) == data


@given(texts, st.lists(st.integers(0, 60), max_size=6))
def test_cuts_change_nothing(data: bytes, cuts: list[int]) -> None:
    sent = data.replace(b"\n", b"\r\n")
    edges = [0, *sorted(min(c, len(sent)) for c in cuts), len(sent)]
    restorer = NewlineRestorer()
    out = [restorer.feed(sent[a:b]) for a, b in itertools.pairwise(edges)]
    assert b"".join(out) + restorer.flush() == data
