"""Our themes beside Textual's own, and the sixteen colours that programs get under each.

Programs choose from sixteen colours and expect them to be readable on the background: so each theme brings its own.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from textual.theme import Theme

DARK, LIGHT, CONTRAST = "session-dark", "session-light", "session-contrast"
DEFAULT = DARK
PLAIN = "ansi-dark"  # Textual's own, in the terminal's colours

THEMES = (
    Theme(
        name=DARK,
        primary="#7aa2f7",
        secondary="#9d8cf2",
        accent="#e0af68",
        success="#8fc46f",
        warning="#e5b567",
        error="#ef6f78",
        foreground="#c8cdd6",
        background="#14161b",
        surface="#191c22",
        panel="#23272f",
        dark=True,
        variables={"footer-key-foreground": "#7aa2f7"},
    ),
    Theme(
        name=LIGHT,
        primary="#2f5fc4",
        secondary="#6a4fb8",
        accent="#9a5b00",
        success="#2f7d32",
        warning="#9a5b00",
        error="#c0263c",
        foreground="#2b2f36",
        background="#fbfbf9",
        surface="#f3f3f0",
        panel="#e6e6e1",
        dark=False,
        variables={"footer-key-foreground": "#2f5fc4"},
    ),
    Theme(
        name=CONTRAST,
        primary="#6cf0ff",
        secondary="#ff9cf5",
        accent="#ffe75e",
        success="#5dff7f",
        warning="#ffd84d",
        error="#ff7a7a",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#2a2a2a",
        dark=True,
        variables={"footer-key-foreground": "#ffe75e"},
    ),
)

_PALETTES = {
    DARK: (
        "#23272f #ef6f78 #8fc46f #e5b567 #7aa2f7 #b494f0 #65c0cf #b4bac5 "
        "#5c6470 #ff8b92 #a9dc8b #f3ca85 #9dbcff #cdb3ff #86dbe8 #e6e9ee"
    ),
    LIGHT: (
        "#2b2f36 #c0263c #2f7d32 #8a5a00 #2f5fc4 #7a3fb0 #0b7285 #a3a7ad "
        "#6b7078 #d6455a #3f9443 #a8730e #4a7be0 #9560cc #1f8fa3 #efefec"
    ),
    CONTRAST: (
        "#000000 #ff7a7a #5dff7f #ffe75e #8ab4ff #ff9cf5 #6cf0ff #e6e6e6 "
        "#8c8c8c #ffa3a3 #93ffaa #fff099 #b3ceff #ffc4f9 #a6f6ff #ffffff"
    ),
}


# Programs write white on red, blue and magenta, black on green, yellow and cyan: as backgrounds those move apart.
_WHITE_ON, _BLACK_ON = (1, 4, 5), (2, 3, 6)
_DEEPER, _PALER = 0.5, 0.45


@lru_cache(maxsize=16)
def backgrounds_of(theme: str, is_dark: bool, is_ansi: bool) -> tuple[Color, ...]:
    """Return the same colours as they are under text."""
    colors = list(palette_of(theme, is_dark, is_ansi))
    if not is_ansi:
        for number in _WHITE_ON:
            colors[number] = _blend(colors[number], (0, 0, 0), _DEEPER if is_dark else 0.0)
        for number in _BLACK_ON:
            colors[number] = _blend(colors[number], (255, 255, 255), 0.0 if is_dark else _PALER)
    return tuple(colors)


def _blend(color: Color, other: tuple[int, int, int], much: float) -> Color:
    mixed = (round(one * (1 - much) + two * much) for one, two in zip(color.get_truecolor(), other, strict=True))
    return Color.from_rgb(*mixed)


@lru_cache(maxsize=16)
def palette_of(theme: str, is_dark: bool, is_ansi: bool) -> tuple[Color, ...]:
    """Return the first sixteen colours of programs under a theme; a terminal's own where the theme is "ansi"."""
    if is_ansi:
        return tuple(Color.from_ansi(number) for number in range(16))
    words = _PALETTES.get(theme) or _PALETTES[DARK if is_dark else LIGHT]
    return tuple(Color.parse(word) for word in words.split())
