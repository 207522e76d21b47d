"""The edge of the process: help, errors, exit statuses, streams - without any server."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from ai_session_tui.cli import catalog
from ai_session_tui.cli.reference import reference
from ai_session_tui.version import VERSION


def test_help_lists_every_subcommand_and_exit_status(run_cli: Any) -> None:
    for words in (["--help"], ["-h"], ["help"]):
        ran = run_cli(*words)
        assert ran.returncode == 0 and not ran.stderr
        for subcommand in catalog.subcommands():
            assert f"  {subcommand.name} " in ran.stdout and subcommand.help in ran.stdout
        for number, meaning in catalog.EXIT_STATUSES:
            assert f"{number:>3}  {meaning}" in ran.stdout


@pytest.mark.parametrize("name", [subcommand.name for subcommand in catalog.subcommands()])
def test_each_subcommand_explains_itself(run_cli: Any, name: str) -> None:
    told = run_cli("help", name)
    assert told.returncode == 0 and told.stdout.startswith(f"usage: ai-session {name}")
    assert run_cli(name, "--help").stdout == told.stdout


def test_other_names_that_one_may_look_for_are_understood(run_cli: Any) -> None:
    for alias, name in (("ls", "list"), ("new", "create"), ("notify", "watch"), ("tui", "ui")):
        told = run_cli("help", alias).stdout
        assert told.startswith(f"usage: ai-session {name}") and f"`{alias}` is the same." in told


def test_the_reference_page_is_what_the_parsers_say(pytestconfig: pytest.Config) -> None:
    assert (pytestconfig.rootpath / "docs" / "commands.md").read_text() == reference()


@pytest.mark.parametrize("words", [["version"], ["--version"], ["-V"]])
def test_version(run_cli: Any, words: list[str]) -> None:
    assert run_cli(*words).stdout == f"ai-session {VERSION}\n"


def test_version_as_json(run_cli: Any) -> None:
    assert run_cli.json("version")["version"] == VERSION


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lst"], "did you mean `list`"),
        (["frobnicate"], "no subcommand 'frobnicate'"),
        (["--force", "list"], "unknown option"),
        (["list", "--nope"], "unrecognized arguments: --nope"),
        (["list", "--status", "asleep"], "asleep"),
        (["exec", "dev"], "no command to run"),
        (["exec", "dev", "ls", "--timeout", "soon"], "not a number of seconds"),
        (["create", "--size", "big"], "COLSxROWS"),
        (["create", "--name", "a/b"], "'/' may not be in it"),
        (["create", "--name", ""], "not a session name"),
        (["create", "--name", "a\nb"], "may not be in it"),
        (["create", "--name", "x" * 65], "65 characters"),
        (["create", "--env", "X"], "NAME=VALUE"),
        (["create", "--dir", "/nowhere"], "not a directory"),
        (["create", "--max-tokens", "many"], "--max-tokens"),
        (["create", "dev"], "--name"),
        (["create", "--compression", "--no-compression"], "not allowed with"),
        (["send", "dev"], "nothing to send"),
        (["kill"], "--all"),
        (["kill", "dev", "--all"], "--all"),
        (["wait", "dev"], "required"),
        (["wait", "dev", "--text", "("], "not a regular expression"),
        (["capture", "dev", "--scrollback", "much"], "--scrollback"),
        (["output", "dev", "--lines", "9-3"], "--lines"),
        (["history", "dev", "--limit", "0"], "--limit"),
        (["rename", "dev:2", "x"], "whole session"),
        (["capture", "dev:x"], "not a pane number"),
        (["capture", ":2"], "names no session"),
        (["attach", "dev"], "needs a terminal"),
        (["server", "explode"], "invalid choice"),
        (["completion", "tcsh"], "invalid choice"),
        (["help", "me"], "no subcommand"),
    ],
)
def test_a_wrong_call_is_status_2_with_a_message_and_no_server(run_cli: Any, words: list[str], said: str) -> None:
    ran = run_cli(*words)
    assert (ran.returncode, ran.stdout) == (2, ""), ran
    assert ran.stderr.startswith("ai-session: ") and said in ran.stderr
    assert "Traceback" not in ran.stderr and len(ran.stderr.splitlines()) <= 2
    assert not run_cli.home.exists()


def test_errors_as_json_are_one_line(run_cli: Any) -> None:
    ran = run_cli("create", "--name", "a:b", "--json")
    assert ran.returncode == 2 and ran.stdout == ""
    error = json.loads(ran.stderr)["error"]
    assert error["code"] == "invalid_name" and error["message"] and error["hint"]
    assert ran.stderr.count("\n") == 1


def test_a_foreign_json_option_does_not_change_our_errors(run_cli: Any) -> None:
    ran = run_cli("create", "--name", "a:b", "--", "tool", "--json")
    assert ran.stderr.startswith("ai-session: ")


def test_here_is_refused_outside_a_session(run_cli: Any) -> None:
    ran = run_cli("detach")
    assert ran.returncode == 3 and "not inside one" in ran.stderr


def test_alone_it_says_what_is_there_and_starts_nothing(run_cli: Any) -> None:
    ran = run_cli()
    assert ran.returncode == 0 and "No server is running" in ran.stdout
    for words in ("ai-session create", "ai-session attach", "--help"):
        assert words in ran.stdout
    assert not run_cli.home.exists()


def test_listing_nothing_starts_no_server(run_cli: Any) -> None:
    assert "No sessions" in run_cli("list").stdout
    assert run_cli.json("list") == {"sessions": []}
    assert run_cli("list", "--names").stdout == ""
    assert not run_cli.home.exists()


def test_status_without_a_server(run_cli: Any) -> None:
    assert "No server is running" in run_cli("server", "status").stdout
    assert run_cli.json("server", "status") == {"running": False, "home": str(run_cli.home)}
    assert run_cli("server", "stop").returncode == 0
    assert not run_cli.home.exists()


def test_a_bad_setting_names_file_and_line(run_cli: Any) -> None:
    run_cli.home.mkdir()
    (run_cli.home / "config.toml").write_text("# mine\nmax_tokenz = 3\n")
    ran = run_cli("create", "--name", "dev")
    assert ran.returncode == 2 and f"{run_cli.home}/config.toml:2" in ran.stderr and "max_tokens" in ran.stderr


def test_a_home_that_cannot_be_written_is_status_7(run_cli: Any) -> None:
    run_cli.home.write_text("a file")
    ran = run_cli("create", "--name", "dev")
    assert ran.returncode == 7 and "cannot use the home" in ran.stderr
    run_cli.home.unlink()


@pytest.mark.parametrize("words", [["--help"], ["help", "exec"], ["exec", "--help"], ["completion", "bash"]])
def test_a_reader_that_goes_away_is_no_error_message(run_cli: Any, words: list[str]) -> None:
    with run_cli.popen(*words) as ran:
        ran.stdout.close()
        assert ran.stderr.read() == b""
        assert ran.wait(60) in (0, 1)


def test_a_full_disk_behind_stdout_is_told(run_cli: Any) -> None:
    with open("/dev/full", "wb") as full, run_cli.popen("--help", stdout=full) as ran:
        assert b"No space left" in ran.stderr.read()
        assert ran.wait(60) == 1


def test_closed_streams_do_not_matter(run_cli: Any) -> None:
    words = " ".join(f"'{word}'" for word in run_cli.words("version"))
    ran = subprocess.run(
        ["sh", "-c", f"{words} >&- 2>&- <&-"], env=run_cli.environment(), capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_a_terminal_that_knows_no_emoji_gets_question_marks(run_cli: Any) -> None:
    ran = run_cli("completion", "--help", env={"PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 0
    ran = run_cli("help", env={"PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 0 and "SUBCOMMAND ?" in ran.stdout


def test_no_colours_without_a_terminal(run_cli: Any) -> None:
    assert "\x1b" not in run_cli("--help").stdout


def test_list_loads_little() -> None:
    script = "import sys\nfrom ai_session_tui.cli import main\nmain(['list'])\nprint(*sys.modules, file=sys.stderr)\n"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={"AI_SESSION_HOME": "/nonexistent/home"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(ran.stderr.split())
    assert "ai_session_tui.cli.commands.list" in loaded
    slow = {"asyncio", "textual", "pyte", "tiktoken", "typing", "dataclasses", "subprocess", "pathlib", "tempfile"}
    slow |= {"logging", "inspect", "msgspec", "tomllib", "shutil", "wcwidth", "ai_session_tui.config"}
    slow |= {"argparse", "json", "re", "enum", "socket", "collections", "functools"}
    assert not loaded & slow
    others = {name for name in loaded if name.startswith("ai_session_tui.cli.commands.")}
    assert others == {"ai_session_tui.cli.commands.list"}
