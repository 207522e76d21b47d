"""`ai-session server`: start, stop, restart, status."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tests.leftovers import is_running


def test_start_status_stop(run_cli: Any) -> None:
    assert re.fullmatch(r"a server is running \(pid \d+\)\n", run_cli("server", "start").stdout)
    pid = run_cli.server_pid()
    assert run_cli.json("server", "start")["pid"] == pid
    status = run_cli.json("server", "status")
    assert status["running"] is True and status["home"] == str(run_cli.home)
    assert {"pid", "keeper_pid", "version", "sessions", "ledger"} <= set(status)
    told = run_cli("server", "status").stdout
    assert f"pid {pid}" in told and f"Home: {run_cli.home}" in told
    assert run_cli("server", "stop").stdout.startswith("the server has stopped")
    assert run_cli.json("server", "status")["running"] is False
    assert run_cli("server", "stop").stdout == "no server was running\n"


def test_twenty_calls_at_once_have_one_server(run_cli: Any) -> None:
    calls = [run_cli.popen("server", "start") for _ in range(20)]
    said = {call.communicate(timeout=60)[0] for call in calls}
    assert len(said) == 1 and all(call.returncode == 0 for call in calls)


def test_stop_ends_the_sessions_but_not_their_records(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    run_cli("exec", "dev", "echo kept")
    pid = run_cli.json("list")["sessions"][0]["panes"][0]["pid"]
    assert run_cli("server", "stop").returncode == 0
    assert not os.path.exists(f"/proc/{pid}")
    found = run_cli.json("list")["sessions"]  # starts the next server, because the home holds something
    assert [(session["name"], session["status"]) for session in found] == [("dev", "stopped")]
    assert run_cli("output", "dev#1").stdout == "kept\n"


def test_stop_after_a_crash_ends_the_programs(run_cli: Any, eventually: Callable[..., None]) -> None:
    run_cli("create", "--name", "dev")
    shell = run_cli.json("list")["sessions"][0]["panes"][0]["pid"]
    keeper = run_cli.json("server", "status")["keeper_pid"]
    os.kill(keeper, signal.SIGSTOP)  # so that it starts no server of its own
    run_cli.crash_server()
    threading.Timer(0.5, os.kill, (keeper, signal.SIGCONT)).start()
    ran = run_cli("server", "stop")
    assert ran.stdout == "the server has stopped, and with it: dev\n", ran
    eventually(lambda: not is_running(shell) and not is_running(keeper))


def test_stop_with_running_commands_needs_force(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    with run_cli.popen("exec", "dev", "echo on; sleep 1000") as ran:
        assert ran.stdout.readline() == b"on\n"
        refused = run_cli("server", "stop")
        assert refused.returncode == 4 and "sleep 1000" in refused.stderr and "--force" in refused.stderr
        assert run_cli("server", "stop", "--force").returncode == 0
        ran.stdout.read()
        ran.wait(60)


def test_a_person_is_asked(run_cli: Any, person: Any) -> None:
    run_cli("create", "--name", "dev")
    with run_cli.popen("exec", "dev", "echo on; sleep 1000") as ran:
        assert ran.stdout.readline() == b"on\n"
        me = person("server", "stop")
        me.await_text(r"sleep 1000 \(in dev\)(.|\n)*\[y/N\]")
        me.type("n\r")
        assert me.await_end() == 1
        assert run_cli.server_pid()
        me = person("server", "stop")
        me.await_text(r"\[y/N\]")
        me.type("y\r")
        assert me.await_end() == 0
        ran.stdout.read()
        ran.wait(60)


def test_restart_keeps_every_session_alive(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    run_cli("exec", "dev", "x=kept")
    before, shell = run_cli.server_pid(), run_cli.json("list")["sessions"][0]["panes"][0]["pid"]
    assert run_cli("server", "restart").returncode == 0
    assert run_cli.server_pid() != before
    assert run_cli.json("list")["sessions"][0]["panes"][0]["pid"] == shell
    assert run_cli("exec", "dev", "echo $x").stdout == "kept\n"
    assert "dev" in run_cli("server", "status").stdout.partition("What became")[2]


def test_settings_that_would_stop_the_next_server_leave_this_one_running(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    before = run_cli.server_pid()
    (run_cli.home / "config.toml").write_text("\n\nnonsense = 1\n")
    ran = run_cli("server", "restart")
    assert ran.returncode == 2
    assert "config.toml:3: unknown setting 'nonsense'" in ran.stderr
    assert run_cli.server_pid() == before


def test_a_server_that_cannot_start_says_which_setting_and_how_to_go_on(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    run_cli.crash_server()
    (run_cli.home / "config.toml").write_text("nonsense = 1\n")
    ran = run_cli("list")
    (run_cli.home / "config.toml").unlink()  # for the fixture's own last call
    said, hint = ran.stderr.splitlines()
    assert ran.returncode == 6
    assert said.endswith("config.toml:1: unknown setting 'nonsense'")
    assert hint.startswith("the settings are: ")
    assert "columns" in hint


def test_an_exec_outlives_a_restart(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    with run_cli.popen("exec", "dev", "for i in $(seq 40); do echo $i; sleep 0.05; done; (exit 6)") as ran:
        assert ran.stdout.readline() == b"1\n"
        assert run_cli("server", "restart").returncode == 0
        assert ran.stdout.read() == b"".join(b"%d\n" % number for number in range(2, 41))
        assert ran.wait(60) == 6


def test_keep_sessions_leaves_the_programs(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    pid = run_cli.json("list")["sessions"][0]["panes"][0]["pid"]
    assert "go on" in run_cli("server", "stop", "--keep-sessions").stdout
    assert os.path.exists(f"/proc/{pid}")
    assert run_cli.json("list")["sessions"][0]["panes"][0]["pid"] == pid


def test_a_crashed_server_is_replaced_by_the_next_call(run_cli: Any, eventually: Callable[..., None]) -> None:
    run_cli("create", "--name", "dev")
    run_cli.crash_server()
    assert run_cli("exec", "dev", "echo alive").stdout == "alive\n"


def test_a_home_with_a_very_long_path(run_cli: Any, tmp_path: Any) -> None:
    run_cli.home = tmp_path / ("a" * 120) / ("b" * 120)
    run_cli.environ["AI_SESSION_HOME"] = str(run_cli.home)
    run_cli("create", "--name", "dev")
    assert run_cli("exec", "dev", "echo far away").stdout == "far away\n"


OTHER_VERSION = """
import os, signal, sys
sys.path[:0] = {paths!r}
from fake_server import FakeServer
from ai_session_tui.locks import try_lock
from ai_session_tui.paths import Home
from ai_session_tui.protocol.greeting import greeting
home = Home({home!r})
home.prepare()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # so that no thread of the server's takes it
assert try_lock(home.server_lock) is not None
server = FakeServer(home)
server.greeting = {{**greeting("server", pid=os.getpid()), "protocol": 0, "version": "0.0.9"}}
print("ready", flush=True)
signal.sigwait([signal.SIGTERM])
os.unlink(home.server_socket)
os._exit(0)  # its threads go with it
"""


def test_a_server_of_another_version_is_named_and_can_be_restarted(run_cli: Any, pytestconfig: Any) -> None:
    paths = [str(pytestconfig.rootpath), str(pytestconfig.rootpath / "tests" / "client")]
    script = OTHER_VERSION.format(paths=paths, home=str(run_cli.home))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as other, ExitStack() as stack:
        stack.callback(other.kill)
        assert other.stdout is not None and other.stdout.readline() == b"ready\n"
        refused = run_cli("list")
        assert refused.returncode == 6 and "0.0.9" in refused.stderr and "server restart" in refused.stderr
        restarted = run_cli("server", "restart")
        assert restarted.returncode == 0, restarted
        assert other.wait(60) == 0
    assert run_cli("list").returncode == 0


def test_over_loopback_tcp(run_cli: Any) -> None:
    run_cli.environ["AI_SESSION_TCP"] = "1"
    run_cli("create", "--name", "dev")
    assert (run_cli.home / "run" / "server.tcp").stat().st_mode & 0o077 == 0
    assert not (run_cli.home / "run" / "server.sock").exists()
    assert run_cli("exec", "dev", "echo over tcp").stdout == "over tcp\n"


def test_completion_knows_the_sessions(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    run_cli("create", "--name", "deploy")
    words = " ".join(f"'{word}'" for word in run_cli.words())
    script = f"""
        ai-session() {{ {words} "$@"; }}
        eval "$(ai-session completion bash)"
        ask() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _ai_session; printf '%s ' "${{COMPREPLY[@]}}"; echo; }}
        ask ai-session cr
        ask ai-session exec de
        ask ai-session exec dev d
        ask ai-session kill dev de
        ask ai-session exec --ti
        ask ai-session server re
        ask ai-session list --status st
        ask ai-session create --template full
    """
    ran = subprocess.run(["bash", "-c", script], env=run_cli.environment(), capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [
        "create ",
        "dev deploy ",
        " ",
        "dev deploy ",
        "--timeout ",
        "restart ",
        "stopped ",
        "fullstack ",
    ], ran.stderr


def test_completion_in_fish_and_zsh(run_cli: Any) -> None:
    run_cli("create", "--name", "dev")
    words = " ".join(run_cli.words())
    folder = run_cli.user / "bin"
    folder.mkdir()
    (folder / "ai-session").write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    (folder / "ai-session").chmod(0o755)
    env = {"PATH": f"{folder}:{run_cli.environ['PATH']}"}
    fish = (
        "ai-session completion fish | source; complete -C 'ai-session exec d'; complete -C 'ai-session kill --a'; "
        "complete -C 'ai-session server re'; complete -C 'ai-session create --template full'"
    )
    ran = subprocess.run(
        ["fish", "--no-config", "-c", fish], env=run_cli.environment(env), capture_output=True, text=True, check=True
    )
    assert [line.split("\t")[0] for line in ran.stdout.splitlines()] == ["dev", "--all", "restart", "fullstack"], ran
    zsh = run_cli.user / "complete.zsh"
    zsh.write_text(ZSH)
    ran = subprocess.run(
        ["zsh", "-f", str(zsh)], env=run_cli.environment(env), capture_output=True, text=True, check=True
    )
    assert (
        "restart" in ran.stdout and "dev" in ran.stdout and "--timeout" in ran.stdout and "fullstack" in ran.stdout
    ), ran


# The functions that zsh's line editor would call with the choices print them instead.
ZSH = r"""
autoload -Uz compinit; compinit -D -u
eval "$(ai-session completion zsh)"
_arguments() { print -rl -- "$@" }
compadd() { print -rl -- "${names[@]}" }
CURRENT=3 words=(ai-session server re) _ai_session
CURRENT=3 words=(ai-session exec d) _ai_session
_ai_session_names
_ai_session_templates
"""
