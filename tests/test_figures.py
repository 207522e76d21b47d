"""Numbers, times and folders as people read them."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui import figures


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(1240, 4096, "30%"), (890, 4096, "22%"), (0, 10, "0%"), (1, 8, "13%"), (5, 0, "n/a")]
)
def test_percent(part: int, whole: int, shown: str) -> None:
    assert figures.percent(part, whole) == shown


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_percent_is_never_off_by_more_than_a_half(part: int, whole: int) -> None:
    shown = int(figures.percent(part, whole).rstrip("%"))
    assert abs(shown - 100 * part / whole) <= 0.5


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "n/a"),
        (0, "0.0s"),
        (0.44, "0.4s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m"),
        (62, "1m 2s"),
        (3600, "1h"),
        (3725, "1h 2m"),
        (90_000, "1d 1h"),
        (-3, "0.0s"),
    ],
)
def test_duration(seconds: float | None, shown: str) -> None:
    assert figures.duration(seconds) == shown


def test_what_is_unknown_is_not_zero() -> None:
    assert figures.count(None) == figures.moment(None) == figures.folder(None) == "n/a"
    assert figures.count(0) == "0" and figures.count(1285) == "1,285"


def test_the_home_folder_is_a_tilde_but_its_neighbours_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert figures.folder("/home/me") == "~"
    assert figures.folder("/home/me/x") == f"~{os.sep}x"
    assert figures.folder("/home/mean") == "/home/mean"


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("✅", 2), ("", 0)])
def test_width(text: str, columns: int) -> None:
    assert figures.width(text) == columns


@given(st.text(), st.integers(1, 20))
def test_a_cut_text_fits(text: str, columns: int) -> None:
    assert figures.width(figures.cut(text, columns)) <= columns or figures.width(text) <= columns


def test_columns_of_a_table_stand_below_each_other() -> None:
    lines = figures.table([["NAME", "X"], ["日本", "1"], ["a-long-name", "2"]], [8, 0])
    assert lines == ["NAME      X", "日本      1", "a-long-…  2"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0.00"),
        (-0.00001, "$0.00"),
        (-0.0002, "-$0.0002"),
        (0.0049, "$0.0049"),
        (1234.5, "$1,234.50"),
        (-3, "-$3.00"),
    ],
)
def test_amounts_have_their_sign_in_front_and_no_negative_nothing(amount: float, shown: str) -> None:
    assert figures.dollars(amount) == shown
