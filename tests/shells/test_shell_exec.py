"""Exec in real shells: the output to the byte, the exit code, and nothing of the user's lost."""

from __future__ import annotations

import os
import signal

import pytest

from ai_session_tui.shells import (
    CommandEnded,
    CommandStarted,
    CommandTracker,
    ExecAccepted,
    ExecRefused,
    Incomplete,
    MarkScanner,
    OutputStarted,
    PaneState,
    PromptReady,
    ShellKind,
    mask_nonce,
    prepare_exec,
)
from tests.shells.conftest import Spawn
from tests.shells.pane import SHELLS, ShellPane

POSIX = ("bash", "zsh", "dash")

# text, output, code; in every shell
EVERYWHERE = [
    ("echo hello", b"hello\n", 0),
    ("true", b"", 0),
    ("false", b"", 1),
    ("printf 'no newline'", b"no newline", 0),
    ("echo 'single '\"double\" un\\ quoted", b"single double un quoted\n", 0),
    ("echo 'a!b' !x \"c!!d\"; echo !!", b"a!b !x c!!d\n!!\n", 0),
    ("echo héllo 漢字 👩‍🚀", "héllo 漢字 👩‍🚀\n".encode(), 0),
    ("echo one\necho two\n\necho 'th\nree'", b"one\ntwo\nth\nree\n", 0),
    ("echo 'tab\there'", b"tab\there\n", 0),
    ("seq 3 | tail -n 1", b"3\n", 0),
    ("sh -c 'exit 7'", b"", 7),
    ("sh -c 'kill -9 $$'", None, 137),
    ("", b"", 0),
    ("   ", b"", 0),
    ("echo 'echo nested; exit 3'", b"echo nested; exit 3\n", 0),
    ("printf 'a\\r\\nb\\n\\r\\n'", b"a\r\nb\n\r\n", 0),
    ("printf '\\000\\001\\377'", b"\x00\x01\xff", 0),
    ("printf '\\033[31mred\\033[m\\n'", b"\x1b[31mred\x1b[m\n", 0),
    ("no_such_command_here", None, 127),
    ("# only a comment", None, None),
    ("echo after", b"after\n", 0),
]

# text, output, code; in the shells of the POSIX family
POSIX_ONLY = [
    ("(exit 3)", b"", 3),
    ("cat <<E\n  here $((1 + 1))\n!x\nE", b"  here 2\n!x\n", 0),
    ("cat <<'A'; cat <<'B'\n1'\nA\n2\"\nB", b"1'\n2\"\n", 0),
    ("false\necho $?", b"1\n", 0),
    ("for i in 1 2; do\n\techo $i\ndone", b"1\n2\n", 0),
    ("f() {\n  return 4\n}\nf", b"", 4),
    ("X=5; export X", b"", 0),
    ("echo $X", b"5\n", 0),
    ("cd /tmp && pwd", b"/tmp\n", 0),
    ("pwd", b"/tmp\n", 0),
    ("sleep 0.05 & wait $!", None, 0),
    ("IFS=:; echo $X", b"5\n", 0),
    ("set -- a b; echo $# $1", b"2 a\n", 0),
    ("echo \\\n  continued", b"continued\n", 0),
    ("echo out; echo err >&2; (exit 9)", b"out\nerr\n", 9),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_text_gives_its_exact_output_and_code(spawn: Spawn, shell: str) -> None:
    pane = spawn(shell)
    for text, output, code in [*EVERYWHERE, *(POSIX_ONLY if shell in POSIX else [])]:
        got = pane.run(text)
        assert got == (got[0] if output is None else output, got[1] if code is None else code), text
    starts = [event for event in pane.events if isinstance(event, CommandStarted)]
    assert all(event.exec_id is not None for event in starts), "nothing but exec ran"


def test_the_directory_of_each_command_is_known(pane: ShellPane) -> None:
    pane.run("mkdir -p 'a;b %41é'")
    pane.run("cd 'a;b %41é'")
    ended = pane.wait_end(pane.send_exec("true")) if pane.prompt() else None
    assert ended is not None
    assert ended.cwd is not None and ended.cwd.endswith("/a;b %41é")


def test_state_persists_in_the_shell(pane: ShellPane) -> None:
    if pane.kind is ShellKind.FISH:
        pane.run("set -gx V 'a b'; function g; echo in g; end")
    else:
        pane.run("V='a b'; export V; g() { echo in g; }")
    assert pane.run('echo "$V"; sh -c \'echo "$V"\'; g') == (b"a b\na b\nin g\n", 0)


def test_a_previous_exit_code_is_what_the_next_text_sees(pane: ShellPane) -> None:
    pane.run("sh -c 'exit 42'")
    assert pane.run("echo $status" if pane.kind is ShellKind.FISH else "echo $?") == (b"42\n", 0)


def test_programs_cannot_forge_a_mark(pane: ShellPane) -> None:
    fakes = "".join(f"\\033]133;{kind};n={'0' * 32};code=9;x=e1;cmd=rm\\033\\134" for kind in "ABPKRCZDW")
    bare = "".join(f"\\033]133;{kind}\\007\\033]133;{kind};9\\033\\134" for kind in "ABCDP")
    before = len(pane.events)
    output, code = pane.run(f"printf '{fakes}{bare}x'; sh -c 'exit 5'")
    assert code == 5
    assert output.endswith(b"x")
    assert output.count(b"\x1b]133;") == 9 + 10
    kinds = [type(event) for event in pane.events[before:]]
    expected = [ExecAccepted, CommandStarted, OutputStarted, CommandEnded]
    if pane.kind is ShellKind.SH:
        expected.remove(ExecAccepted)
    assert [kind for kind in kinds if kind is not PromptReady] == expected


def test_programs_never_see_the_nonce(pane: ShellPane) -> None:
    output, _ = pane.run("env; sh -c 'set'; sh -c 'cat /proc/self/environ'")
    assert pane.nonce.encode() not in output
    assert b"AI_SESSION_SHELL" not in output
    assert pane.run(f"cat {pane.folder}/nonce")[0].strip() == b""
    for name in os.listdir(pane.folder):
        assert os.stat(os.path.join(pane.folder, name)).st_mode & 0o077 == 0, name


def test_a_masked_recording_of_the_pane_replays_as_plain_output(pane: ShellPane, tmp_path) -> None:  # type: ignore[no-untyped-def]
    pane.run("echo first; sh -c 'exit 3'")
    recording = tmp_path / "recording"
    recording.write_bytes(mask_nonce(bytes(pane.journal), pane.nonce.encode()))
    before = len(pane.commands())
    assert pane.run(f"cat {recording}")[1] == 0
    assert len(pane.commands()) == before + 1


def test_a_big_output_is_counted_to_the_byte(pane: ShellPane) -> None:
    output, code = pane.run("seq 200000")
    assert output == b"".join(b"%d\n" % i for i in range(1, 200001))
    assert code == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_a_text_of_four_megabytes_runs(spawn: Spawn, shell: str) -> None:
    pane = spawn(shell)
    word = "x" * (4 * 1024 * 1024 - 64)
    text = f"set -g big {word}; echo done" if shell == "fish" else f"big={word}; echo done"
    assert pane.run(text) == (b"done\n", 0)
    length = "string length $big" if shell == "fish" else "echo ${#big}"
    assert pane.run(length) == (f"{len(word)}\n".encode(), 0)


def test_a_long_visible_text_and_a_narrow_terminal(spawn: Spawn) -> None:
    for shell in SHELLS:
        pane = spawn(shell, size=(5, 20))
        text = "echo " + " ".join(f"word{i}" for i in range(300))
        assert pane.run(text) == (text[5:].encode() + b"\n", 0), shell
        assert pane.run(text + "\n" + text)[0] == (text[5:].encode() + b"\n") * 2, shell


def test_a_half_typed_line_is_refused_and_kept(pane: ShellPane) -> None:
    if pane.kind is ShellKind.SH:  # no line editor: whoever writes the input has to know
        pane.type("echo ke")
        assert pane.tracker.line_pending
        pane.type("pt\r")
        assert not pane.tracker.line_pending
        return
    pane.type("echo ke")
    pane.until(lambda: b"ke" in pane.journal[-200:], "the echo")
    exec_id = pane.send_exec("echo never")
    pane.until(lambda: bool(pane.refusals(exec_id)), "a refusal")
    assert pane.refusals(exec_id) == [ExecRefused(exec_id, "line")]
    assert pane.tracker.pending_exec is None
    started, ended = pane.typed("pt")
    assert pane.output(ended) == b"kept\n"
    assert started.exec_id is None
    assert pane.run("echo next") == (b"next\n", 0)


def test_an_incomplete_text_is_told_and_the_shell_usable_after_it(pane: ShellPane) -> None:
    texts = ["echo 'open", 'echo "open', "if true\nthen" if pane.kind is not ShellKind.FISH else "if true", "echo ("]
    for text in texts[: 4 if pane.kind is ShellKind.FISH else 3]:
        pane.prompt()
        exec_id = pane.send_exec(text)
        pane.until(lambda e=exec_id: bool(pane.refusals(e)) or pane.ended(e) is not None, "an answer")  # type: ignore[misc]
        if pane.refusals(exec_id) == [Incomplete(exec_id)]:
            pane.interrupt()
        elif not pane.refusals(exec_id):
            ended = pane.ended(exec_id)
            assert ended is not None and ended.code not in (0, None), text
            assert pane.output(ended), "the shell's own words"
        pane.prompt()
        assert pane.tracker.pending_exec is None
        assert pane.run("echo fine") == (b"fine\n", 0)


@pytest.mark.parametrize("text", ["echo )", "a | | b", "echo one\n)\necho two"])
def test_a_syntax_error_is_a_record_with_the_shells_words(pane: ShellPane, text: str) -> None:
    output, code = pane.run(text)
    assert code not in (0, None)
    assert output.strip() and not output.startswith(b"\r")
    assert b"echo one\r\n" not in output
    assert pane.run("echo fine") == (b"fine\n", 0)


def test_ctrl_c_ends_the_whole_text(pane: ShellPane) -> None:
    pane.prompt()
    exec_id = pane.send_exec("sh -c 'echo begun; exec sleep 100'\necho after")
    pane.until(lambda: b"begun\r\n" in pane.journal, "the start")
    pane.interrupt()
    ended = pane.wait_end(exec_id)
    assert b"after\n" not in pane.output(ended)
    assert ended.code in (130, 1) if pane.kind is not ShellKind.FISH else ended.code is not None
    assert pane.run("echo fine") == (b"fine\n", 0)


def test_the_shell_that_exits_ends_the_record(pane: ShellPane) -> None:
    pane.prompt()
    exec_id = pane.send_exec("echo bye; exit 3")
    ended = pane.wait_end(exec_id)
    pane.until(lambda: pane.exited, "the exit")
    assert ended.code == 3
    assert pane.output(ended).startswith(b"bye\n")
    assert pane.tracker.state is PaneState.UNKNOWN


def test_the_shell_that_is_killed_ends_the_record(pane: ShellPane) -> None:
    pane.prompt()
    exec_id = pane.send_program("exec sleep 100")
    os.kill(pane.process.pid, signal.SIGKILL)
    ended = pane.wait_end(exec_id)
    assert ended.code == -9


@pytest.mark.parametrize(("text", "code"), [("kill -9 $$", -9), ("set -e; false", 1), ("echo a\nexit 5\necho b", 5)])
def test_every_way_a_shell_can_end(spawn: Spawn, text: str, code: int) -> None:
    for shell in POSIX:
        pane = spawn(shell).prompt()
        ended = pane.wait_end(pane.send_exec(text))
        assert ended.code == code, shell


@pytest.mark.parametrize(("shell", "off"), [("bash", "set +o emacs +o vi"), ("zsh", "unsetopt zle")])
def test_without_a_line_editor_a_shell_is_driven_as_sh_is(spawn: Spawn, shell: str, off: str) -> None:
    pane = spawn(shell)
    pane.run(off)
    pane.prompt()
    assert [event.editing for event in pane.events if isinstance(event, PromptReady)][-1] is False
    pane.kind = ShellKind.SH
    assert pane.run("echo 'a!b'\nprintf c; (exit 3)") == (b"a!b\nc", 3)
    assert pane.run("echo $?") == (b"3\n", 0)
    assert [started.exec_id for started, _ in pane.commands()] == ["e1", "e2", "e3"]
    _, ended = pane.typed("echo typed")
    assert pane.output(ended) == b"typed\n"


def test_a_prompt_for_input_reads_what_is_typed(pane: ShellPane) -> None:
    pane.prompt()
    read = "read -P '' v; echo got $v" if pane.kind is ShellKind.FISH else "printf name:; read v; echo got $v"
    exec_id = pane.send_exec(read)
    pane.until(lambda: pane.tracker.running is not None, "the start")
    pane.type("Ann\r")
    assert b"got Ann\n" in pane.output(pane.wait_end(exec_id))


def test_a_program_that_took_the_screen_is_told(pane: ShellPane) -> None:
    pane.prompt()
    full = pane.wait_end(pane.send_exec("printf '\\033[?1049h'; printf '\\033[?1049l'"))
    pane.prompt()
    plain = pane.wait_end(pane.send_exec("clear; printf '\\033[?25l\\033[?25h'"))
    assert (full.fullscreen, plain.fullscreen) == (True, False)


def test_stty_and_reset_do_not_hide_the_end(pane: ShellPane) -> None:
    assert pane.run("stty -echo")[1] == 0
    assert pane.run("echo x") == (b"x\n", 0)
    assert pane.run("stty sane; reset")[1] == 0
    assert pane.run("echo y") == (b"y\n", 0)


def test_a_program_on_the_terminal_gets_the_keys_not_the_shell(pane: ShellPane) -> None:
    pane.prompt()
    exec_id = pane.send_program("exec cat")
    pane.type("line\r\x04")
    assert pane.output(pane.wait_end(exec_id)) == b"begun\nline\nline\n"


def test_a_nested_shell_is_one_running_command(pane: ShellPane) -> None:
    pane.prompt()
    exec_id = pane.send_exec("export PS1 PS2 PS4; bash --norc" if pane.kind is not ShellKind.FISH else "bash --norc")
    pane.until(lambda: pane.tracker.running is not None, "the start")
    before = len(pane.events)
    pane.type("echo in''side\r")
    pane.until(lambda: b"inside\r\n" in pane.journal, "the nested output")
    pane.type("exit 6\r")
    ended = pane.wait_end(exec_id)
    assert ended.code == 6
    assert [e for e in pane.events[before:] if isinstance(e, CommandStarted | PromptReady)] in ([], pane.events[-1:])
    assert pane.nonce.encode() not in pane.output(ended)


def test_the_same_id_runs_once_though_its_key_is_sent_twice(pane: ShellPane) -> None:
    if pane.kind is ShellKind.SH:
        return  # typed as a line; a second line is a second command
    pane.run("set -g n 0" if pane.kind is ShellKind.FISH else "n=0")
    text = "set n (math $n + 1); echo $n" if pane.kind is ShellKind.FISH else "n=$((n + 1)); echo $n"
    pane.prompt()
    data = prepare_exec(pane.kind, pane.folder, "twice", text)
    pane.tracker.note_exec_sent("twice", text)
    pane.write(data + data)
    assert pane.output(pane.wait_end("twice")) == b"1\n"
    assert pane.run("echo $n") == (b"1\n", 0)


def test_rebuilt_from_the_journal_the_tracker_is_the_same(pane: ShellPane) -> None:
    pane.run("echo one")
    pane.typed("echo two")
    pane.run("sh -c 'exit 4'")
    pane.prompt()
    exec_id = pane.send_program("exec sleep 100")
    cuts = [0] + [pane.journal.find(b"\x1b]133;D", at) for at in (0, len(pane.journal) // 2)]
    for cut in cuts:
        scanner, tracker = MarkScanner(pane.nonce, cut), CommandTracker(pane.kind)
        tracker.feed(scanner.feed(bytes(pane.journal[cut:])))
        assert tracker.state is PaneState.RUNNING
        assert tracker.running is not None and pane.tracker.running is not None
        assert tracker.running.start == pane.tracker.running.start
        assert tracker.pending_exec == exec_id
    pane.interrupt()
    pane.wait_end(exec_id)
