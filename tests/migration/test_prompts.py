"""Commands recognised in a scrollback."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_session_tui.migration.prompts import plain, recognise_commands


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("me@box:~/api$ ", "me@box:~/api/src$ cargo test"),
        ("[me@box api]$ ", "[me@box src]$ cargo test"),
        ("bash-5.2# ", "bash-5.2# cargo test"),
        ("~/api (main) ❯ ", "~/web (fix/x) ❯ cargo test"),
        ("12:01:33 me> ", "11:59:02 me> cargo test"),
        ("(venv) me@box:~$ ", "(venv) me@box:~$ cargo test"),
        ("$ ", "$ cargo test"),
        ("➜  api ", "➜  api cargo test"),
    ],
)
def test_the_prompt_of_the_pane_teaches_what_its_prompts_look_like(prompt: str, line: str) -> None:
    assert recognise_commands(["total 3 $ 5", line, "ok"], prompt) == ["cargo test"]


def test_unmistakable_prompts_need_no_teaching() -> None:
    lines = ["root@box:/etc# ls -l", "hosts", "me@box:~$ ", "sh-5.1$ id", "mail me@box.org: 5 $ please"]
    assert recognise_commands(lines) == ["ls -l", "id"]


def test_output_is_no_command() -> None:
    lines = ["# a heading", "$5 a month", "> quoted", "100% done", "https://x.org/a#b c"]
    assert recognise_commands(lines) == []


def test_colours_do_not_hide_a_prompt() -> None:
    assert recognise_commands(["\x1b[32mme@box\x1b[0m:\x1b[34m~\x1b[0m$ \x1b[1mls\x1b[0m"], "me@box:~$") == ["ls"]


@given(st.lists(st.text()), st.text())
def test_any_scrollback_and_any_prompt_can_be_read(lines: list[str], prompt: str) -> None:
    for command in recognise_commands(lines, prompt):
        assert command
        assert any(command in plain(line) for line in lines)
