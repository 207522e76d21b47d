"""`ai-session migrate` from a real tmux into a real server."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ai_session_tui.migration.planning import leader_of
from tests.migration.conftest import SHELL, TmuxServer


@pytest.fixture
def migrate(run_cli: Any, tmux: TmuxServer) -> Any:
    """`migrate("--session", "dev")` against the test's tmux server."""

    def run(*words: str, **options: Any) -> Any:
        return run_cli("migrate", "--socket-path", tmux.socket, *words, **options)

    return run


def make_work(tmux: TmuxServer, folder: Path) -> None:
    """A session of two windows: three panes side by side and stacked, and a pager."""
    (folder / "sub").mkdir()
    (folder / "log").write_text("first line\n")
    tmux.new_session("work")
    tmux.run("rename-window", "-t", "work:0", "code")
    tmux.run("split-window", "-h", "-t", "work:0", "-c", str(folder / "sub"), *SHELL)
    tmux.run("split-window", "-v", "-t", "work:0.1", "-c", str(folder), "tail -f log")
    tmux.run("new-window", "-d", "-t", "work", "-n", "notes", "-c", str(folder), *SHELL)
    tmux.type("work:0.0", "echo one; printf '\\033[31mred\\033[0m\\n'", "\nred")
    tmux.type("work:0.1", "seq 1 300", "\n300")
    tmux.await_text("work:0.2", "first line")
    tmux.await_text("work:1.0", "$ ")
    tmux.run("set-environment", "-t", "work", "STAGE", "test")


def test_each_pane_has_the_shell_that_it_had_and_the_prefix_is_told(
    migrate: Any, run_cli: Any, tmux: TmuxServer
) -> None:
    tmux.new_session("work", "env", "PS1=\\$ ", "sh")
    tmux.run("split-window", "-h", "-t", "work", *SHELL)
    tmux.run("set-option", "-g", "prefix", "C-a")
    tmux.await_text("work:0.0", "$ ")
    tmux.await_text("work:0.1", "$ ")
    ran = migrate("--session", "work")
    assert ran.stdout.endswith("tmux's prefix is ctrl+a, ours ctrl+b: `ai-session config set leader ctrl+a`\n"), ran
    (session,) = run_cli.json("list")["sessions"]
    assert [pane["shell"] for pane in session["panes"]] == ["sh", "bash"]
    migrate("--undo")
    run_cli("config", "set", "leader", "ctrl+a")
    assert "prefix" not in migrate("--session", "work").stdout


@pytest.mark.parametrize(
    ("prefix", "leader"), [("C-a", "ctrl+a"), ("^B", "ctrl+b"), ("C-Space", ""), ("M-x", ""), ("", "")]
)
def test_a_prefix_that_can_be_a_leader_is_one(prefix: str, leader: str) -> None:
    assert leader_of(prefix) == leader


def test_windows_panes_scrollback_and_directories_move_in(
    migrate: Any, run_cli: Any, tmux: TmuxServer, tmp_path: Path
) -> None:
    make_work(tmux, tmp_path)
    ran = migrate("--session", "work", "--rerun", "safe")
    assert ran.returncode == 0, ran
    assert "🔄 Migrating tmux session 'work'..." in ran.stdout
    assert "  ✅ Found 2 windows with 4 panes" in ran.stdout
    assert "  ✅ Captured command history (2 commands; recognised by their prompts)" in ran.stdout
    assert "  ✅ Preserved working directories" in ran.stdout
    assert "  ✅ Started again: tail -f log" in ran.stdout
    assert "Migration complete! New session: work-migrated" in ran.stdout
    assert "Original tmux session preserved (use --replace to remove)" in ran.stdout
    assert tmux.run("list-sessions", "-F", "#S") == "work\n"

    sessions = {session["name"]: session for session in run_cli.json("list")["sessions"]}
    assert sorted(sessions) == ["work-migrated", "work-migrated.notes"]
    work = sessions["work-migrated"]
    assert [pane["cwd"] for pane in work["panes"]] == [str(tmp_path), str(tmp_path / "sub"), str(tmp_path)]
    root = work["layout"]["root"]
    assert (root["split"], len(root["children"])) == ("right", 2)
    assert root["children"][1]["split"] == "down"
    assert all(session["tags"] == ["work-migrated"] for session in sessions.values())

    shown = run_cli("capture", "work-migrated:2", "--scrollback", "all").stdout
    assert [str(number) for number in range(1, 301)] == [line for line in shown.split("\n") if line.isdigit()]
    coloured = run_cli("capture", "work-migrated", "--scrollback", "all", "--ansi").stdout
    assert re.search(r"\x1b\[[0-9;]*31m(red)\x1b", coloured), repr(coloured)
    assert run_cli("exec", "work-migrated", "echo $STAGE").stdout == "test\n"
    assert run_cli("wait", "work-migrated:3", "--text", "first line", "--timeout", "15").returncode == 0


def test_what_is_not_safe_stays_in_tmux_and_is_said(migrate: Any, run_cli: Any, tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    tmux.type("dev", "cat", "cat")
    ran = migrate("--session", "dev", "--rerun", "ask")  # nobody is there to be asked
    assert "Not started again (still runs in tmux): cat" in ran.stdout
    assert run_cli.json("list")["sessions"][0]["running"] is None


def test_replace_refuses_to_lose_a_program_and_force_does_it(migrate: Any, run_cli: Any, tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    tmux.new_session("other")
    tmux.type("dev", "cat", "cat")
    refused = migrate("--session", "dev", "--replace")
    assert refused.returncode == 4
    assert "cat" in refused.stderr
    assert "--force" in refused.stderr
    assert run_cli.json("list")["sessions"] == []
    assert migrate("--session", "dev", "--replace", "--force").returncode == 0
    assert tmux.run("list-sessions", "-F", "#S") == "other\n"
    assert [session["name"] for session in run_cli.json("list")["sessions"]] == ["dev-migrated"]


def test_undo_makes_a_replaced_session_again(migrate: Any, run_cli: Any, tmux: TmuxServer, tmp_path: Path) -> None:
    make_work(tmux, tmp_path)
    tmux.run("kill-pane", "-t", "work:0.2")
    tmux.new_session("other")
    layouts = tmux.run("list-windows", "-t", "work", "-F", "#{window_name} #{window_width}x#{window_height}")
    assert migrate("--session", "work", "--replace", "--rerun", "none").returncode == 0
    assert tmux.run("list-sessions", "-F", "#S") == "other\n"
    undone = run_cli("migrate", "--undo")
    assert undone.returncode == 0, undone
    assert "work is there again" in undone.stdout
    assert run_cli.json("list")["sessions"] == []
    assert tmux.run("list-windows", "-t", "work", "-F", "#{window_name} #{window_width}x#{window_height}") == layouts
    folders = tmux.run("list-panes", "-s", "-t", "work", "-F", "#{pane_current_path}").split()
    assert folders == [str(tmp_path), str(tmp_path / "sub"), str(tmp_path)]
    tmux.await_text("work:0.1", "300")
    again = run_cli("migrate", "--undo")
    assert again.returncode == 3
    assert "no migration to take back" in again.stderr


def test_undo_of_a_migration_that_replaced_nothing_only_ends_what_it_made(
    migrate: Any, run_cli: Any, tmux: TmuxServer
) -> None:
    tmux.new_session("dev")
    assert migrate("--session", "dev").returncode == 0
    run_cli("send", "dev-migrated", "sleep 100", "--enter")
    assert run_cli("wait", "dev-migrated", "--text", "sleep 100").returncode == 0
    refused = run_cli("migrate", "--undo", "dev-migrated")
    assert refused.returncode == 5
    assert "sleep 100" in refused.stderr
    undone = run_cli.json("migrate", "--undo", "dev-migrated", "--force")
    assert undone == {"undone": "dev-migrated", "ended": ["dev-migrated"], "restored": False}
    assert tmux.run("list-sessions", "-F", "#S") == "dev\n"


def test_a_dry_run_changes_nothing(migrate: Any, run_cli: Any, tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    tmux.type("dev", "less /etc/passwd", "root:")
    ran = migrate("--session", "dev", "--dry-run")
    assert "starts again: less /etc/passwd" in ran.stdout
    assert "Nothing was changed." in ran.stdout
    assert run_cli.json("list")["sessions"] == []


def test_the_ai_context_is_filled_from_the_history(migrate: Any, run_cli: Any, tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    tmux.type("dev", "echo hello", "\nhello")
    tmux.type("dev", "less /etc/passwd", "root:")
    ran = migrate("--session", "dev", "--ai-features")
    assert "  ✅ AI features enabled" in ran.stdout
    assert "  ✅ Context initialized from history" in ran.stdout
    texts = [message["text"] for message in run_cli.json("context", "dev-migrated")["messages"]]
    assert "tmux session 'dev'" in texts[0]
    assert texts[1:4] == ["echo hello", "less /etc/passwd", "less /etc/passwd"]  # history, then what was started again


def test_all_sessions_move_and_one_that_cannot_hinders_no_other(migrate: Any, run_cli: Any, tmux: TmuxServer) -> None:
    tmux.new_session("one")
    tmux.new_session("two")
    assert run_cli("create", "--name", "one-migrated").returncode == 0
    ran = migrate("--all", "--json")
    assert ran.returncode == 1
    done = {one["source"]: one for one in json.loads(ran.stdout)["migrations"]}
    assert done["one"]["error"]["code"] == "conflict"
    assert done["two"]["sessions"][0]["name"] == "two-migrated"


def test_fifty_windows(migrate: Any, run_cli: Any, tmux: TmuxServer) -> None:
    tmux.new_session("many")
    for number in range(1, 50):
        tmux.run("new-window", "-d", "-t", "many", "-n", f"w/{number}:#", *SHELL)
    ran = migrate("--session", "many", "--json", timeout=120)
    assert ran.returncode == 0, ran
    names = [session["name"] for session in json.loads(ran.stdout)["migrations"][0]["sessions"]]
    assert len(set(names)) == 50
    assert len(run_cli.json("list")["sessions"]) == 50


def test_a_migration_that_fails_leaves_nothing_half_made(
    migrate: Any, run_cli: Any, tmux: TmuxServer, tmp_path: Path
) -> None:
    tmux.new_session("work")
    tmux.run("new-window", "-d", "-t", "work", "sleep 600")  # no shell: it would get the one of the settings
    shell = tmp_path / "broken"
    shell.write_text("#!/nonexistent\n")
    shell.chmod(0o755)
    assert run_cli("server", "start", env={"SHELL": str(shell)}).returncode in (0, 2)
    config = run_cli.home / "config.toml"
    config.write_text(f'shell = "{shell}"\n')
    run_cli("server", "restart")
    ran = migrate("--session", "work")
    assert ran.returncode != 0
    assert "Traceback" not in ran.stderr
    assert run_cli.json("list")["sessions"] == []
    assert run_cli.json("list", "--status", "killed")["sessions"] == []
    config.unlink()


def test_from_within_the_session_it_is_not_replaced(run_cli: Any, tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    words = " ".join(run_cli.words("migrate", "--socket-path", tmux.socket, "--session", "dev", "--replace"))
    tmux.type("dev", f"AI_SESSION_HOME={run_cli.home} {words}; echo status=$?", "status=4")
    assert tmux.run("list-sessions", "-F", "#S") == "dev\n"


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ([], 2, "say what to migrate"),
        (["--session", "nope"], 3, "no tmux server"),
        (["--all", "--name", "x"], 2, "--name names one session"),
        (["--session", "a", "--history", "many"], 2, "not a number of lines"),
        (["--session", "a", "--rerun", "all"], 2, "--rerun"),
        (["--undo", "nope"], 3, "no migration made a session 'nope'"),
        (["--from-ai-session"], 3, "has saved nothing"),
    ],
)
def test_calls_that_are_off(migrate: Any, words: list[str], status: int, says: str) -> None:
    ran = migrate(*words)
    assert (ran.returncode, ran.stdout) == (status, "")
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_dead_pane_comes_along_with_a_new_shell_and_is_said(migrate: Any, run_cli: Any, tmux: TmuxServer) -> None:
    tmux.new_session("dev")
    tmux.split_dead("dev", "last words", 3)
    ran = migrate("--session", "dev")
    assert "was dead with exit code 3: its scrollback comes along" in ran.stdout
    assert "last words" in run_cli("capture", "dev-migrated:2", "--scrollback", "all").stdout
    assert run_cli("exec", "dev-migrated:2", "echo alive").stdout == "alive\n"


def test_a_tmux_within_a_pane_is_not_started_again(migrate: Any, tmux: TmuxServer) -> None:
    tmux.new_session("inner")
    tmux.new_session("outer")
    tmux.type("outer", f"TMUX= tmux -S {tmux.socket} attach -t inner", "[inner]")
    refused = migrate("--session", "outer", "--replace")
    assert refused.returncode == 4
    assert "attach -t inner" in refused.stderr
    told = json.loads(migrate("--session", "outer", "--json", "--rerun", "safe").stdout)["migrations"][0]
    assert told["left"] == [f"tmux -S {tmux.socket} attach -t inner"]
