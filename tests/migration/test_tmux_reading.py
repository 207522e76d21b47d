"""Reading real tmux servers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ai_session_tui.errors import NotFoundError, UnsupportedError
from ai_session_tui.migration.prompts import recognise_commands
from ai_session_tui.migration.tmux_layout import SplitCell, pane_idents
from ai_session_tui.migration.tmux_reading import Tmux
from tests.migration.conftest import SHELL, TmuxServer


def test_a_session_is_read_with_windows_panes_and_what_runs_there(tmux: TmuxServer, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("first\n")
    (tmp_path / "sub").mkdir()
    tmux.new_session("dev")
    tmux.run("rename-window", "-t", "dev:0", "work")
    tmux.run("split-window", "-h", "-t", "dev:0", "-c", str(tmp_path / "sub"), *SHELL)
    tmux.run("split-window", "-v", "-t", "dev:0.1", "-c", str(tmp_path), "sh -c 'tail -f log'")
    tmux.run("new-window", "-t", "dev", "-n", "reading", f"less {tmp_path}/log")
    tmux.run("set-environment", "-t", "dev", "STAGE", "test")
    tmux.type("dev:0.0", "echo one; printf '\\033[31mred\\033[0m\\n'", "\nred")
    tmux.await_text("dev:0.2", "first")
    tmux.await_text("dev:1.0", "first")
    tmux.await_text("dev:0.1", "$ ")
    seen: list[tuple[int, int]] = []

    session = Tmux(socket_path=tmux.socket).read_session("dev", on_pane=lambda done, of: seen.append((done, of)))

    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [(window.index, window.name) for window in session.windows] == [(0, "work"), (1, "reading")]
    work, reading = session.windows
    assert isinstance(work.layout, SplitCell)
    assert pane_idents(work.layout) == [pane.ident for pane in work.panes]
    assert (work.columns, work.rows) == (100, 30)
    assert [pane.cwd for pane in work.panes] == [str(tmp_path), str(tmp_path / "sub"), str(tmp_path)]
    assert [pane.is_at_prompt for pane in work.panes] == [True, True, False]
    assert [pane.own_shell.rpartition("/")[2] for pane in work.panes] == ["bash", "bash", ""]
    assert session.prefix == "C-b"
    assert work.panes[2].running is not None
    assert work.panes[2].running.argv == ("tail", "-f", "log")
    assert reading.is_active
    assert reading.panes[0].has_full_screen
    assert reading.panes[0].running is not None
    assert reading.panes[0].running.name == "less"
    assert session.environment["STAGE"] == "test"
    shown = work.panes[0].scrollback
    assert "\x1b[31mred" in shown
    assert recognise_commands(shown.split("\n"), work.panes[0].prompt) == ["echo one; printf '\\033[31mred\\033[0m\\n'"]


def test_scrollback_reaches_back_as_far_as_asked_and_long_lines_are_whole(tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    tmux.type("dev", "seq 1 200; printf '%0250d\\n' 7; echo end", "\nend")
    server = Tmux(socket_path=tmux.socket)
    everything = server.read_session("dev").panes[0].scrollback.split("\n")
    assert [str(number) for number in range(1, 201)] == everything[1:201]
    assert everything[201] == "7".zfill(250)
    last = server.read_session("dev", history=10).panes[0].scrollback.split("\n")
    assert last == everything[-10:]
    assert server.read_session("dev", history=0).panes[0].scrollback == ""


def test_what_is_below_a_full_screen_program_is_read(tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    tmux.type("dev", "seq 1 100; echo before", "\nbefore")
    tmux.type("dev", "less /etc/passwd", "root:")
    pane = Tmux(socket_path=tmux.socket).read_session("dev").panes[0]
    assert pane.has_full_screen
    lines = pane.scrollback.split("\n")
    assert "root:x" not in pane.scrollback
    assert lines[-2:] == ["before", lines[-1]]
    assert "less /etc/passwd" in lines[-1]
    assert [str(number) for number in range(1, 101)] == lines[1:101]


def test_a_dead_pane_is_called_dead(tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    tmux.split_dead("dev", "gone", 3)
    pane = Tmux(socket_path=tmux.socket).read_session("dev").panes[1]
    assert (pane.is_dead, pane.dead_status, pane.running) == (True, 3, None)


def test_bytes_that_are_no_text_and_odd_names_do_no_harm(tmux: TmuxServer) -> None:
    tmux.new_session("ünï côde")
    tmux.type("ünï côde", "printf '\\377\\376 caf\\351 日本\\n'", "日本")
    session = Tmux(socket_path=tmux.socket).read_session("ünï côde")
    assert "日本" in session.panes[0].scrollback


def test_the_process_that_asks_is_found_in_its_own_session(tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    server = Tmux(socket_path=tmux.socket)
    pid = int(tmux.run("display-message", "-p", "-t", "dev", "#{pane_pid}"))
    assert server.holds_process("dev", pid)
    assert not server.holds_process("dev", os.getpid())


def test_no_server_no_session_no_tmux(tmux: TmuxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match="no tmux server"):
        Tmux(socket_path=tmux.socket)
    tmux.new_session("dev")
    with pytest.raises(NotFoundError, match="no session 'nope'") as raised:
        Tmux(socket_path=tmux.socket).read_session("nope")
    assert "dev" in raised.value.hint
    with pytest.raises(NotFoundError):
        Tmux(socket_path=tmux.socket).read_session("de")  # a prefix would be enough for tmux itself
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(UnsupportedError, match="not installed"):
        Tmux(socket_path=tmux.socket)
