"""fish: config.fish runs first, abbreviations and titles stay what they are, and the output is exact."""

from __future__ import annotations

from ai_session_tui.shells import PaneState, probe
from tests.shells.conftest import Spawn

CONFIG = ".config/fish/config.fish"


def test_the_users_config_runs_and_prompt_functions_work(spawn: Spawn) -> None:
    config = "set -g V yes\nfunction fish_prompt; printf '[%s] mine> ' $status; end\nfunction fish_greeting; end\n"
    pane = spawn("fish", rc={CONFIG: config})
    assert pane.run("echo $V; status is-login; or echo plain") == (b"yes\nplain\n", 0)
    pane.run("sh -c 'exit 7'")
    pane.prompt()
    pane.until(lambda: b"[7] mine> " in pane.journal, "the prompt of the user")


def test_a_login_shell_is_one(spawn: Spawn) -> None:
    assert spawn("fish", login=True).run("status is-login; and echo yes") == (b"yes\n", 0)


def test_an_abbreviation_is_not_expanded_in_an_exec(spawn: Spawn) -> None:
    pane = spawn("fish", rc={CONFIG: "abbr -a hey echo expanded\nfunction hey; echo function; end\n"})
    assert pane.run("hey") == (b"function\n", 0)


def test_vi_bindings_keep_the_key(spawn: Spawn) -> None:
    pane = spawn("fish", rc={CONFIG: "fish_vi_key_bindings\n"}).prompt()
    assert pane.run("echo x") == (b"x\n", 0)
    pane.run("fish_default_key_bindings")
    assert pane.run("echo y") == (b"y\n", 0)


def test_titles_and_their_absence_are_not_output(spawn: Spawn) -> None:
    for rc, term in [("function fish_title; end\n", "xterm"), ("", "linux"), ("", "dumb"), ("", "screen-256color")]:
        pane = spawn("fish", rc={CONFIG: rc}, env={"TERM": term})
        assert pane.run("echo x") == (b"x\n", 0), term
        assert pane.run("printf '\\033[31mred'") == (b"\x1b[31mred", 0), term
        assert pane.run("true") == (b"", 0), term


def test_a_typed_line_that_cannot_be_parsed_stays_in_the_editor(spawn: Spawn) -> None:
    pane = spawn("fish").prompt()
    pane.type("echo )\r")
    pane.until(lambda: b"Unexpected" in pane.journal, "the error")
    assert pane.tracker.state is PaneState.PROMPT
    assert pane.commands() == []


def test_private_mode_and_history_keep_the_text_as_sent(spawn: Spawn) -> None:
    pane = spawn("fish")
    pane.run("echo remembered")
    output, _ = pane.run("history search --max 1 --prefix 'echo rem' | cat")
    assert output == b"echo remembered\n"


def test_the_probe_answers_at_the_prompt(spawn: Spawn) -> None:
    pane = spawn("fish").prompt()
    pane.until(lambda: b"# " in pane.journal or b"> " in pane.journal, "the prompt text")
    before = pane.journal.count(b"133;B;")
    pane.write(probe(pane.kind))
    pane.until(lambda: pane.journal.count(b"133;B;") > before, "the answer")
