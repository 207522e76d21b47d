"""Names and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui import limits
from ai_session_tui.errors import InvalidNameError, UsageError
from ai_session_tui.names import Target, check_name, parse_target


@pytest.mark.parametrize("name", ["dev", "a", "my session", "naïve-名前", "x" * limits.MAX_NAME_LENGTH, "a.b_c-d", "1"])
def test_good_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        " dev",
        "dev ",
        "a:b",
        "a#1",
        "a/b",
        "a\nb",
        "a\x1b[31mb",
        "a\x00",
        "a\u202eb",  # turns the text around
        "a\u2028b",
        "a\udcff",
        "-dev",
        ".",
        ".hidden",
        "x" * (limits.MAX_NAME_LENGTH + 1),
    ],
)
def test_bad_names_and_what_is_said_about_them(name: str) -> None:
    with pytest.raises(InvalidNameError) as caught:
        check_name(name)
    assert caught.value.message.isprintable()
    assert caught.value.hint
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("dev", Target("dev")),
        ("dev:2", Target("dev", 2)),
        ("dev#12", Target("dev", None, 12)),
        ("dev:2#12", Target("dev", 2, 12)),
        (".", Target(".")),
        (".:2", Target(".", 2)),
        ("my session:1", Target("my session", 1)),
    ],
)
def test_addresses(text: str, target: Target) -> None:
    parsed = parse_target(text)
    assert (parsed.session, parsed.pane, parsed.command) == (target.session, target.pane, target.command)
    assert str(parsed) == text


@pytest.mark.parametrize(
    "text",
    ["", ":1", "#1", "dev:", "dev#", "dev:0", "dev:x", "dev:-1", "dev:1:2", "dev#1#2", "dev#1:2", "dev:²", "dev:１"],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert caught.value.hint


def test_a_huge_number_is_refused_quickly() -> None:
    with pytest.raises(UsageError):
        parse_target("dev:" + "9" * 1_000_000)


@given(st.text(max_size=80))
def test_a_good_name_is_an_address_of_itself_and_can_be_printed(text: str) -> None:
    try:
        name = check_name(text)
    except InvalidNameError:
        return
    assert parse_target(name) == Target(name)
    assert parse_target(f"{name}:3#4") == Target(name, 3, 4)
    assert name.isprintable()


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    try:
        target = parse_target(text)
    except UsageError:
        return
    assert parse_target(str(target)) == target
    assert hash(parse_target(str(target))) == hash(target)
