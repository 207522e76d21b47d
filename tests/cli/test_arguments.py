"""Values as people write them."""

from __future__ import annotations

import pytest

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli.catalog import find
from ai_session_tui.cli.reading import parse
from ai_session_tui.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [(None, None), ("90", 90.0), ("0.5", 0.5), ("2m", 120.0), ("1h", 3600.0), ("3s", 3.0), ("7d", 604_800.0)],
)
def test_seconds(text: str | None, value: float | None) -> None:
    assert values.seconds(text, "--timeout") == value


@pytest.mark.parametrize("text", ["", "x", "-1", "m", "nan", "inf", "1y"])
def test_what_is_no_number_of_seconds(text: str) -> None:
    with pytest.raises(UsageError, match="--timeout"):
        values.seconds(text, "--timeout")


def test_size() -> None:
    assert values.size("120x40") == values.size("120X40") == (120, 40)


@pytest.mark.parametrize("text", ["120", "x", "0x1", "1x0", "1001x10", "10x501", "-1x5", "1x2x3", "²x2"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError):
        values.size(text)


@pytest.mark.parametrize(("text", "range_"), [("5-20", (5, 20)), ("5-", (5, None)), ("-20", (1, 20)), ("7", (7, 7))])
def test_lines(text: str, range_: tuple[int, int | None]) -> None:
    assert values.lines(text) == range_


@pytest.mark.parametrize("text", ["", "-", "0", "0-3", "5-4", "a-b", "1-2-3"])
def test_what_is_no_range_of_lines(text: str) -> None:
    with pytest.raises(UsageError):
        values.lines(text)


def test_pairs() -> None:
    assert values.pairs(["A=1", "B=", "C=x=y"]) == {"A": "1", "B": "", "C": "x=y"}
    for text in ("A", "=x", ""):
        with pytest.raises(UsageError):
            values.pairs([text])


def _exec(*words: str) -> tuple[str, list[str], bool, str | None]:
    subcommand = find("exec")
    assert subcommand is not None
    arguments = parse(subcommand, words)
    return arguments.session, arguments.command, arguments.capture, arguments.timeout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["dev", "cargo test", "--capture"], ("dev", ["cargo test"], True, None)),
        (["--capture", "dev", "cargo", "test"], ("dev", ["cargo", "test"], True, None)),
        (["dev", "ls", "-la", "--color=never"], ("dev", ["ls", "-la", "--color=never"], False, None)),
        (["dev", "--timeout", "5", "make", "-j4"], ("dev", ["make", "-j4"], False, "5")),
        (["dev", "make", "--timeout=5"], ("dev", ["make"], False, "5")),
        (["dev", "--", "make", "--timeout=5", "--", "x"], ("dev", ["make", "--timeout=5", "--", "x"], False, None)),
        (["--", "dev", "make", "--capture"], ("dev", ["make"], True, None)),
        (["dev", "-"], ("dev", ["-"], False, None)),
        (["dev", "ls", "-h", "--help"], ("dev", ["ls", "-h", "--help"], False, None)),
        (["dev", "--", ""], ("dev", [""], False, None)),
    ],
)
def test_words_of_the_command_stay_its_own(words: list[str], expected: tuple[str, list[str], bool, str | None]) -> None:
    assert _exec(*words) == expected


@pytest.mark.parametrize("words", [[], ["--capture"], ["--unknown", "dev", "ls"], ["dev", "ls", "--timeout"]])
def test_exec_calls_that_make_no_sense(words: list[str]) -> None:
    with pytest.raises(UsageError):
        _exec(*words)


def test_create_takes_a_command_behind_the_dashes_only() -> None:
    subcommand = find("create")
    assert subcommand is not None
    arguments = parse(subcommand, ["--name", "x", "--", "bash", "-c", "a -- b", "--", "y"])
    assert arguments.name == "x" and arguments.command == ["bash", "-c", "a -- b", "--", "y"]
    with pytest.raises(UsageError):
        parse(subcommand, ["dev", "--", "ls"])


def test_text_is_what_was_written_or_an_error() -> None:
    assert values.text("größer 日本", "the command") == "größer 日本"
    with pytest.raises(UsageError, match=r"the command is not UTF-8 text: byte 6 is 0xff"):
        values.text(b"echo \xff".decode("utf-8", "surrogateescape"), "the command")
