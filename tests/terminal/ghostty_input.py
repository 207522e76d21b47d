"""libghostty's own encoders of keys and mouse events, as an oracle for ours."""

from __future__ import annotations

from types import SimpleNamespace

from pyghostty import ffi, lib
from pyghostty.core import init_sized

from ai_session_tui.terminal.key_names import Key
from ai_session_tui.terminal.mouse import Action, Button, MouseEvent

_MODIFIERS = (1, 2, 4, 8)  # our bits: shift, alt, ctrl, super
_GHOSTTY_MODIFIERS = (1, 4, 2, 8)  # its bits for the same

_KEYS = {
    **{chr(97 + index): lib.GHOSTTY_KEY_A + index for index in range(26)},
    **{str(digit): lib.GHOSTTY_KEY_DIGIT_0 + digit for digit in range(10)},
    **{f"f{number}": lib.GHOSTTY_KEY_F1 + number - 1 for number in range(1, 13)},
    " ": lib.GHOSTTY_KEY_SPACE,
    "/": lib.GHOSTTY_KEY_SLASH,
    "-": lib.GHOSTTY_KEY_MINUS,
    "[": lib.GHOSTTY_KEY_BRACKET_LEFT,
    "]": lib.GHOSTTY_KEY_BRACKET_RIGHT,
    "\\": lib.GHOSTTY_KEY_BACKSLASH,
    "up": lib.GHOSTTY_KEY_ARROW_UP,
    "down": lib.GHOSTTY_KEY_ARROW_DOWN,
    "left": lib.GHOSTTY_KEY_ARROW_LEFT,
    "right": lib.GHOSTTY_KEY_ARROW_RIGHT,
    "home": lib.GHOSTTY_KEY_HOME,
    "end": lib.GHOSTTY_KEY_END,
    "insert": lib.GHOSTTY_KEY_INSERT,
    "delete": lib.GHOSTTY_KEY_DELETE,
    "escape": lib.GHOSTTY_KEY_ESCAPE,
    "pageup": lib.GHOSTTY_KEY_PAGE_UP,
    "pagedown": lib.GHOSTTY_KEY_PAGE_DOWN,
    "tab": lib.GHOSTTY_KEY_TAB,
    "enter": lib.GHOSTTY_KEY_ENTER,
    "backspace": lib.GHOSTTY_KEY_BACKSPACE,
}
KNOWN_KEYS = tuple(_KEYS)

_BUTTONS = {
    Button.LEFT: lib.GHOSTTY_MOUSE_BUTTON_LEFT,
    Button.MIDDLE: lib.GHOSTTY_MOUSE_BUTTON_MIDDLE,
    Button.RIGHT: lib.GHOSTTY_MOUSE_BUTTON_RIGHT,
    Button.WHEEL_UP: lib.GHOSTTY_MOUSE_BUTTON_FOUR,
    Button.WHEEL_DOWN: lib.GHOSTTY_MOUSE_BUTTON_FIVE,
    Button.WHEEL_LEFT: lib.GHOSTTY_MOUSE_BUTTON_SIX,
    Button.WHEEL_RIGHT: lib.GHOSTTY_MOUSE_BUTTON_SEVEN,
}
_TRACKINGS = {0: 0, 9: 1, 1000: 2, 1002: 3, 1003: 4}
_ENCODINGS = {0: 0, 1005: 1, 1006: 2, 1015: 3}


def _modifiers(ours: int) -> int:
    return sum(theirs for bit, theirs in zip(_MODIFIERS, _GHOSTTY_MODIFIERS, strict=True) if ours & bit)


def ghostty_key(key: Key, modes: SimpleNamespace, event: int = 1) -> bytes:
    """Return what libghostty sends for the key on a US keyboard."""
    encoder = ffi.new("GhosttyKeyEncoder*")
    assert lib.ghostty_key_encoder_new(ffi.NULL, encoder) == 0
    for option, value in (
        (lib.GHOSTTY_KEY_ENCODER_OPT_CURSOR_KEY_APPLICATION, modes.application_cursor),
        (lib.GHOSTTY_KEY_ENCODER_OPT_KEYPAD_KEY_APPLICATION, modes.application_keypad),
        (lib.GHOSTTY_KEY_ENCODER_OPT_ALT_ESC_PREFIX, True),
        (lib.GHOSTTY_KEY_ENCODER_OPT_MODIFY_OTHER_KEYS_STATE_2, modes.modify_other_keys == 2),
        (lib.GHOSTTY_KEY_ENCODER_OPT_BACKARROW_KEY_MODE, modes.backarrow),
    ):
        lib.ghostty_key_encoder_setopt(encoder[0], option, ffi.new("bool*", value))
    flags = ffi.new("GhosttyKittyKeyFlags*", modes.kitty_flags)
    lib.ghostty_key_encoder_setopt(encoder[0], lib.GHOSTTY_KEY_ENCODER_OPT_KITTY_FLAGS, flags)
    press = ffi.new("GhosttyKeyEvent*")
    assert lib.ghostty_key_event_new(ffi.NULL, press) == 0
    lib.ghostty_key_event_set_key(press[0], _KEYS[key.name])
    lib.ghostty_key_event_set_mods(press[0], _modifiers(key.modifiers))
    action = {1: lib.GHOSTTY_KEY_ACTION_PRESS, 2: lib.GHOSTTY_KEY_ACTION_REPEAT, 3: lib.GHOSTTY_KEY_ACTION_RELEASE}
    lib.ghostty_key_event_set_action(press[0], action[event])
    text = ffi.new("char[]", key.text.encode())
    if key.text:
        lib.ghostty_key_event_set_utf8(press[0], text, len(key.text.encode()))
        lib.ghostty_key_event_set_unshifted_codepoint(press[0], ord(key.name))
        if key.modifiers & 1:
            lib.ghostty_key_event_set_consumed_mods(press[0], 1)
    out, written = ffi.new("char[128]"), ffi.new("size_t*")
    assert lib.ghostty_key_encoder_encode(encoder[0], press[0], out, 128, written) == 0
    lib.ghostty_key_event_free(press[0])
    lib.ghostty_key_encoder_free(encoder[0])
    return bytes(ffi.buffer(out, written[0]))


def ghostty_mouse(event: MouseEvent, tracking: int, encoding: int, *, columns: int, rows: int) -> bytes:
    """Return what libghostty reports for the event in a window of cells of 10 x 20 pixels."""
    encoder = ffi.new("GhosttyMouseEncoder*")
    assert lib.ghostty_mouse_encoder_new(ffi.NULL, encoder) == 0
    size = init_sized("GhosttyMouseEncoderSize")
    size.screen_width, size.screen_height = columns * 10, rows * 20
    size.cell_width, size.cell_height = 10, 20
    held = ffi.new("bool*", event.button is not Button.NONE)
    for option, value in (
        (lib.GHOSTTY_MOUSE_ENCODER_OPT_EVENT, ffi.new("GhosttyMouseTrackingMode*", _TRACKINGS[tracking])),
        (lib.GHOSTTY_MOUSE_ENCODER_OPT_FORMAT, ffi.new("GhosttyMouseFormat*", _ENCODINGS[encoding])),
        (lib.GHOSTTY_MOUSE_ENCODER_OPT_SIZE, size),
        (lib.GHOSTTY_MOUSE_ENCODER_OPT_ANY_BUTTON_PRESSED, held),
    ):
        lib.ghostty_mouse_encoder_setopt(encoder[0], option, value)
    report = ffi.new("GhosttyMouseEvent*")
    assert lib.ghostty_mouse_event_new(ffi.NULL, report) == 0
    actions = {
        Action.PRESS: lib.GHOSTTY_MOUSE_ACTION_PRESS,
        Action.RELEASE: lib.GHOSTTY_MOUSE_ACTION_RELEASE,
        Action.MOVE: lib.GHOSTTY_MOUSE_ACTION_MOTION,
    }
    lib.ghostty_mouse_event_set_action(report[0], actions[event.action])
    if event.button in _BUTTONS:
        lib.ghostty_mouse_event_set_button(report[0], _BUTTONS[event.button])
    lib.ghostty_mouse_event_set_mods(report[0], _modifiers(event.modifiers))
    position = ffi.new("GhosttyMousePosition*", {"x": event.column * 10 + 5, "y": event.row * 20 + 10})
    lib.ghostty_mouse_event_set_position(report[0], position[0])
    out, written = ffi.new("char[64]"), ffi.new("size_t*")
    assert lib.ghostty_mouse_encoder_encode(encoder[0], report[0], out, 64, written) == 0
    lib.ghostty_mouse_event_free(report[0])
    lib.ghostty_mouse_encoder_free(encoder[0])
    return bytes(ffi.buffer(out, written[0]))
