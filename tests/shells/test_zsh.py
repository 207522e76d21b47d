"""zsh: the user's files, prompt, options and widgets survive the integration, and it survives them."""

from __future__ import annotations

import pytest

from ai_session_tui.shells import ExecRefused, PaneState, probe, undo_onlcr
from tests.shells.conftest import Spawn

OPTIONS = [
    "set -u",
    "set -x",
    "setopt ksharrays shwordsplit",
    "setopt noglob",
    "setopt extendedglob nullglob cshnullglob",
    "setopt promptsubst promptbang",
    "setopt correct correctall",
    "setopt histignorespace histignorealldups histverify",
    "unsetopt banghist",
    "unsetopt promptsp",
    "unsetopt promptcr",
    "setopt ignorebraces",
    "setopt noclobber",
    "setopt allexport",
    "setopt sourcetrace warncreateglobal",
    "setopt transientrprompt; RPROMPT='right'",
    "setopt interactivecomments",
    "emulate sh",
    "emulate ksh",
    "bindkey -v",
    "PS1=$'%~\\n%# '; PS2='more '",
    "PROMPT_EOL_MARK=''",
    "PROMPT_EOL_MARK='XX'",
    "IFS=0123456789abcdefn",
    "alias print=false builtin=false local=false -g one=two1",
    "printf() { false }; print() { false }; zle() { false }",
    "precmd() { echo -n before }; preexec() { echo -n '' }",
    "precmd_functions+=(true); preexec_functions+=(true)",
    "zle-line-init() { true }; zle -N zle-line-init",
    "unset zle_bracketed_paste",
    "HISTSIZE=0",
    "LC_ALL=C",
    "TRAPZERR() { true }; TRAPDEBUG() { true }",
]


@pytest.mark.parametrize("option", OPTIONS)
def test_exec_and_typing_stay_exact_under(spawn: Spawn, option: str) -> None:
    pane = spawn("zsh")
    pane.run(option)
    for _ in range(2):
        output, code = pane.run("echo 'a!b'; ! true")
        assert (no_trace(output), code) == (b"a!b\n", 1)
        output, code = pane.run("echo 1\nprintf 2") if "printf()" not in option else (b"1\n2", 0)
        if "promptsp" not in option and "precmd()" not in option:
            assert (no_trace(output), code) == (b"1\n2", 0)
    started, ended = pane.typed("echo typed")
    assert no_trace(pane.output(ended)).startswith(b"typed\n")
    assert pane.text_of(started) == "echo typed"
    pane.prompt()
    assert b"__ai_session" not in undo_onlcr(bytes(pane.journal)), "our hooks leave no trace"


def no_trace(output: bytes) -> bytes:
    lines = output.removesuffix(b"before").splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"+"))


def test_every_start_up_file_runs_from_where_the_user_has_it(spawn: Spawn) -> None:
    files = {f".z{name}": f"echo in-{name}\n" for name in ("shenv", "profile", "shrc", "login", "logout")}
    pane = spawn("zsh", rc=files, login=True)
    assert pane.run("echo ${ZDOTDIR-unset}; [[ -o login ]]") == (b"unset\n", 0)
    places = [pane.journal.find(f"in-{name}".encode()) for name in ("shenv", "profile", "shrc", "login")]
    assert places == sorted(places) and places[0] >= 0
    pane.prompt()
    pane.type("exit\r")
    pane.until(lambda: pane.exited, "the exit")
    assert b"in-logout" in pane.journal


def test_a_zdotdir_of_the_user_is_honoured(spawn: Spawn) -> None:
    rc = {".zshenv": 'ZDOTDIR="$HOME/dots"\n', "dots/.zshrc": "alias hi='echo hi'\n", ".zshrc": "exit 9\n"}
    pane = spawn("zsh", rc=rc)
    assert pane.run('hi; echo "${ZDOTDIR##*/}"') == (b"hi\ndots\n", 0)


def test_a_zdotdir_of_the_environment_is_honoured(spawn: Spawn, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "z dots").mkdir()
    (tmp_path / "z dots" / ".zshrc").write_text("V=yes\n")
    pane = spawn("zsh", env={"ZDOTDIR": str(tmp_path / "z dots")})
    assert pane.run('echo $V "${ZDOTDIR##*/}"; sh -c "echo \\$ZDOTDIR"')[0].startswith(b"yes z dots\n/")


def test_themes_and_plugins_that_rewrite_prompt_and_widgets(spawn: Spawn) -> None:
    rc = """
setopt promptsubst
theme() { PROMPT="[$?] %~ > "; RPROMPT='$(date +%N)'; precmd_functions=(theme) }
precmd_functions=(theme)
zle-line-init() { zle reset-prompt }
zle -N zle-line-init
accept-line-wrapped() { zle .accept-line }
zle -N accept-line accept-line-wrapped
"""
    pane = spawn("zsh", rc={".zshrc": rc})
    pane.until(lambda: pane.tracker.state is PaneState.PROMPT or b"] ~ > " in pane.journal, "a prompt")
    if pane.tracker.state is not PaneState.PROMPT:
        pane.write(probe(pane.kind))
    for code in (0, 3, 4):
        assert pane.run(f"(exit {code})") == (b"", code)


def test_the_status_is_kept_for_the_prompt_and_the_next_command(spawn: Spawn) -> None:
    pane = spawn("zsh", rc={".zshrc": "PS1='st=%? '\n"})
    pane.typed("(exit 7)")
    pane.prompt()
    assert b"st=7 " in pane.journal[-200:]
    assert pane.run("echo $?") == (b"7\n", 0)


def test_history_expands_what_is_typed_only(spawn: Spawn) -> None:
    pane = spawn("zsh")
    assert pane.run("echo 'x' !y") == (b"x !y\n", 0)
    _, ended = pane.typed("echo again !!:1")
    assert b"again x\n" in pane.output(ended)
    assert pane.run('echo "$histchars"') == (b"!^#\n", 0)


def test_exec_in_vi_command_mode(spawn: Spawn) -> None:
    pane = spawn("zsh", rc={".zshrc": "bindkey -v\n"}).prompt()
    pane.type("\x1b")
    assert pane.run("echo x") == (b"x\n", 0)


def test_an_editor_that_is_not_the_prompt_refuses(spawn: Spawn) -> None:
    pane = spawn("zsh").prompt()
    pane.type("v=; vared v\r")
    pane.until(lambda: pane.tracker.state is PaneState.RUNNING, "the start")
    pane.until(lambda: pane.journal.count(b"\x1b[?2004h") == 2, "the editor of vared")
    exec_id = pane.send_exec("echo never")
    pane.until(lambda: bool(pane.refusals(exec_id)), "a refusal")
    assert pane.refusals(exec_id) == [ExecRefused(exec_id, "running")]
    pane.type("\r")
    assert pane.run("echo x") == (b"x\n", 0)


def test_hooks_that_were_wiped_out_come_back(spawn: Spawn) -> None:
    pane = spawn("zsh").prompt()
    before = len(pane.journal)
    pane.type("precmd_functions=() preexec_functions=(); zle -D zle-line-init; PS1='bare> '\r")
    pane.until(lambda: b"bare> \x1b[K" in pane.journal[before:], "the bare prompt")
    pane.write(probe(pane.kind))
    pane.until(lambda: pane.tracker.state is PaneState.PROMPT, "a prompt")
    assert pane.run("echo x; (exit 3)") == (b"x\n", 3)
