"""The one table of parsers, and the choice among them.

To add a family: write a module beside this one with a tuple `PARSERS`, and name it in `FAMILIES`.
Invariant: the order of the table decides between equals, so the same output always gets the same parsers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module

from .model import Parsed, Parser

FAMILIES: tuple[str, ...] = ()

SURE_ENOUGH = 0.5


@cache
def parsers() -> Sequence[Parser]:
    """Return all parsers, those of the table first."""
    found: list[Parser] = []
    for family in FAMILIES:
        found += import_module(f"ai_session_tui.parsers.{family}").PARSERS
    return tuple(found)


def best(lines: Sequence[str], command: str, exit_code: int | None) -> list[Parsed]:
    """Return what the fitting parsers read, the surest first; several where one output holds several tools' reports."""
    rated = [(parser.matches(command, lines, exit_code), parser) for parser in parsers()]
    fitting = sorted((pair for pair in rated if pair[0] >= SURE_ENOUGH), key=lambda pair: -pair[0])
    read = (parser.parse(lines, command, exit_code) for _, parser in fitting)
    return [parsed for parsed in read if parsed is not None]
