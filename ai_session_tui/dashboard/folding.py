"""What of the frame has room beside the panes: pure.

The panes come first: there is room for `COMFORT_COLUMNS` of each, if need be without the list, and the inspector lies
over them where it would leave them less. Invariant: what is told here depends on sizes and layout alone, not on what
was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ai_session_tui.layouts import Layout, Leaf, Node

COMFORT_COLUMNS = 36  # two of them beside an inspector on a screen of 120
NARROW_COLUMNS, WIDE_COLUMNS = 100, 160  # below: the list is slim; from here: room for more
LIST_COLUMNS, SLIM_LIST_COLUMNS, LIST_FROM_COLUMNS = 28, 24, 70
INSPECTOR_COLUMNS, WIDE_INSPECTOR_COLUMNS = 46, 58


@dataclass(frozen=True, slots=True)
class Folding:
    """Which parts are shown: the list beside the panes, the inspector beside or over them."""

    has_list: bool
    covers: bool = False  # the inspector lies over the panes


def fold(width: int, layout: Layout | None, *, wants_list: bool, inspects: bool) -> Folding:
    """Return what a screen of `width` columns shows of what is wanted."""
    options = list(_options(width, layout, wants_list=wants_list and width >= LIST_FROM_COLUMNS, inspects=inspects))
    for folding, left in options:
        if folding.covers or left >= needed(layout):
            return folding
    return options[-1][0]


def _options(width: int, layout: Layout | None, *, wants_list: bool, inspects: bool) -> Iterator[tuple[Folding, int]]:
    """Yield what might be shown, best first, with the columns that it leaves to the panes."""
    of_list = list_columns(width)
    of_inspector = (WIDE_INSPECTOR_COLUMNS if width >= WIDE_COLUMNS else INSPECTOR_COLUMNS) if inspects else 0
    if wants_list:
        yield Folding(has_list=True), width - of_list - of_inspector
    yield Folding(has_list=False), width - of_inspector
    if inspects:
        beneath = fold(width, layout, wants_list=wants_list, inspects=False)  # no pane changes its size for a cover
        yield Folding(beneath.has_list, covers=True), width


def list_columns(width: int) -> int:
    """Return the columns of the list on a screen of `width` columns."""
    return SLIM_LIST_COLUMNS if width < NARROW_COLUMNS else LIST_COLUMNS


def needed(layout: Layout | None) -> int:
    """Return the columns in which all panes could be comfortable: a border that is moved folds nothing."""
    if layout is None or layout.zoomed:
        return COMFORT_COLUMNS
    return _needed(layout.root)


def _needed(node: Node) -> int:
    if isinstance(node, Leaf):
        return COMFORT_COLUMNS
    parts = [_needed(child) for child in node.children]
    return sum(parts) if node.direction == "right" else max(parts)
