"""`config set` changes one value and nothing else of the user's file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.config import Settings, decide, load_settings, mistakes
from ai_session_tui.config_editing import set_value, unset
from ai_session_tui.errors import ConfigError, StorageError

FILE = """\
# my settings
rows = 30  # tall

max_tokens = 1000

[prices."my-model"]  # ours
input = 1.5
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "config.toml"
    found.write_text(FILE)
    return found


def test_comments_and_order_stay(path: Path) -> None:
    assert set_value(str(path), "rows", "40") == 40
    assert path.read_text() == FILE.replace("30", "40")
    set_value(str(path), 'prices."my-model".input', "2")
    assert path.read_text() == FILE.replace("30", "40").replace("1.5", "2")


def test_numbers_and_dates_may_be_texts(path: Path) -> None:
    assert set_value(str(path), "model", "4") == "4"
    assert set_value(str(path), "prices.my-model.date", "2026-01-01") == {
        "my-model": {"input": 1.5, "date": "2026-01-01"}
    }
    assert load_settings(str(path), {}).model == "4"


def test_a_new_key_goes_above_the_tables(path: Path) -> None:
    set_value(str(path), "leader", "CTRL+A")
    assert load_settings(str(path), {}).leader == "ctrl+a"
    assert path.read_text().index("leader") < path.read_text().index("[prices")


@pytest.mark.parametrize(
    ("key", "text"), [("rows", "0"), ("rows", "x"), ("compression", "perhaps"), ("leader", "alt+b"), ("rows.x", "1"),
                      ("row", "1"), ("prices", "1"), ("prices.a.input", "x"), ("prices.a.other", "1")]
)  # fmt: skip
def test_a_bad_value_changes_nothing(path: Path, key: str, text: str) -> None:
    with pytest.raises(ConfigError):
        set_value(str(path), key, text)
    assert path.read_text() == FILE
    assert os.listdir(path.parent) == ["config.toml"]


def test_a_broken_file_is_not_touched(path: Path) -> None:
    path.write_text("rows = \n")
    with pytest.raises(ConfigError, match=r"config\.toml:1"):
        set_value(str(path), "rows", "30")
    assert path.read_text() == "rows = \n"


def test_unset(path: Path) -> None:
    assert unset(str(path), "rows") is True
    assert unset(str(path), "rows") is False
    with pytest.raises(ConfigError, match="without"):
        unset(str(path), "prices.my-model.input")
    assert unset(str(path), "prices.my-model") is True
    assert load_settings(str(path), {}).prices == Settings().prices


def test_a_link_stays_a_link_and_the_mode_stays(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    set_value(str(link), "rows", "50")
    assert link.is_symlink() and "rows = 50" in path.read_text() and path.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        set_value(str(tmp_path / "file" / "config.toml"), "rows", "50")


@given(st.text(max_size=40))
def test_any_text_is_read_back_as_it_was_set(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("set") / "config.toml"
    try:
        value = set_value(str(path), "shell", text)
    except ConfigError:
        assert not path.exists()
    else:
        assert load_settings(str(path), {}).shell == value
        assert not mistakes(str(path))


def test_every_source_is_told(path: Path) -> None:
    environ = {"AI_SESSION_MAX_TOKENS": "2000", "RUST_LOG": "debug"}
    found = decide(str(path), environ, {"columns": ("--columns", 99)})
    told = {key: (one.value, str(one.source)) for key, one in found.items()}
    assert told["max_tokens"] == (2000, "environment AI_SESSION_MAX_TOKENS")
    assert told["log"] == ("debug", "environment RUST_LOG")
    assert told["rows"] == (30, f"file {path}:2")
    assert told["columns"] == (99, "flag --columns")
    assert told["quiet_ms"] == (500, "default")


def test_all_mistakes_are_listed_with_their_lines(path: Path) -> None:
    path.write_text("rows = 0\nnothing = 1\n[prices.a]\ninput = 'x'\n")
    assert [mistake.message.partition(": ")[0] for mistake in mistakes(str(path))] == [f"{path}:{n}" for n in (1, 2, 4)]
