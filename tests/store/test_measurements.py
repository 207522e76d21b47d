"""Measurements add up, whatever the order and however old they are, and stay small."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.errors import StorageError
from ai_session_tui.store import Store
from ai_session_tui.store.measurements import HOUR_SECONDS, Sum
from ai_session_tui.store.statistics import statistics_reader


def added(values: list[float]) -> Sum:
    found = Sum()
    for value in values:
        found.add(value)
    return found


def count_rows(path: Path) -> int:
    connection = sqlite3.connect(path)
    (rows,) = connection.execute("SELECT count(*) FROM measurements").fetchone()
    connection.close()
    return int(rows)


@given(st.lists(st.lists(st.integers(-1000, 1000).map(float), min_size=1), min_size=1, max_size=6))
def test_sums_add_up(tmp_path_factory: pytest.TempPathFactory, batches: list[list[float]]) -> None:
    path = tmp_path_factory.mktemp("store") / "sessions.db"
    store = Store(str(path))
    for hour, batch in enumerate(batches):
        store.measurements.add([(("k", "s1", hour % 3), added(batch))])
    store.measurements.forget_session("s1")
    with statistics_reader(str(path)) as reader:
        found = reader.measured(None, None)["k"]
        assert reader.measured("s1", None) == {}
    everything = [value for batch in batches for value in batch]
    assert (found.n, found.total) == (len(everything), sum(everything))
    assert (found.least, found.most) == (min(everything), max(everything))
    store.close()


def test_old_ones_become_coarse_and_very_old_ones_go(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    store = Store(str(path))
    now = 100_000 * HOUR_SECONDS
    for hour in range(100_000 - 24 * 30, 100_000):
        store.measurements.add([(("k", "", hour), added([1.0, 3.0]))])
    store.measurements.add([(("k", "", 10), added([99.0]))])
    store.measurements.condense(now)
    with statistics_reader(str(path)) as reader:
        found = reader.measured(None, None)["k"]
    assert (found.n, found.total, found.least, found.most) == (24 * 30 * 2, 24 * 30 * 4.0, 1.0, 3.0)
    assert count_rows(path) <= 24 * 7 + 25
    before = count_rows(path)
    store.measurements.condense(now)
    assert count_rows(path) == before
    store.close()


def test_since_leaves_out_what_was_before(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "sessions.db"))
    store.measurements.add([(("k", "", hour), added([float(hour)])) for hour in (1, 2, 3)])
    with statistics_reader(str(tmp_path / "sessions.db")) as reader:
        assert reader.measured(None, 2.5 * HOUR_SECONDS)["k"].n == 2
    store.close()


def test_a_database_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"), statistics_reader(str(tmp_path / "none.db")):
        pass
