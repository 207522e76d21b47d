"""Key names mean one key however they are spelled, and a wrong one is answered with the right ones."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.errors import UsageError
from ai_session_tui.terminal.key_names import ALT, CTRL, FUNCTIONAL, META, SHIFT, SUPER, Key, parse_key, parse_typed_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a", Key("a")),
        ("A", Key("a", SHIFT)),
        ("shift+a", Key("a", SHIFT)),
        ("Ä", Key("ä", SHIFT)),
        ("ß", Key("ß")),
        ("ctrl+a", Key("a", CTRL)),
        ("alt+ctrl+a", Key("a", ALT | CTRL)),
        ("ctrl+@", Key("@", CTRL)),
        ("ctrl+at", Key("@", CTRL)),
        ("shift+tab", Key("tab", SHIFT)),
        ("ctrl+shift+up", Key("up", CTRL | SHIFT)),
        ("alt+meta+super+f5", Key("f5", ALT | META | SUPER)),
        ("plus", Key("+")),
        ("+", Key("+")),
        ("ctrl++", Key("+", CTRL)),
        ("minus", Key("-")),
        ("left_curly_bracket", Key("{")),
        ("left_pointing_double_angle_quotation_mark", Key("«")),
        ("euro_sign", Key("€")),
        ("return", Key("enter")),
        ("newline", Key("j", CTRL)),
        ("add", Key("kp_add")),
        ("left_shift", Key("")),
        ("raise_volume", Key("")),
        ("<ignore>", Key("")),
    ],
)
def test_textual_names(name: str, key: Key) -> None:
    assert parse_key(name) == key


def _textual_name(character: str) -> str:
    """Name a character as Textual's parser does."""
    if character.isalnum():
        return character
    name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    shortened = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "low_line": "underscore"}
    return {**shortened, "hyphen_minus": "minus", "plus_sign": "plus"}.get(name, name)


@given(st.characters(categories=["L", "N", "P", "S"]).filter(lambda character: unicodedata.name(character, "")))
def test_every_printable_character_survives_textuals_naming(character: str) -> None:
    assert parse_key(_textual_name(character), character).text == character


@pytest.mark.parametrize("character", [chr(code) for code in range(0x20, 0x7F)])
def test_ascii_needs_no_help_from_the_character(character: str) -> None:
    assert parse_key(_textual_name(character)).text == character


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Enter", Key("enter")),
        ("C-c", Key("c", CTRL)),
        ("C-C", Key("c", CTRL)),
        ("Ctrl+C", Key("c", CTRL)),
        ("ctrl-c", Key("c", CTRL)),
        ("^C", Key("c", CTRL)),
        ("^", Key("^")),
        ("M-x", Key("x", ALT)),
        ("M-X", Key("x", ALT | SHIFT)),
        ("Meta-x", Key("x", ALT)),
        ("C-M-x", Key("x", CTRL | ALT)),
        ("C-S-a", Key("a", CTRL | SHIFT)),
        ("C--", Key("-", CTRL)),
        ("C-+", Key("+", CTRL)),
        ("-", Key("-")),
        ("C-Space", Key(" ", CTRL)),
        ("C-@", Key("@", CTRL)),
        ("BTab", Key("tab", SHIFT)),
        ("S-Tab", Key("tab", SHIFT)),
        ("Tab", Key("tab")),
        ("Space", Key(" ")),
        ("Escape", Key("escape")),
        ("Esc", Key("escape")),
        ("BSpace", Key("backspace")),
        ("DC", Key("delete")),
        ("IC", Key("insert")),
        ("PageUp", Key("pageup")),
        ("PgUp", Key("pageup")),
        ("NPage", Key("pagedown")),
        ("C-S-Up", Key("up", CTRL | SHIFT)),
        ("F5", Key("f5")),
        ("S-F5", Key("f5", SHIFT)),
        ("KP5", Key("kp_5")),
        ("KPEnter", Key("kp_enter")),
        ("KP+", Key("kp_add")),
        ("full_stop", Key(".")),
        ("c", Key("c")),
        ("C", Key("c", SHIFT)),
        ("é", Key("é")),
    ],
)
def test_names_on_a_command_line(name: str, key: Key) -> None:
    assert parse_typed_key(name) == key


@pytest.mark.parametrize("name", sorted(FUNCTIONAL))
def test_both_spellings_know_every_functional_key(name: str) -> None:
    assert parse_key(name) == parse_typed_key(name) == Key(name)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("Entr", "Enter"), ("PageUpp", "PageUp"), ("C-Spce", "Space"), ("Lft", "Left"), ("Escpe", "Escape")],
)
def test_a_misspelt_name_is_answered_with_the_nearest(name: str, suggestion: str) -> None:
    with pytest.raises(UsageError, match=f"unknown key '{name}'") as caught:
        parse_typed_key(name)
    assert suggestion in caught.value.hint


@pytest.mark.parametrize("name", ["", "hello world", "F99", "C-", "\x07", "bell\x00"])
def test_what_names_no_key_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError):
        parse_typed_key(name)


@given(st.text(max_size=30))
def test_any_text_is_a_key_or_a_usage_error(name: str) -> None:
    for parse in (parse_key, parse_typed_key):
        try:
            key = parse(name)
        except UsageError:
            continue
        assert len(key.name) <= 1 or key.name in FUNCTIONAL
