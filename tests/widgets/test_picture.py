"""A picture kept up by frames is the server's screen: the server's own maker of frames is the oracle."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.server.frames import FrameSource, history_page
from ai_session_tui.terminal import Terminal
from ai_session_tui.widgets.picture import Picture

pieces = st.one_of(
    st.text("abc \n\r漢é", max_size=60).map(lambda text: text.replace("\n", "\r\n")),
    st.sampled_from(
        [
            "\x1b[2J",
            "\x1b[H",
            "\x1b[1;31m",
            "\x1b[m",
            "\x1b[5;3r",
            "\x1b[r",
            "\x1b[3S",
            "\x1b[2T",
            "\x1b[?1049h",
            "\x1b[?1049l",
            "\x1b[?25l",
            "\x1b[?25h",
            "\x1b[3J",
            "\x1b]2;title\x07",
            "\x1b[?2004h",
            "\x1b[7;7H",
            "\x1b[K",
        ]
    ),
)


@given(st.lists(pieces, max_size=30), st.lists(st.integers(1, 5), max_size=8), st.data())
def test_frames_make_the_picture_of_the_screen(feed: list[str], gaps: list[int], data: st.DataObject) -> None:
    """Whatever was printed, and however many frames were left out, the rows are those of the screen."""
    terminal, source, picture = Terminal(12, 6, history=40), FrameSource(), Picture()
    while feed:
        size = gaps.pop() if gaps else len(feed)
        part, feed = feed[:size], feed[size:]
        terminal.feed("".join(part).encode())
        if data.draw(st.booleans()) and not feed:
            terminal.resize(data.draw(st.integers(3, 20)), data.draw(st.integers(2, 9)))
        frame = source.next_frame(terminal)
        if frame is not None:
            picture.apply(json.loads(json.dumps(frame)))
    last = source.next_frame(terminal)
    if last is not None:
        picture.apply(json.loads(json.dumps(last)))
    if picture.is_empty:
        return
    assert [row.text for row in picture.rows] == [terminal.row(y).text for y in range(terminal.rows)]
    assert [row.runs for row in picture.rows] == [terminal.row(y).runs for y in range(terminal.rows)]
    assert (picture.cursor, picture.modes, picture.title) == (terminal.cursor, terminal.modes, terminal.title)
    assert picture.screen_at == terminal.dropped + terminal.history_length


@given(st.integers(1, 60), st.integers(1, 20))
def test_what_scrolled_away_is_remembered_or_asked_for(lines: int, step: int) -> None:
    terminal, source, picture = Terminal(20, 5, history=30), FrameSource(), Picture()
    for at in range(lines):
        terminal.feed(f"line {at}\r\n".encode())
        if at % step == 0 and (frame := source.next_frame(terminal)) is not None:
            picture.apply(frame)
    if (frame := source.next_frame(terminal)) is not None:
        picture.apply(frame)
    missing = picture.missing(0, picture.screen_at)
    if missing is not None:
        picture.put_history(history_page(terminal, *missing))
    assert picture.missing(0, picture.screen_at) is None
    for number in range(picture.first_kept, picture.screen_at):
        row = picture.line(number)
        assert row is not None
        assert row.text == terminal.history_row(number - terminal.dropped).text


def test_damage_names_the_rows_that_changed() -> None:
    terminal, source, picture = Terminal(20, 5), FrameSource(), Picture()
    terminal.feed(b"one\r\ntwo")
    picture.apply(source.next_frame(terminal) or {})
    terminal.feed(b"!")
    damage = picture.apply(source.next_frame(terminal) or {})
    assert damage.rows == {1} and not damage.everything and not damage.scrolled
    terminal.feed(b"\x1b]2;t\x07")
    assert picture.apply(source.next_frame(terminal) or {}).title
    terminal.resize(30, 5)
    assert picture.apply(source.next_frame(terminal) or {}).everything
