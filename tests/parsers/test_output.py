"""The quick answers about an output are those of a search of its whole text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.digest.salience import weigh, weights
from ai_session_tui.digest.templates import template, templates
from ai_session_tui.parsers.output import Output, contains

WORDS = st.sampled_from(
    [
        "error",
        "ERROR:",
        "2 failed",
        "0 errors",
        "warning: x",
        "--- FAIL: ",
        "✗",
        "12:30:01",
        "0xdeadbeef",
        "'a b'",
        "9f8e7d6c5b",
    ]
)
LINES = st.lists(
    st.lists(st.one_of(WORDS, st.text(st.characters(exclude_characters="\n\r"), max_size=12)), max_size=5).map(
        " ".join
    ),
    max_size=12,
)
SIGNS = st.one_of(
    st.sampled_from(["\nerror", "failed", "\n--- FAIL: ", "err", "✗", "12:3", "not there", "\n\n"]), st.text(max_size=4)
)


@given(LINES, SIGNS)
def test_a_sign_is_held_where_it_occurs(lines: list[str], sign: str) -> None:
    assert Output(lines).holds(sign) == (sign in "\n" + "\n".join(lines) + "\n")
    assert contains(lines, sign) == Output(lines).holds(sign)


def test_a_sign_in_the_middle_of_a_huge_output_is_found() -> None:
    lines = [f"row {number} of many" for number in range(200_000)]
    lines[100_000] = "Traceback (most recent call last):"
    assert contains(lines, "Traceback (most recent")
    assert not contains(lines, "panicked at")


@given(LINES)
def test_many_lines_have_the_templates_of_each(lines: list[str]) -> None:
    assert templates(Output(lines).skeletons) == [template(line) for line in lines]


@given(LINES)
def test_many_lines_weigh_what_each_weighs(lines: list[str]) -> None:
    assert weights(lines) == {index: weigh(line) for index, line in enumerate(lines) if weigh(line)}
