"""Several panes in a session, tags, broadcast, watching and replay, as a user handles them."""

from __future__ import annotations

import json
import re
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def dev(run_cli: Any) -> Any:
    (run_cli.user / ".bashrc").write_text('PS1="dev$ "\n')
    assert run_cli("create", "--name", "dev", "--size", "80x24").returncode == 0
    return run_cli


def test_panes_are_opened_listed_used_and_closed(dev: Any, tmp_path: Path) -> None:
    assert dev("pane", "split", "dev", "--down").stdout == "dev:2\n"
    words = ["pane", "split", "dev:1", "--dir", str(tmp_path), "--env", "A=two words"]
    assert dev(*words, "--fraction", "0.25", "--", "sh", "-c", 'echo "$A in $PWD"; exec cat').stdout == "dev:3\n"
    assert dev("wait", "dev:3", "--text", f"two words in {tmp_path}", "--timeout", "60").returncode == 0
    assert dev("exec", "dev:2", "echo $AI_SESSION_PANE").stdout == "2\n"
    table = [line.split()[0] for line in dev("pane", "list", "dev").stdout.splitlines()]
    assert table == ["PANE", "1", "2", "3*"]
    listed = dev.json("pane", "list", "dev")
    assert [pane["index"] for pane in listed["panes"]] == [1, 2, 3]
    assert listed["layout"]["focus"] == listed["panes"][2]["id"]
    closed = dev("pane", "close", "dev:2").stdout
    assert re.fullmatch(r"closed dev:2: bash \(\d+\)\n", closed)
    assert dev("pane", "close", "dev").returncode == 2
    assert dev("pane", "close", "dev:2").returncode == 3
    assert dev("pane", "split", "dev").stdout == "dev:2\n"
    for number in (3, 2):
        assert dev("pane", "close", f"dev:{number}", "--force").returncode == 0
    assert "the session is killed" in dev("pane", "close", "dev:1").stdout
    assert dev("list", "--names").stdout == ""


def test_the_layout_is_drawn_changed_and_given_back(dev: Any, tmp_path: Path) -> None:
    dev("pane", "split", "dev")
    dev("pane", "split", "dev", "--down")
    lines = dev("layout", "dev").stdout.splitlines()
    assert len(lines) == 16
    assert all(len(line) == 72 for line in lines)
    assert lines[0] == "┌" + "─" * 35 + "┬" + "─" * 34 + "┐"
    assert [re.sub(r"\s+", " ", lines[number]) for number in (1, 9)] == ["│ 1 bash │ 2 bash │", "│ │ 3* bash │"]
    assert "focus is at dev:1" in dev("pane", "focus", "dev", "left").stdout
    assert "focus is at dev:2" in dev("pane", "focus", "dev:2").stdout
    assert "fills the area" in dev("pane", "zoom", "dev", "on").stdout
    assert "zoomed" in dev("layout", "dev").stdout
    before = dev.json("layout", "dev")
    saved = tmp_path / "saved"
    saved.write_text(json.dumps(before))
    assert dev("pane", "resize", "dev:1", "right", "10").returncode == 0
    assert dev("pane", "swap", "dev:1", "3").returncode == 0
    assert dev.json("layout", "dev", "--arrange", "rows")["root"]["split"] == "down"
    assert dev.json("layout", "dev", "--set", str(saved)) == before
    assert dev.json("layout", "dev", "--set", "-", input=json.dumps(before)) == before
    assert dev("layout", "dev", "--set", "-", input="{}").returncode == 2
    assert dev("layout", "dev", "--set", "-", input="nonsense").returncode == 2
    assert dev("layout", "dev", "--set", str(tmp_path / "none")).returncode == 3
    dev("pane", "resize", "dev:2", "--size", "100x30")
    assert dev("exec", "dev:2", "stty size").stdout == "30 100\n"


def test_a_pane_of_another_session_can_be_shown(dev: Any) -> None:
    dev("create", "--name", "api")
    assert dev("pane", "split", "dev", "--show", "api").stdout == "api is shown there\n"
    assert "api:1* bash" in dev("layout", "dev").stdout
    assert dev("pane", "close", "api:1", "--from", "dev").returncode == 0
    assert dev("list", "--names").stdout == "dev\napi\n"
    assert "api" not in dev("layout", "dev").stdout


@pytest.mark.parametrize(
    "words",
    [
        ["split", "dev", "--fraction", "2"],
        ["split", "dev", "ls"],
        ["focus", "dev", "sideways"],
        ["resize", "dev"],
        ["resize", "dev", "right", "much"],
        ["zoom", "dev", "in"],
        ["swap", "dev"],
        ["list", "dev", "--", "ls"],
        ["tile", "dev"],
    ],
)
def test_calls_that_are_off_are_explained(dev: Any, words: list[str]) -> None:
    ran = dev("pane", *words)
    assert ran.returncode == 2
    assert ran.stderr.startswith("ai-session: ")


def test_a_broadcast_goes_to_names_tags_or_all(dev: Any) -> None:
    for name in ("api", "web"):
        dev("create", "--name", name)
    assert dev("tag", "api", "backend", "urgent").stdout == "backend urgent\n"
    assert dev("tag", "api", "--remove", "urgent").stdout == "backend\n"
    assert dev("tag", "api").stdout == "backend\n"
    assert dev("tag", "api", "two words").returncode == 2
    ran = dev("broadcast", "dev", "api", "echo both-$AI_SESSION_PANE", "--enter")
    assert ran.stdout == "typed into dev, api\n"
    for name in ("dev", "api"):
        assert dev("wait", name, "--text", "both-1$", "--timeout", "60").returncode == 0
    assert dev("broadcast", "--tag", "backend", "--key", "C-l").stdout == "typed into api\n"
    assert dev("broadcast", "--all", "--text", "echo all", "--enter").stdout == "typed into dev, api, web\n"
    ran = dev("broadcast", "dev", "nobody", "x")
    assert ran.returncode == 1
    assert (ran.stdout, "nobody" in ran.stderr) == ("typed into dev\n", True)
    assert dev.json("broadcast", "dev", "x")["sent"][0]["bytes"] == 1
    assert (
        dev("broadcast").returncode
        == dev("broadcast", "x").returncode
        == dev("broadcast", "--all", "a", "b").returncode
        == 2
    )


def test_what_needs_somebody_is_in_the_list_and_told(dev: Any, eventually: Callable[..., None]) -> None:
    dev("send", "dev", 'read -p "Go on? [y/N] "', "--enter")
    eventually(lambda: "needs you: Go on? [y/N]" in dev("list").stdout)
    assert "Needs You: Go on? [y/N] (input, pane 1)" in dev("list", "--detailed").stdout
    assert re.search(r"dev needs you: Go on\? \[y/N\]\n", dev("watch", "--once").stdout)
    watching = dev.popen("watch", "--json", "dev")
    assert json.loads(watching.stdout.readline())["kind"] == "input"
    dev("send", "dev", "y", "--enter")
    dev("exec", "dev", "(exit 9)")
    told = json.loads(watching.stdout.readline())
    assert (told["kind"], told["session"], told["text"], told["command"]) == (
        "failed",
        "dev",
        "exit code 9: (exit 9)",
        2,
    )
    dev.crash_server()
    # The watcher finds the next server in its own time.
    eventually(lambda: dev("exec", "dev", "(exit 8)") and select.select([watching.stdout], [], [], 0)[0], 60)
    assert json.loads(watching.stdout.readline())["kind"] == "failed"
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == 130
    watching.stdout.close()
    watching.stderr.close()


def test_watch_rings_and_shows_notifications(dev: Any, person: Any, tmp_path: Path) -> None:
    dev("send", "dev", 'read -p "Go on? [y/N] "', "--enter")
    one = person("watch", "--once", "--bell", "--osc9")
    assert one.await_end() == 0
    assert b"\a\x1b]9;dev needs you: Go on? [y/N]\x1b\\" in one.raw
    tool = tmp_path / "notify-send"
    tool.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/shown\n')
    tool.chmod(0o755)
    path = f"{tmp_path}:{dev.environ['PATH']}"
    assert dev("watch", "--once", "--notify-send", env={"PATH": path}).returncode == 0
    assert (tmp_path / "shown").read_text() == "--app-name=ai-session|--|dev|dev needs you: Go on? [y/N]|"
    assert dev("watch", "--notify-send", env={"PATH": "/nowhere"}).returncode == 9


def test_replay_exports_an_asciicast(dev: Any, tmp_path: Path) -> None:
    dev("exec", "dev", "echo first; sleep 0.4; echo sec''ond")
    dev("pane", "resize", "dev", "--size", "60x20")
    dev("exec", "dev", "stty size")
    file = tmp_path / "dev.cast"
    ran = dev("replay", "dev", "--export", str(file))
    assert re.fullmatch(rf"wrote {re.escape(str(file))}: [\d.]+ seconds, [\d,]+ bytes\n", ran.stdout)
    header, *events = map(json.loads, file.read_text().splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    text = "".join(event[2] for event in events if event[1] == "o")
    assert "first\r\nsecond\r\n" in text
    assert [event[2] for event in events if event[1] == "r"] == ["60x20"]
    at = {
        word: next(event[0] for event in events if word in event[2] and event[1] == "o") for word in ("second", "20 60")
    }
    assert at["second"] - events[0][0] >= 0.4
    assert dev("replay", "dev", "--export", str(file)).returncode == 4
    assert dev.json("replay", "dev", "--export", str(file), "--force")["seconds"] > 0.4
    one = dev("replay", "dev#1", "--export", "-").stdout
    assert "first" in one
    assert "20 60" not in one
    assert dev("replay", "dev").returncode == 2
    assert dev("replay", "dev", "--speed", "fast", "--export", "-").returncode in (0, 2)


def test_replay_plays_pauses_and_quits(dev: Any, person: Any) -> None:
    dev("exec", "dev", "echo first; sleep 3; echo second; sleep 1000 & sleep 2; echo third")
    one = person("replay", "dev", "--idle", "30")
    one.await_text(r"first")
    one.await_text(r"▶ 0:0\d / 0:0\d x1 ")
    one.type(" ")
    one.await_text("▮▮ ")
    assert "second" not in one.text.replace("echo second", "")
    one.type("+")
    one.await_text("x2")
    while not re.search(r"(?m)^second", one.text):
        one.type("n")  # step by step, without the pauses
        assert one.look(0.2)
    one.type("q")
    assert one.await_end() == 0
    fast = person("replay", "dev", "--speed", "500")
    assert fast.await_end() == 0
    assert one.raw.endswith(fast.raw[-10:])
