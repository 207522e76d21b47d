"""Sessions from create to kill, as a user handles them: a real server, real shells."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def dev(run_cli: Any) -> Any:
    assert run_cli("create", "--name", "dev").returncode == 0
    return run_cli


def test_create_prints_the_layouts(run_cli: Any) -> None:
    ran = run_cli("create", "--name", "dev", "--ai-context")
    assert ran.stdout == (
        "✅ Created session: dev\n"
        "   AI Features: Enabled ✨\n"
        "   Max Tokens: 4096\n"
        "   Context Compression: Active\n"
        "   Ready for AI interactions!\n"
    )
    assert run_cli("create", "--name", "b").stdout == "✅ Created session: b\n   bash in ~\n"


def test_settings_are_decided_by_flag_then_environment_then_file(run_cli: Any) -> None:
    run_cli.home.mkdir(mode=0o700)
    (run_cli.home / "config.toml").write_text("max_tokens = 1000\ncompression = false\ncolumns = 101\nrows = 33\n")
    env = {"AI_SESSION_MAX_TOKENS": "2000"}
    assert run_cli.json("create")["max_tokens"] == 1000
    assert run_cli.json("create", env=env)["max_tokens"] == 2000
    last = run_cli.json("create", "--token-limit", "3000", "--compression", env=env)
    assert (last["max_tokens"], last["compression"]) == (3000, True)
    first = run_cli.json("create")
    assert first["compression"] is False
    assert (first["panes"][0]["columns"], first["panes"][0]["rows"]) == (101, 33)


def test_create_takes_directory_environment_size_and_command(run_cli: Any, tmp_path: Any) -> None:
    words = ["create", "--name", "x", "--dir", str(tmp_path), "--env", "A=1", "--env", "B=two words", "--size", "99x31"]
    created = run_cli.json(*words)
    assert created["dir"] == str(tmp_path)
    assert run_cli("exec", "x", 'pwd; echo "$A$B"; stty size').stdout == f"{tmp_path}\n1two words\n31 99\n"
    run_cli("create", "--name", "c", "--", "sh", "-c", 'echo "$0 $1"; exec cat', "a b", "--json")
    assert run_cli("wait", "c", "--text", "a b --json", "--timeout", "60").returncode == 0


def test_an_empty_directory_is_a_mistake_and_not_the_current_one(dev: Any) -> None:
    for words in (["create", "--name", "y", "--dir", ""], ["pane", "split", "dev", "--dir", ""]):
        refused = dev(*words)
        assert refused.returncode == 2
        assert refused.stderr.startswith("ai-session: --dir: an empty text is not a directory\n")


def test_a_taken_name_is_a_conflict(dev: Any) -> None:
    ran = dev("create", "--name", "dev", "--json")
    assert ran.returncode == 4 and json.loads(ran.stderr)["error"]["code"] == "conflict"


def test_list_in_all_its_forms(dev: Any) -> None:
    dev("create", "--name", "api", "--ai-context")
    table = dev("list").stdout.splitlines()
    assert table[:3] == ["📍 Active AI Sessions", "═" * 44, ""]
    assert table[3].split() == ["NAME", "STATUS", "DOING", "DIRECTORY"]
    assert [line.split()[0] for line in table[4:]] == ["dev", "api"]
    assert dev("list", "--names").stdout == "dev\napi\n"
    detailed = dev("list", "--detailed").stdout
    assert "ID: dev\nStatus: Active ✅\nAI Features: Disabled\nMessages: n/a\nToken Usage: n/a\nCreated: " in detailed
    assert re.search(r"ID: api\n(.*\n)*?AI Features: Enabled ✨\n", detailed)
    assert re.search(r"Pane 1: bash, pid \d+, 80x24", detailed)
    sessions = dev.json("list")["sessions"]
    assert {"id", "name", "status", "created", "last_activity", "dir", "panes"} <= set(sessions[0])
    assert {"index", "pid", "cwd", "command", "columns", "rows", "status", "exit_code"} <= set(sessions[0]["panes"][0])
    assert dev.json("list", "--status", "stopped") == {"sessions": []}
    assert dev("list", "--status", "stopped").stdout == "No session is stopped.\n"


def test_alone_it_shows_the_sessions(dev: Any) -> None:
    shown = dev().stdout
    assert "a server is running (pid " in shown and "\ndev " in shown and "ai-session attach" in shown


def test_names_prefixes_and_ids_address_a_session(dev: Any) -> None:
    dev("create", "--name", "deploy")
    ident = dev.json("list")["sessions"][0]["id"]
    assert dev("exec", ident, "echo by id").stdout == "by id\n"
    assert dev("exec", "dep", "echo by prefix").stdout == "by prefix\n"
    assert dev("exec", "dev:1", "echo by pane").stdout == "by pane\n"
    ran = dev("exec", "de", "true")
    assert ran.returncode == 2 and "dev" in ran.stderr and "deploy" in ran.stderr
    assert dev("exec", "dev:2", "true").returncode == 3


def test_rename(dev: Any) -> None:
    assert dev("rename", "dev", "prod").stdout == "renamed to prod\n"
    assert dev("list", "--names").stdout == "prod\n"
    assert dev("rename", "prod", "a:b").returncode == 2


def test_kill_says_what_is_gone(dev: Any) -> None:
    dev("exec", "dev", "sleep 1000 &")
    ran = dev("kill", "dev")
    assert ran.returncode == 0
    assert re.fullmatch(r"killed dev: (bash|sleep) \(\d+\), (bash|sleep) \(\d+\)\n", ran.stdout), ran
    for pid in re.findall(r"\((\d+)\)", ran.stdout):
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
    assert dev("list", "--names").stdout == ""
    assert dev("kill", "dev").returncode == 3
    assert dev.json("list", "--status", "killed")["sessions"][0]["name"] == "dev"


def test_kill_all(dev: Any) -> None:
    dev("create", "--name", "two")
    assert sorted(session["name"] for session in dev.json("kill", "--all", "--force")["sessions"]) == ["dev", "two"]
    assert dev("kill", "--all").stdout == "No sessions.\n"


def test_a_stopped_session_can_be_started(dev: Any) -> None:
    dev("exec", "dev", "exit 0")
    assert dev.json("list")["sessions"][0]["status"] == "stopped"
    assert "Stopped" in dev("list").stdout
    assert dev("start", "dev").stdout == "started dev in ~\n"
    assert dev("exec", "dev", "echo again").stdout == "again\n"
    assert dev("start", "dev").returncode == 4


def test_send_capture_and_wait(dev: Any) -> None:
    assert dev("wait", "dev", "--prompt", "--timeout", "60").returncode == 0
    assert dev("send", "dev", "echo one-$((1+1))", "--enter").returncode == 0
    assert dev("wait", "dev", "--text", r"one-\d", "--timeout", "60").returncode == 0
    assert "\none-2\n" in dev("capture", "dev").stdout
    shown = dev.json("capture", "dev")
    assert shown["columns"] == 80 and "one-2" in shown["text"]
    dev("send", "dev", "cat", "--enter")
    dev("send", "dev", "-", "--paste", input="from stdin")
    dev("send", "dev", "--key", "enter", "--key", "ctrl+d")
    assert dev("wait", "dev", "--prompt", "--timeout", "60").returncode == 0
    assert dev("capture", "dev").stdout.count("from stdin") == 2
    assert dev("wait", "dev", "--idle", "0.2", "--timeout", "60").returncode == 0


def test_capture_with_colours_and_scrollback(dev: Any) -> None:
    dev("exec", "dev", r"printf '\33[31mred\33[0m\n'; seq 100")
    assert "\x1b" not in dev("capture", "dev").stdout
    assert "\n100\n" in dev("capture", "dev").stdout and "\n50\n" not in dev("capture", "dev").stdout
    assert "\n50\n" in dev("capture", "dev", "--scrollback", "all").stdout
    assert re.search("\x1b\\[[0-9;]*31m *red", dev("capture", "dev", "--ansi", "--scrollback", "all").stdout)


def test_wait_for_text_that_comes_later(dev: Any) -> None:
    with dev.popen("wait", "dev", "--text", "^ready-[0-9]$", "--timeout", "60", "--json") as waiting:
        dev("exec", "dev", r"sleep 0.3; printf 'rea'; sleep 0.2; printf '\33[1mdy-7\33[0m\n'; sleep 0.1")
        assert json.loads(waiting.stdout.read()) == {"text": "ready-7"}
        assert waiting.wait(60) == 0


def test_wait_gives_up_with_124(dev: Any) -> None:
    for what in (["--text", "never"], ["--exit"], ["--idle", "60"]):
        ran = dev("wait", "dev", *what, "--timeout", "0.3")
        assert ran.returncode == 124, ran


def test_waiting_for_a_text_ends_in_time_while_a_program_prints_without_end(dev: Any) -> None:
    dev("send", "dev", "yes", "--enter")
    dev("wait", "dev", "--text", "y", "--timeout", "20")
    waited = dev("wait", "dev", "--text", "never", "--timeout", "0.5", timeout=20)
    assert waited.returncode == 124


def test_wait_for_the_exit(dev: Any) -> None:
    with dev.popen("wait", "dev", "--exit", "--timeout", "60") as waiting:
        dev("exec", "dev", "exit 5")
        assert waiting.wait(60) == 0
        assert waiting.stdout.read() == b""


def test_history_and_output(dev: Any) -> None:
    dev("exec", "dev", r"printf '\33[32mgreen\33[0m\n'; seq 2 9")
    dev("exec", "dev", "(exit 4)")
    records = dev.json("history", "dev")
    assert [(record["command"], record["exit_code"]) for record in records][-1] == ("(exit 4)", 4)
    first, second = (record["id"] for record in records[-2:])
    lines = dev("history", "dev", "--limit", "1").stdout.splitlines()
    assert len(lines) == 2 and re.fullmatch(rf"{second} +\S+ \S+ +\S+ +4 +\(exit 4\)", lines[1])
    assert dev.json("history", f"dev#{first}")[0]["id"] == first
    assert dev("output", f"dev#{first}").stdout == "green\n" + "".join(f"{n}\n" for n in range(2, 10))
    assert dev("output", f"dev#{first}", "--lines", "2-3").stdout == "2\n3\n"
    assert dev("output", f"dev#{first}", "--lines", "9-").stdout == "9\n"
    assert "\x1b[32mgreen" in dev("output", f"dev#{first}", "--raw").stdout
    assert dev.json("output", f"dev#{first}")["output"].startswith("green\n2\n")
    whole = dev("output", "dev").stdout
    assert "green\n2\n" in whole and "\x1b" not in whole
    assert dev("output", "dev#999").returncode == 3


def test_output_of_a_progress_bar_is_its_last_state(dev: Any) -> None:
    found = dev.json("exec", "dev", r"for i in 1 2 3; do printf '\r%s%%' $i; done; echo")
    assert dev("output", f"dev#{found['id']}").stdout == "3%\n"


def test_much_output_is_streamed_and_its_beginning_can_be_had_alone(dev: Any) -> None:
    found = dev.json("exec", "dev", "seq 300000")
    assert found["output"].count("\n") == 300000
    assert dev("output", f"dev#{found['id']}", "--lines", "1-3").stdout == "1\n2\n3\n"
    assert dev("output", f"dev#{found['id']}").stdout == found["output"]


def test_here_is_the_session_one_is_in(dev: Any) -> None:
    home = f"AI_SESSION_HOME={dev.home}"
    ran = dev("exec", "dev", f"{home} {' '.join(dev.words('rename', '.', 'renamed'))}")
    assert ran.stdout == "renamed to renamed\n", ran
    assert dev("exec", "ren", f"{home} {' '.join(dev.words('detach'))}").stdout == "0 viewers detached\n"


def test_names_with_unicode(run_cli: Any) -> None:
    assert run_cli("create", "--name", "日本 büro").returncode == 0
    assert run_cli("exec", "日本 büro", "echo ok").stdout == "ok\n"
    assert run_cli("list", "--names").stdout == "日本 büro\n"


def test_what_programs_say_about_themselves_cannot_draw(dev: Any, eventually: Callable[..., None]) -> None:
    with dev.popen("exec", "dev", "sleep 100 # \x1b]0;owned\x07 \u202e") as ran:
        eventually(lambda: dev.json("list")["sessions"][0]["running"])
        for words in (["list"], ["list", "--detailed"], ["history", "dev"], []):
            shown = dev(*words).stdout
            assert "\x1b" not in shown and "\x07" not in shown and "\u202e" not in shown
        dev("send", "dev", "--key", "ctrl+c")
        ran.stdout.read()
        ran.wait(60)
