"""Key names as people and Textual write them, turned into one normal form.

Two spellings come in: Textual's event names (`ctrl+a`, `shift+tab`, `full_stop`, `A`) and those of a command
line, where tmux taught everybody `C-c`, `M-x`, `BTab`, `PageUp`. Both end as a `Key`.
Invariant: equal keys have equal `Key`s; a cased letter is held in lower case with SHIFT beside it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import product

from ai_session_tui.errors import UsageError

# Bits of a modifier set, as in the second parameter of `CSI 1 ; m A` less one (xterm ctlseqs, kitty protocol).
SHIFT, ALT, CTRL, SUPER, HYPER, META = 1, 2, 4, 8, 16, 32

MODIFIERS = {"shift": SHIFT, "alt": ALT, "ctrl": CTRL, "super": SUPER, "hyper": HYPER, "meta": META}

KEYPAD_TEXT = {f"kp_{digit}": str(digit) for digit in range(10)} | {
    "kp_decimal": ".",
    "kp_divide": "/",
    "kp_multiply": "*",
    "kp_subtract": "-",
    "kp_add": "+",
    "kp_equal": "=",
    "kp_separator": ",",
}

FUNCTIONAL = frozenset(
    {"escape", "enter", "tab", "backspace", "insert", "delete", "home", "end", "pageup", "pagedown"}
    | {"up", "down", "left", "right", "menu", "kp_begin", "kp_enter"}
    | {"caps_lock", "scroll_lock", "num_lock", "print_screen", "pause"}
    | {f"f{number}" for number in range(1, 36)}
    | set(KEYPAD_TEXT)
)

# Textual's words for the keypad's operators, and its second names for other keys.
_TEXTUAL_ALIASES = {
    "decimal": "kp_decimal",
    "divide": "kp_divide",
    "multiply": "kp_multiply",
    "subtract": "kp_subtract",
    "add": "kp_add",
    "equal": "kp_equal",
    "separator": "kp_separator",
    "return": "enter",
}

# Where Textual shortens or bends a Unicode name.
_TEXTUAL_CHARACTERS = {
    "space": " ",
    "at": "@",
    "slash": "/",
    "backslash": "\\",
    "minus": "-",
    "plus": "+",
    "underscore": "_",
    "left_square_brace": "[",
}

_SILENT = re.compile(r"(left|right)_(shift|control|alt|super|hyper|meta)|iso_level[35]_shift|media_\w+|\w+_volume")

# What a command line may call a key, beside the names above; compared in lower case.
_TYPED_ALIASES = {
    "return": "enter",
    "cr": "enter",
    "esc": "escape",
    "bspace": "backspace",
    "bs": "backspace",
    "ic": "insert",
    "ins": "insert",
    "dc": "delete",
    "del": "delete",
    "pgup": "pageup",
    "ppage": "pageup",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "npage": "pagedown",
    "page_down": "pagedown",
    "kpenter": "kp_enter",
} | {f"kp{text}": name for name, text in KEYPAD_TEXT.items()}

_TYPED_MODIFIERS = {
    "c": CTRL,
    "ctrl": CTRL,
    "control": CTRL,
    "m": ALT,
    "meta": ALT,  # the key that Emacs calls meta is the one that keyboards call Alt
    "a": ALT,
    "alt": ALT,
    "option": ALT,
    "s": SHIFT,
    "shift": SHIFT,
    "super": SUPER,
    "cmd": SUPER,
    "hyper": HYPER,
}

_TYPED_PREFIX = re.compile(rf"({'|'.join(_TYPED_MODIFIERS)})[-+](.+)", re.IGNORECASE | re.DOTALL)

# Spelled as the help spells them; offered when a name is not known.
_SUGGESTED = (
    *("Enter", "Escape", "Tab", "BTab", "Space", "Backspace", "Insert", "Delete", "Home", "End"),
    *("PageUp", "PageDown", "Up", "Down", "Left", "Right", "KPEnter"),
    *(f"F{number}" for number in range(1, 25)),
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key with its modifiers: `name` is one character, a name from `FUNCTIONAL`, or "" for one that sends nothing."""

    name: str
    modifiers: int = 0

    @property
    def text(self) -> str:
        """What the key types while no modifier but shift is held; "" for a key that types nothing."""
        if len(self.name) != 1:
            return KEYPAD_TEXT.get(self.name, "")
        return _shifted(self.name) if self.modifiers & SHIFT else self.name


def _shifted(character: str) -> str:
    upper = character.upper()
    return upper if len(upper) == 1 and upper.lower() == character else character


def _typed(character: str, modifiers: int) -> Key:
    lower = character.lower()
    if lower != character and len(lower) == 1 and lower.upper() == character:
        return Key(lower, modifiers | SHIFT)
    return Key(character, modifiers)


@lru_cache(maxsize=1024)
def parse_key(name: str, character: str | None = None) -> Key:
    """Return the key of a Textual key event; `character` helps with names that do not tell theirs.

    Raises UsageError for a name that means nothing.
    """
    base, modifiers = _textual_modifiers(name)
    base = _TEXTUAL_ALIASES.get(base, base)
    if base in FUNCTIONAL:
        return Key(base, modifiers)
    if base == "newline":
        return Key("j", CTRL)
    if found := _character(base):
        return _typed(found, modifiers)
    if character is not None and len(character) == 1 and character.isprintable():
        return _typed(character, modifiers)
    if _SILENT.fullmatch(base) or base in ("<ignore>", "<scroll-up>", "<scroll-down>"):
        return Key("", modifiers)
    raise _unknown(name)


def _textual_modifiers(name: str) -> tuple[str, int]:
    modifiers = 0
    while (parts := name.partition("+"))[2] and parts[0] in MODIFIERS:
        modifiers |= MODIFIERS[parts[0]]
        name = parts[2]
    return name, modifiers


def _character(name: str) -> str:
    if len(name) == 1:
        return name if unicodedata.category(name) not in ("Cc", "Cs") else ""
    if name in _TEXTUAL_CHARACTERS:
        return _TEXTUAL_CHARACTERS[name]
    words = name.split("_")
    # Textual writes both blank and hyphen as "_"; a Unicode name of more than 8 gaps is on no keyboard.
    if not name.isascii() or len(words) > 9:
        return ""
    for gaps in product(" -", repeat=len(words) - 1):
        spelled = "".join(word + gap for word, gap in zip(words, (*gaps, ""), strict=True))
        try:
            found = unicodedata.lookup(spelled)
        except KeyError:
            continue
        return found if len(found) == 1 and found.isprintable() else ""
    return ""


def parse_typed_key(name: str) -> Key:
    """Return the key that somebody named on a command line: `C-c`, `M-x`, `Up`, `F5`, `BTab`, `ctrl+a`, `^C`, `é`.

    Raises UsageError, with the closest names, for a name that means nothing.
    """
    rest, modifiers = name, 0
    while found := _TYPED_PREFIX.fullmatch(rest):
        modifiers |= _TYPED_MODIFIERS[found[1].lower()]
        rest = found[2]
    if len(rest) == 2 and rest[0] == "^":
        rest, modifiers = rest[1], modifiers | CTRL
    if len(rest) == 1 and _character(rest):
        # Everybody writes Ctrl+C and means the key without shift.
        return Key(rest.lower(), modifiers) if modifiers & CTRL and rest.isascii() else _typed(rest, modifiers)
    lower = rest.lower()
    if lower == "btab":
        return Key("tab", modifiers | SHIFT)
    lower = _TYPED_ALIASES.get(lower, lower)
    lower = _TEXTUAL_ALIASES.get(lower, lower)
    if lower in FUNCTIONAL:
        return Key(lower, modifiers)
    if character := _character(lower):
        return _typed(character, modifiers)
    raise _unknown(name, rest)


def _unknown(name: str, base: str = "") -> UsageError:
    known = {spelled.lower(): spelled for spelled in _SUGGESTED}
    close = [known[match] for match in get_close_matches((base or name).lower(), known, n=3, cutoff=0.6)]
    hint = f"Did you mean {' or '.join(close)}? " if close else ""
    return UsageError(
        f"unknown key {name!r}",
        f"{hint}Keys are single characters or names like Enter, Tab, Up, PageUp, F5, with C-, M-, S- before them.",
    )
