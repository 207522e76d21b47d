"""Templates as a user handles them: listed, made, checked, and sessions made after them by a real server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

MINE = """\
description = "mine"
dir = "work"
[variables]
word = "hello"
must = { help = "needed" }
[environment]
WORD = "{{word}}"
[context]
enabled = true
max_tokens = 5000
compression = false
[[pane]]
run = ["echo $WORD-{{must}} in $PWD", "", "(exit 3)"]
"""


def write(run_cli: Any, name: str, text: str) -> None:
    (run_cli.home / "templates").mkdir(parents=True, exist_ok=True)
    (run_cli.home / "templates" / f"{name}.toml").write_text(text)


def await_history(run_cli: Any, eventually: Callable[..., None], count: int, name: str = "mine") -> Any:
    eventually(lambda: sum(r["exit_code"] is not None for r in run_cli.json("history", name)) == count)
    return run_cli.json("history", name)


def test_a_session_is_made_after_a_template(run_cli: Any, eventually: Callable[..., None]) -> None:
    write(run_cli, "mine", MINE)
    (run_cli.user / "work").mkdir()
    made = run_cli.json("create", "--template", "mine", "--var", "must=x y")
    assert (made["name"], made["template"], made["dir"]) == ("mine", "mine", str(run_cli.user / "work"))
    assert (made["ai_context"], made["max_tokens"], made["compression"]) == (True, 5000, False)
    first, second = await_history(run_cli, eventually, 2)
    assert (first["command"], first["exit_code"]) == ("echo $WORD-x y in $PWD", 0)
    assert (second["command"], second["exit_code"]) == ("(exit 3)", 3)
    assert run_cli("output", "mine#1").stdout == f"hello-x y in {run_cli.user / 'work'}\n"
    again = run_cli.json("create", "--template", "mine", "--var", "must=z")
    assert again["name"] == "mine-2"


PANES = """focus = 2
tags = ["{{session}}-tag"]
[environment]
ALL = "all"
[[pane]]
environment = { OWN = "first" }
[[pane]]
split = "right"
size = 25
dir = "sub"
environment = { OWN = "second" }
run = ["pwd", "echo $ALL $OWN"]
[[pane]]
split = "down"
beside = 1
program = ["sleep", "1000"]
"""


def test_several_panes_stand_where_the_template_says(run_cli: Any, eventually: Callable[..., None]) -> None:
    write(run_cli, "mine", PANES)
    (run_cli.user / "sub").mkdir()
    made = run_cli.json("create", "--template", "mine")
    first, second, third = made["panes"]
    root = made["layout"]["root"]
    assert root["split"] == "right" and root["children"][1] == {"pane": second["id"]}
    assert root["weights"][1] / sum(root["weights"]) == 0.25
    assert root["children"][0]["split"] == "down"
    assert [child["pane"] for child in root["children"][0]["children"]] == [first["id"], third["id"]]
    assert made["layout"]["focus"] == second["id"] and made["tags"] == ["mine-tag"]
    assert (first["shell"], third["shell"], third["command"]) == ("bash", None, "sleep")
    await_history(run_cli, eventually, 2)
    assert run_cli("output", "mine#1").stdout == f"{run_cli.user / 'sub'}\n"
    assert run_cli("output", "mine#2").stdout == "all second\n"
    assert run_cli("exec", "mine:1", "echo $ALL $OWN").stdout == "all first\n"


def test_a_pane_that_cannot_be_started_leaves_no_session(run_cli: Any) -> None:
    write(run_cli, "mine", "[[pane]]\n[[pane]]\nprogram = ['/no/such/program']\n")
    assert run_cli("create", "--template", "mine").returncode == 8
    assert run_cli("list", "--names").stdout == ""
    write(run_cli, "mine", "[[pane]]\n[[pane]]\nname = 'web'\ndir = 'nowhere'\n")
    ran = run_cli("create", "--template", "mine")
    assert ran.returncode == 2 and "pane 2 (web) is to start in" in ran.stderr
    assert run_cli.json("list", "--status", "killed")["sessions"] == [] and run_cli("list", "--names").stdout == ""
    assert list((run_cli.home / "journals").iterdir()) == []


def test_the_built_in_templates_make_sessions(run_cli: Any) -> None:
    for name, panes in (("fullstack", 4), ("python-dev", 2), ("react-dev", 2), ("aider", 1)):
        assert len(run_cli.json("create", "--template", name)["panes"]) == panes
    assert sorted(run_cli("list", "--names").stdout.split()) == ["aider", "fullstack", "python-dev", "react-dev"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_python_dev_enters_the_environment_in_every_shell(
    run_cli: Any, eventually: Callable[..., None], shell: str
) -> None:
    path = shutil.which(shell)
    assert path is not None
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", run_cli.user / ".venv"], check=True)
    run_cli("create", "--template", "python-dev", "--name", "mine", "--shell", path, "--var", "test=exit 7")
    eventually(lambda: any(record["exit_code"] == 7 for record in run_cli.json("history", "mine")))
    assert {record["exit_code"] for record in run_cli.json("history", "mine:1")} == {0}
    assert run_cli("exec", "mine:1", "command -v python").stdout == f"{run_cli.user}/.venv/bin/python\n"


def test_options_go_before_the_template_and_the_template_before_the_settings(run_cli: Any, tmp_path: Any) -> None:
    write(run_cli, "mine", MINE)
    (run_cli.home / "config.toml").write_text("max_tokens = 777\nrows = 40\n")
    options = ["--name", "n", "--dir", str(tmp_path), "--max-tokens", "99", "--compression", "--env", "WORD=mine"]
    made = run_cli.json("create", "--template", "mine", "--var", "must=x", *options)
    assert (made["name"], made["dir"], made["max_tokens"], made["compression"]) == ("n", str(tmp_path), 99, True)
    assert made["panes"][0]["rows"] == 40
    assert run_cli("exec", "n", "echo $WORD").stdout == "mine\n"
    write(run_cli, "bare", "")
    assert run_cli.json("create", "--template", "bare", env={"AI_SESSION_MAX_TOKENS": "888"})["max_tokens"] == 888


def test_a_command_of_the_callers_takes_the_place_of_the_first_panes(run_cli: Any) -> None:
    write(run_cli, "mine", '[[pane]]\nrun = ["false"]\n')
    made = json.loads(run_cli("create", "--json", "--template", "mine", "--", "sleep", "1000").stdout)
    assert made["panes"][0]["shell"] is None
    assert run_cli.json("history", "mine") == []


def test_what_is_wrong_is_said_and_nothing_is_made(run_cli: Any) -> None:
    write(run_cli, "mine", MINE)
    write(run_cli, "bad", "tags = 1\n[[pane]]\nrun = ['{{x}}']\n")
    for words, status, said in (
        (["mine", "--var", "must=x"], 2, "work, which is not a directory"),
        (["mine"], 2, "needs a value for must"),
        (["mine", "--var", "must=x", "--var", "no=1"], 2, "no variable 'no'"),
        (["bad"], 2, "bad.toml:1: tags is 1"),
        (["claud"], 3, "did you mean 'claude'"),
        (["./none.toml"], 3, "there is no template file"),
    ):
        ran = run_cli("create", "--template", *words)
        assert ran.returncode == status and said in ran.stderr, ran
    assert run_cli("create", "--var", "a=b").returncode == 2
    assert run_cli("list", "--names").stdout == ""


def test_a_file_anywhere_and_a_missing_program(run_cli: Any) -> None:
    (run_cli.user / "team.toml").write_text('requires = ["no-such-program"]\n')
    ran = run_cli("create", "--template", "./team.toml")
    assert ran.returncode == 0 and "no-such-program, which is not on the PATH" in ran.stderr
    assert run_cli.json("list")["sessions"][0]["name"] == "team"


def test_list_show_new_and_check(run_cli: Any) -> None:
    assert run_cli("template", "check").stdout == "9 templates are in order\n"
    path = run_cli.home / "templates" / "web.toml"
    assert run_cli("template", "new", "web").stdout == f"{path}\n"
    assert run_cli("template", "check", "web").returncode == 0
    assert run_cli("template", "new", "web").returncode == 4
    assert run_cli("template", "new", "claude", "--from", "codex").returncode == 0
    assert "Codex" in run_cli("template", "show", "claude").stdout
    listed = {one["name"]: one for one in run_cli.json("template")["templates"]}
    assert listed["web"]["is_builtin"] is False and listed["fullstack"]["panes"] == 4
    assert run_cli.json("template", "show", "fullstack")["panes"][1]["split"] == "right"
    write(run_cli, "bad", "tags = 1\nx = 2\n")
    ran = run_cli("template", "check")
    assert ran.returncode == 2 and "bad.toml:1: " in ran.stdout and "bad.toml:2: " in ran.stdout
    assert len(json.loads(run_cli("template", "check", "bad", "--json").stdout)["mistakes"]) == 2
    assert "cannot be used" in run_cli("template", "list").stdout
    for words in (["show"], ["list", "x"], ["new", "a/b"], ["show", "web", "--from", "x"], ["other"]):
        assert run_cli("template", *words).returncode == 2, words


def test_edit_opens_a_copy_of_a_built_in_one_and_checks_it(run_cli: Any) -> None:
    editor = run_cli.user / "editor.sh"
    editor.write_text('#!/bin/sh\nprintf "nonsense = 1\\n" >> "$1"\n')
    editor.chmod(0o755)
    ran = run_cli("template", "edit", "claude", env={"EDITOR": str(editor), "VISUAL": ""})
    assert ran.returncode == 2 and "claude.toml:" in ran.stdout and "nonsense" in ran.stdout
    assert (run_cli.home / "templates" / "claude.toml").exists()
    assert run_cli("template", "edit", "claude", env={"EDITOR": "/no/such", "VISUAL": ""}).returncode == 2
