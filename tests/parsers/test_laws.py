"""Laws that hold for every output, whole or cut anywhere, whatever the command and the exit code."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.parsers.model import Parsed, Verdict
from ai_session_tui.parsers.registry import best

SAMPLES = {path.stem: path.read_text().split("\n")[2:-1] for path in Path(__file__).with_name("samples").glob("*.txt")}
COMMANDS = [
    "",
    "make",
    "pytest -q",
    "cat build.log",
    "npm test",
    "cargo test | tail",
    "git status",
    "echo 'open",
    "ls -l",
]

lines_of_samples = st.sampled_from(sorted(SAMPLES)).map(SAMPLES.__getitem__)


@st.composite
def outputs(draw: st.DrawFn) -> list[str]:
    """Draw one or two outputs, each cut at both ends, and a few lines of anything between."""
    pieces: list[str] = []
    for _ in range(draw(st.integers(1, 2))):
        lines = draw(lines_of_samples)
        first = draw(st.integers(0, len(lines)))
        pieces += lines[first : draw(st.integers(first, len(lines)))]
        pieces += draw(st.lists(st.text(st.characters(exclude_characters="\n\r"), max_size=80), max_size=3))
    return pieces


def check(found: list[Parsed], lines: list[str], exit_code: int | None) -> None:
    for parsed in found:
        pointed = {*parsed.summary, *parsed.keep}
        for item in (*parsed.failures, *parsed.diagnostics):
            pointed.update(item.lines)
        dropped = {index for span in parsed.drop for index in span}
        assert all(0 <= index < len(lines) for index in pointed | dropped)
        assert not dropped & {*parsed.summary, *parsed.keep}
        if exit_code not in (0, None):
            assert parsed.verdict is not Verdict.SUCCESS


@given(outputs(), st.sampled_from(COMMANDS), st.sampled_from([None, 0, 1, 2, 101, 127, 255]))
def test_lines_exist_and_no_failed_command_is_a_success(lines: list[str], command: str, exit_code: int | None) -> None:
    found = best(lines, command, exit_code)
    check(found, lines, exit_code)
    assert found == best(lines, command, exit_code)


@given(lines_of_samples, st.data())
def test_lines_without_their_neighbours_are_read_too(lines: list[str], data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    some = [line for line, is_kept in zip(lines, kept, strict=True) if is_kept]
    check(best(some, "", 1), some, 1)


@given(st.lists(st.text(max_size=120).filter(lambda line: "\n" not in line), max_size=60))
def test_anything_can_be_read(lines: list[str]) -> None:
    check(best(lines, "", None), lines, None)


@given(lines_of_samples)
def test_an_unexplained_failure_leaves_nothing_to_green_claims(lines: list[str]) -> None:
    for parsed in best(lines, "", 7):
        told = parsed.verdict is Verdict.FAILURE or parsed.bulk is not None
        assert (
            told
            or not parsed.consistent
            or not parsed.summary
            or any(other.verdict is Verdict.FAILURE for other in best(lines, "", 7))
        )
