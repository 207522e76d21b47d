"""The tree of splits, and how panes come into it, leave it and change places."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ai_session_tui import limits
from ai_session_tui.errors import NotFoundError, UsageError

Direction = Literal["right", "down"]  # children side by side, or one under the other

Arrangement = Literal["columns", "rows", "grid", "main"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One pane, by its id."""

    pane: str


@dataclass(frozen=True, slots=True)
class Split:
    """Children that share an area in one direction, in proportion to their weights."""

    direction: Direction
    children: tuple[Node, ...]
    weights: tuple[float, ...]


Node = Leaf | Split


@dataclass(frozen=True, slots=True)
class Layout:
    """The tree, the pane that has the focus, and whether that one fills the whole area for now."""

    root: Node
    focus: str
    zoomed: bool = False


def single(pane: str) -> Layout:
    """Return the layout of one pane."""
    return Layout(Leaf(pane), pane)


def panes(layout: Layout) -> tuple[str, ...]:
    """Return the panes in reading order of the tree."""
    return tuple(leaves_of(layout.root))


def leaves_of(node: Node) -> Iterator[str]:
    """Yield the panes below a node."""
    if isinstance(node, Leaf):
        yield node.pane
    else:
        for child in node.children:
            yield from leaves_of(child)


def check_has(layout: Layout, pane: str) -> None:
    """Raise `NotFoundError` when a pane is not in a layout."""
    if pane not in panes(layout):
        raise NotFoundError(f"pane {pane} is not in the layout")


def split(layout: Layout, pane: str, direction: Direction, new: str, fraction: float = 0.5) -> Layout:
    """Give `fraction` of a pane's area to a new pane to the right of it, or below; the new one gets the focus.

    Raises NotFoundError without that pane, UsageError for a pane that is there already or an impossible fraction.
    """
    check_has(layout, pane)
    if new in panes(layout):
        raise UsageError("the pane is in the layout already", "a pane is shown once in a layout.")
    if len(panes(layout)) >= limits.MAX_PANES:
        raise UsageError(f"a layout has at most {limits.MAX_PANES} panes", "close one first.")
    if not 0 < fraction < 1:
        raise UsageError(f"a new pane cannot have {fraction:g} of the area", "give a fraction between 0 and 1.")
    halves = Split(direction, (Leaf(pane), Leaf(new)), (1 - fraction, fraction))
    root = _mapped(layout.root, lambda leaf: halves if leaf.pane == pane else leaf)
    return Layout(root, new)


def remove(layout: Layout, pane: str) -> Layout | None:
    """Take a pane out; who shared its split before it takes the area and perhaps the focus. None: nothing is left."""
    check_has(layout, pane)
    root, heir = _without(layout.root, pane)
    if root is None:
        return None
    had_focus = layout.focus == pane
    focus = heir if had_focus and heir is not None else layout.focus
    return Layout(root, focus, layout.zoomed and not had_focus)


def _without(node: Node, pane: str) -> tuple[Node | None, str | None]:
    """Return the tree without a pane, and the pane that is next to where it was."""
    if isinstance(node, Leaf):
        return (None, None) if node.pane == pane else (node, None)
    at = next((index for index, child in enumerate(node.children) if pane in leaves_of(child)), None)
    if at is None:
        return node, None
    rest, heir = _without(node.children[at], pane)
    children, weights = list(node.children), list(node.weights)
    if rest is not None:
        children[at] = rest
    else:
        children.pop(at)
        freed = weights.pop(at)
        takes = max(at - 1, 0)
        weights[takes] += freed
        near = tuple(leaves_of(children[takes]))
        heir = near[-1] if at > 0 else near[0]
    return joined(node.direction, children, weights), heir


def swap(layout: Layout, pane: str, other: str) -> Layout:
    """Exchange the places of two panes; the focus stays with its pane."""
    check_has(layout, pane)
    check_has(layout, other)
    names = {pane: other, other: pane}
    return replace(layout, root=_mapped(layout.root, lambda leaf: Leaf(names.get(leaf.pane, leaf.pane))))


def substitute(layout: Layout, pane: str, other: str) -> Layout:
    """Put another pane, which is not in the layout yet, into a pane's place."""
    check_has(layout, pane)
    if other != pane and other in panes(layout):
        raise UsageError("the pane is in the layout already", "swap the two instead.")
    root = _mapped(layout.root, lambda leaf: Leaf(other) if leaf.pane == pane else leaf)
    return replace(layout, root=root, focus=other if layout.focus == pane else layout.focus)


def focused(layout: Layout, pane: str) -> Layout:
    """Give a pane the focus; that another one filled the area is over then."""
    check_has(layout, pane)
    return replace(layout, focus=pane, zoomed=layout.zoomed and pane == layout.focus)


def zoomed(layout: Layout, wanted: bool | None = None) -> Layout:
    """Let the pane with the focus fill the area, or no longer; None: the other of the two."""
    return replace(layout, zoomed=not layout.zoomed if wanted is None else wanted)


def arranged(order: Sequence[str], arrangement: Arrangement, focus: str | None = None) -> Layout:
    """Return panes arranged anew: side by side, stacked, as a grid, or one large beside a stack of the others."""
    if not order:
        raise UsageError("a layout needs a pane")
    leaves: list[Node] = [Leaf(pane) for pane in order]
    if arrangement == "main" and len(leaves) > 1:
        root = joined("right", [leaves[0], _even("down", leaves[1:])], [1.0, 1.0])
    elif arrangement == "grid":
        across = math.ceil(math.sqrt(len(leaves)))
        rows = [leaves[start : start + across] for start in range(0, len(leaves), across)]
        root = _even("down", [_even("right", row) for row in rows])
    else:
        root = _even("down" if arrangement == "rows" else "right", leaves)
    return Layout(root, focus if focus in order and focus is not None else order[0])


def _even(direction: Direction, children: Sequence[Node]) -> Node:
    return joined(direction, children, [1.0] * len(children))


def _mapped(node: Node, change: Callable[[Leaf], Node]) -> Node:
    if isinstance(node, Leaf):
        return change(node)
    return joined(node.direction, [_mapped(child, change) for child in node.children], node.weights)


def joined(direction: Direction, children: Sequence[Node], weights: Sequence[float]) -> Node:
    """Return a split in normal form: of one child that child, and no split within one of the same direction."""
    if len(children) == 1:
        return children[0]
    flat: list[Node] = []
    shares: list[float] = []
    for child, weight in zip(children, weights, strict=True):
        if isinstance(child, Split) and child.direction == direction:
            whole = sum(child.weights)
            flat += child.children
            shares += [weight * share / whole for share in child.weights]
        else:
            flat.append(child)
            shares.append(weight)
    return Split(direction, tuple(flat), tuple(shares))
