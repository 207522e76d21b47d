"""Whoever applies every frame in order shows the screen, whatever the program printed in between."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_session_tui.server.frames import FrameSource
from ai_session_tui.terminal import Terminal
from ai_session_tui.widgets.picture import Picture
from tests.terminal.streams import broken, output, sizes

EXAMPLES = int(os.environ.get("AI_SESSION_LAW_EXAMPLES", "200"))
thorough = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Watched:
    """A terminal and a viewer that has its frames."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.terminal = Terminal(*size, history=50)
        self.source = FrameSource()
        self.picture = Picture()
        self.look()

    def look(self) -> None:
        frame = self.source.next_frame(self.terminal)
        if frame is not None:
            self.picture.apply(frame)
        terminal, picture = self.terminal, self.picture
        assert picture.rows == [terminal.row(y) for y in range(terminal.rows)]
        assert (picture.columns, picture.cursor) == (terminal.columns, terminal.cursor)
        assert (picture.modes, picture.title) == (terminal.modes, terminal.title)
        assert picture.screen_at == terminal.dropped + terminal.history_length


# Much that scrolls, at one place of the screen or another.
scrolling = st.lists(
    st.one_of(
        st.builds(lambda top, bottom: f"\x1b[{top};{bottom}r", st.integers(0, 3), st.integers(2, 6)),
        st.builds(lambda y: f"\x1b[{y}H", st.integers(1, 6)),
        st.builds(lambda count, final: f"\x1b[{count}{final}", st.integers(1, 3), st.sampled_from("STLM")),
        st.sampled_from(["\x1bM", "\x1bD", "\x1b[?1049h", "\x1b[?1049l", "\x1b[3J", "\x1b[J"]),
        st.sampled_from(["\r\n", "\r\n", "\r\n", "one", "two", "a longer line than most", "\x1b[41m", "\x1b[m"]),
    ),
    max_size=20,
).map(lambda tokens: "".join(tokens).encode())


@thorough
@given(st.lists(st.one_of(output, broken, scrolling, scrolling, sizes), max_size=6), sizes)
def test_frames_show_the_screen(parts: list[bytes | tuple[int, int]], size: tuple[int, int]) -> None:
    watched = Watched(size)
    for part in parts:
        if isinstance(part, bytes):
            watched.terminal.feed(part)
        else:
            watched.terminal.resize(*part)
        watched.look()


def test_what_stands_below_a_scrolling_region_stays_there() -> None:
    """As a progress bar does that is kept in the last line."""
    watched = Watched((20, 5))
    watched.terminal.feed(b"\x1b[1;4r\x1b[5;1Hbar 10%\x1b[4;1H")
    watched.look()
    for number in range(10):
        watched.terminal.feed(b"line %d\r\n" % number)
        watched.look()
    assert watched.picture.rows[4].text == "bar 10%"
