"""A layout as JSON: on the wire, in the store, in a template."""

from __future__ import annotations

from typing import cast

from ai_session_tui import limits
from ai_session_tui.errors import UsageError
from ai_session_tui.layouts.tree import Direction, Layout, Leaf, Node, joined, leaves_of

_MAX_DEPTH = 32
_SHAPE = 'a layout is {"root": {"pane": ID} or {"split": "right"|"down", "weights": […], "children": […]}, "focus": ID}'


def to_plain(layout: Layout) -> dict[str, object]:
    """Return the layout as it is on the wire and in the store."""
    return {"root": _node_to_plain(layout.root), "focus": layout.focus, "zoomed": layout.zoomed}


def _node_to_plain(node: Node) -> dict[str, object]:
    if isinstance(node, Leaf):
        return {"pane": node.pane}
    children = [_node_to_plain(child) for child in node.children]
    return {"split": node.direction, "weights": list(node.weights), "children": children}


def from_plain(plain: object) -> Layout:
    """Return the layout that a JSON value describes, in normal form; raises `UsageError` when it describes none."""
    if not isinstance(plain, dict):
        raise _malformed("it is no object")
    root = _node_from_plain(plain.get("root"), 0)
    found = tuple(leaves_of(root))
    if len(set(found)) != len(found):
        raise _malformed("a pane is in it twice")
    if len(found) > limits.MAX_PANES:
        raise _malformed(f"it has more than {limits.MAX_PANES} panes")
    focus = plain.get("focus", found[0])
    if focus not in found:
        raise _malformed("the pane with the focus is not in it")
    return Layout(root, cast(str, focus), plain.get("zoomed") is True)


def _node_from_plain(plain: object, depth: int) -> Node:
    if not isinstance(plain, dict) or depth > _MAX_DEPTH:
        raise _malformed("a part of it is no object" if depth <= _MAX_DEPTH else "it is too deep")
    pane, direction, children = plain.get("pane"), plain.get("split"), plain.get("children")
    if isinstance(pane, str) and pane and direction is None:
        return Leaf(pane)
    if direction not in ("right", "down") or not isinstance(children, list) or not children:
        raise _malformed("a part of it is neither a pane nor a split with children")
    nodes = [_node_from_plain(child, depth + 1) for child in children]
    weights = plain.get("weights", [1.0] * len(nodes))
    if not isinstance(weights, list) or len(weights) != len(nodes) or not all(map(_is_weight, weights)):
        raise _malformed("its weights are not one positive number for each child")
    return joined(cast(Direction, direction), nodes, [float(weight) for weight in weights])


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1e-9 <= value <= 1e9


def _malformed(why: str) -> UsageError:
    return UsageError(f"that is no layout: {why}", f"{_SHAPE}.")
