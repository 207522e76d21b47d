"""tmux's description of how panes share a window, as a tree.

    77dd,100x30,0,0{50x30,0,0,0,49x30,51,0[49x15,51,0,1,49x14,51,16,2]}

A checksum, then a cell: its size and place, and a pane's number, or cells side by side in `{}`, or stacked in `[]`
(tmux, layout-custom.c). Newer versions put floating panes behind in `<>`; they are panes of no split.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ai_session_tui.errors import UsageError

_CELL = re.compile(r"(\d+)x(\d+),(-?\d+),(-?\d+)(?:,(\d+))?")
_CLOSING = {"{": "}", "[": "]", "<": ">"}
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class PaneCell:
    """A pane by tmux's number of it, and its size in cells."""

    ident: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class SplitCell:
    """Cells that share a place: `right` is side by side, `down` one below the other."""

    direction: Literal["right", "down"]
    columns: int
    rows: int
    children: tuple[Node, ...]


Node = PaneCell | SplitCell


def parse_layout(text: str) -> Node:
    """Return the tree of a `window_layout`; raise `UsageError` for what is none."""
    _, comma, body = text.partition(",")
    node, end = _parse_cell(body, 0, text, 0) if comma else (None, 0)
    if node is None or body[end:].partition("<")[0].strip(","):
        raise _bad(text)
    return node


def pane_idents(node: Node) -> list[int]:
    """Return the numbers of the panes, from left to right and top to bottom."""
    if isinstance(node, PaneCell):
        return [node.ident]
    return [ident for child in node.children for ident in pane_idents(child)]


def _parse_cell(body: str, start: int, text: str, depth: int) -> tuple[Node, int]:
    found = _CELL.match(body, start)
    if found is None or depth > _DEEPEST:
        raise _bad(text)
    columns, rows, end = int(found[1]), int(found[2]), found.end()
    opening = body[end : end + 1]
    if opening in ("{", "["):
        if found[5] is not None:
            raise _bad(text)
        children, end = _parse_children(body, end + 1, _CLOSING[opening], text, depth)
        return SplitCell("right" if opening == "{" else "down", columns, rows, children), end
    if found[5] is None:
        raise _bad(text)
    return PaneCell(int(found[5]), columns, rows), end


def _parse_children(body: str, start: int, closing: str, text: str, depth: int) -> tuple[tuple[Node, ...], int]:
    children = []
    while True:
        child, end = _parse_cell(body, start, text, depth + 1)
        children.append(child)
        sign = body[end : end + 1]
        if sign == closing:
            return tuple(children), end + 1
        if sign != ",":
            raise _bad(text)
        start = end + 1


def _bad(text: str) -> UsageError:
    return UsageError(f"tmux describes a layout that cannot be read: {text[:200]!r}", "report it with `tmux -V`.")
