"""The home: where it is, and that it is closed to others."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ai_session_tui.errors import StorageError
from ai_session_tui.paths import Home, home_folder


def test_the_variable_says_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AI_SESSION_HOME", raising=False)
    assert home_folder() == str(tmp_path / ".ai-session")
    monkeypatch.setenv("AI_SESSION_HOME", "")
    assert home_folder() == str(tmp_path / ".ai-session")
    monkeypatch.setenv("AI_SESSION_HOME", "~/elsewhere")
    assert home_folder() == Home().folder == str(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AI_SESSION_HOME", "here")
    assert home_folder() == str(tmp_path / "here")


def test_everything_lies_inside_and_nothing_twice(tmp_path: Path) -> None:
    home = Home(str(tmp_path / "home"))
    paths = [value for name, value in vars(home).items() if name != "folder"] + [home.journal("p1"), home.shell("p1")]
    assert all(path.startswith(home.folder + os.sep) for path in paths)
    assert len(set(paths)) == len(paths)


def mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_new_home_is_closed_to_others_whatever_the_umask(tmp_path: Path) -> None:
    home = Home(str(tmp_path / "a" / "home"))
    before = os.umask(0)
    try:
        home.prepare()
    finally:
        os.umask(before)
    assert [mode(path) for path in (home.folder, home.run, home.journals, home.shells)] == [0o700] * 4
    home.prepare()


def test_an_open_home_is_closed(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    home = Home(str(tmp_path / "home"))
    home.prepare()
    assert mode(home.folder) == 0o700


def test_a_home_that_cannot_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(StorageError) as caught:
            Home(str(folder)).prepare()
        assert str(folder) in caught.value.message
        assert "AI_SESSION_HOME" in caught.value.hint


def test_the_home_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    if os.getuid() == 0:
        folder.mkdir()
        os.chown(folder, 12345, 12345)
    else:
        folder = Path("/usr/lib")
    before = os.listdir(folder)
    with pytest.raises(StorageError, match="another user"):
        Home(str(folder)).prepare()
    assert os.listdir(folder) == before, "nothing was left in it"


def test_importing_it_loads_nothing_slow() -> None:
    script = (
        "import sys; before = set(sys.modules); import ai_session_tui.paths; print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) == {
        "__future__",
        "ai_session_tui",
        "ai_session_tui.errors",
        "ai_session_tui.paths",
        "ai_session_tui.version",
    }


def test_a_home_that_is_a_file_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in ("file", "file/below"):
        with pytest.raises(StorageError, match="not a folder"):
            Home(str(tmp_path / place)).prepare()
