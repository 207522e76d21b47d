"""How many cells a character takes, and which characters share a cell: the one table for parser, renderer, search.

Invariant: a character is exactly one of narrow (1 cell), wide (2 cells) or *social*: its cells depend on what stands
before it (combining marks, joiners, skin tones, regional indicators) or it needs care (unassigned to cells).
Source: wcwidth's Unicode tables, UAX #29 (extended grapheme clusters), UTS #51 (emoji).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final
from unicodedata import category

from wcwidth.table_vs16 import VS16_NARROW_TO_WIDE
from wcwidth.table_wide import WIDE_EASTASIAN
from wcwidth.table_zero import ZERO_WIDTH

# Emoji_Modifier_Base: what a skin tone may change.
_TONED: Final = [
    (0x261D, 0x261D), (0x26F9, 0x26F9), (0x270A, 0x270D), (0x1F385, 0x1F385), (0x1F3C2, 0x1F3C4), (0x1F3C7, 0x1F3C7),
    (0x1F3CA, 0x1F3CC), (0x1F442, 0x1F443), (0x1F446, 0x1F450), (0x1F466, 0x1F478), (0x1F47C, 0x1F47C),
    (0x1F481, 0x1F483), (0x1F485, 0x1F487), (0x1F48F, 0x1F48F), (0x1F491, 0x1F491), (0x1F4AA, 0x1F4AA),
    (0x1F574, 0x1F575), (0x1F57A, 0x1F57A), (0x1F590, 0x1F590), (0x1F595, 0x1F596), (0x1F645, 0x1F647),
    (0x1F64B, 0x1F64F), (0x1F6A3, 0x1F6A3), (0x1F6B4, 0x1F6B6), (0x1F6C0, 0x1F6C0), (0x1F6CC, 0x1F6CC),
    (0x1F90C, 0x1F90C), (0x1F90F, 0x1F90F), (0x1F918, 0x1F91F), (0x1F926, 0x1F926), (0x1F930, 0x1F939),
    (0x1F93C, 0x1F93E), (0x1F977, 0x1F977), (0x1F9B5, 0x1F9B6), (0x1F9B8, 0x1F9B9), (0x1F9BB, 0x1F9BB),
    (0x1F9CD, 0x1F9CF), (0x1F9D1, 0x1F9DD), (0x1FAC3, 0x1FAC5), (0x1FAF0, 0x1FAF8),
]  # fmt: skip

# Extended_Pictographic, what may stand on both sides of a joiner.
_PICTOGRAPHS: Final = [
    (0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122), (0x2139, 0x2139),
    (0x2194, 0x2199), (0x21A9, 0x21AA), (0x231A, 0x231B), (0x2328, 0x2328), (0x2388, 0x2388), (0x23CF, 0x23CF),
    (0x23E9, 0x23F3), (0x23F8, 0x23FA), (0x24C2, 0x24C2), (0x25AA, 0x25AB), (0x25B6, 0x25B6), (0x25C0, 0x25C0),
    (0x25FB, 0x25FE), (0x2600, 0x2605), (0x2607, 0x2612), (0x2614, 0x2685), (0x2690, 0x2705), (0x2708, 0x2712),
    (0x2714, 0x2714), (0x2716, 0x2716), (0x271D, 0x271D), (0x2721, 0x2721), (0x2728, 0x2728), (0x2733, 0x2734),
    (0x2744, 0x2744), (0x2747, 0x2747), (0x274C, 0x274C), (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757),
    (0x2763, 0x2767), (0x2795, 0x2797), (0x27A1, 0x27A1), (0x27B0, 0x27B0), (0x27BF, 0x27BF), (0x2934, 0x2935),
    (0x2B05, 0x2B07), (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x3030, 0x3030), (0x303D, 0x303D),
    (0x3297, 0x3297), (0x3299, 0x3299), (0x1F000, 0x1F0FF), (0x1F10D, 0x1F10F), (0x1F12F, 0x1F12F),
    (0x1F16C, 0x1F171), (0x1F17E, 0x1F17F), (0x1F18E, 0x1F18E), (0x1F191, 0x1F19A), (0x1F1AD, 0x1F1E5),
    (0x1F201, 0x1F20F), (0x1F21A, 0x1F21A), (0x1F22F, 0x1F22F), (0x1F232, 0x1F23A), (0x1F23C, 0x1F23F),
    (0x1F249, 0x1F3FA), (0x1F400, 0x1F53D), (0x1F546, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F774, 0x1F77F),
    (0x1F7D5, 0x1F7FF), (0x1F80C, 0x1F80F), (0x1F848, 0x1F84F), (0x1F85A, 0x1F85F), (0x1F888, 0x1F88F),
    (0x1F8AE, 0x1F8FF), (0x1F90C, 0x1F93A), (0x1F93C, 0x1F945), (0x1F947, 0x1FAFF), (0x1FC00, 0x1FFFD),
]  # fmt: skip

Ranges = list[tuple[int, int]]

ZWJ: Final = "\u200d"
EMOJI_STYLE: Final = "\ufe0f"  # VS16
REGIONAL: Final = (0x1F1E6, 0x1F1FF)
SKIN_TONES: Final = (0x1F3FB, 0x1F3FF)
PLANE_16: Final = (0x100000, 0x10FFFF)  # taken as cluster names, see cells.py; real ones go the slow way


def _latest(table: Mapping[str, Sequence[tuple[int, int]]]) -> Ranges:
    newest = max(table, key=lambda version: tuple(int(part) for part in version.split(".")))
    return list(table[newest])


def _merge(ranges: Ranges) -> Ranges:
    merged: Ranges = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return merged


def _without(ranges: Ranges, holes: Ranges) -> Ranges:
    kept: Ranges = []
    for low, high in ranges:
        for hole_low, hole_high in holes:
            if hole_high < low or hole_low > high:
                continue
            if hole_low > low:
                kept.append((low, hole_low - 1))
            low = hole_high + 1
        if low <= high:
            kept.append((low, high))
    return kept


def _characters(ranges: Ranges) -> str:
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


def _spacing_marks(ranges: Ranges) -> Ranges:
    codes = (code for low, high in ranges for code in range(low, high + 1))
    return _merge([(code, code) for code in codes if category(chr(code)) == "Mc"])


def _contains(ranges: Ranges, code: int) -> bool:
    index = bisect_right(ranges, (code, 0x110000)) - 1
    return index >= 0 and code <= ranges[index][1]


# Spacing marks (Mc) take a cell of their own, with both oracles and the C library that programs ask.
_MARKS = _merge(_latest(ZERO_WIDTH))
_ZERO = _without(_MARKS, _spacing_marks(_MARKS))
_SOCIAL = _merge([*_ZERO, REGIONAL, SKIN_TONES, PLANE_16])
_WIDE = _without(_merge(_latest(WIDE_EASTASIAN)), _SOCIAL)
_GROWING = _merge(_latest(VS16_NARROW_TO_WIDE))  # one cell, or two before VS16

_BMP: Ranges = [(0, 0xD7FF), (0xE000, 0xFFFF)]
_NARROW_BMP = _characters(_without(_BMP, _merge([*_SOCIAL, *_WIDE])))
_WIDE_BMP = _characters([part for part in _WIDE if part[1] <= 0xFFFF])

# A run of narrow characters, a run of wide ones, or (no group) one character that needs care. Only the basic plane has
# runs: sre tests a class that goes beyond it range by range, which takes a hundred times as long.
SEGMENTS: Final = re.compile(f"([{_NARROW_BMP}]+)|([{_WIDE_BMP}]+)|.", re.DOTALL)
NARROW: Final = re.compile(f"[{_NARROW_BMP}]*")
PLAIN: Final = re.compile(f"[{_NARROW_BMP}{_WIDE_BMP}]*")
WIDE_RUN: Final = re.compile(f"[{_WIDE_BMP}]+")


@lru_cache(maxsize=4096)
def char_width(character: str) -> int:
    """Return the cells of a character that stands alone: 0, 1 or 2."""
    code = ord(character)
    if _contains(_ZERO, code):
        return 0
    alone_wide = REGIONAL[0] <= code <= REGIONAL[1] or SKIN_TONES[0] <= code <= SKIN_TONES[1]
    return 2 if alone_wide or _contains(_WIDE, code) else 1


def is_social(character: str) -> bool:
    """Say whether a character may share its cell with others."""
    return _contains(_SOCIAL, ord(character))


def is_pictograph(character: str) -> bool:
    """Say whether a character may continue an emoji after a joiner (Extended_Pictographic, UTS #51)."""
    return _contains(_PICTOGRAPHS, ord(character))


def joins(cluster: str, character: str) -> bool:
    """Say whether a character goes into the cell of the cluster before it (UAX #29, GB9, GB11-GB13)."""
    code = ord(character)
    if _contains(_ZERO, code):
        return True
    if SKIN_TONES[0] <= code <= SKIN_TONES[1]:
        return is_pictograph(cluster[-1]) or (cluster[-1] == EMOJI_STYLE and is_pictograph(cluster[0]))
    if REGIONAL[0] <= code <= REGIONAL[1]:
        return len(cluster) == 1 and REGIONAL[0] <= ord(cluster) <= REGIONAL[1]
    return cluster[-1] == ZWJ and is_pictograph(cluster[0]) and is_pictograph(character)


def widens(cluster: str, character: str) -> bool:
    """Say whether a character that joins a narrow cluster makes it wide: VS16, a tone, an emoji behind a joiner."""
    if character == EMOJI_STYLE:
        return len(cluster) == 1 and _contains(_GROWING, ord(cluster))
    return char_width(character) == 2 or (cluster[-1] == ZWJ and is_pictograph(character))


def split(text: str) -> list[tuple[str, int]]:
    """Return the clusters of a text, each with its cells; a leading mark gets the cell it would take on a blank."""
    clusters: list[tuple[str, int]] = []
    for character in text:
        if clusters and joins(clusters[-1][0], character):
            cluster, width = clusters[-1]
            if width < 2 and widens(cluster, character):
                width = 2
            clusters[-1] = cluster + character, width
        else:
            clusters.append((character, char_width(character)))
    return clusters


def text_width(text: str) -> int:
    """Return the cells of a text without control characters."""
    if text.isascii():
        return len(text)
    if PLAIN.fullmatch(text):
        return len(text) + sum(len(run) for run in WIDE_RUN.findall(text))
    return sum(width for _, width in split(text))
