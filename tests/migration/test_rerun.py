"""Which programs may be started again."""

from __future__ import annotations

import pytest

from ai_session_tui.migration.rerun import command_line, is_safe, may_rerun
from ai_session_tui.migration.tmux_model import Running


@pytest.mark.parametrize(
    "words",
    ["less /var/log/syslog", "tail -f a.log", "tail -n 5 -F a.log", "/usr/bin/htop", "vim -R notes", "view x",
     "man 1 ls", "journalctl -f", "nano -v x"],
)  # fmt: skip
def test_what_only_shows_something_is_safe(words: str) -> None:
    assert is_safe(Running(tuple(words.split())))


@pytest.mark.parametrize(
    "words",
    ["vim notes", "less -o copy a.log", "less --log-file=copy a.log", "tail a.log", "journalctl --vacuum-time=1s",
     "rm -rf x", "watch rm x", "python deploy.py", "ssh host", "dmesg -C", "emacs -nw x", "tmux attach"],
)  # fmt: skip
def test_what_may_change_something_is_not(words: str) -> None:
    assert not is_safe(Running(tuple(words.split())))


def test_each_policy_lets_through_what_it_says() -> None:
    pager, deploy = Running(("less", "a b")), Running(("deploy", "--now"))
    asked: list[str] = []

    def ask(line: str) -> bool:
        asked.append(line)
        return True

    assert not may_rerun(pager, "none", ask)
    assert may_rerun(pager, "safe", ask)
    assert not may_rerun(deploy, "safe", ask)
    assert asked == []
    assert may_rerun(deploy, "ask", ask)
    assert not may_rerun(deploy, "ask", None)
    assert asked == ["deploy --now"]


def test_a_command_line_can_be_typed_again() -> None:
    assert command_line(Running(("less", "a b", "it's"))) == """less 'a b' 'it'"'"'s'"""
