"""How a cell looks: colours, attributes, links; and the table that packs a look into one character, its *ink*.

Invariant: two cells of one screen look the same if and only if their inks are equal. Ink 0 is the default look.
Source: ECMA-48 8.3.117 (SGR), ITU-T T.416 (colon colours), kitty's underline styles, OSC 8.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

BOLD: Final = 1
FAINT: Final = 2
ITALIC: Final = 4
BLINK: Final = 8
REVERSE: Final = 16
HIDDEN: Final = 32
STRIKE: Final = 64
OVERLINE: Final = 128

DEFAULT_COLOR: Final = -1
RGB: Final = 1 << 24  # a colour with this bit is 24-bit; below it stands a palette number

DEFAULT_INK: Final = "\0"
MAX_CACHED: Final = 1024  # remembered SGR steps; forgotten all at once
MAX_PARAMETERS: Final = 1021  # characters between CSI and m, so that the sequence stays within the stream's bound
FIRST_COLLECTION: Final = 65_536  # styles at which the unused ones are looked for
LINK_BYTES: Final = 4 * 1024 * 1024  # characters of links, likewise


class Style(NamedTuple):
    """The look of a cell. Colours: -1 default, 0-255 palette, `RGB | 0xrrggbb`; underline: 0 none, 1-5 as kitty."""

    foreground: int = DEFAULT_COLOR
    background: int = DEFAULT_COLOR
    underline_color: int = DEFAULT_COLOR
    attributes: int = 0
    underline: int = 0
    link: str = ""
    link_id: str = ""


DEFAULT_STYLE: Final = Style()

_ON = {1: BOLD, 2: FAINT, 3: ITALIC, 5: BLINK, 6: BLINK, 7: REVERSE, 8: HIDDEN, 9: STRIKE, 53: OVERLINE}
_OFF = {22: BOLD | FAINT, 23: ITALIC, 25: BLINK, 27: REVERSE, 28: HIDDEN, 29: STRIKE, 55: OVERLINE}
_ATTRIBUTE_CODES = ((BOLD, "1"), (FAINT, "2"), (ITALIC, "3"), (BLINK, "5"), (REVERSE, "7"), (HIDDEN, "8"),
                    (STRIKE, "9"), (OVERLINE, "53"))  # fmt: skip


def number(text: str, missing: int = 0, most: int = 65_535) -> int:
    """Return a parameter as a number: `missing` if empty, cut at `most`."""
    if len(text) > 6:
        text = text.lstrip("0")[:6] or "0"
    return min(int(text), most) if text else missing


def _rgb(channels: list[int]) -> int:
    red, green, blue = (min(channel, 255) for channel in channels)
    return RGB | red << 16 | green << 8 | blue


def _colon_color(parts: list[str]) -> int | None:
    """Return the colour of `5:n`, `2:r:g:b` or `2:space:r:g:b`; None if it is none of these."""
    values = [number(part) for part in parts]
    if values[0] == 5 and len(values) >= 2:
        return min(values[1], 255)
    if values[0] == 2 and len(values) >= 5:
        return _rgb(values[2:5])
    if values[0] == 2 and len(values) == 4:
        return _rgb(values[1:4])
    return None


class _Effect:
    """What an SGR sequence does to any style; None leaves a field as it is."""

    __slots__ = ("added", "background", "foreground", "kept", "underline", "underline_color")

    def __init__(self) -> None:
        self.foreground: int | None = None
        self.background: int | None = None
        self.underline_color: int | None = None
        self.underline: int | None = None
        self.kept = -1  # attributes that stay as they are
        self.added = 0

    def colon(self, field: str) -> None:
        """Take in a parameter with sub-parameters."""
        head, *parts = field.split(":")
        code = number(head)
        if code == 4:
            kind = number(parts[0], 1)
            if kind <= 5:
                self.underline = kind
        elif code in (38, 48, 58):
            color = _colon_color(parts)
            if color is not None:
                self._color(code, color)

    def plain(self, code: int) -> None:
        """Take in a parameter that stands alone."""
        if code == 0:
            self.foreground = self.background = self.underline_color = DEFAULT_COLOR
            self.underline = self.kept = self.added = 0
        elif code in _ON:
            self.added |= _ON[code]
        elif code in _OFF:
            self.kept &= ~_OFF[code]
            self.added &= ~_OFF[code]
        elif code in (4, 21, 24):
            self.underline = {4: 1, 21: 2, 24: 0}[code]
        elif 30 <= code <= 37 or 90 <= code <= 97:
            self.foreground = code - 30 if code < 90 else code - 82
        elif 40 <= code <= 47 or 100 <= code <= 107:
            self.background = code - 40 if code < 100 else code - 92
        elif code in (39, 49, 59):
            self._color(code - 1, DEFAULT_COLOR)

    def extended(self, code: int, rest: list[str]) -> int:
        """Take in 38, 48 or 58 with the parameters that follow it; return how many it took."""
        kind = number(rest[0]) if rest and rest[0].isdigit() else 0
        wanted = {5: 2, 2: 4}.get(kind, 1)
        taken = rest[:wanted]
        if len(taken) == wanted and wanted > 1 and not any(":" in part for part in taken):
            values = [number(part) for part in taken[1:]]
            self._color(code, min(values[0], 255) if kind == 5 else _rgb(values))
        return wanted

    def _color(self, code: int, color: int) -> None:
        if code == 38:
            self.foreground = color
        elif code == 48:
            self.background = color
        else:
            self.underline_color = color

    def on(self, style: Style) -> Style:
        """Return what becomes of a style; SGR never ends a hyperlink."""
        foreground, background, underline_color, attributes, underline, link, link_id = style
        return Style(
            foreground if self.foreground is None else self.foreground,
            background if self.background is None else self.background,
            underline_color if self.underline_color is None else self.underline_color,
            attributes & self.kept | self.added,
            underline if self.underline is None else self.underline,
            link,
            link_id,
        )


@lru_cache(maxsize=4096)
def _effect(parameters: str) -> _Effect:
    fields = parameters.split(";")
    effect = _Effect()
    position = 0
    while position < len(fields):
        field = fields[position]
        position += 1
        if ":" in field:
            effect.colon(field)
        elif number(field) in (38, 48, 58):
            position += effect.extended(number(field), fields[position : position + 4])
        else:
            effect.plain(number(field))
    return effect


def apply_sgr(style: Style, parameters: str) -> Style:
    """Return the style after `CSI <parameters> m` (digits, semicolons, colons)."""
    return _effect(parameters).on(style)


def _color_codes(color: int, base: int) -> str:
    """Return the SGR parameters of a colour; `base` is 38, 48 or 58."""
    if color & RGB:
        channels = color >> 16 & 255, color >> 8 & 255, color & 255
        if base == 58:
            return "58:2::{}:{}:{}".format(*channels)
        return "{};2;{};{};{}".format(base, *channels)
    if base == 58:
        return f"58:5:{color}"
    if color < 8:
        return str(base - 8 + color)
    return str(base + 44 + color) if color < 16 else f"{base};5;{color}"


def sgr(style: Style) -> str:
    """Return the SGR sequence that turns any look into this one; the link is `osc8`'s."""
    codes = ["0", *(code for bit, code in _ATTRIBUTE_CODES if style.attributes & bit)]
    if style.underline:
        codes.append("4" if style.underline == 1 else f"4:{style.underline}")
    for color, base in ((style.foreground, 38), (style.background, 48), (style.underline_color, 58)):
        if color != DEFAULT_COLOR:
            codes.append(_color_codes(color, base))
    return f"\x1b[{';'.join(codes)}m" if len(codes) > 1 else "\x1b[m"


def osc8(style: Style) -> str:
    """Return the OSC 8 sequence that begins the style's link, or ends any link."""
    parameters = f"id={style.link_id}" if style.link_id else ""
    return f"\x1b]8;{parameters};{style.link}\x1b\\"


class StyleTable:
    """The styles in use on one terminal, each under its ink."""

    __slots__ = ("_blanks", "_inks", "_link_limit", "_link_size", "_styles", "collect_at", "steps")

    def __init__(self) -> None:
        self._styles = [DEFAULT_STYLE]
        self._inks = {DEFAULT_STYLE: DEFAULT_INK}
        self.steps: dict[str, str] = {}  # ink + parameters: ink
        self._blanks: dict[str, str] = {DEFAULT_INK: DEFAULT_INK}
        self.collect_at = FIRST_COLLECTION
        self._link_size = 0
        self._link_limit = LINK_BYTES

    @property
    def is_full(self) -> bool:
        """Whether it is time to look for unused styles."""
        return len(self._styles) >= self.collect_at or self._link_size >= self._link_limit

    def is_too_much(self, inks: set[str]) -> bool:
        """Say whether these alone would nearly fill the table."""
        links = sum(len(self.style(ink).link) for ink in inks)
        return len(inks) >= FIRST_COLLECTION // 2 or links >= LINK_BYTES // 2

    def __len__(self) -> int:
        return len(self._styles)

    def style(self, ink: str) -> Style:
        """Return what an ink stands for."""
        return self._styles[ord(ink)]

    def ink(self, style: Style) -> str:
        """Return the ink of a style, a new one if need be."""
        ink = self._inks.get(style)
        if ink is None:
            ink = self._inks[style] = chr(len(self._styles))
            self._styles.append(style)
            self._link_size += len(style.link)
        return ink

    def step(self, ink: str, parameters: str) -> str:
        """Return the ink after an SGR sequence."""
        key = ink + parameters
        after = self.steps.get(key)
        if after is None:
            if len(self.steps) >= MAX_CACHED:
                self.steps.clear()
            if len(parameters) > MAX_PARAMETERS:
                return ink
            after = self.steps[key] = self.ink(apply_sgr(self.style(ink), parameters))
        return after

    def blank(self, ink: str) -> str:
        """Return the ink of a cell erased under this pen: its background alone (BCE)."""
        blank = self._blanks.get(ink)
        if blank is None:
            if len(self._blanks) >= MAX_CACHED:
                self._blanks.clear()
            blank = self._blanks[ink] = self.ink(Style(background=self.style(ink).background))
        return blank

    def collect(self, live: set[str]) -> dict[int, str]:
        """Forget all styles but those of the inks in `live`; return the translation of old inks to new."""
        old = self._styles
        translation = {0: DEFAULT_INK}
        self._styles = [DEFAULT_STYLE]
        self._inks = {DEFAULT_STYLE: DEFAULT_INK}
        self._link_size = 0
        self.steps.clear()
        self._blanks = {DEFAULT_INK: DEFAULT_INK}
        for ink in sorted(live - {DEFAULT_INK}):
            translation[ord(ink)] = self.ink(old[ord(ink)])
        self.collect_at = max(FIRST_COLLECTION, 2 * len(self._styles))
        self._link_limit = max(LINK_BYTES, 2 * self._link_size)
        return translation
