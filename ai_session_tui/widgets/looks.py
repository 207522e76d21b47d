"""The colours of the theme as the line-drawn widgets need them: reckoned once a theme, not once a row."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style as RichStyle
from textual.color import Color as TextualColor

from ai_session_tui.styles.themes import backgrounds_of, palette_of
from ai_session_tui.widgets.underlines import knows_underlines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Return text without control and direction characters: U+FFFD stands for each."""
    return text if text.isascii() and text.isprintable() else _CONTROL.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Look:
    """The colours that a pane's defaults and its first sixteen stand for."""

    foreground: Color
    background: Color
    palette: tuple[Color, ...]  # 16
    backgrounds: tuple[Color, ...]  # the same, under text
    selection: RichStyle
    match: RichStyle
    draws_lines: bool = False  # the user's terminal knows kinds and colours of underlines

    @property
    def base(self) -> RichStyle:
        """The look of a cell without a look of its own."""
        return _base(self)


@lru_cache(maxsize=64)
def _base(look: Look) -> RichStyle:
    return RichStyle(color=look.foreground, bgcolor=look.background)


@dataclass(frozen=True, slots=True)
class Overlay:
    """A stretch of cells (the end excluded) that looks otherwise than the program wants: selection, hit, cursor."""

    start: int
    end: int
    style: RichStyle


@dataclass(frozen=True, slots=True)
class Looks:
    """Everything that a pane's surroundings are drawn with."""

    pane: Look
    line: RichStyle
    focused_line: RichStyle
    name: RichStyle
    focused_name: RichStyle
    details: RichStyle
    states: Mapping[str, RichStyle]
    states_plain: Mapping[str, RichStyle]  # the same without a background
    list_base: RichStyle
    chosen: RichStyle
    current: RichStyle
    bar: RichStyle
    spark: RichStyle


def look_of(app: App[object]) -> Looks:
    """Return the looks of the theme in force."""
    variables = app.theme_variables
    names = ("background", "foreground", "primary", "accent", "success", "warning", "error", "panel")
    colors = tuple(variables.get(name, "") for name in names)
    draws_lines = app.console.color_system == "truecolor" and knows_underlines(os.environ)
    return _looks(app.theme, app.current_theme.dark, app.native_ansi_color, draws_lines, colors)


@lru_cache(maxsize=16)
def _looks(theme: str, is_dark: bool, is_ansi: bool, draws_lines: bool, colors: tuple[str, ...]) -> Looks:
    background, foreground, primary, accent, success, warning, error, panel = (
        _rich(color, is_dark, is_ansi, at) for at, color in enumerate(colors)
    )
    base = RichStyle(color=foreground, bgcolor=background)
    muted = RichStyle(color=_mixed(colors[1], colors[0], is_ansi), bgcolor=background)
    dim = RichStyle(color=_mixed(colors[1], colors[0], is_ansi, 0.7), bgcolor=background)

    def state(color: Color, *, bold: bool = False) -> RichStyle:
        return RichStyle(color=color, bgcolor=background, bold=bold or None)

    states = {
        "quiet": muted,
        "running": state(primary),
        "good": state(success),
        "failed": state(error, bold=True),
        "needy": state(warning, bold=True),
        "note": state(accent, bold=True),
    }
    raised = RichStyle(reverse=True) if is_ansi else RichStyle(color=foreground, bgcolor=_blend(colors[2], colors[0]))
    return Looks(
        pane=Look(
            foreground,
            background,
            palette_of(theme, is_dark, is_ansi),
            backgrounds_of(theme, is_dark, is_ansi),
            selection=RichStyle(reverse=True) if is_ansi else RichStyle(bgcolor=_blend(colors[2], colors[0])),
            match=RichStyle(color=background, bgcolor=warning),
            draws_lines=draws_lines,
        ),
        line=dim,
        focused_line=state(primary),
        name=base,
        focused_name=state(primary, bold=True),
        details=muted,
        states=states,
        states_plain={name: RichStyle(color=one.color, bold=one.bold) for name, one in states.items()},
        list_base=base,
        chosen=raised,
        current=base if is_ansi else RichStyle(color=foreground, bgcolor=panel),
        bar=RichStyle(color=primary),
        spark=RichStyle(color=_mixed(colors[2], colors[0], is_ansi)),
    )


def _rich(color: str, is_dark: bool, is_ansi: bool, at: int) -> Color:
    if is_ansi:
        numbers = (None, None, 4, 5, 2, 3, 1, 0)
        number = numbers[at]
        return Color.default() if number is None else Color.from_ansi(number)
    try:
        return TextualColor.parse(color).rich_color
    except ValueError:
        return Color.from_rgb(*((220, 220, 220) if is_dark else (30, 30, 30)))


def _mixed(front: str, back: str, is_ansi: bool, much: float = 0.4) -> Color:
    """Return a colour between the two, nearer to the background the more."""
    if is_ansi:
        return Color.from_ansi(8)
    return TextualColor.parse(front).blend(TextualColor.parse(back), much).rich_color


def _blend(front: str, back: str) -> Color:
    return TextualColor.parse(back).blend(TextualColor.parse(front), 0.35).rich_color
