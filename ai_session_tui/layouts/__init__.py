"""How the panes of a session share an area: a tree of splits, and pure functions on it.

A layout knows proportions only, so one fits every screen; `rectangles` says which cells that is on a given one.
Invariants: the rectangles of a layout tile the area, without gap or overlap; a pane is in it once; a split has at
least two children, none of them a split in its own direction, so that equal pictures are equal trees.
"""

from ai_session_tui.layouts.cells import (
    MIN_COLUMNS,
    MIN_ROWS,
    Rect,
    Side,
    extent,
    moved_border,
    neighbour,
    neighbours,
    rectangles,
    resize,
)
from ai_session_tui.layouts.tree import (
    Arrangement,
    Direction,
    Layout,
    Leaf,
    Node,
    Split,
    arranged,
    focused,
    panes,
    remove,
    single,
    split,
    substitute,
    swap,
    zoomed,
)
from ai_session_tui.layouts.wire import from_plain, to_plain

__all__ = [
    "MIN_COLUMNS",
    "MIN_ROWS",
    "Arrangement",
    "Direction",
    "Layout",
    "Leaf",
    "Node",
    "Rect",
    "Side",
    "Split",
    "arranged",
    "extent",
    "focused",
    "from_plain",
    "moved_border",
    "neighbour",
    "neighbours",
    "panes",
    "rectangles",
    "remove",
    "resize",
    "single",
    "split",
    "substitute",
    "swap",
    "to_plain",
    "zoomed",
]
