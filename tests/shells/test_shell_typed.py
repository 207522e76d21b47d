"""What a person types becomes records too: text, directory, output, code; and what is no command does not."""

from __future__ import annotations

import pytest

from ai_session_tui.shells import CommandStarted, PaneState, ShellKind
from tests.shells.conftest import Spawn
from tests.shells.pane import ShellPane


def test_typed_commands_are_records(pane: ShellPane) -> None:
    for line, output, code in [
        ("echo hello", b"hello\n", 0),
        ("false", b"", 1),
        ("printf 'no newline'", b"no newline", 0),
        ("echo 'a;b' 100%", b"a;b 100%\n", 0),
        ("echo héllo", "héllo\n".encode(), 0),
        ("sh -c 'exit 3'", b"", 3),
        ("no_such_command_here", None, 127),
    ]:
        started, ended = pane.typed(line)
        assert started.exec_id is None
        assert pane.text_of(started) == line
        assert (ended.code, pane.output(ended)) == (code, pane.output(ended) if output is None else output), line


def test_the_directory_follows_cd(pane: ShellPane) -> None:
    pane.typed("mkdir -p d/e")
    pane.typed("cd d/e")
    started, ended = pane.typed("true")
    assert started.cwd == ended.cwd
    assert started.cwd is not None and started.cwd.endswith("/d/e")


def test_an_empty_enter_is_no_command(pane: ShellPane) -> None:
    for number in range(1, 4):
        pane.until(lambda n=number: pane.journal.count(b"133;B;") >= n, "a prompt")  # type: ignore[misc]
        pane.type("\r")
    pane.until(lambda: pane.journal.count(b"133;B;") >= 4, "a prompt")
    pane.typed("echo x")
    assert [pane.text_of(started) for started, _ in pane.commands()] == ["echo x"]


def test_ctrl_c_at_the_prompt_is_no_command_and_keeps_the_next_exact(pane: ShellPane) -> None:
    pane.type("echo never")
    pane.until(lambda: b"never" in pane.journal, "the echo")
    if pane.kind is ShellKind.FISH:
        pane.type("\x15")  # fish may miss a Ctrl-C between two keys; it clears the line as well
    else:
        pane.cancel_line()
    started, ended = pane.typed("echo x")
    assert pane.output(ended) == b"x\n"
    assert [pane.text_of(s) for s, e in pane.commands() if e is not None and e.code == 0] == ["echo x"]
    assert started.start == ended.start or pane.kind is ShellKind.FISH


def test_type_ahead_runs_in_order(pane: ShellPane) -> None:
    pane.type("echo one\recho two\rsh -c 'exit 3'\r")
    if pane.kind is ShellKind.SH:  # without an editor, what was echoed early is not seen again; the codes are
        pane.until(lambda: b";code=3;" in pane.journal, "the last code")
    else:
        pane.until(lambda: sum(e is not None for _, e in pane.commands()) == 3, "three records")
        assert [e.code for _, e in pane.commands() if e is not None] == [0, 0, 3]
    assert pane.run("echo three") == (b"three\n", 0)


def test_a_typed_block_over_several_prompts_is_one_record(pane: ShellPane) -> None:
    lines = ["if true", "echo a", "end"] if pane.kind is ShellKind.FISH else ["if true; then", "echo a", "fi"]
    pane.type(lines[0] + "\r")
    for number, line in enumerate(lines[1:], 1):
        if pane.kind is not ShellKind.FISH:  # fish edits the block as one text
            pane.until(lambda n=number: pane.journal.count(b"133;P;") == n, "PS2")  # type: ignore[misc]
            assert pane.tracker.state is PaneState.CONTINUATION
        pane.type(line + "\r")
    pane.until(lambda: any(e is not None for _, e in pane.commands()), "the record")
    started, ended = pane.commands()[0]
    assert ended is not None and pane.output(ended) == b"a\n"
    assert pane.text_of(started).split()[0] == "if"
    assert pane.run("echo x") == (b"x\n", 0)


def test_background_jobs_and_their_notices(pane: ShellPane) -> None:
    _, ended = pane.typed("sleep 0.1 &")
    assert ended.code == 0
    assert pane.run("wait")[1] == 0
    assert pane.run("echo x")[1] == 0


def test_ctrl_d_ends_the_shell(pane: ShellPane) -> None:
    pane.typed("sh -c 'exit 4'")
    pane.prompt()
    pane.type("\x04")
    pane.until(lambda: pane.exited, "the exit")
    assert pane.tracker.state is PaneState.UNKNOWN
    assert len(pane.commands()) == 1


def test_exec_bash_makes_the_state_unknown(pane: ShellPane) -> None:
    pane.prompt()
    pane.type("exec bash --norc\r")
    if pane.kind is ShellKind.SH:  # the text of a typed command is not known there
        pane.until(lambda: pane.tracker.state is PaneState.RUNNING, "the start")
    else:
        pane.until(lambda: pane.tracker.state is PaneState.UNKNOWN, "the doubt")
    pane.type("exit 5\r")
    pane.until(lambda: pane.exited, "the exit")
    assert pane.commands()[-1][1] is not None and pane.commands()[-1][1].code == 5  # type: ignore[union-attr]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_pasted_pair_of_lines_is_two_outputs_under_exact_codes(spawn: Spawn, shell: str) -> None:
    pane = spawn(shell).prompt()
    pane.type("\x1b[200~echo one\nsh -c 'exit 4'\x1b[201~\r")
    pane.until(lambda: any(e is not None and e.code == 4 for _, e in pane.commands()), "the last code")
    starts = [event for event in pane.events if isinstance(event, CommandStarted)]
    assert pane.text_of(starts[0]).startswith("echo one")


def test_a_resize_in_the_middle_of_a_line_loses_nothing(pane: ShellPane) -> None:
    pane.type("echo one t")
    pane.until(lambda: b"t" in pane.journal[-60:], "the echo")
    pane.process.setwinsize(30, 100)
    pane.type("wo\r")
    pane.until(lambda: any(e is not None for _, e in pane.commands()), "the record")
    started, ended = pane.commands()[0]
    assert ended is not None and pane.output(ended) == b"one two\n"
    assert pane.text_of(started) == "echo one two"
    assert pane.run("echo x") == (b"x\n", 0)
