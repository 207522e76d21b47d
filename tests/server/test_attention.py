"""What needs somebody, with real programs: the need is noticed, shown with its evidence, and over when it is over."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ai_session_tui.server.attention import Attention, Glance, assess
from tests.server.server_kit import RunningServer, await_event, until
from tests.server.test_attach import Viewer

# The registry


def test_a_need_keeps_its_beginning_while_it_is_the_same() -> None:
    asked = Glance(is_at_prompt=False, line="Go on? [y/N] ", waits=lambda: True)
    first = assess(asked, None, 1.0)
    assert first == Attention("input", 1.0, "Go on? [y/N]")
    assert assess(asked, first, 2.0) is first
    assert assess(Glance(is_at_prompt=True), first, 3.0) is None


def test_a_bell_lasts_until_somebody_looks_and_a_question_goes_before_it() -> None:
    rung = assess(Glance(is_at_prompt=True, has_bell=True, last_line="built"), None, 1.0)
    assert rung == Attention("bell", 1.0, "bell: built")
    assert assess(Glance(is_at_prompt=True), rung, 2.0) is rung
    asked = assess(Glance(is_at_prompt=False, line="Go on? [y/N] ", waits=lambda: True), rung, 3.0)
    assert asked is not None
    assert asked.kind == "input"


@pytest.mark.parametrize(
    "glance",
    [
        Glance(is_at_prompt=False, line="Go on? [y/N] ", waits=lambda: False),
        Glance(is_at_prompt=True, line="Go on? [y/N] ", waits=lambda: True),
        Glance(is_at_prompt=False, line="Name: ", is_line_over=False, waits=lambda: True),
        Glance(is_at_prompt=False, line="file.txt: ", is_alternate=True, waits=lambda: True),
        Glance(is_at_prompt=False, line="Checking for updates: "),
        Glance(is_at_prompt=False, line=">>> ", edits_itself=True),
        Glance(is_at_prompt=False, line="ada@host:~$ ", is_shell_reading=True, waits=lambda: True),
        Glance(is_at_prompt=False, line="", is_shell_reading=True, waits=lambda: True),
    ],
)
def test_no_need(glance: Glance) -> None:
    assert assess(glance, None, 1.0) is None


# Real programs


@pytest.fixture
def name(shared: RunningServer) -> Iterator[str]:
    made = shared.create()
    shared.await_prompt(made["name"])
    yield made["name"]
    shared.call("session.kill", targets=[made["id"]], force=True)


def session(server: RunningServer, target: str) -> Any:
    return server.call("session.get", target=target)


def need(server: RunningServer, target: str) -> Any:
    return session(server, target)["attention"]


def type_line(server: RunningServer, target: str, text: str) -> None:
    server.call("pane.send", target=target, text=text, enter=True)


def settled(server: RunningServer, target: str) -> None:
    """Wait until the pane has been quiet for long enough that it has been looked at."""
    server.call("pane.wait", target=target, until="idle", seconds=1.2, timeout=30)


ASKS = [
    ('read -r -p "Go on? [y/N] " answer', "Go on? [y/N]", "y"),
    ('read -rs -p "Password: " answer; echo', "Password:", "secret"),
    ("python3 -c 'input(\"Your name? \")'", "Your name?", "ada"),
    ("python3 -c 'import getpass; getpass.getpass()'", "Password:", "secret"),
    ("sh -c 'printf \"Press Enter to continue...\"; read x'", "Press Enter to continue...", ""),
    ('read -r -p "name> " answer', "name>", "ada"),
    ("touch f && chmod 400 f && rm -i f", "rm: remove regular empty file 'f'?", "n"),
]


@pytest.mark.parametrize(("command", "evidence", "answer"), ASKS)
def test_a_program_that_asks_needs_somebody(
    shared: RunningServer, name: str, command: str, evidence: str, answer: str
) -> None:
    type_line(shared, name, command)
    found = until(lambda: need(shared, name), "attention")
    assert (found["kind"], found["pane"], found["evidence"]) == ("input", 1, evidence)
    assert abs(found["since"] - time.time()) < 60
    type_line(shared, name, answer)
    assert need(shared, name) is None
    shared.await_prompt(name)
    settled(shared, name)
    assert need(shared, name) is None


RESTS = [
    "less /etc/passwd",
    "vi /etc/passwd",
    "python3 -i -c 'print(1)'",
    "cat",
    "read -r line",
    "sleep 1000",
    "top",
    "watch -n 100 date",
    "printf 'Checking for updates: '; sleep 1000",
    "tail -f /etc/passwd",
    "man -P 'less -X' ls",
]


@pytest.mark.parametrize(
    "command", [each for each in RESTS if shutil.which(each.split()[0].split("=")[0]) or each.startswith("read")]
)
def test_a_program_at_rest_needs_nobody(shared: RunningServer, name: str, command: str) -> None:
    type_line(shared, name, command)
    until(lambda: session(shared, name)["running"], "the command")
    settled(shared, name)
    assert need(shared, name) is None
    assert need(shared, name) is None


def test_the_shells_own_prompt_needs_nobody_whatever_it_looks_like(shared: RunningServer, name: str) -> None:
    type_line(shared, name, 'PS1="Really? [y/N] "')
    settled(shared, name)
    assert need(shared, name) is None


def test_an_agents_menu_needs_somebody(shared: RunningServer, name: str) -> None:
    program = (
        "import sys,termios,tty,select; tty.setcbreak(0);"
        "print('Run a command\\n Do you want to proceed?\\n \\u276f 1. Yes\\n   2. No\\n\\nesc to cancel');"
        "select.select([0], [], []); print('chosen')"
    )
    type_line(shared, name, f'python3 -c "{program}"')
    assert until(lambda: need(shared, name))["evidence"] == "Do you want to proceed?"
    shared.call("pane.send", target=name, text="1")
    shared.await_prompt(name)
    assert need(shared, name) is None


def test_bell_and_notifications_last_until_somebody_looks(shared: RunningServer, name: str) -> None:
    shared.exec(name, "echo built; sleep 1.2; printf '\\a'")
    found = until(lambda: need(shared, name))
    assert (found["kind"], found["evidence"]) == ("bell", "bell: built")
    shared.call("session.seen", target=name)
    assert need(shared, name) is None
    shared.exec(name, "printf '\\033]9;ready for review\\a'")
    found = until(lambda: need(shared, name))
    assert (found["kind"], found["evidence"]) == ("notification", "ready for review")
    shared.exec(name, "echo more output")
    assert need(shared, name)["kind"] == "notification"
    viewer = Viewer(shared, name)
    viewer.await_text("more output")
    assert need(shared, name) is None
    shared.exec(name, "printf '\\033]777;notify;Tests;all green\\a'")
    settled(shared, name)
    assert need(shared, name) is None  # somebody is attached
    viewer.connection.close()


def test_the_bell_that_answers_a_key_is_none(shared: RunningServer, name: str) -> None:
    shared.call("pane.send", target=name, keys=["Backspace"])
    settled(shared, name)
    assert need(shared, name) is None


def test_listeners_are_told_once(shared: RunningServer, name: str) -> None:
    events = shared.connect().open("events")
    type_line(shared, name, 'read -r -p "Go on? [y/N] "')
    notice = await_event(events, "notice")
    assert (notice["kind"], notice["session"], notice["pane"]) == ("input", name, 1)
    assert notice["text"] == "Go on? [y/N]"
    type_line(shared, name, "")
    shared.exec(name, "(exit 3)")
    notice = await_event(events, "notice")
    assert (notice["kind"], notice["text"], notice["command"]) == ("failed", "exit code 3: (exit 3)", 2)


def test_a_question_ends_with_its_program(shared: RunningServer) -> None:
    made = shared.create(command=["sh", "-c", "printf 'Go on? [y/N] '; read x"])
    assert until(lambda: need(shared, made["id"]))["kind"] == "input"
    os.kill(made["panes"][0]["pid"], signal.SIGKILL)
    until(lambda: session(shared, made["id"])["status"] == "stopped")
    assert need(shared, made["id"]) is None
    assert session(shared, made["id"])["unread"]


def test_each_pane_has_its_own_need_and_the_session_the_most_urgent_one(shared: RunningServer, name: str) -> None:
    shared.call("pane.split", target=name, env=shared.shell_environment())
    shared.exec(f"{name}:1", "sleep 1.2; printf '\\a'")
    until(lambda: need(shared, name))
    type_line(shared, f"{name}:2", 'read -r -p "Go on? [y/N] "')
    found = until(lambda: (told := need(shared, name)) and told["kind"] == "input" and told)
    assert found["pane"] == 2
    assert [pane["attention"]["kind"] for pane in session(shared, name)["panes"]] == ["bell", "input"]
    shared.call("session.seen", target=f"{name}:2")
    assert need(shared, name)["kind"] == "bell"


def test_a_question_is_found_again_by_the_next_server(server: RunningServer) -> None:
    server.create("dev")
    server.await_prompt("dev")
    type_line(server, "dev", 'printf "\\a"; read -r -p "Go on? [y/N] "')
    assert until(lambda: need(server, "dev"))["kind"] == "input"
    server.kill_server()
    assert until(lambda: need(server, "dev"))["evidence"] == "Go on? [y/N]"


# What is new


def test_a_session_is_unread_while_something_in_it_has_not_been_looked_at(shared: RunningServer, name: str) -> None:
    settled(shared, name)
    assert not session(shared, name)["unread"]  # the first prompt is no news
    shared.exec(name, "echo news")
    until(lambda: session(shared, name)["unread"])
    assert session(shared, name)["last_line"] == "news"
    shared.exec(name, "printf 'a line %s longer than 漢字 the screen\\n' \"$(seq -s ' ' 40)\"")
    numbers = " ".join(str(number) for number in range(1, 41))
    whole = f"a line {numbers} longer than 漢字 the screen"
    assert until(lambda: session(shared, name)["last_line"].startswith("a line"), "the line")
    assert whole.startswith(session(shared, name)["last_line"])
    shared.call("session.seen", target=name)
    assert not session(shared, name)["unread"]
    watch = shared.connect().open("screen.watch", target=name)
    await_event(watch, "frame")
    shared.exec(name, "echo watched")
    settled(shared, name)
    assert not session(shared, name)["unread"]
    watch.cancel()
    shared.exec(name, "echo more")
    until(lambda: session(shared, name)["unread"])


def test_what_was_read_is_known_to_the_next_server(server: RunningServer) -> None:
    for each in ("read", "unread"):
        server.create(each)
        server.exec(each, "echo something")
        until(lambda each=each: session(server, each)["unread"])  # type: ignore[misc]
    server.call("session.seen", target="read")
    server.kill_server()
    assert not session(server, "read")["unread"]
    assert session(server, "unread")["unread"]
    assert session(server, "unread")["last_line"] == "something"


def test_activity_counts_bytes_by_intervals(shared: RunningServer, name: str) -> None:
    shared.exec(name, "head -c 50000 /dev/zero | tr '\\0' x")
    activity = session(shared, name)["activity"]
    assert len(activity) == 24
    assert 50_000 < sum(activity[-2:]) < 60_000
    assert sum(activity[:-4]) == 0


def test_tags_are_kept(server: RunningServer) -> None:
    server.create("dev")
    assert server.call("session.tag", target="dev", add=["web", "api"])["tags"] == ["web", "api"]
    assert server.call("session.tag", target="dev", add=["api"], remove=["web"])["tags"] == ["api"]
    server.kill_server()
    assert session(server, "dev")["tags"] == ["api"]
