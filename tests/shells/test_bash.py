"""bash: the user's prompt, options, traps and history survive the integration, and it survives them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ai_session_tui.shells import ExecRefused, PaneState, PromptReady, plan, plan_command, probe, undo_onlcr
from tests.shells.conftest import Spawn
from tests.shells.pane import ShellPane

OPTIONS = [
    "set -u",
    "set -x",
    "set -e",
    "set -o posix",
    "set -o vi",
    "set -f",
    "set -C",
    "set -a",
    "set -T",
    "set +o history",
    "set +H",
    "set -H",
    "shopt -s extglob nullglob",
    "shopt -s failglob",
    "shopt -s nocasematch",
    "IFS=0123456789abcdefn",
    "alias printf=false local=false read=false builtin=false set=false",
    "printf() { false; }; read() { false; }; bind() { false; }; history() { false; }",
    "readonly PROMPT_DIRTRIM=2 LANG",
    "PROMPT_COMMAND='echo before'",
    "PROMPT_COMMAND=(true 'echo again')",
    "unset PROMPT_COMMAND",
    "PS1='new> '",
    "PS1='$(date) \\w\\n> '; PS2='more '; PS0='starting '",
    "trap 'true' DEBUG; trap 'true' ERR; trap 'true' EXIT",
    "HISTCONTROL=ignoreboth; HISTIGNORE='echo*'; HISTTIMEFORMAT='%F %T '",
    "unset HISTFILE; HISTSIZE=2",
    "TERM=dumb",
    "LC_ALL=C",
    "POSIXLY_CORRECT=1",
    "bind 'set enable-bracketed-paste off'",
]


@pytest.mark.parametrize("option", OPTIONS)
def test_exec_and_typing_stay_exact_under(spawn: Spawn, option: str) -> None:
    pane = spawn("bash")
    pane.run(option)
    if option.startswith(("PROMPT_COMMAND=(", "unset PROMPT")):
        pane.run("true")  # one command's end is said late, by the prompt; the next exec brings the hooks back
    for _ in range(2):
        output, code = pane.run("echo 'a!b'; ! true")
        assert (undo_trace(output), code) == (b"a!b\n", 1)
        output, code = pane.run("echo one\necho two")
        assert (undo_trace(output), code) == (b"one\ntwo\n", 0)
    started, ended = pane.typed("echo typed")
    assert undo_trace(pane.output(ended)) == b"typed\n"
    assert pane.text_of(started).endswith("echo typed")
    pane.prompt()
    assert b"__ai_session" not in undo_onlcr(bytes(pane.journal)), "our hooks leave no trace"


def undo_trace(output: bytes) -> bytes:
    """Drop what `set -x` says about the command itself."""
    output = output.replace(b"+ eval -- 'echo one\necho two'\n", b"")
    return b"".join(line for line in output.splitlines(keepends=True) if not line.startswith(b"+"))


def test_rc_files_run_as_ever_and_the_hooks_of_the_user_work(spawn: Spawn) -> None:
    rc = "PS1='mine> '; PROMPT_COMMAND='printf [pc:$?]'; FROM_RC=yes\n"
    rc += "trap 'echo leaving' EXIT\nalias hi='echo hi there'\n"
    pane = spawn("bash", rc={".bashrc": rc + "case $- in *i*) ;; *) exit 9 ;; esac\nreturn 0\n"})
    assert pane.run("hi $FROM_RC") == (b"hi there yes\n", 0)
    pane.run("(exit 3)")
    pane.prompt()
    assert b"[pc:3]" in pane.journal
    assert b"mine> " in pane.journal
    assert pane.run("shopt -q login_shell") == (b"", 1)
    assert pane.run("trap -p EXIT")[0] == b"trap -- 'echo leaving' EXIT\n"


def test_a_login_shell_reads_its_files_and_is_one(spawn: Spawn) -> None:
    files = {
        ".bash_profile": "P=profile\n",
        ".profile": "P=wrong\n",
        ".bashrc": "R=rc\n",
        ".bash_logout": "echo logout\n",
    }
    pane = spawn("bash", rc=files, login=True, env={"ENV": "/nonexistent"})
    assert pane.run('echo "$P-${R-}-$ENV"; shopt -qo posix; echo $?; shopt -q login_shell') == (
        b"profile--/nonexistent\n1\n",
        0,
    )
    assert pane.run("echo $HISTFILE")[0].endswith(b"/.bash_history\n")
    pane.prompt()
    pane.type("logout\r")
    pane.until(lambda: pane.exited, "the exit")
    assert b"logout\r\n" in pane.journal[-40:]


def test_norc_is_honoured(spawn: Spawn) -> None:
    pane = spawn(
        "bash",
        rc={".bashrc": "R=rc\n"},
        plan=lambda shell, folder, nonce, env: plan_command([shell, "--norc"], env, folder, nonce),
    )
    assert pane.run("echo ${R-none}") == (b"none\n", 0)


def test_themes_that_rewrite_the_prompt_each_time(spawn: Spawn) -> None:
    rc = "theme() { PS1=\"[$?] $(date +%N) > \"; }; PROMPT_COMMAND='theme'\n"
    pane = spawn("bash", rc={".bashrc": rc})
    for code in (0, 3, 4):
        assert pane.run(f"(exit {code})") == (b"", code)
        pane.prompt()
        assert b"[%d] " % code in pane.journal[-200:]
    assert pane.run('PS1="(venv) $PS1"')[1] == 0
    assert pane.run("echo x") == (b"x\n", 0)


def test_the_status_is_kept_for_the_prompt_and_the_next_command(spawn: Spawn) -> None:
    pane = spawn("bash", rc={".bashrc": "PS1='st=$? '\n"})
    pane.typed("(exit 7)")
    pane.prompt()
    assert b"st=7 " in pane.journal[-200:]
    assert pane.run("echo $? ${PIPESTATUS[0]}")[0].startswith(b"7 ")
    pane.typed("true last-argument")
    assert pane.run("echo $_") == (b"last-argument\n", 0)


def test_history_has_what_was_run_and_expands_what_is_typed(spawn: Spawn) -> None:
    pane = spawn("bash")
    pane.run("echo 'bang!x'")
    pane.run("echo one\necho two")
    _, ended = pane.typed("echo !!:0 again")
    assert pane.output(ended).endswith(b"again\n")
    output, _ = pane.run("history")
    assert b"echo 'bang!x'" in output
    assert b"echo one\necho two" in output


@pytest.mark.parametrize("control", ["ignorespace", "ignoredups", "ignoreboth", "erasedups"])
def test_typed_text_is_right_whatever_the_history_keeps(spawn: Spawn, control: str) -> None:
    pane = spawn("bash", rc={".bashrc": f"HISTCONTROL={control}; HISTIGNORE='*secret*'\n"})
    for line in ["echo a", "echo a", " echo b", "echo secret", "echo a", "echo c", "echo c"]:
        started, ended = pane.typed(line)
        assert pane.text_of(started).strip() == line.strip()
        assert pane.output(ended) == line.split()[1].encode() + b"\n"


def test_exec_in_vi_command_mode(spawn: Spawn) -> None:
    pane = spawn("bash", rc={".bashrc": "set -o vi\n"})
    pane.prompt()
    pane.type("\x1b")
    assert pane.run("echo x") == (b"x\n", 0)


def test_without_a_line_editor_the_prompt_says_so(spawn: Spawn) -> None:
    pane = spawn("bash", rc={".bashrc": "set +o emacs +o vi\n"}).prompt()
    assert [event.editing for event in pane.events if isinstance(event, PromptReady)] == [False]


def test_a_shell_that_is_still_busy_refuses(spawn: Spawn) -> None:
    pane = spawn("bash").prompt()
    pane.type("read -e line\r")
    pane.until(lambda: pane.tracker.state is PaneState.RUNNING, "the start")
    pane.until(lambda: pane.journal.count(b"\x1b[?2004h") == 2, "the editor of read -e")
    exec_id = pane.send_exec("echo never")
    pane.until(lambda: bool(pane.refusals(exec_id)), "a refusal")
    assert pane.refusals(exec_id) == [ExecRefused(exec_id, "running")]
    pane.type("\r")
    assert pane.run("echo x") == (b"x\n", 0)


def test_a_continuation_refuses(spawn: Spawn) -> None:
    pane = spawn("bash").prompt()
    pane.type("if true; then\r")
    pane.until(lambda: pane.tracker.state is PaneState.CONTINUATION, "PS2")
    exec_id = pane.send_exec("echo never")
    pane.until(lambda: bool(pane.refusals(exec_id)), "a refusal")
    assert pane.refusals(exec_id) == [ExecRefused(exec_id, "continuation")]
    pane.type("echo kept; fi\r")
    pane.until(lambda: b"kept\r\n" in pane.journal[-400:], "the output")
    assert pane.run("echo x") == (b"x\n", 0)


def test_hooks_that_were_wiped_out_come_back(spawn: Spawn) -> None:
    pane = spawn("bash").prompt()
    pane.type("unset PROMPT_COMMAND; PS1='bare> '\r")
    pane.until(lambda: pane.journal.endswith(b"bare> "), "the bare prompt")
    assert pane.tracker.state is PaneState.RUNNING
    pane.write(probe(pane.kind))
    pane.prompt()
    assert pane.commands()[-1][1] is not None and pane.commands()[-1][1].code is None  # type: ignore[union-attr]
    assert pane.run("echo x; (exit 3)") == (b"x\n", 3)
    assert pane.run("echo y") == (b"y\n", 0)


def test_losing_the_prompt_command_alone_costs_nothing(spawn: Spawn) -> None:
    pane = spawn("bash").prompt()
    for line, code in [("unset PROMPT_COMMAND", 0), ("(exit 3)", 3), ("true", 0)]:
        _, ended = pane.typed(line)
        assert ended.code == code


def test_an_exported_prompt_is_harmless_in_a_nested_shell(spawn: Spawn) -> None:
    pane: ShellPane = spawn("bash", rc={".bashrc": "export PS1 PS2 PS0\n"})
    pane.prompt()
    exec_id = pane.send_exec("bash --norc -u")
    pane.until(lambda: pane.tracker.running is not None, "the start")
    pane.type("echo !x\rhistory | wc -l\rif true\rthen echo in''ner; fi\rexit 4\r")
    ended = pane.wait_end(exec_id)
    output = pane.output(ended)
    assert ended.code == 4
    assert b"inner\n" in output and b"event not found" in output
    assert b"unbound" not in output and pane.nonce.encode() not in output


@pytest.mark.parametrize("prompt_command", ["printf [pc:$?]", "printf [pc:$?];", "printf [pc:$?] # comment", ""])
def test_the_hooks_of_an_older_bash_that_knows_no_array(
    spawn: Spawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt_command: str
) -> None:
    scripts = tmp_path / "scripts"
    shutil.copytree(plan._SCRIPTS, scripts)
    text = (scripts / "bash.bash").read_text()
    assert ">= 501" in text
    (scripts / "bash.bash").write_text(text.replace(">= 501", ">= 9999"))
    monkeypatch.setattr(plan, "_SCRIPTS", str(scripts))
    pane = spawn("bash", rc={".bashrc": f"PROMPT_COMMAND='{prompt_command}'\n"})
    for code in (0, 3, 4):
        assert pane.run(f"echo x; (exit {code})") == (b"x\n", code)
        pane.prompt()
        assert not prompt_command or b"[pc:%d]" % code in pane.journal
    assert pane.run("set -e; ! true") == (b"", 1)
    assert pane.run("PROMPT_COMMAND='echo other'")[1] == 0
    for _ in range(2):
        assert pane.run("echo one\necho two")[0].startswith(b"one\ntwo\n")
    assert pane.run("echo y") == (b"y\n", 0)
