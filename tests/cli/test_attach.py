"""`attach` as a person uses it: at a real PTY and inside a real tmux."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LEADER = "\x02"
PROMPT = r"dev\$\s*$"
RESETS = (
    b"\x1b[?1000l",
    b"\x1b[?1006l",
    b"\x1b[?2004l",
    b"\x1b[?1004l",
    b"\x1b[?1049l",
    b"\x1b[<99u",
    b"\x1b[>4;0m",
    b"\x1b[?25h",
    b"\x1b[0 q",
    b"\x1b[r",
)


@pytest.fixture
def dev(run_cli: Any) -> Any:
    (run_cli.user / ".bashrc").write_text('PS1="${PROMPT:-dev}$ "\n')
    assert run_cli("create", "--name", "dev").returncode == 0
    return run_cli


def at_dev(person: Any, *words: str, **env: str) -> Any:
    """Sit down before the session dev, with something on its screen to know it by."""
    someone = person("attach", "dev", *words, **env)
    someone.await_text(PROMPT)
    return someone


def test_what_is_typed_runs_and_detaching_leaves_it_running(dev: Any, person: Any) -> None:
    me = at_dev(person)
    me.type("x=kept; echo $((40+2))\r")
    me.await_text(r"\n42\n")
    me.type(LEADER + "d")
    assert me.await_end() == 0
    assert "[detached from dev]" in me.text
    assert dev("exec", "dev", "echo $x").stdout == "kept\n"


def test_the_screen_as_it_was_is_drawn_first(dev: Any, person: Any) -> None:
    dev("exec", "dev", "echo something from before")
    me = at_dev(person)
    me.await_text("something from before")


def test_what_was_on_the_terminal_scrolls_away_and_its_title_comes_back(dev: Any, person: Any) -> None:
    me = person("attach", "dev", wrapped='echo "of my own"; "$@"; read -r _')
    me.await_text(PROMPT)
    before = me.raw[: me.raw.index(b"\x1b[2J")]
    assert before.count(b"\n", before.index(b"of my own")) >= 24
    assert b"\x1b[22;0t" in before
    me.type(LEADER + "d")
    me.await_text("detached from dev")
    assert b"\x1b[23;0t" in me.raw


def test_the_terminal_is_put_back(dev: Any, person: Any) -> None:
    me = person("attach", "dev", wrapped='stty -a > before; "$@"; echo "ended $?"; stty -a > after; read -r _')
    me.await_text(PROMPT)
    me.type("printf '\\033[?1049h\\033[?1000h\\033[?1006h\\033[?2004h\\033[?25l'; echo in the program; cat\r")
    me.await_text(r"\nin the program")
    me.type(LEADER + "d")
    me.await_text("ended 0")
    me.type("\r")
    me.await_end()
    assert (dev.user / "before").read_text() == (dev.user / "after").read_text()
    for reset in RESETS:
        assert reset in me.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_terminal_is_put_back_after_a_signal(dev: Any, person: Any, number: int) -> None:
    me = person(
        "attach",
        "dev",
        wrapped='stty -a >before; (echo $BASHPID >pid; exec "$@"); echo "ended $?"; stty -a >after; read -r _',
    )
    me.await_text(PROMPT)
    os.kill(int((dev.user / "pid").read_text()), number)
    me.await_text(f"ended {128 + number}")
    me.type("\r")
    me.await_end()
    assert (dev.user / "before").read_text() == (dev.user / "after").read_text()
    assert all(reset in me.raw for reset in RESETS)


def test_a_terminal_that_vanishes_ends_it(dev: Any, person: Any, eventually: Callable[..., None]) -> None:
    me = at_dev(person)
    me.process.fileobj.close()
    eventually(lambda: not me.process.isalive())
    assert dev("exec", "dev", "echo alive").stdout == "alive\n"


def test_the_programs_end_is_told(dev: Any, person: Any) -> None:
    me = at_dev(person)
    me.type("exit 3\r")
    assert me.await_end() == 0
    assert "[dev: exited 3]" in me.text


def test_a_killed_session_is_told(dev: Any, person: Any) -> None:
    me = at_dev(person)
    assert dev("kill", "dev").returncode == 0
    assert me.await_end() == 0
    assert "[dev: killed]" in me.text


def test_a_session_that_is_stopped_with_the_server_is_not_called_killed(dev: Any, person: Any) -> None:
    me = at_dev(person)
    assert dev("server", "stop", "--force").returncode == 0
    assert me.await_end() == 0
    assert "[dev: stopped, as the server is]" in me.text


def test_detach_from_elsewhere(dev: Any, person: Any) -> None:
    me = at_dev(person)
    assert dev("detach", "dev").stdout == "1 viewer detached\n"
    assert me.await_end() == 0


def test_a_session_that_was_renamed_meanwhile_is_left_by_its_new_name(dev: Any, person: Any) -> None:
    me = at_dev(person)
    assert dev("rename", "dev", "other").returncode == 0
    me.type(LEADER + "d")
    assert me.await_end() == 0
    assert "[detached from other]" in me.text


def test_the_leader_twice_reaches_the_program(dev: Any, person: Any) -> None:
    me = at_dev(person)
    me.type("cat -v\r")
    me.await_text("cat -v")
    me.type(LEADER * 2 + "\r")
    me.await_text(r"\^B")
    me.type(LEADER + "v" + "after\r")
    me.await_text(r"\nafter")


def test_another_leader_from_the_settings(dev: Any, person: Any) -> None:
    (dev.home / "config.toml").write_text('leader = "ctrl+a"\n')
    me = at_dev(person)
    me.type("\x01d")
    assert me.await_end() == 0


def test_read_only_types_nothing(dev: Any, person: Any) -> None:
    me = at_dev(person, "--read-only")
    me.type("echo typed\r")
    dev("exec", "dev", "echo from elsewhere")
    me.await_text("from elsewhere")
    assert "typed" not in me.text
    me.type(LEADER + "d")
    assert me.await_end() == 0


def test_next_previous_and_the_list_of_sessions(dev: Any, person: Any) -> None:
    dev("create", "--name", "two", "--env", "PROMPT=two")
    dev("create", "--name", "three", "--env", "PROMPT=three")
    for name in ("dev", "two", "three"):
        dev("exec", name, f"echo this is {name}")
    me = at_dev(person)
    me.type(LEADER + "n")
    me.await_text("this is two")
    me.type(LEADER + "n")
    me.await_text("this is three")
    me.type(LEADER + "n")
    me.await_text("this is dev")
    me.type(LEADER + "p")
    me.await_text("this is three")
    me.type(LEADER + "s")
    me.await_text(r"Sessions\n(.|\n)*1  dev(.|\n)*2  two(.|\n)*3\* three")
    me.type("2")
    me.await_text("this is two")
    me.type("echo $((6*7))\r")
    me.await_text(r"\n42\n")
    me.type(LEADER + "d")
    me.await_end()
    assert "[detached from two]" in me.text


def test_help_and_back(dev: Any, person: Any) -> None:
    dev("exec", "dev", "echo on the screen")
    me = at_dev(person)
    me.type(LEADER + "?")
    me.await_text("ctrl\\+b +send ctrl\\+b itself")
    assert "on the screen" not in me.text
    me.type("q")
    me.await_text("on the screen")


def test_a_new_session_without_leaving(dev: Any, person: Any, eventually: Callable[..., None]) -> None:
    me = at_dev(person)
    me.type(LEADER + "c")
    eventually(lambda: len(dev.json("list")["sessions"]) == 2)
    me.type("echo $((40+2))\r")
    me.await_text(r"\n42\n")
    assert "42" not in dev("capture", "dev").stdout


def test_a_session_is_split_and_its_panes_are_shown_one_after_the_other(dev: Any, person: Any) -> None:
    me = at_dev(person)
    me.type("echo this is pane $AI_SESSION_PANE\r")
    me.await_text(r"\nthis is pane 1\n")
    for number, key in ((2, "%"), (3, '"')):  # 1 at the left; right of it 2 above 3
        me.type(LEADER + key)
        me.await_text(rf"\A\s*{PROMPT}")
        me.type("echo this is pane $AI_SESSION_PANE\r")
        me.await_text(rf"\nthis is pane {number}\n")
    for keys, number in (("o", 1), ("\x1b[C", 2), ("\x1b[B", 3), ("\x1b[D", 1), ("o", 2), ("o", 3)):
        me.type(LEADER + keys)
        me.await_text(rf"\nthis is pane {number}\n")
    listed = dev.json("pane", "list", "dev")
    assert listed["layout"]["focus"] == listed["panes"][2]["id"]
    me.type(LEADER + "\x1b[C" + LEADER + "z" + LEADER + "d")
    assert me.await_end() == 0
    again = person("attach", "dev")  # the pane that has the focus
    again.await_text(r"\nthis is pane 3\n")


def test_closing_a_pane_asks_and_shows_another_one(dev: Any, person: Any, eventually: Callable[..., None]) -> None:
    me = at_dev(person)
    me.type("echo this is pane $AI_SESSION_PANE\r" + LEADER + "%")
    me.await_text(rf"\A\s*{PROMPT}")
    me.type("cat\r")
    me.await_text(r"dev\$ cat")
    eventually(lambda: "cat" in [pane["command"] for pane in dev.json("pane", "list", "dev")["panes"]])
    me.type(LEADER + "x")
    me.await_text("Close pane dev:2, in which cat runs")
    me.type("n")
    me.await_text(r"dev\$ cat")
    me.type(LEADER + "x")
    me.await_text("Close pane")
    me.type("y")
    me.await_text(r"\nthis is pane 1\n")
    assert [pane["index"] for pane in dev.json("pane", "list", "dev")["panes"]] == [1]
    me.type(LEADER + "x")
    me.await_text("Kill session dev, in which bash runs")
    me.type("y")
    assert me.await_end() == 0
    assert "[dev: killed]" in me.text


def test_when_a_panes_program_ends_another_one_is_shown(dev: Any, person: Any) -> None:
    me = at_dev(person)
    me.type("echo this is pane $AI_SESSION_PANE\r" + LEADER + '"')
    me.await_text(rf"\A\s*{PROMPT}")
    me.type("exit 3\r")
    me.await_text(r"\nthis is pane 1\n")
    me.type("exit 4\r")
    assert me.await_end() == 0
    assert "[dev: exited 4]" in me.text
    assert [pane["exit_code"] for pane in dev.json("pane", "list", "dev")["panes"]] == [4, 3]


def test_the_size_follows_the_terminal(dev: Any, person: Any, eventually: Callable[..., None]) -> None:
    me = at_dev(person)
    assert dev.json("list")["sessions"][0]["panes"][0]["columns"] == 80
    me.process.setwinsize(30, 100)
    eventually(lambda: dev.json("list")["sessions"][0]["panes"][0]["columns"] == 100)
    assert dev("exec", "dev", "stty size").stdout == "30 100\n"


def test_a_dying_server_is_told_of_and_the_next_one_attached(dev: Any, person: Any) -> None:
    me = at_dev(person)
    me.type("echo before the crash\r")
    me.await_text(r"\nbefore the crash")
    dev.crash_server()
    deadline = time.monotonic() + 20
    while b"the server is gone" not in me.raw:
        assert me.look() and time.monotonic() < deadline
    me.await_text("before the crash")
    me.type("echo $((40+2))\r")
    me.await_text(r"\n42\n")
    me.type(LEADER + "d")
    assert me.await_end() == 0


def test_a_restart_of_the_server_keeps_the_viewer(dev: Any, person: Any) -> None:
    me = at_dev(person)
    me.type("x=kept\r")
    assert dev("server", "restart").returncode == 0
    deadline = time.monotonic() + 20
    while b"waiting for the next one" not in me.raw and b"the server is gone" not in me.raw:
        assert me.look() and time.monotonic() < deadline
    me.await_text(PROMPT)
    me.type("echo $x-$((40+2))\r")
    me.await_text("kept-42")


def test_a_stopped_session_is_started_first(dev: Any, person: Any) -> None:
    dev("exec", "dev", "echo from before")
    dev("exec", "dev", "exit 0")
    assert dev.json("list")["sessions"][0]["status"] == "stopped"
    me = person("attach", "dev")
    me.await_text("from before")
    me.type("echo $((40+2))\r")
    me.await_text(r"\n42\n")


def test_a_pane_cannot_show_itself(dev: Any, person: Any) -> None:
    me = at_dev(person)
    inner = " ".join(dev.words("attach", "."))
    me.type(f"clear; AI_SESSION_HOME={dev.home} {inner}; echo status $?\r")
    me.await_text(r"cannot show itself(.|\n)*status 4")


def test_it_works_inside_tmux(dev: Any, tmp_path: Path) -> None:
    tmux = shutil.which("tmux")
    assert tmux, "tmux is needed for this test"
    with Tmux(tmux, dev, tmp_path) as outer:
        outer.run("new-session", "-d", "-x", "90", "-y", "20", "bash --norc")
        outer.type(f"PS1='outer$ '; {' '.join(dev.words('attach', 'dev'))}")
        outer.await_text("dev$")
        outer.type("echo $((40+2))")
        outer.await_text("\n42\n")
        outer.run("send-keys", "C-b", "d")
        outer.await_text("[detached from dev]\nouter$")
        outer.type("echo back; stty -a | grep -c 'icanon'")
        outer.await_text("\nback\n1\n")


class Tmux:
    """A tmux server of our own."""

    def __init__(self, tmux: str, run_cli: Any, folder: Path) -> None:
        self._words = [tmux, "-L", f"test-{uuid.uuid4().hex[:8]}", "-f", "/dev/null"]
        self._environ = {**run_cli.environment(), "TMUX_TMPDIR": str(folder)}

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([*self._words, "kill-server"], env=self._environ, check=False, capture_output=True)

    def run(self, *words: str) -> str:
        ran = subprocess.run([*self._words, *words], env=self._environ, check=True, capture_output=True, text=True)
        return ran.stdout

    def type(self, text: str) -> None:
        self.run("send-keys", "-l", text)
        self.run("send-keys", "Enter")

    def await_text(self, text: str) -> None:
        deadline = time.monotonic() + 20
        while text not in (shown := self.run("capture-pane", "-p")):
            assert time.monotonic() < deadline, shown
            time.sleep(0.05)
