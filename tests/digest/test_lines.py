"""A large output keeps its beginning, its end, its troubles, and the numbers of all its lines."""

from __future__ import annotations

import re

from ai_session_tui.digest import LineKeeper, digest_lines


def kept(size: int, room: int) -> tuple[list[str], LineKeeper]:
    texts = [f"row {i} is like all the others" for i in range(1, size + 1)]
    texts[size // 2] = "fatal: it broke"
    keeper = LineKeeper(room)
    for start in range(0, size, 97):
        keeper.take(texts[start : start + 97])
    return texts, keeper


def test_small_outputs_are_kept_whole() -> None:
    texts, keeper = kept(50, 1_000_000)
    lines = keeper.kept()
    assert lines.texts == texts
    assert lines.is_whole


def test_large_outputs_keep_numbers_and_troubles() -> None:
    texts, keeper = kept(20_000, 30_000)
    lines = keeper.kept()
    assert lines.total == 20_000
    assert not lines.is_whole
    assert len(lines) < 2_000
    for index, text in enumerate(lines):
        assert texts[lines.number(index) - 1] == text
    assert "fatal: it broke" in lines
    assert lines.texts[0] == texts[0]
    assert lines.texts[-1] == texts[-1]


def test_marks_count_the_lines_that_were_not_kept() -> None:
    texts, keeper = kept(20_000, 30_000)
    shown = digest_lines(keeper.kept(), "tool", 1).text.split("\n")
    covered = 0
    for line in shown[1:]:
        mark = re.match(r"\[…(\d+)(?:-(\d+))?", line)
        if mark:
            covered += int(mark[2] or mark[1]) - int(mark[1]) + 1
        elif line in texts:
            covered += 1
    assert covered == 20_000
