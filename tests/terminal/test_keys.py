"""A key that is pressed reaches the program in the encoding that it asked for, and means the same key there."""

from __future__ import annotations

import re
from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.terminal.key_names import ALT, CTRL, FUNCTIONAL, SHIFT, Key
from ai_session_tui.terminal.keys import KeyEvent, encode_focus, encode_key, encode_text
from tests.terminal.ghostty_input import KNOWN_KEYS, ghostty_key


def modes(**wishes: int) -> SimpleNamespace:
    quiet = {"application_cursor": False, "application_keypad": False, "backarrow": False, "newline": False}
    return SimpleNamespace(**({**quiet, "modify_other_keys": 0, "kitty_flags": 0} | wishes))


LEGACY = [
    ("a", b"a"),
    ("A", b"A"),
    ("é", "é".encode()),
    ("full_stop", b"."),
    ("space", b" "),
    ("ctrl+a", b"\x01"),
    ("ctrl+shift+a", b"\x01"),
    ("ctrl+z", b"\x1a"),
    ("ctrl+@", b"\x00"),
    ("ctrl+space", b"\x00"),
    ("ctrl+left_square_bracket", b"\x1b"),
    ("ctrl+backslash", b"\x1c"),
    ("ctrl+right_square_bracket", b"\x1d"),
    ("ctrl+circumflex_accent", b"\x1e"),
    ("ctrl+underscore", b"\x1f"),
    ("ctrl+slash", b"\x1f"),
    ("ctrl+question_mark", b"\x7f"),
    ("ctrl+1", b"1"),
    ("ctrl+3", b"\x1b"),
    ("ctrl+é", "é".encode()),
    ("alt+a", b"\x1ba"),
    ("alt+shift+a", b"\x1bA"),
    ("alt+ctrl+a", b"\x1b\x01"),
    ("enter", b"\r"),
    ("ctrl+m", b"\r"),
    ("ctrl+j", b"\n"),
    ("alt+enter", b"\x1b\r"),
    ("tab", b"\t"),
    ("shift+tab", b"\x1b[Z"),
    ("escape", b"\x1b"),
    ("alt+escape", b"\x1b\x1b"),
    ("backspace", b"\x7f"),
    ("ctrl+backspace", b"\x08"),
    ("alt+backspace", b"\x1b\x7f"),
    ("up", b"\x1b[A"),
    ("alt+left", b"\x1b[1;3D"),
    ("ctrl+shift+up", b"\x1b[1;6A"),
    ("home", b"\x1b[H"),
    ("shift+end", b"\x1b[1;2F"),
    ("insert", b"\x1b[2~"),
    ("ctrl+delete", b"\x1b[3;5~"),
    ("pageup", b"\x1b[5~"),
    ("alt+pagedown", b"\x1b[6;3~"),
    ("f1", b"\x1bOP"),
    ("shift+f3", b"\x1b[1;2R"),
    ("f5", b"\x1b[15~"),
    ("f12", b"\x1b[24~"),
    ("ctrl+f12", b"\x1b[24;5~"),
    ("f13", b"\x1b[1;2P"),
    ("f24", b"\x1b[24;2~"),
    ("f25", b"\x1b[1;5P"),
    ("super+up", b"\x1b[A"),
    ("add", b"+"),
    ("kp_enter", b"\r"),
    ("left_shift", b""),
    ("media_play", b""),
    ("caps_lock", b""),
    ("print_screen", b""),
]


@pytest.mark.parametrize(("name", "expected"), LEGACY)
def test_a_program_that_asked_for_nothing_gets_xterm_keys(name: str, expected: bytes) -> None:
    assert encode_key(name, modes()) == expected


@pytest.mark.parametrize(
    ("wish", "name", "expected"),
    [
        ("application_cursor", "up", b"\x1bOA"),
        ("application_cursor", "end", b"\x1bOF"),
        ("application_cursor", "ctrl+up", b"\x1b[1;5A"),
        ("application_cursor", "kp_begin", b"\x1b[E"),
        ("application_keypad", "up", b"\x1b[A"),
        ("application_keypad", "kp_begin", b"\x1bOE"),
        ("application_keypad", "add", b"\x1bOk"),
        ("application_keypad", "kp_5", b"\x1bOu"),
        ("application_keypad", "kp_enter", b"\x1bOM"),
        ("application_keypad", "5", b"5"),
        ("backarrow", "backspace", b"\x08"),
        ("backarrow", "ctrl+backspace", b"\x7f"),
        ("newline", "enter", b"\r\n"),
    ],
)
def test_application_modes_change_the_keys_they_name(wish: str, name: str, expected: bytes) -> None:
    assert encode_key(name, modes(**{wish: True})) == expected


@pytest.mark.parametrize(
    ("level", "name", "expected"),
    [
        (1, "a", b"a"),
        (1, "A", b"A"),
        (1, "ctrl+a", b"\x01"),
        (1, "ctrl+space", b"\x00"),
        (1, "alt+a", b"\x1ba"),
        (1, "ctrl+1", b"\x1b[27;5;49~"),
        (1, "ctrl+full_stop", b"\x1b[27;5;46~"),
        (1, "ctrl+shift+a", b"\x1b[27;6;65~"),
        (1, "ctrl+enter", b"\x1b[27;5;13~"),
        (1, "shift+enter", b"\x1b[27;2;13~"),
        (1, "ctrl+tab", b"\x1b[27;5;9~"),
        (1, "shift+tab", b"\x1b[Z"),
        (1, "ctrl+backspace", b"\x08"),
        (1, "alt+escape", b"\x1b\x1b"),
        (1, "ctrl+up", b"\x1b[1;5A"),
        (2, "a", b"a"),
        (2, "A", b"A"),
        (2, "ctrl+a", b"\x1b[27;5;97~"),
        (2, "ctrl+i", b"\x1b[27;5;105~"),
        (2, "alt+a", b"\x1b[27;3;97~"),
        (2, "alt+shift+a", b"\x1b[27;4;65~"),
        (2, "enter", b"\r"),
        (2, "shift+tab", b"\x1b[27;2;9~"),
        (2, "ctrl+backspace", b"\x1b[27;5;127~"),
        (2, "shift+f5", b"\x1b[15;2~"),
    ],
)
def test_modify_other_keys(level: int, name: str, expected: bytes) -> None:
    assert encode_key(name, modes(modify_other_keys=level)) == expected


PRESS, REPEAT, RELEASE = KeyEvent


@pytest.mark.parametrize(
    ("flags", "name", "event", "expected"),
    [
        (1, "a", PRESS, b"a"),
        (1, "A", PRESS, b"A"),
        (1, "ctrl+i", PRESS, b"\x1b[105;5u"),
        (1, "tab", PRESS, b"\t"),
        (1, "shift+tab", PRESS, b"\x1b[9;2u"),
        (1, "escape", PRESS, b"\x1b[27u"),
        (1, "shift+enter", PRESS, b"\x1b[13;2u"),
        (1, "enter", PRESS, b"\r"),
        (1, "alt+a", PRESS, b"\x1b[97;3u"),
        (1, "ctrl+shift+a", PRESS, b"\x1b[97;6u"),
        (1, "super+a", PRESS, b"\x1b[97;9u"),
        (1, "up", PRESS, b"\x1b[A"),
        (1, "f3", PRESS, b"\x1b[13~"),
        (1, "f13", PRESS, b"\x1b[57376u"),
        (1, "menu", PRESS, b"\x1b[57363u"),
        (1, "kp_enter", PRESS, b"\x1b[57414u"),
        (1, "kp_5", PRESS, b"5"),
        (1, "a", RELEASE, b""),
        (3, "a", REPEAT, b"a"),
        (3, "a", RELEASE, b"\x1b[97;1:3u"),
        (3, "up", REPEAT, b"\x1b[1;1:2A"),
        (3, "ctrl+a", RELEASE, b"\x1b[97;5:3u"),
        (3, "enter", RELEASE, b""),
        (11, "enter", RELEASE, b"\x1b[13;1:3u"),
        (5, "ctrl+shift+a", PRESS, b"\x1b[97:65;6u"),
        (8, "a", PRESS, b"\x1b[97u"),
        (8, "A", PRESS, b"\x1b[97;2u"),
        (8, "enter", PRESS, b"\x1b[13u"),
        (24, "a", PRESS, b"\x1b[97;;97u"),
        (24, "A", PRESS, b"\x1b[97;2;65u"),
        (24, "ctrl+a", PRESS, b"\x1b[97;5u"),
        (31, "A", RELEASE, b"\x1b[97:65;2:3u"),
        (2, "ctrl+a", PRESS, b"\x01"),
        (4, "alt+a", PRESS, b"\x1ba"),
    ],
)
def test_kitty_keyboard_flags(flags: int, name: str, event: KeyEvent, expected: bytes) -> None:
    assert encode_key(name, modes(kitty_flags=flags), event=event) == expected


def test_kitty_keys_ignore_the_application_cursor_mode() -> None:
    assert encode_key("up", modes(kitty_flags=1, application_cursor=True)) == b"\x1b[A"


# ---- an independent decoder ---------------------------------------------------------------------------------------

_CSI = re.compile(rb"\x1b\[(?:(\d+)(?::(\d+))?)?(?:;(\d*)(?::(\d+))?)?(?:;(\d+))?([~uA-HPQRSZ])")
_BY_LETTER = dict(
    zip(b"ABCDEFHPQRS", ["up", "down", "right", "left", "kp_begin", "end", "home", "f1", "f2", "f3", "f4"], strict=True)
)
_BY_NUMBER = {2: "insert", 3: "delete", 5: "pageup", 6: "pagedown", 29: "menu", 13: "f3", 57427: "kp_begin"} | {
    15: "f5",
    17: "f6",
    18: "f7",
    19: "f8",
    20: "f9",
    21: "f10",
    23: "f11",
    24: "f12",
}
_BY_CODE = {27: "escape", 13: "enter", 9: "tab", 127: "backspace", 57414: "kp_enter", 57363: "menu"} | {
    57358: "caps_lock",
    57359: "scroll_lock",
    57360: "num_lock",
    57361: "print_screen",
    57362: "pause",
    57409: "kp_decimal",
    57410: "kp_divide",
    57411: "kp_multiply",
    57412: "kp_subtract",
    57413: "kp_add",
    57415: "kp_equal",
    57416: "kp_separator",
    **{57399 + digit: f"kp_{digit}" for digit in range(10)},
    **{57363 + number: f"f{number}" for number in range(13, 36)},
}


def decode(data: bytes) -> tuple[str, int, int]:
    """Return name, modifiers and event type, as a program that speaks kitty's protocol reads them."""
    if len(data) == 3 and data.startswith(b"\x1bO"):
        return _BY_LETTER[data[2]], 0, 1
    if data in (b"\r", b"\t", b"\x7f", b"\x1b"):
        return _BY_CODE[data[0]], 0, 1
    if (found := _CSI.fullmatch(data)) is None:
        text = data.decode()
        assert len(text) == 1, data
        return (text.lower(), 1, 1) if text.isupper() else (text, 0, 1)
    code, modifiers, event = int(found[1] or 1), int(found[3] or 1) - 1, int(found[4] or 1)
    if found[6] == b"~":
        if code == 27:
            return _BY_CODE.get(int(found[5]), chr(int(found[5]))), modifiers, event
        return _BY_NUMBER[code], modifiers, event
    if found[6] == b"u":
        return _BY_CODE.get(code, chr(code)), modifiers, event
    return _BY_LETTER[found[6][0]], modifiers, event


_LETTER = "abcdefghijklmnopqrstuvwxyz"
_NO_CASE = "0123456789.,-=[];'/\\ 漢"
any_key = st.one_of(
    st.builds(Key, st.sampled_from(_LETTER), st.integers(0, 63)),
    st.builds(Key, st.sampled_from(_NO_CASE), st.integers(0, 31).map(lambda bits: bits * 2)),
    st.builds(Key, st.sampled_from(sorted(FUNCTIONAL)), st.integers(0, 63)),
)


@given(any_key, st.sampled_from(KeyEvent), st.integers(0, 31).map(lambda bits: bits | 8))
def test_every_key_survives_the_full_kitty_encoding(key: Key, event: KeyEvent, flags: int) -> None:
    encoded = encode_key(key, modes(kitty_flags=flags), event=event)
    if event is KeyEvent.RELEASE and not flags & 2:
        assert encoded == b""
    else:
        assert decode(encoded) == (key.name, key.modifiers, event if flags & 2 else KeyEvent.PRESS)


@given(any_key)
def test_every_key_survives_disambiguation(key: Key) -> None:
    name, modifiers, _ = decode(encode_key(key, modes(kitty_flags=1)))
    if len(name) == 1 and len(key.name) > 1:
        assert name == key.text  # a keypad digit without modifiers is text
    else:
        assert (name, modifiers) == (key.name, key.modifiers)


@given(st.sampled_from(_LETTER), st.integers(0, 7).filter(lambda bits: bits & ~SHIFT))
def test_modify_other_keys_tells_all_modified_characters_apart(letter: str, modifiers: int) -> None:
    name, found, _ = decode(encode_key(Key(letter, modifiers), modes(modify_other_keys=2)))
    assert (name.lower(), found) == (letter, modifiers)


@pytest.mark.parametrize("application", [False, True])
@pytest.mark.parametrize("modifiers", range(8))
@pytest.mark.parametrize("name", [*_BY_LETTER.values(), "insert", "delete", "pageup", "f5", "f12", "menu"])
def test_function_keys_keep_their_modifiers_in_legacy_form(name: str, modifiers: int, application: bool) -> None:
    encoded = encode_key(Key(name, modifiers), modes(application_cursor=application))
    assert decode(encoded) == (name, modifiers, 1)


@given(any_key, st.sampled_from(KeyEvent), st.integers(0, 31), st.integers(0, 2), st.booleans(), st.booleans())
def test_no_key_is_ever_more_than_one_sequence(
    key: Key, event: KeyEvent, flags: int, level: int, cursor: bool, keypad: bool
) -> None:
    wishes = modes(kitty_flags=flags, modify_other_keys=level, application_cursor=cursor, application_keypad=keypad)
    encoded = encode_key(key, wishes, event=event)
    assert encoded.count(b"\x1b") <= 2
    assert len(encoded) <= 24


# ---- libghostty -------------------------------------------------------------------------------------------------


def _same(encoded: bytes) -> bytes:
    # libghostty writes the event type of a press (`1;1:1P`) with some function keys; it is the default.
    return re.sub(rb"\[1;1([A-S])", rb"[\1", re.sub(rb":1(?=[~u])|:1(?=[A-S])", b"", encoded)).replace(b";1~", b"~")


# Flags without DISAMBIGUATE or ALL_AS_ESCAPES leave keys in their legacy form, says kitty's description; libghostty
# turns to CSI u with any flag. We follow kitty there, so only flags with one of the two are compared.
@pytest.mark.parametrize("flags", [flags for flags in range(32) if flags & 9])
def test_kitty_keys_are_those_of_libghostty(flags: int) -> None:
    events = KeyEvent if flags & 2 else [KeyEvent.PRESS]
    for name, modifiers, event in product(KNOWN_KEYS, range(16), events):
        if modifiers & SHIFT and len(name) == 1 and not name.isalpha():
            continue  # what shift makes of it is the layout's secret
        ours = encode_key(Key(name, modifiers), modes(kitty_flags=flags), event=event)
        theirs = ghostty_key(Key(name, modifiers), modes(kitty_flags=flags), event)
        assert _same(ours) == _same(theirs), (name, modifiers, event)


def _departs(key: Key) -> bool:
    """Tell where libghostty extends the legacy form with CSI u ("fixterms") and we, as xterm does, do not.

    A program that asked for nothing need not understand CSI u. F3 with modifiers is `1;mR` in xterm's terminfo.
    """
    ctrl = key.modifiers & CTRL
    if key.name in ("escape", "tab", "enter", "f3") and key.modifiers:
        return True
    if key.name == "backspace":
        return key.modifiers == SHIFT | ALT | CTRL
    if len(key.name) == 1:
        return bool(ctrl and (key.modifiers & SHIFT or key.name in "im[-")) or bool(
            key.modifiers & SHIFT and not key.name.isalpha()
        )
    return False


@pytest.mark.parametrize("application", [False, True])
def test_legacy_keys_are_those_of_libghostty(application: bool) -> None:
    wishes = modes(application_cursor=application)
    keys = [Key(name, modifiers) for name, modifiers in product(KNOWN_KEYS, range(8))]
    compared = [key for key in keys if not _departs(key)]
    assert len(compared) > len(keys) * 0.6
    for key in compared:
        assert encode_key(key, wishes) == ghostty_key(key, wishes), key


def test_focus_is_reported_only_to_a_program_that_asked() -> None:
    assert encode_focus(True, SimpleNamespace(focus=False)) == b""
    assert encode_focus(True, SimpleNamespace(focus=True)) == b"\x1b[I"
    assert encode_focus(False, SimpleNamespace(focus=True)) == b"\x1b[O"


def test_typed_text_has_enter_where_it_has_line_ends() -> None:
    assert encode_text("a\nb\r\nc\r") == b"a\rb\rc\r"
