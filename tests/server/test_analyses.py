"""Every command that ends is analysed, whatever becomes of the process that does it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ai_session_tui.errors import ConflictError, NotFoundError
from tests.server.server_kit import (
    RunningServer,
    await_event,
    error_of,
    is_running,
    kill_hard,
    running_server,
    until,
)

# A rule of the user's that backtracks without end over one line, so that an analysis takes for ever.
ENDLESS = """
[[tool]]
name = "endless"
programs = ["endless"]
signs = ["ENDLESS"]
[[tool.rule]]
role = "error"
match = '(a+)+$'
"""
STUCK = "echo ENDLESS; printf 'a%.0s' {1..60}; echo b"


def analysed(server: RunningServer, target: str) -> Any:
    """Return the analysis of a command once it is there."""
    return until(lambda: server.call("command.get", target=target)["analysis"], f"the analysis of {target}")


def analysts(server: RunningServer) -> list[int]:
    pids: list[int] = server.call("server.status")["analysts"]
    return pids


@contextmanager
def server_with_endless_rule(folder: Path, seconds: int) -> Iterator[RunningServer]:
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "parsers.toml").write_text(ENDLESS)
    (home / "config.toml").write_text(f"analysis_seconds = {seconds}\n")
    with running_server(home) as running:
        yield running


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[RunningServer]:
    """A server with a rule that never ends, and a short time for an analysis."""
    with server_with_endless_rule(tmp_path, 2) as running:
        yield running


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[RunningServer]:
    """The same with a long time."""
    with server_with_endless_rule(tmp_path, 600) as running:
        yield running


def test_a_typed_command_is_analysed_and_told(server: RunningServer) -> None:
    server.create("dev")
    server.await_prompt("dev")
    events = server.connect().open("events")
    server.call("pane.send", target="dev", text="seq 1 900; false", enter=True)
    told = await_event(events, "command_analysed")
    assert told["command"] == "seq 1 900; false"
    figures = told["analysis"]
    assert (figures["verdict"], figures["lines"], figures["is_estimate"]) == ("failure", 900, False)
    assert figures["plain_tokens"] == figures["raw_tokens"] > figures["digest_tokens"] > 0
    session = await_event(events, "session")
    assert (session["raw_tokens"], session["delivered_tokens"]) == (figures["raw_tokens"], 0)


def test_a_report_is_understood(server: RunningServer) -> None:
    server.create("dev")
    report = "F.\\n=== FAILURES ===\\n___ test_b ___\\nE   assert 1 == 2\\n\\na.py:3: AssertionError\\n"
    report += (
        "=== short test summary info ===\\nFAILED a.py::test_b - assert 1 == 2\\n=== 1 failed, 1 passed in 0.10s ===\\n"
    )
    server.exec("dev", f"printf '{report}'; (exit 1)")
    told = server.call("command.digest", target="dev#1")
    assert told["verdict"] == "failure"
    assert told["failures"] == 1
    assert told["parsed"][0]["tool"] == "pytest"
    assert told["parsed"][0]["counts"] == {"passed": 1, "failed": 1}
    assert "a.py::test_b" in told["text"]
    assert told["headline"] == "pytest: 1 passed, 1 failed"


def test_raw_tokens_hold_what_a_terminal_swallows(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", r"for i in $(seq 1 200); do printf '\r%d of 200' $i; done; echo")
    figures = analysed(server, "dev#1")
    assert figures["lines"] == 1
    assert figures["raw_tokens"] > 20 * figures["plain_tokens"]


def test_a_run_is_compared_with_the_last_one_that_was_read(server: RunningServer) -> None:
    server.create("dev")
    same = "the same output as in the last run"

    def run_and_read() -> str:
        record = server.exec("dev", "seq 1 400", stream="none").record
        analysed(server, f"dev#{record['id']}")
        return str(server.call("command.digest", target=f"dev#{record['id']}")["text"])

    server.exec("dev", "seq 1 400", stream="none")
    analysed(server, "dev#1")
    assert same not in run_and_read()  # nobody has read the first one
    assert same in run_and_read()
    server.exec("dev", "cd /")
    assert same not in run_and_read()  # another folder, another matter


def test_a_budget_is_kept(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", 'for i in $(seq 1 300); do echo "error $i: cannot open file number $i"; done; (exit 3)')
    whole = server.call("command.digest", target="dev#1")
    small = server.call("command.digest", target="dev#1", budget=60)
    assert small["digest_tokens"] <= 100 < whole["plain_tokens"]
    assert "exit code 3" in small["text"]


def test_what_cannot_be_told_is_an_error(server: RunningServer) -> None:
    server.create("dev")
    running = server.begin("dev", "echo up; sleep 60")
    await_event(running, "started")
    assert isinstance(error_of(lambda: server.call("command.digest", target="dev#1")), ConflictError)
    assert isinstance(error_of(lambda: server.call("command.digest", target="dev#9")), NotFoundError)


def test_nothing_runs_before_there_is_work_and_nothing_stays_after_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text("analyst_idle_seconds = 1\n")
    with running_server(home) as server:
        server.create("dev")
        server.await_prompt("dev")
        assert analysts(server) == []
        server.exec("dev", "echo hello")
        analysed(server, "dev#1")
        (pid,) = analysts(server)
        until(lambda: not is_running(pid), "the end of an idle analyst")
        assert analysts(server) == []
        server.exec("dev", "echo again")
        assert analysed(server, "dev#2")["lines"] == 1


def test_an_analyst_that_dies_once_costs_nothing(patient: RunningServer) -> None:
    server = patient
    pid = server.pid
    server.create("dev")
    server.exec("dev", STUCK)
    (worker,) = until(lambda: analysts(server), "an analyst at work")
    (Path(server.home.folder) / "parsers.toml").unlink()  # the next attempt is in order
    kill_hard(worker)
    assert analysed(server, "dev#1")["lines"] == 2
    assert server.pid == pid
    assert "tried once more" in server.log()


def test_an_analysis_that_kills_twice_is_called_impossible_and_others_go_on(patient: RunningServer) -> None:
    server = patient
    pid = server.pid
    server.create("dev")
    server.exec("dev", STUCK)
    killed = kill_hard(until(lambda: analysts(server), "an analyst at work")[0])
    kill_hard(until(lambda: [pid for pid in analysts(server) if pid != killed], "another one")[0])
    until(lambda: "dev#1 cannot be analysed" in server.log(), "the log's word")
    server.exec("dev", "echo fine")
    assert analysed(server, "dev#2")["verdict"] == "success"
    assert server.call("command.get", target="dev#1")["analysis"] is None
    assert server.pid == pid


def test_an_output_that_kills_its_reader_is_still_shown_by_its_ends(impatient: RunningServer) -> None:
    server = impatient
    server.create("dev", ai_context=True)
    secret = "ghp_" + "a1B2" * 9
    server.exec(
        "dev",
        f"echo token {secret}; {STUCK}; seq 1 40000; printf '\\033[31mlast\\033[0m words\\n'; (exit 3)",
    )
    digest = server.call("command.digest", target="dev#1")
    first, *lines = digest["text"].splitlines()
    assert first.startswith("[exit code 3 · it cannot be analysed: it took longer than ")
    assert "bytes left out: ai-session output dev#1]" in first
    assert lines[1] == "ENDLESS" and lines[-1] == "last words"
    assert secret not in digest["text"]
    assert any(line.startswith("[…") and line.endswith(" bytes]") for line in lines)
    assert (digest["verdict"], digest["exit_code"], digest["parsed"]) == ("failure", 3, [])
    assert digest["reference"] == "ai-session output dev#1"
    assert digest["lines"] == 40_004
    assert digest["is_estimate"] and digest["raw_tokens"] > 50_000 > digest["digest_tokens"] > 100

    def last_told() -> str:
        return str(server.call("context.get", target="dev")["messages"][-1]["text"])

    told = until(lambda: (text := last_told()).startswith("Output: ") and text, "the output in the conversation")
    assert told.startswith("Output: [exit code 3 · it cannot be analysed") and told.endswith("last words")
    small = server.call("command.digest", target="dev#1", budget=50, redact=False)
    assert len(small["text"]) < 500 and "last words" in small["text"]


def test_an_endless_analysis_is_ended_and_may_be_asked_for_again(impatient: RunningServer) -> None:
    server = impatient
    server.create("dev")
    server.exec("dev", STUCK)
    digest = server.call("command.digest", target="dev#1")
    assert "it cannot be analysed: it took longer than 2 seconds" in digest["text"]
    os.unlink(os.path.join(server.home.folder, "parsers.toml"))
    # Two seconds may be too short for any analysis where everything is slow.
    until(lambda: server.call("command.digest", target="dev#1")["lines"] == 2, "an analysis that ends")


def test_questions_are_answered_while_a_long_analysis_runs(patient: RunningServer) -> None:
    server = patient
    server.create("dev")
    server.exec("dev", STUCK)
    (stuck,) = until(lambda: analysts(server), "an analyst at work")
    server.exec("dev", "echo fine")
    assert server.call("command.digest", target="dev#2")["lines"] == 1
    assert is_running(stuck)


def test_what_a_killed_server_left_is_analysed_by_the_next(patient: RunningServer) -> None:
    server = patient
    server.create("dev")
    server.exec("dev", STUCK)
    until(lambda: analysts(server), "an analyst at work")
    os.unlink(os.path.join(server.home.folder, "parsers.toml"))
    server.kill_server()
    assert analysed(server, "dev#1")["lines"] == 2


def test_the_analysts_end_with_their_server(impatient: RunningServer) -> None:
    server = impatient
    server.create("dev")
    server.exec("dev", STUCK)
    stuck = until(lambda: analysts(server), "an analyst at work")
    server.kill_server()
    until(lambda: not any(map(is_running, stuck)), "the end of an analyst whose server was killed")


def test_an_exec_that_was_streamed_counts_as_read(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", "seq 1 500")
    figures = analysed(server, "dev#1")
    assert figures["delivered_tokens"] == figures["raw_tokens"]
    told = server.call("command.digest", target="dev#1")
    assert told["delivered_tokens"] == figures["raw_tokens"] + told["digest_tokens"]
    server.exec("dev", "seq 1 500", stream="none")
    assert analysed(server, "dev#2")["delivered_tokens"] == 0


def test_what_a_lost_command_had_printed_is_analysed(server: RunningServer) -> None:
    server.create("dev")
    running = server.begin("dev", "seq 1 700; sleep 600")
    await_event(running, "started")
    server.await_screen("dev", "699\n700")
    server.kill_both()
    server.start()
    until(lambda: server.call("command.get", target="dev#1")["state"] == "lost", "the loss")
    figures = analysed(server, "dev#1")
    assert (figures["verdict"], figures["lines"]) == ("unknown", 700)
    assert "exit code unknown" in server.call("command.digest", target="dev#1")["text"]
