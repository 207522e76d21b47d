"""Keys to the bytes that the program in the pane asked for.

The tables follow xterm (ctlseqs, "PC-Style Function Keys", "modifyOtherKeys") and, while a program holds kitty
keyboard flags, the kitty keyboard protocol. Invariant: one key press is one sequence; a key that the asked
encoding cannot express sends its nearest legacy form or nothing, never something that means another key.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

from ai_session_tui.terminal.key_names import ALT, CTRL, SHIFT, Key, parse_key

# Kitty's progressive enhancements.
DISAMBIGUATE, EVENT_TYPES, ALTERNATES, ALL_AS_ESCAPES, ASSOCIATED_TEXT = 1, 2, 4, 8, 16


class KeyModes(Protocol):
    """What the encoder has to know of the program's wishes; the screen's `Modes` has it all."""

    @property
    def application_cursor(self) -> bool: ...
    @property
    def application_keypad(self) -> bool: ...
    @property
    def backarrow(self) -> bool: ...
    @property
    def newline(self) -> bool: ...
    @property
    def modify_other_keys(self) -> int: ...
    @property
    def kitty_flags(self) -> int: ...


class FocusModes(Protocol):
    """Whether the program wants to hear of the focus (DECSET 1004)."""

    @property
    def focus(self) -> bool: ...


class KeyEvent(IntEnum):
    """What happened to the key; the numbers are kitty's event types."""

    PRESS = 1
    REPEAT = 2
    RELEASE = 3


# CSI <letter>, or SS3 <letter> when application mode or a function key asks for it.
_LETTERS = {"up": "A", "down": "B", "right": "C", "left": "D", "kp_begin": "E", "end": "F", "home": "H"} | {
    "f1": "P",
    "f2": "Q",
    "f3": "R",
    "f4": "S",
}

# CSI <number> ~
_NUMBERS = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6, "menu": 29} | {
    f"f{key}": number for key, number in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)
}

# SS3 <letter> in application keypad mode (DECKPAM).
_KEYPAD = {f"kp_{digit}": chr(ord("p") + digit) for digit in range(10)} | {
    "kp_multiply": "j",
    "kp_add": "k",
    "kp_separator": "l",
    "kp_subtract": "m",
    "kp_decimal": "n",
    "kp_divide": "o",
    "kp_equal": "X",
    "kp_enter": "M",
}

# Keys with a C0 byte of their own.
_CONTROLS = {"escape": 27, "enter": 13, "tab": 9, "backspace": 127}

# CSI <number> u: kitty's private-use numbers for keys that Unicode does not name.
_KITTY = (
    _CONTROLS
    | {"caps_lock": 57358, "scroll_lock": 57359, "num_lock": 57360, "print_screen": 57361, "pause": 57362}
    | {"menu": 57363, "kp_decimal": 57409, "kp_divide": 57410, "kp_multiply": 57411, "kp_subtract": 57412}
    | {"kp_add": 57413, "kp_enter": 57414, "kp_equal": 57415, "kp_separator": 57416}
    | {f"kp_{digit}": 57399 + digit for digit in range(10)}
    | {f"f{number}": 57376 + number - 13 for number in range(13, 36)}
)

# Ctrl and a character that has a C0 byte; the digits are the VT220's (xterm and kitty agree on them).
_CTRL = {chr(code + 96): code for code in range(1, 27)} | dict(
    zip(" @2[3\\4]5^~6_/7?8", (0, 0, 0, 27, 27, 28, 28, 29, 29, 30, 30, 30, 31, 31, 31, 127, 127), strict=True)
)


def encode_key(
    key: Key | str, modes: KeyModes, *, character: str | None = None, event: KeyEvent = KeyEvent.PRESS
) -> bytes:
    """Return the bytes for a key; a `str` is a name as Textual reports it, `character` its event's character.

    Empty for a key without an encoding, and for a release that nobody asked about. Raises UsageError for a name
    that means nothing.
    """
    if isinstance(key, str):
        key = parse_key(key, character)
    if not key.name:
        return b""
    if modes.kitty_flags:
        return _kitty(key, modes.kitty_flags, event, modes)
    if event is KeyEvent.RELEASE:
        return b""
    if modes.modify_other_keys and (encoded := _modified(key, modes)) is not None:
        return encoded
    return _legacy(key, modes)


def encode_text(text: str) -> bytes:
    """Return typed text as a program receives it: UTF-8, and CR where the text has line ends."""
    return text.replace("\r\n", "\r").replace("\n", "\r").encode("utf-8", "replace")


def encode_focus(gained: bool, modes: FocusModes) -> bytes:
    """Return the focus report, if the program asked for one (DECSET 1004)."""
    if not modes.focus:
        return b""
    return b"\x1b[I" if gained else b"\x1b[O"


def _legacy(key: Key, modes: KeyModes) -> bytes:
    name, modifiers = key.name, key.modifiers
    if name.startswith("f") and (number := _function_number(name)) > 12:
        # terminfo's kf13… are shift+F1…, kf25… ctrl+F1… on every xterm-like entry.
        name, modifiers = f"f{(number - 1) % 12 + 1}", modifiers | (SHIFT if number <= 24 else CTRL)
    if name in _LETTERS:
        return _cursor_like(name, modifiers & 7, modes)
    if name in _NUMBERS:
        return f"\x1b[{_NUMBERS[name]}{_suffix(modifiers & 7)}~".encode()
    if name in _KEYPAD and modes.application_keypad and not modifiers & 7:
        return f"\x1bO{_KEYPAD[name]}".encode()
    meta = b"\x1b" if modifiers & ALT else b""
    if name in ("enter", "kp_enter"):
        return meta + (b"\r\n" if modes.newline else b"\r")
    if name == "tab":
        return meta + (b"\x1b[Z" if modifiers & SHIFT else b"\t")
    if name == "escape":
        return meta + b"\x1b"
    if name == "backspace":
        # DECBKM swaps the two bytes, and so does ctrl.
        return meta + (b"\x08" if bool(modifiers & CTRL) != modes.backarrow else b"\x7f")
    if not key.text:
        return b""
    if modifiers & CTRL:
        code = _CTRL.get(key.text, _CTRL.get(key.text.lower()))
        if code is not None:
            return meta + bytes([code])
    return meta + key.text.encode("utf-8", "replace")


def _function_number(name: str) -> int:
    return int(name[1:]) if name[1:].isdecimal() else 0


def _cursor_like(name: str, modifiers: int, modes: KeyModes) -> bytes:
    letter = _LETTERS[name]
    if modifiers:
        return f"\x1b[1{_suffix(modifiers)}{letter}".encode()
    application = modes.application_keypad if name == "kp_begin" else modes.application_cursor
    return f"\x1b{'O' if letter in 'PQRS' or application else '['}{letter}".encode()


def _suffix(modifiers: int) -> str:
    return f";{modifiers + 1}" if modifiers else ""


def _modified(key: Key, modes: KeyModes) -> bytes | None:
    """Return `CSI 27 ; m ; code ~` where modifyOtherKeys asks for it, else None for the legacy form."""
    modifiers = key.modifiers & 7
    code = _CONTROLS.get("enter" if key.name == "kp_enter" else key.name)
    if code is None:
        if not key.text or len(key.name) > 1:
            return None
        code = ord(key.text)
        if not modifiers & ~SHIFT:
            return None  # shift alone is in the text already
    if not modifiers:
        return None
    if modes.modify_other_keys == 1 and _is_well_known(key.name, key.text, modifiers):
        return None
    return f"\x1b[27;{modifiers + 1};{code}~".encode()


def _is_well_known(name: str, text: str, modifiers: int) -> bool:
    """Tell whether level 1 leaves the key alone: its legacy bytes tell it from the key without modifiers."""
    rest = modifiers & ~ALT
    if name in ("escape", "backspace"):
        return True
    if name == "tab":
        return rest in (0, SHIFT)
    if not text:
        return rest == 0
    return not rest & CTRL or (rest == CTRL and text in _CTRL) or (rest == CTRL | SHIFT and text in "@?^_~")


def _kitty(key: Key, flags: int, event: KeyEvent, modes: KeyModes) -> bytes:
    if event is KeyEvent.RELEASE and not flags & EVENT_TYPES:
        return b""
    everything = bool(flags & ALL_AS_ESCAPES)
    plain = not key.modifiers & ~SHIFT
    if not everything:
        if key.name in ("enter", "tab", "backspace"):
            if event is KeyEvent.RELEASE:
                return b""
            if not key.modifiers:
                return _legacy(key, modes)
        elif key.text and plain and event is not KeyEvent.RELEASE:
            return key.text.encode("utf-8", "replace")
        elif not flags & DISAMBIGUATE and (key.name == "escape" or key.text) and event is KeyEvent.PRESS:
            return _legacy(key, modes)
    kind = f":{event.value}" if flags & EVENT_TYPES and event is not KeyEvent.PRESS else ""
    modifiers = f"{key.modifiers + 1}{kind}" if key.modifiers or kind else ""
    if key.name in _LETTERS and key.name not in ("f3", "kp_begin"):
        number = f"1;{modifiers}" if modifiers else ""
        return f"\x1b[{number}{_LETTERS[key.name]}".encode()
    if (number_key := _kitty_number(key.name)) is not None:
        return f"\x1b[{number_key}{';' if modifiers else ''}{modifiers}~".encode()
    return _kitty_u(key, flags, event, modifiers)


def _kitty_number(name: str) -> int | None:
    if name == "f3":
        return 13  # CSI R would be taken for a cursor position report
    if name == "kp_begin":
        return 57427
    return None if name == "menu" else _NUMBERS.get(name)


def _kitty_u(key: Key, flags: int, event: KeyEvent, modifiers: str) -> bytes:
    code = str(_KITTY[key.name]) if key.name in _KITTY else str(ord(key.name))
    if flags & ALTERNATES and len(key.name) == 1 and key.text != key.name:
        code += f":{ord(key.text)}"
    fields = [code]
    wants_text = flags & ALL_AS_ESCAPES and flags & ASSOCIATED_TEXT and event is not KeyEvent.RELEASE
    if wants_text and key.text and not key.modifiers & ~SHIFT:
        fields += [modifiers, str(ord(key.text))]
    elif modifiers:
        fields.append(modifiers)
    return f"\x1b[{';'.join(fields)}u".encode()
