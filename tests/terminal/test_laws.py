"""Laws of the terminal that hold for any output: splits, snapshots, resizes, nothing raised, nothing leaked."""

from __future__ import annotations

import os
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_session_tui.terminal import Terminal
from tests.terminal.streams import broken, output, sizes

EXAMPLES = int(os.environ.get("AI_SESSION_LAW_EXAMPLES", "200"))
thorough = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def fed(data: bytes, size: tuple[int, int] = (12, 5), history: int = 50) -> Terminal:
    terminal = Terminal(*size, history=history)
    terminal.feed(data)
    return terminal


def check(terminal: Terminal) -> None:
    """Check what holds at any time."""
    screen = terminal._screen
    for page in (screen.main, screen.page):
        assert len(page.lines) == terminal.rows
        for line in page.lines:
            assert len(line.cells) == len(line.inks) == terminal.columns
            assert not re.search("(?:^|[\udfff])\udfff", line.cells), "half a wide character"
        assert not page.lines[-1].wrapped
    assert 0 <= screen.cursor.x <= terminal.columns
    assert 0 <= screen.cursor.y < terminal.rows
    assert terminal.history_length <= screen.history.limit
    for line in terminal.lines():
        assert not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", line)


@thorough
@given(st.one_of(output, broken), sizes, st.lists(st.integers(0, 400), max_size=8))
def test_any_split_of_the_output_has_the_same_effect(data: bytes, size: tuple[int, int], cuts: list[int]) -> None:
    whole = fed(data, size)
    check(whole)
    pieces = Terminal(*size, history=50)
    last = 0
    for cut in sorted(min(cut, len(data)) for cut in cuts):
        pieces.feed(data[last:cut])
        last = cut
    pieces.feed(data[last:])
    assert pieces.state() == whole.state()
    assert pieces.take_replies() == whole.take_replies()


@thorough
@given(output, sizes)
def test_byte_by_byte_is_the_same_as_at_once(data: bytes, size: tuple[int, int]) -> None:
    whole, single = fed(data, size), Terminal(*size, history=50)
    for value in data:
        single.feed(bytes([value]))
    assert single.state() == whole.state()


@thorough
@given(output, sizes, output)
def test_a_snapshot_cleans_up_what_was_there(data: bytes, size: tuple[int, int], dirt: bytes) -> None:
    terminal = fed(b"\x1b]7;file:///there\x07" + data, size)
    rebuilt = fed(dirt, size)
    rebuilt.feed(terminal.snapshot())
    fresh = fed(terminal.snapshot(), size)
    for one in (rebuilt, fresh):
        one.feed(b"\x1b\\\x1b[3J")  # the scrollback of a viewer is its own
    assert rebuilt.state() == fresh.state()


@thorough
@given(st.one_of(output, broken), sizes)
def test_a_snapshot_rebuilds_the_terminal(data: bytes, size: tuple[int, int]) -> None:
    terminal = fed(data, size)
    snapshot = terminal.snapshot()
    rebuilt = fed(snapshot, size)
    assert rebuilt.state() == terminal.state()
    assert not rebuilt.take_replies(), "a snapshot asks nothing"


@thorough
@given(output, sizes, output)
def test_a_rebuilt_terminal_goes_on_as_the_first_would(data: bytes, size: tuple[int, int], more: bytes) -> None:
    terminal = fed(data, size)
    rebuilt = fed(terminal.snapshot(), size)
    for one in (terminal, rebuilt):
        one.feed(b"\x1b\\x" + more)  # which character REP would repeat is not kept
    assert rebuilt.lines() == terminal.lines()
    assert rebuilt.cursor == terminal.cursor


@thorough
@given(output, st.lists(sizes, min_size=1, max_size=4), output)
def test_resizing_keeps_the_terminal_whole(data: bytes, new: list[tuple[int, int]], more: bytes) -> None:
    terminal = fed(data)
    for size in new:
        terminal.resize(*size)
        check(terminal)
        rebuilt = fed(terminal.snapshot(), size)
        assert rebuilt.state() == terminal.state()
        terminal.feed(more)
        check(terminal)


@thorough
@given(
    st.lists(st.sampled_from(["word ", "你好", "x", "é", "\r\n", "\x1b[31m", "👍🏽"]), max_size=60), st.integers(2, 30)
)
def test_reflow_keeps_the_text(tokens: list[str], columns: int) -> None:
    terminal = Terminal(11, 4, history=1000)
    terminal.feed("".join(tokens).encode())
    before = terminal.text(None)
    terminal.resize(columns, 4)
    assert terminal.text(None) == before
    terminal.resize(11, 4)
    assert terminal.text(None) == before


@thorough
@given(st.lists(output, max_size=5), sizes)
def test_a_viewer_that_redraws_the_changed_rows_shows_the_screen(chunks: list[bytes], size: tuple[int, int]) -> None:
    terminal = Terminal(*size)
    shown = [terminal.row(y) for y in range(size[1])]
    seen = terminal.epoch
    for chunk in chunks:
        terminal.feed(chunk)
        for y in terminal.rows_changed_since(seen):
            shown[y] = terminal.row(y)
        seen = terminal.epoch
        assert shown == [terminal.row(y) for y in range(size[1])]


@thorough
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    terminal = fed(data)
    check(terminal)
    assert fed(terminal.snapshot()).state() == terminal.state()
