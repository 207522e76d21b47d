"""One figure: a value, what it is counted in, and how many observations it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is None while nothing was measured; `n` is the number of observations; `note` says what they are."""

    value: float | int | None
    n: int
    unit: str  # count, tokens, dollars, seconds, bytes, share, per_second
    note: str = ""
    least: float | None = None
    most: float | None = None
