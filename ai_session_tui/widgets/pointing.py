"""Textual's mouse events in the terms of the encoder."""

from __future__ import annotations

from textual import events

from ai_session_tui.terminal.key_names import ALT, CTRL, SHIFT
from ai_session_tui.terminal.mouse import Button

_BUTTONS = {1: Button.LEFT, 2: Button.MIDDLE, 3: Button.RIGHT}


def button_of(event: events.MouseEvent) -> Button:
    """Return the button that is held, or NONE."""
    return _BUTTONS.get(event.button, Button.NONE)


def wheel_of(way: int) -> Button:
    """Return the wheel's button: -1 is up."""
    return Button.WHEEL_UP if way < 0 else Button.WHEEL_DOWN


def modifiers_of(event: events.MouseEvent) -> int:
    """Return the modifier bits; shift is the dashboard's and never the program's."""
    return (ALT if event.meta else 0) | (CTRL if event.ctrl else 0) | (SHIFT if event.shift else 0)
