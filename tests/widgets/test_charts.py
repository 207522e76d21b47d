"""Charts show what the numbers say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.widgets.charts import bar, line_chart

_values = st.lists(st.floats(0, 1e9), min_size=1, max_size=30)


@given(st.floats(-1, 2), st.integers(0, 60))
def test_a_bar_has_its_width_and_something_is_never_nothing(fraction: float, width: int) -> None:
    full, empty = bar(fraction, width)
    assert len(full) + len(empty) == width
    assert bool(full) == (fraction > 0 and width > 0)
    assert fraction < 1 or not empty


@given(st.lists(_values, min_size=1, max_size=3), st.integers(1, 40), st.integers(1, 10))
def test_every_column_of_a_chart_shows_a_line(series: list[list[float]], width: int, height: int) -> None:
    rows = line_chart(series, width, height)
    assert len(rows) == height and all(len(row) == width for row in rows)
    for x in range(width):
        assert any(row[x].series is not None for row in rows)
    assert all((cell.sign == " ") == (cell.series is None) for row in rows for cell in row)


def test_the_larger_line_lies_above() -> None:
    rows = line_chart([[0, 50, 100], [0, 5, 10]], 12, 4)
    assert rows[0][-1].series == 0, "the largest value reaches the top"
    assert rows[-1][-1].series == 1, "a tenth stays at the bottom"
    assert rows[0][0].series is None, "both begin at the bottom"


def test_no_values_make_an_empty_chart() -> None:
    assert all(cell.series is None for row in line_chart([[], []], 5, 2) for cell in row)
    assert line_chart([], 0, 0) == []
