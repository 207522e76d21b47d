"""Commands through the server, in real shells: what comes back is what the program wrote and how it ended."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_session_tui import limits
from ai_session_tui.errors import AiSessionError, ConflictError, UsageError
from tests.server.server_kit import SHELLS, Ran, RunningServer, await_event, collect, error_of, until

ALL_BYTES = bytes(range(256))


class Session:
    """One session of the shared server."""

    def __init__(self, server: RunningServer, shell: str) -> None:
        self.server = server
        self.shell = shell
        made = server.create(shell=shell)
        self.name: str = made["name"]
        self.id: str = made["id"]

    def exec(self, command: str, **params: object) -> Ran:
        return self.server.exec(self.name, command, **params)


@pytest.fixture(params=SHELLS)
def session(shared: RunningServer, request: pytest.FixtureRequest) -> Iterator[Session]:
    made = Session(shared, request.param)
    yield made
    shared.call("session.kill", targets=[made.name], force=True)


@pytest.fixture
def bash(shared: RunningServer) -> Iterator[Session]:
    made = Session(shared, "bash")
    yield made
    shared.call("session.kill", targets=[made.name], force=True)


@pytest.fixture
def zsh(shared: RunningServer) -> Iterator[Session]:
    made = Session(shared, "zsh")
    yield made
    shared.call("session.kill", targets=[made.name], force=True)


@pytest.mark.parametrize(
    ("command", "output", "code"),
    [
        ("echo 'single'  \"double  quoted\" back\\ slash", b"single double  quoted back slash\n", 0),
        ("echo 'häuser → 日本語 👩‍👩‍👧 é'", "häuser → 日本語 👩‍👩‍👧 é\n".encode(), 0),
        ("echo one\necho two\n\necho three", b"one\ntwo\nthree\n", 0),
        ("printf 'a\\nb\\n' | grep b | tr b c", b"c\n", 0),
        ("printf 'no newline'", b"no newline", 0),
        ("true", b"", 0),
        ("false", b"", 1),
        ("sh -c 'exit 3'", b"", 3),
        ("printf '\\033[31mred\\033[0m\\n'", b"\x1b[31mred\x1b[0m\n", 0),
        ("printf 'a\\rb\\tc\\r\\nd\\n'", b"a\rb\tc\r\nd\n", 0),
        ("echo 'echo hi; exit 7'", b"echo hi; exit 7\n", 0),
        ("printf '\\033[H\\033[2J\\033[3Jcleared\\n'", b"\x1b[H\x1b[2J\x1b[3Jcleared\n", 0),
    ],
)  # fmt: skip
def test_what_a_command_writes_and_returns_is_exact(session: Session, command: str, output: bytes, code: int) -> None:
    ran = session.exec(command)
    assert ran.output == output
    assert ran.code == code
    assert ran.record["command"] == command
    assert ran.record["state"] == "ended"
    assert ran.record["source"] == "exec"
    assert ran.record["duration_s"] >= 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "sh"])
@pytest.mark.parametrize(
    ("command", "output", "code"),
    [
        ("(exit 3)", b"", 3),
        ("cat <<'END'\none $HOME\n  two `x`\nEND", b"one $HOME\n  two `x`\n", 0),
        ("for i in 1 2 3; do\n  echo $i\ndone", b"1\n2\n3\n", 0),
        ("echo $(( 6 * 7 )); echo \"${NOT_SET:-default}\"", b"42\ndefault\n", 0),
        ("f() { echo \"in f: $1\"; return 9; }\nf arg", b"in f: arg\n", 9),
        ("echo !! '!x' \"a!b\"", b"!! !x a!b\n", 0),
    ],
)  # fmt: skip
def test_what_only_posix_shells_know(shared: RunningServer, shell: str, command: str, output: bytes, code: int) -> None:
    session = Session(shared, shell)
    ran = session.exec(command)
    assert (ran.output, ran.code) == (output, code)
    assert session.exec("echo next").output == b"next\n"


def test_a_program_that_a_signal_ended_has_the_shells_code_for_it(session: Session) -> None:
    assert session.exec("sh -c 'kill -9 $$'").code == 137  # what it wrote is the shell's own remark


def test_a_comment_is_a_command_that_does_nothing(session: Session) -> None:
    ran = session.exec("# only a comment")
    assert (ran.output, ran.code) == ((b"zsh: command not found: #\n", 127) if session.shell == "zsh" else (b"", 0))


def test_an_unknown_command_is_127(session: Session) -> None:
    assert session.exec("nosuchcommand").code == 127


def test_marks_in_the_output_are_output(session: Session) -> None:
    fakes = b"".join(
        b"\x1b]133;%b%b%b" % (kind, fields, end)
        for kind in (b"A", b"B", b"C", b"D", b"K", b"P", b"R", b"W", b"Z")
        for fields in (b"", b";0", b";code=0", b";n=0;x=1;code=5", b";n=" + b"0" * 32 + b";code=7")
        for end in (b"\x07", b"\x1b\\", b"\n")
    )
    path = os.path.join(session.server.home.folder, "fakes")
    with open(path, "wb") as file:
        file.write(fakes)
    ran = session.exec(f"cat '{path}'; sh -c 'exit 9'")
    assert ran.output == fakes
    assert ran.code == 9
    assert session.exec("echo next").output == b"next\n"
    assert len(session.server.commands(session.name)) == 2


def test_every_byte_value_passes_unchanged(session: Session) -> None:
    path = os.path.join(session.server.home.folder, "bytes")
    with open(path, "wb") as file:
        file.write(ALL_BYTES * 3)
    assert session.exec(f"cat '{path}'").output == ALL_BYTES * 3


def test_directory_variables_and_functions_persist(session: Session) -> None:
    set_variable = "set -gx COLOUR blue" if session.shell == "fish" else "export COLOUR=blue"
    define = "function f; echo in-f; end" if session.shell == "fish" else "f() { echo in-f; }"
    for command in (set_variable, define, "cd /usr"):
        assert session.exec(command).code == 0
    ran = session.exec("pwd; echo $COLOUR; f")
    assert ran.output == b"/usr\nblue\nin-f\n"
    assert ran.record["cwd"] == "/usr"
    assert session.server.pane(session.name)["cwd"] == "/usr"


def test_set_e_and_a_failure_end_the_shell_and_the_record_says_so(session: Session) -> None:
    if session.shell == "fish":
        ran = session.exec("exit 1")  # fish has no set -e
    else:
        session.exec("set -e")
        ran = session.exec("echo before; false; echo never")
        assert ran.output == b"before\n"
    assert ran.code == 1
    assert ran.record["shell_exited"] is True
    until(lambda: session.server.call("session.get", target=session.name)["status"] == "stopped")


@pytest.mark.parametrize(("command", "code", "note"), [("exit 7", 7, "exited"), ("kill -9 $$", None, "signal 9")])
def test_a_shell_that_ends_is_told(session: Session, command: str, code: int | None, note: str) -> None:
    if session.shell == "fish":
        command = command.replace("$$", "$fish_pid")
    ran = session.exec(command)
    assert ran.code == code
    assert ran.record["shell_exited"] is True
    assert note in ran.record["note"]
    pane = session.server.pane(session.name)
    assert (pane["status"], pane["exit_code"]) == ("exited", code)
    error = error_of(lambda: session.exec("echo more"))
    assert error.code == "stopped"
    session.server.call("session.start", target=session.name, env=session.server.shell_environment())
    assert session.exec("echo again").output == b"again\n"


def test_background_jobs_do_not_hold_the_command(session: Session) -> None:
    ran = session.exec("sleep 300 >/dev/null 2>&1 &")
    assert ran.record["state"] == "ended"
    assert session.exec("echo next").output.endswith(b"next\n")
    session.exec("kill %1" if session.shell != "fish" else "kill (jobs -p)")


def test_a_hundred_megabytes_pass_whole_and_cost_the_server_little(bash: Session) -> None:
    size = 100_000_000
    program = (
        "import hashlib,sys\n"
        "block=bytes((i*7+i//251)%95+32 for i in range(99_999))+b'\\n'\n"
        f"for i in range({size}//len(block)): sys.stdout.buffer.write(block)\n"
    )
    path = os.path.join(bash.server.home.folder, "flood.py")
    with open(path, "w") as file:
        file.write(program)
    before = _memory(bash.server.pid, "VmRSS")
    call = bash.server.begin(bash.name, f"python3 '{path}'")
    digest, length = hashlib.sha256(), 0
    for item in call:
        if isinstance(item, bytes):
            digest.update(item)
            length += len(item)
    block = bytes((i * 7 + i // 251) % 95 + 32 for i in range(99_999)) + b"\n"
    wanted = hashlib.sha256()
    for _ in range(size // len(block)):
        wanted.update(block)
    assert length == size
    assert digest.hexdigest() == wanted.hexdigest()
    assert _memory(bash.server.pid, "VmHWM") - before < 100_000


def _memory(pid: int, field: str) -> int:
    """Return a field of /proc/PID/status in kB."""
    with open(f"/proc/{pid}/status") as file:
        return int(next(line for line in file if line.startswith(field + ":")).split()[1])


def test_a_full_screen_program_is_told_and_leaves_no_picture_in_the_output(session: Session) -> None:
    path = os.path.join(session.server.home.folder, "page.txt")
    with open(path, "w") as file:
        file.write("\n".join(f"line {n}" for n in range(500)))
    call = session.server.begin(session.name, f"less '{path}'")
    assert await_event(call, "screen") == {"taken": True}
    session.server.await_screen(session.name, "line 5")
    session.server.call("pane.send", target=session.name, text="q")
    ran = collect(call)
    assert ran.record["fullscreen"] is True
    assert ran.code == 0
    assert b"line 5" not in ran.output
    assert session.exec("echo next").record["fullscreen"] is False


def test_a_program_that_asks_is_told_and_answered(session: Session) -> None:
    call = session.server.begin(session.name, "sh -c 'read x; echo got $x'")
    await_event(call, "input")
    session.server.call("pane.send", target=session.name, text="forty two", enter=True)
    ran = collect(call)
    assert ran.output.endswith(b"got forty two\n")
    assert ran.code == 0


def test_ctrl_c_by_another_client_ends_it_with_130(session: Session) -> None:
    call = session.server.begin(session.name, "sh -c 'echo up; exec sleep 300'")
    while call.receive(20) != b"up\n":
        pass
    session.server.call("pane.send", target=session.name, keys=["C-c"])
    assert collect(call).code == 130
    assert session.exec("echo next").output == b"next\n"


def test_cancel_interrupts_and_the_session_is_usable_after(session: Session) -> None:
    call = session.server.begin(session.name, "sleep 300; echo not reached")
    await_event(call, "started")
    call.cancel()
    ran = collect(call)
    assert ran.code == 130
    assert b"not reached" not in ran.output
    assert session.exec("echo next").output == b"next\n"


def test_cancel_waits_for_a_shell_that_has_not_yet_started_the_program(zsh: Session) -> None:
    """An interrupt between zsh's mark and its fork ends the line before it begins, with the last line's exit code."""
    zsh.exec("trap 'for i in {1..4000}; do :; done' DEBUG; true")
    call = zsh.server.begin(zsh.name, "sleep 300; echo not reached")
    await_event(call, "started")
    call.cancel()
    assert collect(call).code == 130


def test_a_second_cancel_kills_what_ignores_the_first(session: Session) -> None:
    call = session.server.begin(session.name, "sh -c 'trap \"\" INT TERM; echo ready; while :; do sleep 0.1; done'")
    while call.receive(20) != b"ready\n":
        pass
    call.cancel()
    assert call.receive(0.5) is None
    call.cancel()
    assert collect(call).code == 137
    assert session.exec("echo next").output.endswith(b"next\n")


def test_a_timeout_interrupts_and_is_in_the_record(session: Session) -> None:
    ran = session.exec("sleep 300", timeout=0.3)
    assert ran.record["timed_out"] is True
    assert ran.code == 130
    assert session.exec("echo next").output == b"next\n"


def test_who_joins_a_command_whose_time_was_over_is_told_so(session: Session) -> None:
    first = session.exec("sleep 300", timeout=0.3, key="late")
    again = session.exec("sleep 300", key="late")
    # The analysis may come between the two answers.
    assert {**again.record, "analysis": None} == {**first.record, "analysis": None}
    assert again.record["timed_out"] is True
    in_time = session.exec("echo quick", timeout=60, key="quick")
    assert session.exec("echo quick", key="quick").record["timed_out"] is in_time.record["timed_out"] is False


def test_a_timeout_ends_a_program_that_ignores_the_interrupt(session: Session) -> None:
    ran = session.exec("sh -c 'trap \"\" INT; sleep 300 & wait; wait; wait'", timeout=0.2)
    assert ran.record["timed_out"] is True
    assert ran.code in (143, 130)
    assert session.exec("echo next").output.endswith(b"next\n")


def test_a_timeout_kills_a_program_that_ignores_everything(bash: Session) -> None:
    ran = bash.exec("sh -c 'trap \"\" INT TERM; exec sleep 300'", timeout=1)
    assert ran.record["timed_out"] is True
    assert ran.code == 137


def test_a_queued_command_whose_time_is_over_never_runs(bash: Session) -> None:
    first = bash.server.begin(bash.name, "sleep 1.5; echo first")
    await_event(first, "started")
    error = error_of(lambda: bash.exec("echo second", timeout=0.2))
    assert error.code == "timeout"
    assert collect(first).output == b"first\n"
    assert [record["command"] for record in bash.server.commands(bash.name)] == ["sleep 1.5; echo first"]


def test_two_at_once_run_in_order(session: Session) -> None:
    connection = session.server.connect()
    calls = [connection.open("exec.run", target=session.name, command=f"sleep 0.2; echo {n}") for n in range(4)]
    queued = await_event(calls[3], "queued")
    assert queued["ahead"] == 3
    assert [collect(call).output for call in calls] == [f"{n}\n".encode() for n in range(4)]
    assert [record["command"][-1] for record in session.server.commands(session.name)] == ["0", "1", "2", "3"]


def test_a_queued_command_can_be_withdrawn(bash: Session) -> None:
    first = bash.server.begin(bash.name, "sleep 0.5")
    await_event(first, "started")
    second = bash.server.begin(bash.name, "echo never")
    await_event(second, "queued")
    second.cancel()
    error_of(lambda: collect(second))
    assert collect(first).code == 0
    assert len(bash.server.commands(bash.name)) == 1


def test_not_waiting_says_what_it_is_busy_with(session: Session) -> None:
    call = session.server.begin(session.name, "sleep 1")
    await_event(call, "started")
    error = error_of(lambda: session.exec("echo x", wait=False))
    assert error.code == "busy"
    assert "sleep 1" in error.message
    assert collect(call).code == 0


def test_a_half_typed_line_is_refused_and_stays(session: Session) -> None:
    session.server.await_prompt(session.name)
    session.server.call("pane.send", target=session.name, text="echo half ty")
    session.server.await_screen(session.name, "echo half ty")
    error = error_of(lambda: session.exec("echo intruder"))
    assert error.code == "busy"
    assert "half-typed" in error.message
    session.server.call("pane.send", target=session.name, text="ped", enter=True)
    session.server.await_screen(session.name, "\nhalf typed")
    assert "intruder" not in session.server.screen(session.name, scrollback=-1)
    session.server.await_prompt(session.name)
    assert session.exec("echo next").output == b"next\n"


def test_typed_commands_are_recorded_with_their_text(session: Session) -> None:
    session.server.await_prompt(session.name)
    session.server.call("pane.send", target=session.name, text="echo typed by hand; false", enter=True)
    session.server.await_screen(session.name, "\ntyped by hand")
    records = until(
        lambda: (found := session.server.commands(session.name)) and found[-1]["state"] == "ended" and found
    )
    assert [record["command"] for record in records] == ["echo typed by hand; false"]
    assert (records[0]["source"], records[0]["exit_code"]) == ("typed", 1)
    output = collect(session.server.connect().open("command.output", target=f"{session.name}#1", raw=False))
    assert output.output == b"typed by hand\n"


def test_a_typed_command_holds_an_exec_until_it_is_over(session: Session) -> None:
    session.server.await_prompt(session.name)
    session.server.call("pane.send", target=session.name, text="sleep 0.7; echo typed", enter=True)
    ran = session.exec("echo mine")
    assert ran.output == b"mine\n"
    assert [record["command"] for record in session.server.commands(session.name)] == [
        "sleep 0.7; echo typed",
        "echo mine",
    ]


@pytest.mark.parametrize("text", ["echo 'open", "if true; then", "echo $(", "{ echo one", "echo a |"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "sh"])
def test_incomplete_text_is_refused_and_leaves_the_shell_usable(shared: RunningServer, shell: str, text: str) -> None:
    session = Session(shared, shell)
    try:
        ran = session.exec(text, timeout=15)
    except AiSessionError as error:
        assert error.code in ("conflict", "usage"), error
    else:  # it is read from a file, whose end ends it: the shell says itself what is wrong with it
        assert ran.code == 2
        assert ran.output
    assert session.exec("echo next").output == b"next\n"


def test_incomplete_text_in_fish(shared: RunningServer) -> None:
    session = Session(shared, "fish")
    for text in ("echo 'open", "if true", "begin"):
        error = error_of(lambda text=text: session.exec(text, timeout=15))  # type: ignore[misc]  # bound now
        assert error.code in ("conflict", "usage"), error
    assert session.exec("echo next").output == b"next\n"


def test_a_command_of_four_megabytes_runs(session: Session) -> None:
    size = limits.MAX_COMMAND_BYTES - 1000
    text = f"echo '{'x' * size}' | wc -c | tr -d ' '"
    assert session.exec(text, timeout=60).output == f"{size + 1}\n".encode()


def test_what_no_shell_can_run_is_refused(bash: Session) -> None:
    for text in ("echo a\0b", "x" * (limits.MAX_COMMAND_BYTES + 1)):
        error = error_of(lambda text=text: bash.exec(text))  # type: ignore[misc]  # bound now
        assert isinstance(error, UsageError)
    assert bash.exec("echo next").output == b"next\n"
    assert len(bash.server.commands(bash.name)) == 1


def test_output_of_one_command_never_reaches_the_next(session: Session) -> None:
    for number in range(12):
        assert session.exec(f"echo {number}").output == f"{number}\n".encode()


@pytest.mark.parametrize("command", [["cat"], ["python3", "-q"]])
def test_a_pane_without_a_shell_takes_input_and_invents_no_code(shared: RunningServer, command: list[str]) -> None:
    made = shared.create(command=command, env={**shared.shell_environment(), "TERM": "dumb"})
    if command[0] == "python3":
        shared.await_screen(made["name"], ">>>")
    ran = shared.exec(made["name"], "print(6*7)")
    assert ran.code is None
    assert ran.record["source"] == "input"
    assert "unknown" in ran.record["note"]
    assert (b"42" if command[0] == "python3" else b"print(6*7)") in ran.output
    assert shared.exec(made["name"], "'x' * 5").code is None


def test_a_shell_replaced_by_another_takes_input_blindly(bash: Session) -> None:
    bash.server.await_prompt(bash.name)
    call = bash.server.begin(bash.name, "exec bash --norc", timeout=60)
    replaced = collect(call)
    assert replaced.code is None
    assert "another program" in replaced.record["note"]
    assert b"bash-" in replaced.output
    ran = bash.exec("echo $((40+2))", timeout=60)
    assert b"42" in ran.output
    assert ran.code is None
    assert bash.exec("exec nosuchprogram").code is None


def test_the_same_key_joins_and_never_runs_twice(bash: Session) -> None:
    path = os.path.join(bash.server.home.folder, "runs")
    calls = [bash.server.begin(bash.name, f"echo run >> '{path}'; sleep 0.5; echo done", key="k1") for _ in range(3)]
    assert [collect(call).output for call in calls] == [b"done\n"] * 3
    again = bash.exec("something else entirely", key="k1")
    assert again.output == b"done\n"
    with open(path) as file:
        assert file.read() == "run\n"


def test_a_client_that_joins_in_the_middle_gets_the_rest_from_its_offset(bash: Session) -> None:
    first = bash.server.begin(bash.name, "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.3; done", key="k2")
    started = await_event(first, "started")
    offset = started["start_offset"] + len(b"line 1\r\n")
    joined = bash.exec("", key="k2", **{"from": offset})
    assert joined.output == b"".join(f"line {n}\n".encode() for n in range(2, 7))


def test_a_client_that_leaves_leaves_the_command_running(bash: Session) -> None:
    connection = bash.server.connect()
    call = connection.open("exec.run", target=bash.name, command="sleep 0.6; echo survived")
    await_event(call, "started")
    connection.close()
    record = until(lambda: (found := bash.server.commands(bash.name)) and found[-1]["state"] == "ended" and found[-1])
    assert record["exit_code"] == 0


def test_a_client_that_leaves_takes_its_queued_command_with_it(bash: Session) -> None:
    first = bash.server.begin(bash.name, "sleep 0.8")
    await_event(first, "started")
    connection = bash.server.connect()
    await_event(connection.open("exec.run", target=bash.name, command="echo never"), "queued")
    connection.close()
    assert collect(first).code == 0
    assert bash.exec("echo next").output == b"next\n"
    assert [record["command"] for record in bash.server.commands(bash.name)] == ["sleep 0.8", "echo next"]


def test_the_stream_may_be_raw_or_left_out(bash: Session) -> None:
    assert bash.exec("echo one; echo two", stream="raw").output == b"one\r\ntwo\r\n"
    assert bash.exec("echo one; echo two", stream="none").output == b""


def test_an_exec_on_a_session_that_just_began_waits_for_its_prompt(shared: RunningServer) -> None:
    for shell in SHELLS:
        name = shared.create(shell=shell)["name"]
        assert shared.exec(name, "echo first").output == b"first\n"


def test_a_session_that_is_killed_ends_its_exec_with_a_clear_end(session: Session) -> None:
    call = session.server.begin(session.name, "sleep 300")
    queued = session.server.begin(session.name, "echo queued")
    await_event(call, "started")
    await_event(queued, "queued")
    session.server.call("session.kill", targets=[session.name], force=True)
    session.name = session.id
    ran = collect(call)
    assert ran.record["shell_exited"] is True
    assert ran.code is None
    error = error_of(lambda: collect(queued))
    assert isinstance(error, ConflictError)


def test_a_question_to_the_terminal_in_printed_text_leaves_nothing_behind(session: Session) -> None:
    asked = b"\x1b[c\x1b[6n\x1b[>q\x1b]11;?\x1b\\"
    shown = "printf '\\033[c\\033[6n\\033[>q\\033]11;?\\033\\\\'"
    assert session.exec(f"{shown}; sleep 0.3; echo after").output == asked + b"after\n"
    assert session.exec(shown).output == asked
    assert session.exec("echo next").output == b"next\n"


def test_who_asks_first_and_listens_then_gets_the_answer(bash: Session) -> None:
    ran = bash.exec("printf '\\033[6n'; sleep 0.05; IFS=';' read -rsd R -t 10 row column; echo \"${row#*[} $column\"")
    assert ran.output.split(b"\x1b[6n")[1].strip().replace(b" ", b"").isdigit()


def test_an_interrupt_waits_until_the_shell_has_taken_the_command(bash: Session) -> None:
    assert bash.exec("true").code == 0
    bash.server.call("pane.send", target=bash.name, text="half a line")
    error = error_of(lambda: bash.exec("sleep 60", timeout=0))
    assert error.code == "busy"
    assert bash.server.call("pane.capture", target=bash.name)["text"].rstrip().endswith("half a line")


def test_printed_bytes_of_every_kind_leave_nothing_at_the_prompt(session: Session, tmp_path: Path) -> None:
    data = random.Random(7).randbytes(300_000) + b"\x1b[c" * 50
    (tmp_path / "data").write_bytes(data)
    for _ in range(5):
        assert session.exec(f"cat {tmp_path}/data").output == data
    assert session.exec("echo next").output == b"next\n"
