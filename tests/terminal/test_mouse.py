"""The mouse reaches a program that asked for it, in its encoding, and nobody else."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.terminal.key_names import ALT, CTRL, SHIFT
from ai_session_tui.terminal.mouse import Action, Button, MouseEvent, encode_mouse, wants_mouse
from tests.terminal.ghostty_input import ghostty_mouse


def modes(tracking: int, encoding: int = 0) -> SimpleNamespace:
    return SimpleNamespace(mouse_tracking=tracking, mouse_encoding=encoding)


PRESS, RELEASE, MOVE = Action
LEFT = Button.LEFT


@pytest.mark.parametrize(
    ("event", "tracking", "encoding", "expected"),
    [
        (MouseEvent(PRESS, LEFT, 0, 0), 0, 0, b""),
        (MouseEvent(PRESS, LEFT, 0, 0), 0, 1006, b""),
        (MouseEvent(PRESS, LEFT, 0, 0), 9, 0, b"\x1b[M !!"),
        (MouseEvent(PRESS, LEFT, 0, 0, CTRL), 9, 0, b"\x1b[M !!"),
        (MouseEvent(RELEASE, LEFT, 0, 0), 9, 0, b""),
        (MouseEvent(PRESS, Button.WHEEL_UP, 0, 0), 9, 0, b""),
        (MouseEvent(PRESS, LEFT, 4, 9), 1000, 0, b"\x1b[M %*"),
        (MouseEvent(RELEASE, Button.RIGHT, 4, 9), 1000, 0, b"\x1b[M#%*"),
        (MouseEvent(MOVE, LEFT, 4, 9), 1000, 1006, b""),
        (MouseEvent(MOVE, LEFT, 4, 9), 1002, 1006, b"\x1b[<32;5;10M"),
        (MouseEvent(MOVE, Button.NONE, 4, 9), 1002, 1006, b""),
        (MouseEvent(MOVE, Button.NONE, 4, 9), 1003, 1006, b"\x1b[<35;5;10M"),
        (MouseEvent(PRESS, Button.MIDDLE, 299, 399, SHIFT | ALT | CTRL), 1003, 1006, b"\x1b[<29;300;400M"),
        (MouseEvent(RELEASE, Button.MIDDLE, 299, 399), 1003, 1006, b"\x1b[<1;300;400m"),
        (MouseEvent(PRESS, Button.WHEEL_UP, 0, 0), 1000, 1006, b"\x1b[<64;1;1M"),
        (MouseEvent(PRESS, Button.WHEEL_DOWN, 0, 0), 1000, 1015, b"\x1b[97;1;1M"),
        (MouseEvent(RELEASE, Button.WHEEL_DOWN, 0, 0), 1000, 1006, b""),
        (MouseEvent(RELEASE, LEFT, 0, 0), 1000, 1015, b"\x1b[35;1;1M"),
        (MouseEvent(PRESS, LEFT, 222, 0), 1000, 0, b"\x1b[M \xff!"),
        (MouseEvent(PRESS, LEFT, 223, 0), 1000, 0, b""),
        (MouseEvent(PRESS, LEFT, 223, 0), 1000, 1005, b"\x1b[M " + chr(256).encode() + b"!"),
        (MouseEvent(PRESS, LEFT, 2015, 0), 1000, 1005, b""),
        (MouseEvent(PRESS, LEFT, -1, 0), 1000, 1006, b""),
        (MouseEvent(PRESS, LEFT, 2, 3), 1000, 1016, b"\x1b[<0;26;71M"),
    ],
)
def test_reports(event: MouseEvent, tracking: int, encoding: int, expected: bytes) -> None:
    assert encode_mouse(event, modes(tracking, encoding)) == expected


def test_only_a_tracking_program_owns_the_mouse() -> None:
    assert not wants_mouse(modes(0, 1006))
    assert wants_mouse(modes(1000))


def decode(report: bytes) -> tuple[int, int, int, bool]:
    """Return code, column and row counted from 0, and whether SGR's `m` says released."""
    if sgr := re.fullmatch(rb"\x1b\[<(\d+);(\d+);(\d+)([Mm])", report):
        return int(sgr[1]), int(sgr[2]) - 1, int(sgr[3]) - 1, sgr[4] == b"m"
    if urxvt := re.fullmatch(rb"\x1b\[(\d+);(\d+);(\d+)M", report):
        return int(urxvt[1]) - 32, int(urxvt[2]) - 1, int(urxvt[3]) - 1, False
    raise AssertionError(report)


presses = st.builds(
    MouseEvent,
    st.just(PRESS),
    st.sampled_from([button for button in Button if button is not Button.NONE]),
    st.integers(0, 999),
    st.integers(0, 499),
    st.integers(0, 7),
)


@given(presses, st.sampled_from([1006, 1015]))
def test_a_press_reads_back_as_itself(event: MouseEvent, encoding: int) -> None:
    code, column, row, released = decode(encode_mouse(event, modes(1003, encoding)))
    modifiers = sum(ours for ours, theirs in ((SHIFT, 4), (ALT, 8), (CTRL, 16)) if code & theirs)
    assert (code & ~0x1C, column, row, modifiers) == (event.button, event.column, event.row, event.modifiers)
    assert not released


@given(
    st.sampled_from(Action),
    st.sampled_from([button for button in Button if button < Button.BACK]),
    st.integers(0, 299),
    st.integers(0, 299),
    st.integers(0, 7),
    st.sampled_from([0, 9, 1000, 1002, 1003]),
    st.sampled_from([0, 1005, 1006, 1015]),
)
def test_reports_are_those_of_libghostty(
    action: Action, button: Button, column: int, row: int, modifiers: int, tracking: int, encoding: int
) -> None:
    if button is Button.NONE and action is not MOVE:
        return  # there is no such event
    if button >= Button.WHEEL_UP and action is not PRESS:
        return  # libghostty reports the release of a wheel; xterm and we do not: a step has no end
    event = MouseEvent(action, button, column, row, modifiers)
    theirs = ghostty_mouse(event, tracking, encoding, columns=300, rows=300)
    assert encode_mouse(event, modes(tracking, encoding)) == theirs
