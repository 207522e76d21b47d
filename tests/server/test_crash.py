"""`kill -9` of every process, under load and in turn: no session, no program and no byte is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ai_session_tui.client.connection import Call, Done
from ai_session_tui.errors import AiSessionError, BusyError, ServerUnreachableError
from tests.server.server_kit import (
    SHELLS,
    RunningServer,
    await_event,
    collect,
    error_of,
    is_running,
    kill_hard,
    until,
)

# Writes numbered lines as fast as it may until a file appears, then how many there were.
FLOOD = r"""
import os, sys
stop, note = sys.argv[1], sys.argv[2]
number = 0
while not os.path.exists(stop):
    os.write(1, b"".join(b"%d:%s\n" % (n, b"x" * (n % 90)) for n in range(number, number + 200)))
    number += 200
os.write(1, b"end\n")
with open(note + ".new", "w") as file:
    file.write(str(number))
os.rename(note + ".new", note)
"""


class Flood:
    """A program in a pane that writes a stream which can be checked byte by byte."""

    def __init__(self, server: RunningServer, name: str, folder: Path) -> None:
        self.server = server
        self.name = name
        self.stop = str(folder / f"{name}.stop")
        self.note = str(folder / f"{name}.note")
        program = folder / "flood.py"
        program.write_text(FLOOD)
        server.create(name, command=["python3", "-u", str(program), self.stop, self.note])

    def end(self) -> int:
        """Let it end; return how many lines it wrote."""
        Path(self.stop).touch()
        until(lambda: os.path.exists(self.note), f"the end of {self.name}", 60)
        until(lambda: self.server.pane(self.name)["status"] == "exited", f"the record of {self.name}")
        with open(self.note) as file:
            return int(file.read())

    def check(self) -> int:
        """Compare the journal with what the program wrote; return the bytes."""
        lines = self.end()
        wanted = b"".join(b"%d:%s\r\n" % (n, b"x" * (n % 90)) for n in range(lines)) + b"end\r\n"
        found = self.server.journal(self.name)
        assert len(found) == len(wanted), f"{len(found)} bytes in the journal, {len(wanted)} written"
        assert found == wanted
        return len(wanted)


def grows(server: RunningServer, name: str, by: int = 200_000) -> None:
    """Wait until a pane has printed more."""
    end = server.pane(name)["journal_end"] + by
    until(lambda: server.pane(name)["journal_end"] > end, f"more output of {name}")


def outcomes(server: RunningServer) -> list[tuple[str, str]]:
    """Return the ledger of the running server's start: names and outcomes."""
    status = server.call("server.status")
    return sorted((row["session"], row["outcome"]) for row in status["ledger"] if row["server_pid"] == status["pid"])


def test_no_byte_is_lost_however_often_the_server_dies(server: RunningServer, tmp_path: Path) -> None:
    floods = [Flood(server, name, tmp_path) for name in ("one", "two")]
    pids = {name: server.pane(name)["pid"] for name in ("one", "two")}
    for _ in range(4):
        for name in pids:
            grows(server, name)
        server.kill_server()
        server.connect()
        assert outcomes(server) == [("one", "adopted"), ("two", "adopted")]
    assert {name: server.pane(name)["pid"] for name in pids} == pids
    for flood in floods:
        assert flood.check() > 1_000_000
    assert [server.pane(name)["exit_code"] for name in pids] == [0, 0]


def test_no_byte_is_lost_however_often_the_keeper_dies(server: RunningServer, tmp_path: Path) -> None:
    flood = Flood(server, "one", tmp_path)
    pid = server.pid
    for _ in range(4):
        grows(server, "one")
        old = server.kill_keeper()
        until(lambda old=old: server.keeper_pid != old, "another keeper")  # type: ignore[misc]  # bound now
    assert server.pid == pid
    flood.check()
    assert server.pane("one")["exit_code"] == 0
    assert "adopt" not in "".join(line for line in server.log().splitlines() if "cannot" in line)


def test_no_byte_is_lost_when_both_die_in_turn(server: RunningServer, tmp_path: Path) -> None:
    flood = Flood(server, "one", tmp_path)
    server.create("shell")
    for _ in range(3):
        grows(server, "one")
        old = server.kill_keeper()
        until(lambda old=old: server.keeper_pid != old, "another keeper")  # type: ignore[misc]  # bound now
        grows(server, "one")
        server.kill_server()
        assert server.exec("shell", "echo alive").output == b"alive\n"
    flood.check()


def test_the_status_of_a_program_that_ended_while_no_server_lived_is_known(server: RunningServer) -> None:
    for name, command in (("code", "exit 5"), ("signal", "kill -11 $$")):
        server.create(name, command=["sh", "-c", f"read x; echo last words; {command}"])
    pids = [server.pane(name)["pid"] for name in ("code", "signal")]
    pid, keeper = server.pid, server.keeper_pid
    os.kill(keeper, signal.SIGSTOP)  # so that it neither tells of an end nor starts a server before both have ended
    for name in ("code", "signal"):
        server.call("pane.send", target=name, text="\n")
    kill_hard(pid)
    until(lambda: not any(is_running(pid) for pid in pids), "the end of both")
    os.kill(keeper, signal.SIGCONT)
    server.connect()
    code, by_signal = server.pane("code"), server.pane("signal")
    assert (code["status"], code["exit_code"]) == ("exited", 5)
    assert (by_signal["status"], by_signal["exit_code"], by_signal["exit_signal"]) == ("exited", None, 11)
    assert server.journal("code").endswith(b"last words\r\n")
    assert server.journal("signal").endswith(b"last words\r\n")


def test_a_killed_server_loses_the_measurements_of_a_second_at_most(server: RunningServer) -> None:
    server.create("dev")
    server.exec("dev", "true")

    def measured() -> dict[str, int]:
        with sqlite3.connect(f"file:{server.home.database}?mode=ro", uri=True) as database:
            found = dict(database.execute("SELECT kind, sum(n) FROM measurements GROUP BY kind"))
        database.close()
        return found

    began = time.monotonic()
    until(lambda: {"session.create", "exec.overhead", "requests.per_second"} <= measured().keys(), "all of them")
    assert time.monotonic() - began < 10  # long before the server keeps house
    server.kill_server()
    figures = server.call("stats.get")["blocks"]["performance"]
    assert (figures["creation"]["n"], figures["exec_overhead"]["n"]) == (1, 1)


def test_the_status_of_a_program_that_ended_after_its_keeper_died_is_known(server: RunningServer) -> None:
    server.create("one", command=["sh", "-c", "read x; exit 5"])
    old = server.kill_keeper()
    until(lambda: server.keeper_pid != old)
    server.call("pane.send", target="one", text="\n")
    until(lambda: server.pane("one")["status"] == "exited")
    assert server.pane("one")["exit_code"] == 5


def test_sessions_can_be_created_while_a_keeper_is_being_replaced(server: RunningServer) -> None:
    server.kill_keeper()
    names = [server.create(f"n{number}")["name"] for number in range(5)]
    assert [server.exec(name, "echo ok").output for name in names] == [b"ok\n"] * 5


# A waiting exec


class Rejoining:
    """A client that joins its command again by its key, from the last offset that it was told."""

    def __init__(self, server: RunningServer, target: str, command: str, key: str) -> None:
        self.server, self.target, self.command, self.key = server, target, command, key
        self.output = bytearray()  # up to `offset`
        self.beyond = bytearray()  # after it
        self.offset: int | None = None
        self.start: int | None = None
        self.joins = 0
        self.call: Call = self._open()

    def _open(self) -> Call:
        self.joins += 1
        params: dict[str, object] = {"target": self.target, "command": self.command, "key": self.key}
        if self.start is not None:
            params["from"] = self.start if self.offset is None else self.offset
        return self.server.connect().open("exec.run", **params)

    def run(self, enough: Callable[[], bool] = lambda: False) -> dict[str, object] | None:
        """Read until `enough`, or to the end; return the record then."""
        while not enough():
            try:
                item = self.call.receive(30)
            except ServerUnreachableError:
                self.beyond.clear()
                self.call = self._open()
                continue
            assert item is not None, "nothing came for too long"
            if isinstance(item, Done):
                self.output += self.beyond
                record: dict[str, object] = item.result
                return record
            if isinstance(item, bytes):
                self.beyond += item
            elif item.name == "offset":
                self.output += self.beyond
                self.beyond.clear()
                self.offset = item.data["offset"]
            elif item.name == "started" and self.start is None:
                self.start = item.data["start_offset"]
        return None

    @property
    def received(self) -> int:
        return len(self.output) + len(self.beyond)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_waiting_client_gets_its_result_from_the_next_server(server: RunningServer, shell: str) -> None:
    server.create("one", shell=shell)
    waiting = Rejoining(server, "one", "for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.2; done; (exit 4)", "k")
    if shell == "fish":
        waiting.call.cancel()
        waiting = Rejoining(
            server, "one", "for i in 1 2 3 4 5 6 7 8 9; echo line $i; sleep 0.2; end; sh -c 'exit 4'", "f"
        )
    waiting.run(lambda: b"line 3" in waiting.beyond)
    server.kill_server()
    record = waiting.run()
    assert record is not None
    assert record["exit_code"] == 4
    assert bytes(waiting.output) == b"".join(b"line %d\n" % n for n in range(1, 10))
    stored = [row for row in server.commands("one") if row["source"] == "exec" and row["exit_code"] == 4]
    assert len(stored) == 1
    assert collect(server.connect().open("command.output", target=f"one#{stored[0]['id']}", raw=False)).output == bytes(
        waiting.output
    )
    assert server.exec("one", "echo next").output == b"next\n"


def test_the_next_server_knows_of_a_command_s_time_that_it_was_over(server: RunningServer) -> None:
    server.create("one")
    call = server.begin("one", "trap '' INT; sleep 0.8; sleep 0.8; sleep 1", timeout=0.5, key="late")
    until(lambda: "time was over" in server.commands("one")[0]["note"] if server.commands("one") else False)
    server.kill_server()
    with suppress(ServerUnreachableError):
        collect(call)
    assert server.exec("one", "not sent again", key="late").record["timed_out"] is True


def test_a_client_that_joins_again_sees_nothing_of_the_alternate_screen(server: RunningServer, tmp_path: Path) -> None:
    """Whoever goes on in the middle of a full-screen program would take its picture for output."""
    server.create("one")
    go = tmp_path / "go"
    program = tmp_path / "program.py"
    program.write_text(
        "import os, sys, time\n"
        "print('before', flush=True)\n"
        "sys.stdout.write('\\x1b[?1049h')\n"
        "for n in range(120_000):\n"
        "    sys.stdout.write(f'\\x1b[5;1Hpicture {n} ' + 'x' * 60)\n"
        "sys.stdout.flush()\n"
        f"while not os.path.exists({str(go)!r}):\n"
        "    time.sleep(0.02)\n"
        "print('\\x1b[Hpicture again\\x1b[?1049lafter')\n"
    )
    waiting = Rejoining(server, "one", f"{sys.executable} {program}", "k")
    waiting.run(lambda: b"before" in waiting.output + waiting.beyond)
    printed = server.pane("one")["journal_end"]
    until(lambda: "picture 119999" in server.screen("one"), "the last picture")
    assert server.pane("one")["journal_end"] - printed > 2_000_000, "enough for the client to be told offsets"
    for joins in (2, 3):
        server.kill_server()
        waiting.run(lambda joins=joins: waiting.joins == joins)  # type: ignore[misc]  # bound now
    go.touch()
    record = waiting.run()
    assert record is not None
    assert record["exit_code"] == 0
    assert bytes(waiting.output).split() == [b"before", b"after"]


def test_a_large_output_is_contiguous_over_many_servers(server: RunningServer, tmp_path: Path) -> None:
    server.create("one")
    lines = 600_000
    program = tmp_path / "lines.py"
    program.write_text(
        "import sys\n"
        f"for first in range(0, {lines}, 1000):\n"
        "    sys.stdout.write(''.join(f'{n}:{\"y\" * (n % 70)}\\n' for n in range(first, first + 1000)))\n"
        "    sys.stdout.flush()\n"
        "sys.exit(9)\n"
    )
    waiting = Rejoining(server, "one", f"python3 '{program}'", "k")
    for goal in (1_000_000, 5_000_000, 9_000_000):
        waiting.run(lambda goal=goal: waiting.received > goal)  # type: ignore[misc]  # bound now
        server.kill_server()
    record = waiting.run()
    assert record is not None
    assert record["exit_code"] == 9
    wanted = "".join(f"{n}:{'y' * (n % 70)}\n" for n in range(lines)).encode()
    assert bytes(waiting.output) == wanted
    assert len(server.commands("one")) == 1


@pytest.mark.parametrize("shell", SHELLS)
def test_a_command_that_ended_while_no_server_lived_has_its_record(
    server: RunningServer, shell: str, tmp_path: Path
) -> None:
    server.create("one", shell=shell)
    call = server.begin("one", f"sleep 0.4; echo out; touch '{tmp_path}/done'; sh -c 'exit 6'", key="k")
    await_event(call, "started")
    keeper = server.keeper_pid
    pid = server.pid
    os.kill(keeper, signal.SIGSTOP)
    kill_hard(pid)
    until(lambda: (tmp_path / "done").exists())
    time.sleep(0.2)  # the shell's own marks have no other sign
    os.kill(keeper, signal.SIGCONT)
    ran = server.exec("one", "", key="k")
    assert ran.code == 6
    assert ran.output == b"out\n"
    [record] = server.commands("one")
    assert record["duration_s"] >= 0.3
    assert record["state"] == "ended"
    assert server.exec("one", "echo next").output == b"next\n"


def test_killing_the_server_at_any_moment_records_each_command_once(server: RunningServer) -> None:
    server.create("one")
    server.exec("one", "PROMPT_COMMAND+=('sleep 0.05')")  # a wide gap between the end of a command and the prompt
    sent = []
    for number in range(8):
        call = server.begin("one", f"echo number {number}", key=f"key-{number}")
        with suppress(AiSessionError):
            call.receive(0.01 * number)
        server.kill_server()
        try:
            ran = server.exec("one", f"echo number {number}", key=f"key-{number}", timeout=60)
            assert ran.output == b"number %d\n" % number
            sent.append(f"echo number {number}")
        except AiSessionError as error:
            assert error.code == "outcome_unknown", error
    records = [row for row in server.commands("one") if row["state"] == "ended" and row["command"].startswith("echo")]
    assert [row["command"] for row in records if row["command"] in sent] == sent
    assert sent, "every command was lost"
    assert server.exec("one", "echo next").output == b"next\n"
    journal = server.journal("one")
    for number in range(8):
        assert journal.count(b"\nnumber %d\r\n" % number) <= 1


def test_a_program_in_the_foreground_goes_on_and_can_be_interrupted_by_the_next_server(server: RunningServer) -> None:
    server.create("one")
    call = server.begin("one", "sleep 300", key="k")
    await_event(call, "started")
    server.kill_server()
    joined = server.begin("one", "", key="k")
    await_event(joined, "started")
    joined.cancel()
    assert collect(joined).code == 130


# Many, and everything at once


def test_fifty_sessions_come_back(server: RunningServer) -> None:
    names = [f"s{number:02}" for number in range(50)]
    for number, name in enumerate(names):
        if number % 5:
            server.create(name, command=["cat"])
        else:
            server.create(name, shell=SHELLS[number // 5 % 4])
    pids = {name: server.pane(name)["pid"] for name in names}
    server.kill_server()
    server.connect()
    assert outcomes(server) == [(name, "adopted") for name in names]
    assert {name: server.pane(name)["pid"] for name in names} == pids
    for name in names[::5]:
        assert server.exec(name, "echo usable").output == b"usable\n"


def test_when_both_die_together_everything_but_the_processes_is_there(server: RunningServer) -> None:
    server.create("one")
    server.exec("one", "cd /usr; echo before the fall")
    call = server.begin("one", "sleep 300", key="k")
    await_event(call, "started")
    server.create("two", command=["cat"])
    server.call("session.kill", targets=["two"], force=True)
    server.create("three", command=["true"])
    until(lambda: server.pane("three")["status"] == "exited")
    server.kill_both()
    server.start()
    assert outcomes(server) == [("one", "stopped"), ("three", "stopped")]
    session = server.call("session.get", target="one")
    assert session["status"] == "stopped"
    assert session["panes"][0]["cwd"] == "/usr"
    assert (session["panes"][0]["status"], session["panes"][0]["exit_code"]) == ("lost", None)
    assert server.pane("three")["exit_code"] == 0
    record = server.commands("one")[-1]
    assert (record["command"], record["state"], record["exit_code"]) == ("sleep 300", "lost", None)
    assert error_of(lambda: server.exec("one", "", key="k")).code == "outcome_unknown"
    assert "before the fall" in server.screen("one", scrollback=-1)


def test_after_a_reboot_a_session_starts_in_its_last_directory_with_its_scrollback_above(server: RunningServer) -> None:
    server.create("one")
    server.exec("one", "cd /usr; for i in 1 2 3; do echo old line $i; done")
    server.kill_both()
    with sqlite3.connect(server.home.database) as database:
        database.execute("UPDATE panes SET boot_id = 'another boot'")
    database.close()
    server.start()
    [entry] = [row for row in server.call("server.status")["ledger"] if row["outcome"] == "stopped"]
    assert "restarted" in entry["why"]
    server.call("session.start", target="one", env=server.shell_environment())
    assert server.exec("one", "pwd; echo new line").output == b"/usr\nnew line\n"
    shown = server.screen("one", scrollback=-1)
    assert shown.index("old line 3") < shown.index("new line")
    lines = shown.splitlines()
    old_prompt, typed = lines[lines.index("old line 3") + 1 :][:2]
    assert typed == f"{old_prompt.rstrip()} pwd; echo new line"  # the new shell began on a line of its own
    assert outcomes(server) == [("one", "restarted"), ("one", "stopped")]
    assert [row["id"] for row in server.commands("one")] == [1, 2]
    server.kill_server()
    server.start()
    assert server.screen("one", scrollback=-1) == shown


def test_a_command_that_was_handed_over_when_everything_died_is_lost_not_open(server: RunningServer) -> None:
    server.create("one")
    server.exec("one", "true")
    with sqlite3.connect(server.home.database) as database:
        database.execute(
            "INSERT INTO commands SELECT session_id, 2, pane_id, 'echo never seen', 'sent', 'exec', cwd, NULL, NULL, "
            "NULL, NULL, NULL, NULL, 'abcdef', 'k', 0, 0, '', 0 FROM commands WHERE number = 1"
        )
    database.close()
    server.kill_both()
    server.start()
    assert server.commands("one")[-1]["state"] == "lost"
    assert error_of(lambda: server.exec("one", "echo never seen", key="k", timeout=60)).code == "outcome_unknown"


# Ends that are meant


def test_stop_ends_everything(server: RunningServer) -> None:
    server.create("one")
    server.create("two", command=["sh", "-c", "trap '' HUP INT TERM; sleep 300 & wait; wait; wait"])
    server.create("three", command=["sh", "-c", "setsid sleep 300 & exec cat"])
    stopped = server.call("server.stop")["stopped"]
    assert sorted(stopped) == ["one", "three", "two"]
    until(lambda: not server.processes(), "the end of everything")
    assert not os.path.exists(server.home.server_socket)
    server.start()
    assert outcomes(server) == [("one", "stopped"), ("three", "stopped"), ("two", "stopped")]
    assert server.pane("one")["status"] == "exited"


def test_stop_with_keep_sessions_leaves_all_programs_alive(server: RunningServer, tmp_path: Path) -> None:
    flood = Flood(server, "flood", tmp_path)
    server.create("shell")
    server.exec("shell", "X=kept")
    grows(server, "flood")
    pids = [server.pane(name)["pid"] for name in ("flood", "shell")]
    old = server.pid
    assert server.call("server.stop", keep_sessions=True) == {"stopped": []}
    until(lambda: not is_running(old), "the end of the server")
    assert all(map(is_running, pids))
    server.start()
    assert outcomes(server) == [("flood", "adopted"), ("shell", "adopted")]
    assert server.exec("shell", "echo $X").output == b"kept\n"
    flood.check()


def test_a_restart_with_waiting_clients_loses_nothing(server: RunningServer) -> None:
    server.create("one")
    waiting = Rejoining(server, "one", "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.2; done", "k")
    viewer = server.connect().open("attach", target="one", columns=80, rows=24)
    await_event(viewer, "attached")
    waiting.run(lambda: b"line 2" in waiting.beyond)
    old = server.pid
    server.call("server.stop", keep_sessions=True)
    assert collect(viewer).record["reason"] == "server_stopping"
    until(lambda: not is_running(old))
    server.start()
    record = waiting.run()
    assert record is not None
    assert record["exit_code"] == 0
    assert bytes(waiting.output) == b"".join(b"line %d\n" % n for n in range(1, 7))


def test_nobody_is_told_that_a_session_is_stopped_while_only_the_server_stops(server: RunningServer) -> None:
    server.create("one")
    told: list[str] = []

    def ask() -> None:
        with suppress(ServerUnreachableError):  # the end of that server: the next one would be asked
            connection = server.connect()
            while True:
                try:
                    connection.call("pane.send", target="one", text="")
                    collect(connection.open("exec.run", target="one", command="true", wait=False))
                except BusyError:
                    continue
                except AiSessionError as error:
                    told.append(error.code)
                    if isinstance(error, ServerUnreachableError):
                        return

    for _ in range(4):
        askers = [threading.Thread(target=ask) for _ in range(8)]
        for asker in askers:
            asker.start()
        until(lambda: len(server.commands("one")) > 3, "commands that ran")
        old = server.pid
        server.call("server.stop", keep_sessions=True)
        for asker in askers:
            asker.join(30)
        until(lambda old=old: not is_running(old), "the end of the server")  # type: ignore[misc]  # bound now
        server.start()
    assert set(told) <= {ServerUnreachableError.code}


def test_a_signal_ends_the_server_and_keeps_the_programs(server: RunningServer) -> None:
    server.create("one")
    pane = server.pane("one")["pid"]
    pid = server.pid
    os.kill(pid, signal.SIGTERM)
    until(lambda: not is_running(pid))
    assert is_running(pane)
    server.start()
    assert server.exec("one", "echo on").output == b"on\n"


def test_only_one_of_many_servers_serves(server: RunningServer) -> None:
    assert server.launch().returncode == 0
    assert server.launch("--foreground").returncode == 0
    assert len([pid for pid in server.processes() if _is_server(pid)]) == 1


def _is_server(pid: int) -> bool:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return b"ai_session_tui.server" in file.read()
