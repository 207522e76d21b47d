"""A line that was remembered is found again, wherever scrolling and other widths have taken it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.terminal import Terminal

texts = st.text(st.sampled_from("ab 漢é\t"), max_size=50)


def text_of(terminal: Terminal, number: int) -> str:
    """Return the whole line of which the row with a number is the first."""
    parts = []
    while True:
        at = number - terminal.dropped
        inside = at < terminal.history_length
        row = terminal.history_row(at) if inside else terminal.row(at - terminal.history_length)
        parts.append(row.text)
        if not row.wrapped:
            return "".join(parts)
        number += 1


@settings(deadline=None)
@given(
    st.lists(st.tuples(texts, st.booleans()), max_size=40),
    st.lists(st.tuples(st.integers(3, 60), st.integers(1, 12)), max_size=4),
    st.sampled_from([10, 1000]),
)
def test_remembered_lines_keep_their_names(
    lines: list[tuple[str, bool]], sizes: list[tuple[int, int]], history: int
) -> None:
    terminal = Terminal(20, 5, history=history)
    names = {}
    for number, (text, is_marked) in enumerate(lines):
        if is_marked:
            terminal.drop_anchor(number)
            names[number] = f"#{number};"
        terminal.feed(f"#{number};{text}\r\n".encode())
    for columns, rows in sizes:
        terminal.resize(columns, rows)
    found = terminal.anchors()
    assert list(found) == sorted(found) and list(found.values()) == sorted(found.values())
    for name, line in found.items():
        assert text_of(terminal, line).startswith(names[name])
    if history == 1000:
        assert found.keys() == names.keys()


def test_anchors_follow_floods_that_are_still_bytes() -> None:
    terminal = Terminal(40, 5, history=20_000)
    flood = b"".join(b"line %d that is a little longer than half a row\r\n" % number for number in range(600))
    for name in range(3):
        terminal.feed(b"\x1b]133;C\x1b\\")
        terminal.drop_anchor(name)
        terminal.feed(b"here %d\r\n" % name)
        terminal.feed(flood)
    for size in ((17, 9), (90, 3), (33, 20)):
        terminal.resize(*size)
        assert [text_of(terminal, line) for line in terminal.anchors().values()] == ["here 0", "here 1", "here 2"]


def test_erased_lines_are_forgotten_and_those_above_are_not() -> None:
    terminal = Terminal(20, 4, history=100)
    for name in range(6):
        terminal.drop_anchor(name)
        terminal.feed(f"line {name}\r\n".encode())
    terminal.feed(b"\x1b[H\x1b[2J")
    assert list(terminal.anchors()) == [0, 1, 2, 3]  # what is behind line 3 began on the screen
    terminal.feed(b"\x1b[3J")
    assert terminal.anchors() == {3: terminal.dropped}


def test_the_alternate_screen_has_none() -> None:
    terminal = Terminal(20, 4)
    terminal.drop_anchor(1)
    terminal.feed(b"\x1b[?1049h\x1b[2J")
    terminal.drop_anchor(2)
    terminal.feed(b"\x1b[?1049l")
    assert terminal.anchors() == {1: 0}
