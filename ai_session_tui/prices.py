"""What a million input tokens of a model cost: the only thing here that ages, so each price carries its date.

The list prices of the vendors' interfaces in US dollars, for input that is not cached; the setting `prices` adds to
them and overrules them. Imports nothing of ours but what is below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_FIELDS = {"input", "date"}


class TableError(ValueError):
    """A part of a table that is off; `path` leads to it from the table."""

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Price:
    """One model's price: US dollars for a million input tokens, on a date."""

    model: str
    input: float
    date: str


PRICES = (
    Price("claude-haiku-4-5", 1.00, "2025-11"),
    Price("claude-opus-4-1", 15.00, "2025-11"),
    Price("claude-opus-4-5", 5.00, "2025-11"),
    Price("claude-sonnet-4-5", 3.00, "2025-11"),
    Price("gemini-2.5-flash", 0.30, "2025-11"),
    Price("gemini-2.5-pro", 1.25, "2025-11"),
    Price("gpt-4.1", 2.00, "2025-11"),
    Price("gpt-4o", 2.50, "2025-11"),
    Price("gpt-5", 1.25, "2025-11"),
)


def prices_from(value: object) -> tuple[Price, ...]:
    """Return our prices with those of a table put over them; raise `TableError` or ValueError for what is none."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        raise ValueError('a table for each model: [prices."my-model"] with input = 3.0 and date = "2026-01"')
    known = {price.model: price for price in PRICES}
    for model, given in value.items():
        known[model] = _price(model, given)
    return tuple(known[model] for model in sorted(known))


def price_of(model: str, prices: tuple[Price, ...]) -> Price | None:
    """Return the price of a model; None when it is not listed."""
    return next((price for price in prices if price.model == model), None)


def _price(model: str, given: object) -> Price:
    if not isinstance(given, Mapping):
        raise TableError((model,), f"the price of {model!r} is {given!r}, but must be a table with input and date")
    for key in given:
        if key not in _FIELDS:
            raise TableError((model, key), f"unknown key {key!r} in the price of {model!r}: write input and date")
    dollars, date = given.get("input"), given.get("date", "")
    if not isinstance(dollars, int | float) or isinstance(dollars, bool) or not 0 <= dollars < 1e6:
        raise TableError((model, "input"), f"input is {dollars!r}, but must be dollars for a million input tokens")
    if not isinstance(date, str):
        date = str(date)  # TOML has dates of its own
    return Price(model, float(dollars), date)
