"""Mouse events to the reports that the program asked for, or to nothing at all.

Source: xterm ctlseqs, "Mouse Tracking" (DECSET 9, 1000, 1002, 1003; encodings 1005, 1006, 1015, 1016).
Invariant: a program that asked for no mouse never gets a byte, and a position that its encoding cannot express
is not reported rather than reported wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from ai_session_tui.terminal.key_names import ALT, CTRL, SHIFT

X10, NORMAL, BUTTON_MOTION, ANY_MOTION = 9, 1000, 1002, 1003
UTF8, SGR, URXVT, SGR_PIXELS = 1005, 1006, 1015, 1016

CELL_WIDTH, CELL_HEIGHT = 10, 20  # pixels that we say a cell has; a report in pixels points at its middle

_BYTE_LIMIT = 223  # columns and rows of the first encoding: one byte less 32
_UTF8_LIMIT = 2015  # two bytes of UTF-8, less 32
_MOTION = 32
_RELEASED = 3
_MODIFIER_BITS = ((SHIFT, 4), (ALT, 8), (CTRL, 16))


class MouseModes(Protocol):
    """The tracking and the encoding that the program set, as their DECSET numbers; 0 for none and for the first."""

    @property
    def mouse_tracking(self) -> int: ...
    @property
    def mouse_encoding(self) -> int: ...


class Button(IntEnum):
    """Buttons with xterm's code for each; NONE is the mouse moving with nothing held."""

    LEFT = 0
    MIDDLE = 1
    RIGHT = 2
    NONE = 3
    WHEEL_UP = 64
    WHEEL_DOWN = 65
    WHEEL_LEFT = 66
    WHEEL_RIGHT = 67
    BACK = 128
    FORWARD = 129


class Action(IntEnum):
    """What the mouse did. A wheel step is a PRESS of a wheel button and has no release."""

    PRESS = 0
    RELEASE = 1
    MOVE = 2


@dataclass(frozen=True, slots=True)
class MouseEvent:
    """One event at a cell of the pane, counted from 0; `button` of a MOVE is the one held, or NONE."""

    action: Action
    button: Button
    column: int
    row: int
    modifiers: int = 0


def encode_mouse(event: MouseEvent, modes: MouseModes) -> bytes:
    """Return the report of the event; empty when the program asked for no such event."""
    if not _is_wanted(event, modes.mouse_tracking) or event.column < 0 or event.row < 0:
        return b""
    code = int(event.button)
    if event.action is Action.MOVE:
        code += _MOTION
    if modes.mouse_tracking != X10:
        code += sum(bit for modifier, bit in _MODIFIER_BITS if event.modifiers & modifier)
    column, row = event.column + 1, event.row + 1
    released = event.action is Action.RELEASE
    if modes.mouse_encoding == SGR_PIXELS:
        column = event.column * CELL_WIDTH + CELL_WIDTH // 2 + 1
        row = event.row * CELL_HEIGHT + CELL_HEIGHT // 2 + 1
    if modes.mouse_encoding in (SGR, SGR_PIXELS):
        return f"\x1b[<{code};{column};{row}{'m' if released else 'M'}".encode()
    if released:
        # The older encodings tell that a button came up, not which.
        code = code - event.button + _RELEASED
    if modes.mouse_encoding == URXVT:
        return f"\x1b[{code + 32};{column};{row}M".encode()
    if modes.mouse_encoding == UTF8:
        return _characters(code, column, row, _UTF8_LIMIT, "utf-8")
    return _characters(code, column, row, _BYTE_LIMIT, "latin-1")


def wants_mouse(modes: MouseModes) -> bool:
    """Tell whether the program tracks the mouse at all, so that a face knows whose click it is."""
    return modes.mouse_tracking != 0


def _is_wanted(event: MouseEvent, tracking: int) -> bool:
    if event.action is Action.RELEASE and event.button >= Button.WHEEL_UP and event.button < Button.BACK:
        return False
    if tracking == X10:
        return event.action is Action.PRESS and event.button <= Button.RIGHT
    if event.action is not Action.MOVE:
        return tracking in (NORMAL, BUTTON_MOTION, ANY_MOTION) and event.button is not Button.NONE
    return tracking == ANY_MOTION or (tracking == BUTTON_MOTION and event.button is not Button.NONE)


def _characters(code: int, column: int, row: int, limit: int, encoding: str) -> bytes:
    if column > limit or row > limit:
        return b""
    return b"\x1b[M" + "".join(chr(32 + value) for value in (code, column, row)).encode(encoding)
