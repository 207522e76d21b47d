"""Settings: the order in which they are decided, and what is said about a bad one."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.config import Settings, check_setting, load_settings
from ai_session_tui.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def load(path: Path, text: str | None = None, **environ: str) -> Settings:
    if text is not None:
        path.write_text(text)
    return load_settings(str(path), environ)


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    assert load(path) == Settings()
    assert load(path, "") == Settings()


def test_the_file_overrules_the_default_and_the_environment_the_file(path: Path) -> None:
    text = "max_tokens = 5000\ncompression = false\nlog = 'debug'\nleader = 'CTRL+A'\n"
    found = load(path, text)
    assert (found.max_tokens, found.compression, found.log, found.leader) == (5000, False, "debug", "ctrl+a")
    found = load(path, text, AI_SESSION_MAX_TOKENS="6000", AI_SESSION_COMPRESSION="on", AI_SESSION_LOG="ERROR")
    assert (found.max_tokens, found.compression, found.log) == (6000, True, "error")


def test_an_empty_variable_is_an_unset_one(path: Path) -> None:
    assert load(path, AI_SESSION_MAX_TOKENS="", RUST_LOG="") == Settings()


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("debug", "debug"),
        ("Warn", "warn"),
        ("hyper=debug,error", "error"),
        ("info,hyper=debug", "info"),
        ("hyper=debug", "info"),  # nothing about us: the default
        ("off", "info"),
        ("[span{field=1}]", "info"),
    ],
)
def test_rust_log_is_an_alias_that_never_hurts(path: Path, value: str, level: str) -> None:
    assert load(path, RUST_LOG=value).log == level


def test_our_own_variable_goes_before_its_alias(path: Path) -> None:
    assert load(path, AI_SESSION_LOG="warn", RUST_LOG="debug").log == "warn"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n\nmax_token = 5\n", 3, ["unknown setting 'max_token'", "did you mean 'max_tokens'"]),
        ("shell = 'zsh'\nxyz = 1\n", 2, ["unknown setting 'xyz'", "the settings are"]),
        ("# a\nmax_tokens = 0\n", 2, ["max_tokens is 0", "1 to 10,000,000"]),
        ("max_tokens = true\n", 1, ["max_tokens is True"]),
        ("max_tokens = 1.5\n", 1, ["max_tokens is 1.5"]),
        ("shell = 5\n", 1, ["must be a text"]),
        ("leader = 'alt+b'\n", 1, ["ctrl+"]),
        ("compression = 'perhaps'\n", 1, ["true or false"]),
        ("log = 'loud'\n", 1, ["one of trace"]),
        ("rows = 24\n\n[sizes]\ncolumns = 5\n", 3, ["unknown setting 'sizes'"]),
        ("rows = 24\nlog.level = 'info'\n", 2, ["log is {"]),
        ("'max_tokens' = -1\n", 1, ["max_tokens is -1"]),
        ("a = 1\nb = \n", 2, ["not valid TOML"]),
        ("rows = 24\nrows = 25\n", 2, ["not valid TOML"]),
        ("a = [1,\n", 2, ["not valid TOML"]),
    ],
)
def test_a_mistake_names_the_file_the_line_and_what_would_be_right(
    path: Path, text: str, line: int, words: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(path, text)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    for word in words:
        assert word in str(caught.value)


def test_a_file_that_is_no_text_or_no_file(path: Path) -> None:
    path.write_bytes(b"rows = 24\nshell = '\xff'\n")
    with pytest.raises(ConfigError, match=r"config\.toml:2: not UTF-8"):
        load(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load(path)


@pytest.mark.parametrize("value", ["x", "-1", "0", "²", "1_000", "9" * 5000, "1e3"])
def test_a_bad_variable_is_named(path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"environment variable AI_SESSION_MAX_TOKENS.*whole number"):
        load(path, AI_SESSION_MAX_TOKENS=value)


@given(st.sampled_from([field.name for field in fields(Settings)]), st.none() | st.text() | st.integers() | st.floats())
def test_a_value_is_accepted_in_its_type_or_refused(key: str, value: object) -> None:
    try:
        found = check_setting(key, value, "here")
    except ConfigError as error:
        assert error.message.startswith("here: ")
    else:
        assert type(found) is type(asdict(Settings())[key])
        assert check_setting(key, found, "here") == found
