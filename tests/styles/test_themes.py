"""The themes are readable: contrast as WCAG 2 reckons it, for our own words and for what programs usually write."""

from __future__ import annotations

import pytest
from rich.color import Color
from textual.color import Color as TextualColor
from textual.theme import Theme

from ai_session_tui.styles.themes import CONTRAST, THEMES, backgrounds_of, palette_of

BLACK, WHITE = 0, 15
ids = [theme.name for theme in THEMES]


def luminance(color: Color | str) -> float:
    triplet = TextualColor.parse(color).rgb if isinstance(color, str) else tuple(color.get_truecolor())
    parts = [value / 255 for value in triplet]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color | str, other: Color | str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=ids)
def test_words_are_readable(theme: Theme) -> None:
    assert theme.background is not None and theme.foreground is not None
    assert contrast(theme.foreground, theme.background) >= (15 if theme.name == CONTRAST else 7)
    for color in (theme.primary, theme.accent, theme.success, theme.warning, theme.error):
        assert color is not None
        assert contrast(color, theme.background) >= 4.5, color


@pytest.mark.parametrize("theme", THEMES, ids=ids)
def test_the_sixteen_colours_of_programs_are_readable(theme: Theme) -> None:
    palette = palette_of(theme.name, theme.dark, False)
    assert theme.background is not None
    for number in range(1, 7):
        assert contrast(palette[number], theme.background) >= 4, number


@pytest.mark.parametrize("theme", THEMES, ids=ids)
def test_bars_of_programs_are_readable(theme: Theme) -> None:
    """White on blue is mc's and dialog's, black on green and cyan htop's."""
    palette, under = palette_of(theme.name, theme.dark, False), backgrounds_of(theme.name, theme.dark, False)
    for number in (1, 4, 5):
        assert contrast(palette[WHITE], under[number]) >= 3, number
    for number in (2, 3, 6):
        assert contrast(palette[BLACK], under[number]) >= 3, number
