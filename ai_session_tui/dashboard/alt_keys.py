"""Keys that Textual's tables take for others, put right.

Textual reads `ESC 1` as the `¡` that macOS makes of Option-1, `ESC b` as ctrl+left, `ESC DEL` as ctrl+w and `^H` as
backspace: what a text field wants. A program in a pane has to get the key that was pressed. Its tables are plain
dictionaries of sequences, so the right entries are put over them, once, before the first key is read. With an entry
of its own an Alt key is also known at once, not only after the time that an Escape is waited for.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual.keys import KEY_NAME_REPLACEMENTS, _character_to_key


@dataclass(frozen=True, slots=True)
class _Reported:
    """A key as Textual's tables hold it: something with a `value`."""

    value: str


_OPENERS = "[OPX]^_"  # ESC and one of these begins a longer sequence
# Shifted function keys and Menu in the VT220's form, which the table of the kitty protocol lacks.
_VT220 = {25: "f13", 26: "f14", 28: "f15", 29: "menu", 31: "f17", 32: "f18", 33: "f19", 34: "f20"}


def put_right(erase: bytes = b"\x7f", leader: str = "ctrl+b") -> None:
    """Change Textual's tables; `erase` is what the Backspace of the user's terminal sends (termios VERASE).

    Escape with the leader close behind it stays the two keys.
    """
    table: dict[str, object] = ANSI_SEQUENCES_KEYS  # type: ignore[assignment]  # anything with a `value` will do
    for code in range(0x20, 0x7F):
        sign = chr(code)
        if sign not in _OPENERS:
            table["\x1b" + sign] = _reported(f"alt+{_name(sign)}")
    for letter in "abcdefghklnopqrstuvwxyz":  # ^i, ^j and ^m are Tab, newline and Enter
        table[f"\x1b{chr(ord(letter) & 0x1F)}"] = _reported(f"alt+ctrl+{letter}")
    table[f"\x1b{chr(ord(leader[-1]) & 0x1F)}"] = _reported("escape", leader)
    table["\x1b\x7f"] = _reported("alt+backspace")
    table["\x1b\t"] = _reported("alt+tab")
    table["\x1b\r"] = _reported("alt+enter")
    if erase != b"\x08":
        table["\x08"] = _reported("ctrl+h")
    FUNCTIONAL_KEYS.update({f"{number}~": name for number, name in _VT220.items()})


def erase_of(fd: int = 0) -> bytes:
    """Return what the Backspace of the terminal at a descriptor sends; DEL where that cannot be told."""
    if sys.platform == "win32":
        return b"\x7f"
    import termios

    try:
        found = termios.tcgetattr(fd)[6][termios.VERASE]
    except (termios.error, OSError):
        return b"\x7f"
    return found if isinstance(found, bytes) else b"\x7f"


def _name(sign: str) -> str:
    if sign.isupper():
        return f"shift+{sign.lower()}"
    if sign.isalnum():
        return sign
    name = _character_to_key(sign)
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _reported(*keys: str) -> tuple[_Reported, ...]:
    """Return keys in the form of the table's entries."""
    return tuple(_Reported(key) for key in keys)
