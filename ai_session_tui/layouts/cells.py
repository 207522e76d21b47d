"""From proportions to cells: where each pane is on a given area, who is beside whom, and moving a border by cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ai_session_tui import limits
from ai_session_tui.layouts.tree import Direction, Layout, Leaf, Node, Split, check_has, leaves_of

Side = Literal["left", "right", "up", "down"]

MIN_COLUMNS = 4  # of a pane, wherever the area has room for that
MIN_ROWS = 2  # a line of its own, and one for its title
_PLANE = 10_000  # cells a side of the area on which neighbours are looked up when none is given


@dataclass(frozen=True, slots=True)
class Rect:
    """An area in cells; `x` and `y` count from 0."""

    x: int
    y: int
    width: int
    height: int


def rectangles(layout: Layout, columns: int, rows: int) -> dict[str, Rect]:
    """Return the area of each pane that is to be seen; of a zoomed layout that is one.

    Every pane has its least size wherever the area has room for all of them; else the last ones may get nothing.
    """
    area = Rect(0, 0, columns, rows)
    return {layout.focus: area} if layout.zoomed else dict(_placed(layout.root, area))


def _placed(node: Node, area: Rect) -> Iterator[tuple[str, Rect]]:
    if isinstance(node, Leaf):
        yield node.pane, area
        return
    is_across = node.direction == "right"
    at = 0
    for child, size in zip(node.children, _sizes(node, area.width if is_across else area.height), strict=True):
        if is_across:
            yield from _placed(child, Rect(area.x + at, area.y, size, area.height))
        else:
            yield from _placed(child, Rect(area.x, area.y + at, area.width, size))
        at += size


def _sizes(node: Split, total: int) -> list[int]:
    """Return the cells of each child: by weight, but none below its least size while there is room."""
    least = [_least(child, node.direction) for child in node.children]
    if total < sum(least):
        return _handed_out(least, total)
    fixed: set[int] = set()  # the children that their weight alone would make too small
    while True:
        free = total - sum(least[index] for index in fixed)
        weight = sum(share for index, share in enumerate(node.weights) if index not in fixed)
        ideal = [least[i] if i in fixed else free * share / weight for i, share in enumerate(node.weights)]
        small = {index for index, size in enumerate(ideal) if index not in fixed and size < least[index]}
        if not small:
            return _rounded(ideal, total)
        fixed |= small


def _handed_out(wanted: list[int], total: int) -> list[int]:
    given: list[int] = []
    for size in wanted:
        given.append(min(size, total - sum(given)))
    return given


def _rounded(ideal: Sequence[float], total: int) -> list[int]:
    """Round so that the sum is `total`: what is missing goes to the largest remainders."""
    sizes = [math.floor(size) for size in ideal]
    order = sorted(range(len(ideal)), key=lambda index: (sizes[index] - ideal[index], index))
    for index in order[: max(0, total - sum(sizes))]:
        sizes[index] += 1
    return sizes


def _least(node: Node, direction: Direction) -> int:
    """Return the fewest cells that a node can do with in a direction."""
    if isinstance(node, Leaf):
        return MIN_COLUMNS if direction == "right" else MIN_ROWS
    parts = [_least(child, direction) for child in node.children]
    return sum(parts) if node.direction == direction else max(parts)


def extent(layout: Layout, sizes: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return the columns and rows that a layout would fill with panes of these sizes (columns, rows)."""

    def of(node: Node) -> tuple[int, int]:
        if isinstance(node, Leaf):
            return sizes.get(node.pane, (limits.DEFAULT_COLUMNS, limits.DEFAULT_ROWS))
        widths, heights = zip(*(of(child) for child in node.children), strict=True)
        return (sum(widths), max(heights)) if node.direction == "right" else (max(widths), sum(heights))

    return of(layout.root)


def resize(layout: Layout, pane: str, side: Side, cells: int, columns: int, rows: int) -> Layout:
    """Move a border of a pane to a side, by cells of an area of `columns` x `rows`; a zoomed layout is unzoomed.

    It is the border on that side if there is one, else the opposite one. Nothing gets less than its least size.
    """
    check_has(layout, pane)
    direction: Direction = "right" if side in ("left", "right") else "down"
    is_forward = side in ("right", "down")
    steps = list(_path(layout.root, pane, Rect(0, 0, columns, rows)))
    here = [(node, at, area) for node, at, area in reversed(steps) if node.direction == direction]
    after = next((step for step in here if step[1] < len(step[0].children) - 1), None)
    before = next((step for step in here if step[1] > 0), None)
    found = (after or before) if is_forward else (before or after)
    if found is None:
        return replace(layout, zoomed=False)
    node, at, area = found
    first = at if found is after and (is_forward or before is None) else at - 1  # the border is behind this child
    sizes = _sizes(node, area.width if direction == "right" else area.height)
    grows, shrinks = (first, first + 1) if is_forward else (first + 1, first)
    moved = max(0, min(cells, sizes[shrinks] - _least(node.children[shrinks], direction)))
    sizes[grows] += moved
    sizes[shrinks] -= moved
    weights = tuple(float(max(size, 1)) for size in sizes) if moved else node.weights
    changed = Split(direction, node.children, weights)
    return replace(layout, root=_replaced(layout.root, node, changed), zoomed=False)


def moved_border(layout: Layout, pane: str, side: Side, x: int, y: int, columns: int, rows: int) -> Layout:
    """Return the layout with the left or upper border of a pane moved to a cell, as far as both sides keep room."""
    rect = dict(_placed(layout.root, Rect(0, 0, columns, rows)))[pane]
    by = x - rect.x if side == "left" else y - rect.y
    if by < 0:
        return resize(layout, pane, side, -by, columns, rows)
    before = neighbour(layout, pane, side, columns, rows)
    if by == 0 or before is None:
        return layout
    return resize(layout, before, "right" if side == "left" else "down", by, columns, rows)


def _path(node: Node, pane: str, area: Rect) -> Iterator[tuple[Split, int, Rect]]:
    """Yield the splits from the root down to a pane, with the child that leads there and the split's area."""
    while isinstance(node, Split):
        is_across = node.direction == "right"
        sizes = _sizes(node, area.width if is_across else area.height)
        at = next(index for index, child in enumerate(node.children) if pane in leaves_of(child))
        yield node, at, area
        skipped = sum(sizes[:at])
        if is_across:
            area = Rect(area.x + skipped, area.y, sizes[at], area.height)
        else:
            area = Rect(area.x, area.y + skipped, area.width, sizes[at])
        node = node.children[at]


def _replaced(node: Node, old: Split, new: Split) -> Node:
    if node is old:
        return new
    if isinstance(node, Leaf):
        return node
    return Split(node.direction, tuple(_replaced(child, old, new) for child in node.children), node.weights)


def neighbours(layout: Layout, pane: str, side: Side, columns: int = _PLANE, rows: int = _PLANE) -> tuple[str, ...]:
    """Return the panes that touch a side of a pane, the one with the longest common border first."""
    check_has(layout, pane)
    places = dict(_placed(layout.root, Rect(0, 0, columns, rows)))
    own = places[pane]
    shared = {other: _common_border(own, rect, side) for other, rect in places.items() if other != pane}
    touching = [other for other, cells in shared.items() if cells > 0]
    return tuple(sorted(touching, key=lambda other: -shared[other]))


def neighbour(layout: Layout, pane: str, side: Side, columns: int = _PLANE, rows: int = _PLANE) -> str | None:
    """Return the pane at a side of a pane, or None at the edge."""
    found = neighbours(layout, pane, side, columns, rows)
    return found[0] if found else None


def _common_border(own: Rect, other: Rect, side: Side) -> int:
    if side in ("left", "right"):
        touches = other.x == own.x + own.width if side == "right" else other.x + other.width == own.x
        common = min(own.y + own.height, other.y + other.height) - max(own.y, other.y)
    else:
        touches = other.y == own.y + own.height if side == "down" else other.y + other.height == own.y
        common = min(own.x + own.width, other.x + other.width) - max(own.x, other.x)
    return common if touches else 0
