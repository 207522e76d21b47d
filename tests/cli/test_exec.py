"""`exec` as a user runs it: a real server, a real shell, pipes and signals."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def dev(run_cli: Any) -> Any:
    created = run_cli("create", "--name", "dev")
    assert created.returncode == 0, created
    return run_cli


def test_stdout_is_the_output_alone_and_the_status_the_commands(dev: Any) -> None:
    ran = dev("exec", "dev", "echo out; echo err >&2; (exit 3)")
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "out\nerr\n", "")


def test_it_runs_in_the_sessions_own_shell(dev: Any, tmp_path: Any) -> None:
    assert dev("exec", "dev", f"cd {tmp_path}; export THIS=kept; f() {{ echo f-$1; }}").returncode == 0
    assert dev("exec", "dev", "pwd; echo $THIS; f x").stdout == f"{tmp_path}\nkept\nf-x\n"


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["echo", "a", "b"], "a b\n"),
        (["echo 'a  b' \"$((1+1))\""], "a  b 2\n"),
        (["printf", "%s", "no-newline"], "no-newline"),
        (["--", "printf", "%s", "--json"], "--json"),
        (["true"], ""),
        (["cat <<'E'\nüñí €\nE"], "üñí €\n"),
        (["seq 3 | tac"], "3\n2\n1\n"),
    ],
)
def test_words_quotes_and_lines(dev: Any, words: list[str], out: str) -> None:
    ran = dev("exec", "dev", *words)
    assert (ran.returncode, ran.stdout) == (0, out), ran


def test_the_command_can_come_from_stdin(dev: Any) -> None:
    assert dev("exec", "dev", "-", input="for i in 1 2; do\n  echo $i\ndone\n").stdout == "1\n2\n"


def test_a_command_that_is_no_text_is_refused_not_changed(dev: Any) -> None:
    ran = dev("exec", "dev", os.fsdecode(b"echo \xff"))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "byte 6 is 0xff" in ran.stderr


def test_capture_tells_by_how_much_the_context_has_grown(run_cli: Any) -> None:
    assert run_cli("create", "--name", "dev", "--ai-context").returncode == 0
    totals = []
    for words in ("echo hello", "seq 1 400"):
        ran = run_cli("exec", "dev", words, "--capture")
        found = re.search(
            r"   Output captured for AI context\n   Tokens used: \+([\d,]+) \(([\d,]+) total\)\n$", ran.stdout
        )
        assert found, ran.stdout
        totals.append((int(found[1].replace(",", "")), int(found[2].replace(",", ""))))
    (first, total), (second, after) = totals
    assert 0 < first == total
    assert after - total == second < 400  # the context holds the digest, not the output
    assert run_cli.json("context", "dev")["tokens"] == after


def test_capture_prints_the_layout(dev: Any) -> None:
    ran = dev("exec", "dev", "echo hello", "--capture")
    assert ran.stdout == (
        "Running 'echo hello' in session 'dev'...\n\nhello\n\n"
        "✅ Command completed successfully\n   Output recorded as dev#1; the session has no AI context\n"
        "   Tokens of the output: 2\n"
    )
    ran = dev("exec", "dev", "printf x; (exit 4)", "--capture")
    assert ran.returncode == 4
    assert "\n\nx\n\n❌ Command failed with exit code 4\n" in ran.stdout
    ran = dev("exec", "dev", "true", "--capture")
    assert "...\n\n✅" in ran.stdout


def test_json_has_record_and_output(dev: Any) -> None:
    found = dev.json("exec", "dev", "echo hi")
    assert found["output"] == "hi\n" and found["exit_code"] == 0 and found["command"] == "echo hi"
    assert found["session"] == "dev" and found["pane"] == 1 and found["cwd"] == str(dev.user)
    assert found["duration_s"] >= 0 and found["id"] >= 1 and "output_base64" not in found


def test_json_keeps_bytes_that_are_no_text(dev: Any) -> None:
    found = dev.json("exec", "dev", r"printf 'a\377b'")
    assert found["output"] == "a\ufffdb" and base64.b64decode(found["output_base64"]) == b"a\xffb"


def test_binary_output_passes_unchanged(dev: Any) -> None:
    ran = dev("exec", "dev", r"printf '\1\2\377\33[31m'")
    assert ran.stdout.encode("utf-8", "surrogateescape") == b"\1\2\xff\x1b[31m"


def test_a_timeout_interrupts_and_is_status_124(dev: Any) -> None:
    ran = dev("exec", "dev", "sleep 100", "--timeout", "0.3")
    assert ran.returncode == 124 and ran.stderr
    assert dev("exec", "dev", "echo free").stdout == "free\n"


def test_output_comes_live(dev: Any) -> None:
    with dev.popen("exec", "dev", "echo first; read -r line; echo got $line") as ran:
        assert ran.stdout.readline() == b"first\n"
        assert dev("send", "dev", "typed", "--enter").returncode == 0
        rest = ran.stdout.read()
        assert rest.endswith(b"got typed\n")
        assert ran.wait(60) == 0


def test_ctrl_c_interrupts_the_remote_command(dev: Any) -> None:
    with dev.popen("exec", "dev", "trap 'echo interrupted' INT; echo ready; sleep 100; trap - INT") as ran:
        assert ran.stdout.readline() == b"ready\n"
        ran.send_signal(signal.SIGINT)
        ran.stdout.read()
        assert ran.wait(60) == 130
        assert ran.stderr.read() == b""
    assert dev("exec", "dev", "echo free").stdout == "free\n"


def test_a_reader_that_goes_away_ends_the_command(dev: Any) -> None:
    with dev.popen("exec", "dev", "yes") as ran:
        assert ran.stdout.read(4) == b"y\ny\n"
        ran.stdout.close()
        assert ran.wait(30) != 0
        assert b"Traceback" not in ran.stderr.read()
    assert dev("exec", "dev", "echo free").stdout == "free\n"


def test_no_wait_says_what_runs(dev: Any, eventually: Callable[..., None]) -> None:
    with dev.popen("exec", "dev", "echo on; sleep 100") as ran:
        assert ran.stdout.readline() == b"on\n"
        busy = dev("exec", "dev", "true", "--no-wait")
        assert busy.returncode == 5 and "sleep 100" in busy.stderr
        ran.send_signal(signal.SIGINT)
        ran.stdout.read()
        ran.wait(60)


def test_two_at_once_run_one_after_the_other(dev: Any) -> None:
    go = dev.user / "go"
    with dev.popen("exec", "dev", f"echo 1; until [ -e '{go}' ]; do sleep 0.05; done; echo 2") as first:
        assert first.stdout.readline() == b"1\n"
        with dev.popen("exec", "dev", "echo 3") as second:
            assert b"waiting: 'dev' runs" in second.stderr.readline()
            go.touch()
            assert first.stdout.read() == b"2\n"
            assert second.stdout.read() == b"3\n"


def test_a_pipe_gets_every_byte(dev: Any) -> None:
    words = dev.words("exec", "dev", "seq 200000")
    ran = subprocess.run(
        ["sh", "-c", '"$@" | cksum', "sh", *words], env=dev.environment(), capture_output=True, text=True, check=True
    )
    expected = subprocess.run("seq 200000 | cksum", shell=True, capture_output=True, text=True, check=True)
    assert ran.stdout == expected.stdout


def test_a_crash_of_the_server_costs_no_byte(dev: Any) -> None:
    command = "for i in $(seq 1 60); do echo line-$i; sleep 0.03; done; (exit 9)"
    with dev.popen("exec", "dev", command) as ran:
        assert ran.stdout.readline() == b"line-1\n"
        dev.crash_server()
        rest = ran.stdout.read()
        assert rest == b"".join(b"line-%d\n" % number for number in range(2, 61)), ran.stderr.read()
        assert ran.wait(30) == 9


def test_a_session_that_does_not_exist(dev: Any) -> None:
    ran = dev("exec", "nope", "true")
    assert ran.returncode == 3 and "nope" in ran.stderr and ran.stdout == ""


def test_inside_a_session_its_own_pane_is_refused(dev: Any) -> None:
    inner = " ".join(f"'{word}'" for word in dev.words("exec", ".", "true"))
    ran = dev("exec", "dev", f"env AI_SESSION_HOME={dev.home} {inner}")
    assert ran.returncode == 4 and "this is that pane" in ran.stdout, ran


def test_background_jobs_are_not_interrupted_by_our_ctrl_c(dev: Any) -> None:
    """A shell starts a job in the background with SIGINT ignored, and so it stays."""
    with dev.popen("exec", "dev", "echo on; sleep 0.4; echo off", preexec_fn=_ignore_interrupts) as ran:
        assert ran.stdout.readline() == b"on\n"
        ran.send_signal(signal.SIGINT)
        assert ran.stdout.read() == b"off\n"
        assert ran.wait(60) == 0


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setpgid(0, 0)
