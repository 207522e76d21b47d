"""Laws of layouts: whatever is split, removed and resized, the panes tile the area and everybody can be reached."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui import layouts
from ai_session_tui.errors import NotFoundError, UsageError
from ai_session_tui.layouts import Layout, Leaf, Rect, Side, Split

SIDES: tuple[Side, ...] = ("left", "right", "up", "down")
OPPOSITE: dict[Side, Side] = {"left": "right", "right": "left", "up": "down", "down": "up"}
directions: st.SearchStrategy[layouts.Direction] = st.sampled_from(["right", "down"])
fractions = st.sampled_from([0.5, 0.25, 0.75, 0.1, 0.9])
areas = st.tuples(st.integers(1, 300), st.integers(1, 120))


@st.composite
def grown(draw: st.DrawFn) -> Layout:
    """A layout made as users make one: by splits and removals."""
    layout = layouts.single("p0")
    for number in range(1, draw(st.integers(1, 9))):
        present = layouts.panes(layout)
        if len(present) > 2 and draw(st.integers(0, 5)) == 0:
            smaller = layouts.remove(layout, draw(st.sampled_from(present)))
            assert smaller is not None
            layout = smaller
        else:
            pane = draw(st.sampled_from(present))
            layout = layouts.split(layout, pane, draw(directions), f"p{number}", draw(fractions))
    return layouts.focused(layout, draw(st.sampled_from(layouts.panes(layout))))


def same(one: layouts.Node, other: layouts.Node) -> bool:
    """Equal but for the last digits of the weights."""
    if isinstance(one, Leaf) or isinstance(other, Leaf):
        return one == other
    assert sum(one.weights) > 0
    weights = pytest.approx(tuple(weight / sum(other.weights) for weight in other.weights))
    return (
        one.direction == other.direction
        and tuple(weight / sum(one.weights) for weight in one.weights) == weights
        and all(same(*pair) for pair in zip(one.children, other.children, strict=True))
    )


@given(grown(), areas)
def test_the_panes_tile_the_area_without_gap_or_overlap(layout: Layout, area: tuple[int, int]) -> None:
    places = layouts.rectangles(layout, *area)
    assert set(places) == set(layouts.panes(layout))
    covered = [
        (x, y)
        for rect in places.values()
        for x in range(rect.x, rect.x + rect.width)
        for y in range(rect.y, rect.y + rect.height)
    ]
    assert len(covered) == len(set(covered)) == area[0] * area[1]
    assert all(0 <= x < area[0] and 0 <= y < area[1] for x, y in covered)


@given(grown())
def test_every_pane_has_its_least_size_where_there_is_room(layout: Layout) -> None:
    count = len(layouts.panes(layout))
    for rect in layouts.rectangles(layout, layouts.MIN_COLUMNS * count, layouts.MIN_ROWS * count).values():
        assert rect.width >= layouts.MIN_COLUMNS
        assert rect.height >= layouts.MIN_ROWS


@given(grown(), directions, fractions, st.data())
def test_removing_a_new_pane_undoes_the_split(
    layout: Layout, direction: layouts.Direction, fraction: float, data: st.DataObject
) -> None:
    layout = layouts.focused(layout, pane := data.draw(st.sampled_from(layouts.panes(layout))))
    parted = layouts.split(layout, pane, direction, "new", fraction)
    assert parted.focus == "new"
    assert layouts.panes(parted).index("new") == layouts.panes(parted).index(pane) + 1
    back = layouts.remove(parted, "new")
    assert back is not None
    assert back.focus == layout.focus
    assert same(back.root, layout.root)


@given(grown(), directions, fractions)
def test_a_split_divides_only_the_pane_that_is_split(
    layout: Layout, direction: layouts.Direction, fraction: float
) -> None:
    pane = layout.focus
    before = layouts.rectangles(layout, 10_000, 10_000)
    after = layouts.rectangles(layouts.split(layout, pane, direction, "new", fraction), 10_000, 10_000)
    both = before[pane]
    part, new = after[pane], after["new"]
    for other in set(before) - {pane}:  # rounding may move a border by a cell
        for mine, its in zip(astuple(before[other]), astuple(after[other]), strict=True):
            assert abs(mine - its) <= len(before)
    if direction == "right":
        assert new.x == part.x + part.width
        assert (part.width + new.width) == pytest.approx(both.width, abs=len(before))
        assert new.width == pytest.approx(both.width * fraction, abs=len(before) + layouts.MIN_COLUMNS)
    else:
        assert new.y == part.y + part.height
        assert new.height == pytest.approx(both.height * fraction, abs=len(before) + layouts.MIN_ROWS)


def astuple(rect: Rect) -> tuple[int, int, int, int]:
    return (rect.x, rect.y, rect.width, rect.height)


@given(grown(), st.sampled_from(SIDES))
def test_neighbours_are_mutual(layout: Layout, side: Side) -> None:
    for pane in layouts.panes(layout):
        for other in layouts.neighbours(layout, pane, side):
            assert pane in layouts.neighbours(layout, other, OPPOSITE[side])


@given(grown())
def test_every_pane_can_be_reached_from_every_other_by_the_arrows(layout: Layout) -> None:
    reached, todo = {layout.focus}, [layout.focus]
    while todo:
        pane = todo.pop()
        for other in {found for side in SIDES for found in layouts.neighbours(layout, pane, side)} - reached:
            reached.add(other)
            todo.append(other)
    assert reached == set(layouts.panes(layout))


@given(grown(), st.sampled_from(SIDES), st.integers(0, 60), areas)
def test_resizing_keeps_least_sizes_and_everything_else_in_place(
    layout: Layout, side: Side, cells: int, area: tuple[int, int]
) -> None:
    count = len(layouts.panes(layout))
    area = (max(area[0], layouts.MIN_COLUMNS * count), max(area[1], layouts.MIN_ROWS * count))
    moved = layouts.resize(layout, layout.focus, side, cells, *area)
    assert layouts.panes(moved) == layouts.panes(layout)
    assert moved.focus == layout.focus
    before, after = layouts.rectangles(layout, *area), layouts.rectangles(moved, *area)
    for rect in after.values():
        assert rect.width >= layouts.MIN_COLUMNS
        assert rect.height >= layouts.MIN_ROWS
    if side in ("left", "right"):
        assert {(rect.y, rect.height) for rect in before.values()} == {(rect.y, rect.height) for rect in after.values()}


def test_a_border_moves_by_as_many_cells_as_asked_for_and_back() -> None:
    layout = layouts.split(layouts.single("a"), "a", "right", "b")
    wider = layouts.resize(layout, "a", "right", 7, 100, 30)
    assert layouts.rectangles(wider, 100, 30)["a"].width == 57
    assert layouts.rectangles(layouts.resize(wider, "a", "left", 7, 100, 30), 100, 30)["a"].width == 50
    # The last pane has no border to its right: the one to its left moves.
    smaller = layouts.resize(layout, "b", "right", 5, 100, 30)
    assert layouts.rectangles(smaller, 100, 30)["b"].width == 45
    assert layouts.resize(layout, "a", "up", 3, 100, 30).root == layout.root


def test_a_middle_pane_moves_the_border_on_the_named_side() -> None:
    layout = layouts.arranged(["a", "b", "c"], "columns")
    right = layouts.rectangles(layouts.resize(layout, "b", "right", 4, 90, 30), 90, 30)
    assert [right[pane].width for pane in "abc"] == [30, 34, 26]
    left = layouts.rectangles(layouts.resize(layout, "b", "left", 4, 90, 30), 90, 30)
    assert [left[pane].width for pane in "abc"] == [26, 34, 30]


@given(grown())
def test_a_layout_survives_the_wire(layout: Layout) -> None:
    assert layouts.from_plain(json.loads(json.dumps(layouts.to_plain(layout)))) == layout


@given(grown())
def test_equal_pictures_are_equal_trees(layout: Layout) -> None:
    def check(node: layouts.Node) -> None:
        if isinstance(node, Split):
            assert len(node.children) == len(node.weights) >= 2
            for child in node.children:
                assert not (isinstance(child, Split) and child.direction == node.direction)
                check(child)

    check(layout.root)


@given(grown(), st.data())
def test_swapping_twice_changes_nothing(layout: Layout, data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from(layouts.panes(layout))) for _ in "ab")
    swapped = layouts.swap(layout, one, other)
    assert layouts.swap(swapped, one, other) == layout
    area = layouts.rectangles(layout, 200, 60), layouts.rectangles(swapped, 200, 60)
    assert area[0][one] == area[1][other]


def test_a_zoomed_pane_fills_the_area_until_another_gets_the_focus() -> None:
    layout = layouts.zoomed(layouts.split(layouts.single("a"), "a", "down", "b"))
    assert layouts.rectangles(layout, 80, 24) == {"b": Rect(0, 0, 80, 24)}
    assert not layouts.focused(layout, "a").zoomed
    assert layouts.focused(layout, "b").zoomed
    assert not layouts.zoomed(layout).zoomed


def test_removing_the_last_pane_leaves_no_layout() -> None:
    assert layouts.remove(layouts.single("a"), "a") is None
    with pytest.raises(NotFoundError):
        layouts.remove(layouts.single("a"), "b")


@pytest.mark.parametrize("arrangement", ["columns", "rows", "grid", "main"])
@pytest.mark.parametrize("count", range(1, 8))
def test_arrangements_show_all_panes_in_order(arrangement: layouts.Arrangement, count: int) -> None:
    order = [f"p{number}" for number in range(count)]
    layout = layouts.arranged(order, arrangement, order[-1])
    assert layouts.panes(layout) == tuple(order)
    assert layout.focus == order[-1]
    assert layouts.from_plain(layouts.to_plain(layout)) == layout


def test_extent_is_what_panes_of_these_sizes_would_fill() -> None:
    layout = layouts.split(layouts.split(layouts.single("a"), "a", "right", "b"), "b", "down", "c")
    assert layouts.extent(layout, {"a": (80, 24), "b": (40, 10), "c": (50, 12)}) == (130, 24)


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {},
        {"root": {}},
        {"root": {"pane": 3}},
        {"root": {"split": "left", "children": [{"pane": "a"}]}},
        {"root": {"split": "right", "children": []}},
        {"root": {"split": "right", "children": [{"pane": "a"}, {"pane": "a"}]}},
        {"root": {"split": "right", "children": [{"pane": "a"}, {"pane": "b"}], "weights": [1]}},
        {"root": {"split": "right", "children": [{"pane": "a"}, {"pane": "b"}], "weights": [1, 0]}},
        {"root": {"split": "right", "children": [{"pane": "a"}, {"pane": "b"}], "weights": [1, True]}},
        {"root": {"split": "right", "children": [{"pane": "a"}, {"pane": "b"}], "weights": [1, float("nan")]}},
        {"root": {"pane": "a"}, "focus": "b"},
    ],
)
def test_what_is_no_layout_is_refused(plain: object) -> None:
    with pytest.raises(UsageError):
        layouts.from_plain(plain)


def test_a_layout_that_is_too_deep_is_refused_not_followed() -> None:
    plain: dict[str, object] = {"pane": "a"}
    for _ in range(5000):
        plain = {"split": "right", "children": [plain]}
    with pytest.raises(UsageError):
        layouts.from_plain({"root": plain})


@given(grown(), st.integers(0, 119), st.integers(0, 39), st.data())
def test_a_border_goes_to_the_pointer_or_as_far_as_both_sides_keep_room(
    layout: Layout, x: int, y: int, data: st.DataObject
) -> None:
    before = layouts.rectangles(layout, 120, 40)
    bordered = [
        (one, side) for one, rect in before.items() for side in ("left", "up") if (rect.x, rect.y)[side == "up"]
    ]
    if not bordered:
        return
    pane, side = data.draw(st.sampled_from(bordered))
    after = layouts.rectangles(layouts.moved_border(layout, pane, side, x, y, 120, 40), 120, 40)
    was, now, wanted = (before[pane].x, after[pane].x, x) if side == "left" else (before[pane].y, after[pane].y, y)
    assert min(was, wanted) <= now <= max(was, wanted), "it moves towards the pointer, never past it"
    if side == "left":
        assert after[pane].y == before[pane].y
    if now != wanted:  # something is as small as it can be
        assert any(one.width <= 2 * layouts.MIN_COLUMNS or one.height <= 2 * layouts.MIN_ROWS for one in after.values())
