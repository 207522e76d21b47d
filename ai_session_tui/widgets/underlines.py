"""Underlines that are curly, dotted, dashed or coloured: Rich knows none of these, many terminals do.

A style of Rich caches the sequence that it is drawn with; an `UnderlinedStyle` brings its own. Invariant: it adds to
and is added to other styles like any style (a selection, a cursor, a filter) and keeps its line; a terminal that is not
known to understand such lines is never sent one, because some take `4:3` for other attributes.
Source: kitty's underline styles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.color import Color, ColorSystem
from rich.style import Style as RichStyle

DOUBLE: Final = 2  # of the kinds 1 single, 2 double, 3 curly, 4 dotted, 5 dashed; Rich draws the first two
_PROGRAMS = frozenset({"WezTerm", "iTerm.app", "ghostty", "vscode", "mintty", "rio", "contour", "ai-session"})
_TERMS = ("xterm-kitty", "xterm-ghostty", "wezterm", "foot", "alacritty", "mintty", "contour", "rio")
_VARIABLES = ("KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "WEZTERM_PANE", "WT_SESSION")
_VTE = 5102  # the first VTE that draws them


def knows_underlines(environment: Mapping[str, str]) -> bool:
    """Whether the user's terminal is known to draw kinds and colours of underlines."""
    term = environment.get("TERM", "")
    if term.startswith("tmux") or (term.startswith("screen") and environment.get("TMUX")):
        return True  # tmux understands them, and passes on what the terminal around it knows
    if term.startswith(_TERMS) or environment.get("TERM_PROGRAM") in _PROGRAMS:
        return True
    vte = environment.get("VTE_VERSION", "")
    is_new_vte = vte.isascii() and vte.isdigit() and int(vte) >= _VTE
    return is_new_vte or any(name in environment for name in _VARIABLES)


class UnderlinedStyle(RichStyle):
    """A look with an underline of a kind (1-5) and a colour of its own (None: that of the text)."""

    __slots__ = ("kind", "line_color")

    kind: int
    line_color: Color | None

    def __add__(self, style: RichStyle | None) -> RichStyle:
        return underlined(super().__add__(style), self.kind, self.line_color)

    def __radd__(self, style: RichStyle) -> RichStyle:
        return underlined(RichStyle.__add__(style, self), self.kind, self.line_color)


def underlined(style: RichStyle, kind: int, line_color: Color | None = None) -> RichStyle:
    """Return a look with this line under its text; drawn with true colours."""
    plain = style.copy()
    made = UnderlinedStyle.__new__(UnderlinedStyle)
    for name in RichStyle.__slots__:
        setattr(made, name, getattr(plain, name))
    made.kind, made.line_color = kind, line_color
    plain._ansi = None
    made._ansi = ";".join(
        filter(None, (plain._make_ansi_codes(ColorSystem.TRUECOLOR), f"4:{kind}", _codes(line_color)))
    )
    made._hash = hash((hash(style), kind, line_color))
    return made


def _codes(color: Color | None) -> str:
    if color is None or color.is_default:
        return ""
    if color.triplet is None:
        return f"58:5:{color.number}"
    return "58:2::{}:{}:{}".format(*color.triplet)
