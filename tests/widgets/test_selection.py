"""What is selected is what is copied."""

from __future__ import annotations

from ai_session_tui.terminal import Row
from ai_session_tui.widgets.selection import Kind, Selection, line_at, word_at

ROWS = {
    0: Row("$ make test", (), wrapped=False),
    1: Row("a long line that ", (), wrapped=True),
    2: Row("goes on", (), wrapped=False),
    3: Row("漢字 see src/main.rs:12 now", (), wrapped=False),
}


def text(selection: Selection) -> str:
    return selection.text(ROWS.get, 17)


def test_characters_from_either_end() -> None:
    assert text(Selection((0, 2), (0, 5))) == "make"
    assert text(Selection((0, 5), (0, 2))) == "make"
    assert text(Selection((0, 7), (2, 3))) == "test\na long line that goes"


def test_wrapped_rows_are_one_line() -> None:
    assert text(Selection((1, 0), (2, 6))) == "a long line that goes on"


def test_lines_and_blocks() -> None:
    assert text(Selection((0, 5), (0, 5), Kind.LINES)) == "$ make test\n"
    assert text(Selection((0, 2), (2, 5), Kind.BLOCK)) == "make\nlong\nes o"


def test_a_word_is_a_path_with_its_line() -> None:
    assert text(word_at(ROWS[3], 3, 12)) == "src/main.rs:12"
    assert text(word_at(ROWS[3], 3, 0)) == "漢字"
    assert text(line_at(2)) == "goes on\n"
