"""Activity: whatever the times of the output, the intervals hold what came in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.server.activity import BUCKET_SECONDS, BUCKETS, Activity

outputs = st.lists(st.tuples(st.floats(0, 400), st.integers(1, 10**6)), max_size=40)


@given(outputs, st.floats(0, 300))
def test_each_interval_holds_what_came_in_it(came: list[tuple[float, int]], later: float) -> None:
    activity = Activity()
    begun = 1_000_000_003.7
    came.sort()
    for after, size in came:
        activity.add(size, begun + after)
    now = begun + (came[-1][0] if came else 0) + later
    newest = int(now // BUCKET_SECONDS)
    expected = [0] * BUCKETS
    for after, size in came:
        age = newest - int((begun + after) // BUCKET_SECONDS)
        if age < BUCKETS:
            expected[BUCKETS - 1 - age] += size
    assert activity.recent(now) == expected


@given(outputs)
def test_a_clock_that_is_set_back_loses_nothing(came: list[tuple[float, int]]) -> None:
    activity = Activity()
    for after, size in came:
        activity.add(size, 1e9 + after)
        assert len(activity.recent(1e9 + after)) == BUCKETS
        assert activity.recent(1e9 + after)[-1] >= size


def test_looking_changes_nothing() -> None:
    activity = Activity()
    activity.add(5, 1000.0)
    assert activity.recent(1e6) == [0] * BUCKETS
    assert activity.recent(1001.0)[-1] == 5
