"""What a digest promises, whatever the output: nothing hidden without a mark, nothing longer, the exit code first."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui.digest import Digest, Lines, digest_lines, digest_output, to_plain
from ai_session_tui.parsers.model import Verdict
from ai_session_tui.tokens import tokenizer

MARK = re.compile(r"^\[…(\d+)(?:-(\d+))?(?:: .*)?\]$")


def digest(text: str, exit_code: int | None = 0, **more: object) -> Digest:
    return digest_lines(Lines(text.split("\n")), "tool --run", exit_code, **more)  # type: ignore[arg-type]


def log(size: int) -> list[str]:
    """Return a service's log: three kinds of lines that differ in their numbers."""
    kinds = ("GET /items/{} took {} ms", "cache hit ratio 0.{} size {}", "indexed {} documents in {} ms")
    return [f"12:00:{i % 60:02} INFO  worker-{i % 7} {kinds[i % 3].format(i, i * 7 % 100)}" for i in range(size)]


OUTPUTS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                "",
                "ok",
                "error: it broke",
                "  at line 3",
                "warning: careful",
                "Compiling thing v1.2",
                "\tindented",
                "]",
                "}",
            ]
        ),
        st.builds(
            "step {} of {} done in {} ms".format, st.integers(0, 999), st.integers(0, 999), st.integers(0, 10**6)
        ),
        st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=60),
        st.builds(lambda n: "x" * n, st.integers(0, 3000)),
    ),
    max_size=400,
)
EXITS = st.sampled_from([None, 0, 1, 2, 101, 137])


def assert_covers(lines: list[str], text: str) -> None:
    """Every line with text in it is shown as it was, in order, or lies in the range of a mark."""
    at = 0
    for shown in text.split("\n")[1:]:
        mark = MARK.match(shown)
        if mark:
            first, last = int(mark[1]), int(mark[2] or mark[1])
            assert not any(line.strip() for line in lines[at : first - 1]), "lines vanished in front of a mark"
            assert first - 1 >= at
            at = last
        elif not shown.startswith("["):
            while at < len(lines) and not same(lines[at], shown):
                assert not lines[at].strip(), f"{lines[at]!r} vanished"
                at += 1
            assert at < len(lines) or not shown, f"{shown!r} is not in the output"
            at += bool(shown)
    assert not any(line.strip() for line in lines[at:]), "lines vanished at the end"


def same(line: str, shown: str) -> bool:
    head, cut, tail = shown.partition("[…")
    return line == shown or bool(cut and line.startswith(head) and line.endswith(tail.partition(" signs]")[2]))


@given(OUTPUTS, EXITS)
@settings(max_examples=150, deadline=None)
def test_every_line_is_shown_or_marked(lines: list[str], exit_code: int | None) -> None:
    lines = [line for line in lines if not line.startswith("[")]
    if lines and not lines[0].lstrip().startswith(("{", "[")):
        assert_covers(lines, digest_lines(Lines(lines), "tool", exit_code).text)


@given(OUTPUTS, EXITS)
@settings(max_examples=100, deadline=None)
def test_never_longer_than_the_text_and_the_exit_line(lines: list[str], exit_code: int | None) -> None:
    result = digest_lines(Lines(lines), "tool", exit_code)
    count = tokenizer().tokens
    assert count(result.text) <= count("\n".join(lines)) + 12


@given(OUTPUTS, EXITS, st.integers(60, 900))
@settings(max_examples=100, deadline=None)
def test_a_budget_is_kept(lines: list[str], exit_code: int | None, budget: int) -> None:
    result = digest_lines(Lines(lines), "tool", exit_code, budget=budget)
    assert tokenizer().tokens(result.text) <= budget + 12


@given(OUTPUTS, st.data(), EXITS)
@settings(max_examples=80, deadline=None)
def test_told_as_a_difference_nothing_vanishes_and_nothing_grows(
    lines: list[str], data: st.DataObject, exit_code: int | None
) -> None:
    lines = [line for line in lines if not line.startswith(("[", "{"))]
    kept = data.draw(st.lists(st.sampled_from([True, True, True, False]), min_size=len(lines), max_size=len(lines)))
    before = [line for line, is_kept in zip(lines, kept, strict=True) if is_kept]
    last = digest_lines(Lines(before), "tool", 0).outcome
    told = digest_lines(Lines(lines), "tool", exit_code, previous=last)
    assert_covers(lines, told.text)
    assert tokenizer().tokens(told.text) <= tokenizer().tokens("\n".join(lines)) + 40


@given(OUTPUTS, EXITS)
@settings(max_examples=50, deadline=None)
def test_the_same_again(lines: list[str], exit_code: int | None) -> None:
    assert digest_lines(Lines(lines), "tool", exit_code) == digest_lines(Lines(list(lines)), "tool", exit_code)


@pytest.mark.parametrize(
    ("exit_code", "first"),
    [(0, "[exit code 0]"), (3, "[exit code 3]"), (-9, "[exit code -9]"), (None, "[exit code unknown]")],
)
def test_the_exit_code_comes_first(exit_code: int | None, first: str) -> None:
    assert digest("done", exit_code).text == f"{first}\ndone"


def test_a_short_output_passes_whole() -> None:
    text = "\n".join(f"line {i} of a short output" for i in range(20))
    result = digest(text, 1)
    assert result.is_whole
    assert result.text.endswith(text)


def test_a_long_log_folds() -> None:
    lines = log(3000)
    result = digest("\n".join(lines))
    assert result.delivered.tokens < result.plain.tokens / 50
    assert_covers(lines, result.text)


def test_an_error_in_a_long_log_is_found_with_its_trace() -> None:
    lines = log(3000)
    lines[1500:1500] = [
        "12:25:00 ERROR worker-3 failed to store item 77: version conflict",
        "java.lang.IllegalStateException: version conflict",
        "\tat org.example.Store.put(Store.java:212)",
    ]
    text = digest("\n".join(lines)).text
    for line in lines[1500:1503]:
        assert line in text


def test_many_errors_alike_are_told_with_their_count_and_values() -> None:
    lines = log(2000)
    for i in range(100, 2000, 100):
        lines[i] = f"12:{i % 60:02}:00 ERROR worker-1 upstream /orders/{i} refused the connection"
    text = digest("\n".join(lines)).text
    assert re.search(r"\[19(x| like) this", text)
    assert "/orders/900" in text


def test_a_record_with_a_rare_value_is_found() -> None:
    rows = [
        "id,region,state,amount",
        *(f"{i},{('EU', 'US')[i % 2]},{('paid', 'open')[i % 3 > 0]},{i * 7}" for i in range(900)),
    ]
    rows[400] = "399,EU,REFUSED,12"
    assert rows[400] in digest("\n".join(rows)).text


def test_a_polled_state_is_told_by_its_changes() -> None:
    lines = [f"{i}s pod-7 {'Pending' if i < 80 else 'Creating' if i < 160 else 'Running'} 0" for i in range(240)]
    text = digest("\n".join(lines)).text
    for word in ("Pending", "Creating", "Running"):
        assert word in text
    assert len(text) < 800


def test_prose_about_errors_is_no_failure() -> None:
    text = "\n".join(
        f"Chapter {i}: how an error is handled, and why a failure of node {i} is no error" for i in range(300)
    )
    result = digest(text)
    assert result.verdict is Verdict.SUCCESS
    assert "failure" not in result.text.split("\n")[0]


def test_a_failing_exit_code_is_never_a_success() -> None:
    assert digest("all 12 tests passed, no errors", 1).verdict is Verdict.FAILURE
    assert digest("all 12 tests passed, no errors", None).verdict is Verdict.UNKNOWN


def test_a_very_long_line_is_cut_with_what_is_missing() -> None:
    text = "\n".join(["start", "x" * 100_000, "end"])
    shown = digest(text).text
    assert "[…99,680 signs]" in shown
    assert len(shown) < 1000


def test_the_reference_tells_how_to_get_the_rest_back() -> None:
    assert (
        "ai-session output dev#12 --lines A-B" in digest("\n".join(log(900)), reference="ai-session output dev#12").text
    )


def test_the_next_run_is_told_as_a_difference() -> None:
    first = digest("\n".join(log(900)), 1)
    again = digest("\n".join(log(900)), 1, previous=first.outcome)
    fixed = digest("\n".join(log(800)), 0, previous=first.outcome)
    assert "the same output as in the last run" in again.text.split("\n")[0]
    assert "exit code was 1" in fixed.text.split("\n")[0]


def test_terminal_bytes_and_plain_text_give_the_same() -> None:
    plain = "\n".join(log(300)) + "\n"
    colour = "".join(f"\x1b[32m{line}\x1b[0m\r\n" for line in log(300))
    assert digest_output([plain.encode()], "x", 0).text == digest_output([colour.encode()], "x", 0).text


def test_json_values() -> None:
    import json

    plain = to_plain(digest("\n".join(log(900)), 2))
    assert json.loads(json.dumps(plain))["tokens"] == plain["tokens"]
    assert plain["exit_code"] == 2
    assert plain["verdict"] == "failure"


def test_nothing_was_written() -> None:
    assert digest_output([], "true", 0).text == "[exit code 0]"
