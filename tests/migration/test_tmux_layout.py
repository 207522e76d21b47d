"""tmux's layouts as trees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.errors import UsageError
from ai_session_tui.migration.tmux_layout import Node, PaneCell, SplitCell, pane_idents, parse_layout

_SIZES = st.integers(1, 500)


def _trees(depth: int = 3) -> st.SearchStrategy[Node]:
    leaf = st.builds(PaneCell, st.integers(0, 10_000), _SIZES, _SIZES)
    if depth == 0:
        return leaf
    children = st.lists(_trees(depth - 1), min_size=2, max_size=4).map(tuple)
    return leaf | st.builds(SplitCell, st.sampled_from(("right", "down")), _SIZES, _SIZES, children)


def write_layout(node: Node) -> str:
    """Write a cell as tmux does; places do not matter to the tree."""
    size = f"{node.columns}x{node.rows},0,0"
    if isinstance(node, PaneCell):
        return f"{size},{node.ident}"
    opening, closing = "{}" if node.direction == "right" else "[]"
    return f"{size}{opening}{','.join(map(write_layout, node.children))}{closing}"


@given(_trees())
def test_what_tmux_writes_is_read_back(node: Node) -> None:
    assert parse_layout("b25f," + write_layout(node)) == node


def test_a_layout_that_tmux_made() -> None:
    layout = parse_layout("77dd,100x30,0,0{50x30,0,0,0,49x30,51,0[49x15,51,0,1,49x14,51,16,2]}")
    assert layout == SplitCell(
        "right", 100, 30, (PaneCell(0, 50, 30), SplitCell("down", 49, 30, (PaneCell(1, 49, 15), PaneCell(2, 49, 14))))
    )
    assert pane_idents(layout) == [0, 1, 2]


def test_floating_panes_of_newer_versions_are_no_part_of_the_tree() -> None:
    assert parse_layout("5a0c,80x24,0,0,3<20x5,10,5,4>") == PaneCell(3, 80, 24)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "77dd",
        "77dd,",
        "77dd,80x24",
        "77dd,80x24,0,0",
        "a,80x24,0,0{40x24,0,0,1",
        "a,80x24,0,0{}",
        "a,1x1,0,0,1]",
        "x" * 9,
    ],
)
def test_what_is_no_layout_is_an_error_of_ours(text: str) -> None:
    with pytest.raises(UsageError):
        parse_layout(text)


@given(st.text(alphabet="0123456789x,{}[]<>ab-"))
def test_any_text_is_a_layout_or_an_error_of_ours(text: str) -> None:
    try:
        assert pane_idents(parse_layout(text))
    except UsageError as error:
        assert error.hint


def test_a_layout_without_end_is_no_endless_descent() -> None:
    with pytest.raises(UsageError):
        parse_layout("a," + "1x1,0,0{" * 5000)
