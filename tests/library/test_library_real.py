"""The library with a real server, real shells, and servers that are killed under it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from ai_session_tui import (
    CommandEnded,
    CommandStarted,
    Reconnected,
    Session,
    SessionChanged,
    SessionConfig,
    SessionGone,
    SessionManager,
)
from ai_session_tui.client.happenings import InputAwaited, Queued, Started
from ai_session_tui.client.records import CommandState, PaneStatus, SessionStatus
from ai_session_tui.errors import (
    AiSessionError,
    BusyError,
    ConflictError,
    InvalidNameError,
    NotFoundError,
    SpawnError,
    StoppedError,
    TimeoutExpiredError,
    UsageError,
)

DEADLINE_SECONDS = 30.0
# Signalled between two programs of a list, a shell may miss an interrupt: this one program is there from `ready` on.
INTERRUPTIBLE = """bash -c 'trap "exit 130" INT; echo ready > ready; while :; do sleep 0.05; done'"""
NUMBERS = "".join(f"{number}\n" for number in range(1, 200_001)).encode()


@pytest.fixture
async def manager(real_home: str) -> AsyncIterator[SessionManager]:
    async with SessionManager(real_home) as manager:
        yield manager


@pytest.fixture
async def session(manager: SessionManager) -> Session:
    return await manager.create(SessionConfig(name="dev"))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


def _has_text(path: Path) -> bool:
    return path.exists() and path.read_text() != ""


async def has_text(path: Path) -> bool:
    return await asyncio.to_thread(_has_text, path)


async def running(session: Session, text: str) -> None:
    async def is_running() -> bool:
        return (await session.refresh()).running == text

    await until(is_running)


async def test_a_life(manager: SessionManager, session: Session, tmp_path: Path) -> None:
    result = await session.exec("printf 'a\\nb'; exit_with() { return 3; }; exit_with")
    assert (result.output, result.exit_code, result.ok, result.state) == ("a\nb", 3, False, CommandState.ENDED)
    assert result.cwd == str(tmp_path)
    assert [found.name for found in await manager.list()] == ["dev"]
    await session.rename("other")
    assert (await session.exec("exit_with; echo $?")).output == "3\n"
    assert (await manager.get("ot")).id == session.id
    assert [record.command for record in await session.history()] == [result.command, "exit_with; echo $?"]
    assert (await session.output(1)).text == "a\nb"
    killed = await session.kill()
    assert [process.name for process in killed.gone] == ["bash"]
    assert killed.survived == ()
    assert await manager.list() == []
    with pytest.raises(NotFoundError):
        await manager.get("other")


async def test_the_environment_the_folder_and_the_size_are_as_wished(manager: SessionManager, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    config = SessionConfig(dir=tmp_path / "sub", env={"STAGE": "a b"}, columns=101, rows=31, shell="sh")
    session = await manager.create(config)
    result = await session.exec('echo "$STAGE|$PWD|$(stty size)"')
    assert result.output == f"a b|{tmp_path}/sub|31 101\n"


async def test_what_cannot_be_created_says_why(manager: SessionManager, session: Session) -> None:
    with pytest.raises(ConflictError):
        await manager.create(SessionConfig(name="dev"))
    with pytest.raises(InvalidNameError):
        await session.rename("a:b")
    with pytest.raises((SpawnError, AiSessionError)):
        await manager.create(SessionConfig(command=["/no/such/program"]))


async def test_a_session_without_a_shell_invents_no_exit_code(manager: SessionManager) -> None:
    session = await manager.create(SessionConfig(name="cat", command=["cat"]))
    result = await session.exec("hello", timeout=60)
    assert result.exit_code is None
    assert not result.ok
    assert result.note
    assert "hello" in result.output


async def test_busy_queued_and_timed_out(session: Session) -> None:
    first = asyncio.create_task(session.exec("sleep 1.5; echo first"))
    await running(session, "sleep 1.5; echo first")
    with pytest.raises(BusyError, match="sleep"):
        await session.exec("echo no", wait=False)
    heard: list[object] = []
    second = await session.exec("echo second", on_event=heard.append)
    assert [type(event) for event in heard] == [Queued, Started]
    assert (await first).output == "first\n"
    assert second.output == "second\n"
    with pytest.raises(TimeoutExpiredError) as caught:
        await session.exec("echo begun; sleep 100", timeout=0.5)
    assert caught.value.output.startswith(b"begun\n")
    assert (await session.exec("echo fine")).output == "fine\n"


async def test_many_commands_at_once_run_one_after_the_other(session: Session) -> None:
    await session.exec("count=0")
    results = await asyncio.gather(*(session.exec("count=$((count + 1)); echo $count") for _ in range(30)))
    assert sorted(int(result.output) for result in results) == list(range(1, 31))


async def test_many_sessions_at_once(manager: SessionManager) -> None:
    sessions = await asyncio.gather(*(manager.create(SessionConfig(name=f"s{number}")) for number in range(8)))
    results = await asyncio.gather(*(session.exec(f"echo {session.name}") for session in sessions))
    assert [result.output.strip() for result in results] == [session.name for session in sessions]
    await manager.kill_all(force=True)
    assert await manager.list() == []


async def test_cancelling_interrupts_what_runs(session: Session, tmp_path: Path) -> None:
    task = asyncio.create_task(session.exec(INTERRUPTIBLE))
    await until(partial(has_text, tmp_path / "ready"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (record,) = await session.history()
    assert record.state is CommandState.ENDED
    assert record.exit_code == 130


async def test_cancelling_kills_what_ignores_the_interrupt(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ai_session_tui.limits.CANCEL_GRACE_SECONDS", 1.0)
    command = """bash -c 'trap "" INT; echo ready; while :; do sleep 0.1; done'"""
    stream = session.exec_stream(command)
    assert await anext(stream) == "ready\n"
    await stream.aclose()
    (record,) = await session.history()
    assert record.state is CommandState.ENDED
    assert record.exit_code == 137


async def test_a_program_that_asks_gets_its_answer(session: Session) -> None:
    answers: list[asyncio.Task[int]] = []

    def answer(event: object) -> None:
        if isinstance(event, InputAwaited):
            answers.append(asyncio.create_task(session.send("Ada", enter=True)))

    result = await session.exec("head -n 1 > name", timeout=30, on_event=answer)
    assert answers
    assert result.ok
    assert (await session.exec("cat name")).output == "Ada\n"


async def test_waiting_for_a_text(session: Session) -> None:
    await session.exec("printf 'port 4%d21\\n' 0")
    assert (await session.wait_for_text(r"^port (\d+)$", timeout=60))[1] == "4021", "it was there already"
    waiting = asyncio.create_task(session.wait_for_text("^needle 7$", timeout=60))
    await session.exec("seq 3000; printf '\\033[31mneed\\033[0mle %d\\n' 7; seq 5")
    assert (await waiting)[0] == "needle 7", "colours make no difference"
    with pytest.raises(TimeoutExpiredError, match="never"):
        await session.wait_for_text("never", timeout=0.3)
    with pytest.raises(UsageError, match="regular expression"):
        await session.wait_for_text("(")
    ending = asyncio.create_task(session.wait_for_text("never", timeout=60))
    await session.send("exit", enter=True)
    with pytest.raises(ConflictError, match="ended"):
        await ending


async def test_large_output_comes_whole(session: Session) -> None:
    result = await session.exec("seq 200000")
    assert result.output_bytes == NUMBERS
    assert (await session.exec("seq 200000", stream="none")).output_bytes == b""
    raw = await session.exec("seq 3", stream="raw")
    assert b"1\r\n2\r\n3\r\n" in raw.output_bytes


async def test_follow_gives_what_is_printed_from_now_on(session: Session) -> None:
    await session.exec("echo before")
    got = b""
    async with session.follow() as stream:
        await session.exec("echo after")
        async for data in stream:
            got += data
            if b"after\r\n" in got:
                break
    assert b"before" not in got
    whole = (await session.output(raw=True)).data
    assert b"before\r\n" in whole
    assert b"after\r\n" in whole


async def test_follow_ends_with_the_pane(manager: SessionManager) -> None:
    session = await manager.create(SessionConfig(name="short", command=["sh", "-c", "read line; echo got $line"]))
    async with session.follow() as stream:
        await session.send("it", enter=True)
        assert b"got it" in b"".join([data async for data in stream])
    pane = await session.wait(exit=True, timeout=60)
    assert (pane.status, pane.exit_code) == (PaneStatus.EXITED, 0)
    with pytest.raises(StoppedError):
        await session.exec("echo no")
    assert (await session.start()).status is not SessionStatus.STOPPED


async def test_events_tell_of_everything(manager: SessionManager) -> None:
    async with manager.events() as events:
        session = await manager.create(SessionConfig(name="dev"))
        await session.exec("echo hello")
        await session.kill()
        seen: list[object] = []
        async with asyncio.timeout(DEADLINE_SECONDS):
            async for event in events:
                seen.append(event)
                if isinstance(event, SessionGone):
                    break
    kinds = [type(event) for event in seen]
    assert kinds.index(SessionChanged) < kinds.index(CommandStarted) < kinds.index(CommandEnded)
    (ended,) = [event for event in seen if isinstance(event, CommandEnded)]
    assert (ended.command.command, ended.command.exit_code) == ("echo hello", 0)


# servers that die


async def kill_server(manager: SessionManager) -> int:
    pid = (await manager.status()).pid
    os.kill(pid, signal.SIGKILL)
    return pid


async def test_exec_goes_on_when_the_server_is_killed(manager: SessionManager, session: Session) -> None:
    script = "for n in 1 2 3 4 5 6 7 8; do seq $n 20000; sleep 0.25; done"
    wanted = b"".join(b"".join(b"%d\n" % line for line in range(first, 20_001)) for first in range(1, 9))
    stream = session.exec_stream(script)
    got = bytearray(await stream.read())
    pids = []
    while data := await stream.read():
        got += data
        if len(got) > len(wanted) * (len(pids) + 1) // 4 and len(pids) < 3:
            pids.append(await kill_server(manager))
    assert len(set(pids)) == 3
    assert stream.result.exit_code == 0
    assert bytes(got) == wanted
    assert (await session.exec("echo fine")).output == "fine\n"
    assert [record.command for record in await session.history()] == [script, "echo fine"]


async def test_a_command_that_ends_while_no_server_runs_has_its_result(
    manager: SessionManager, session: Session, tmp_path: Path
) -> None:
    go, done = tmp_path / "go", tmp_path / "done"
    command = f"until test -e {go}; do sleep 0.02; done; echo late; touch {done}; (exit 5)"
    task = asyncio.create_task(session.exec(command))
    await running(session, command)
    await kill_server(manager)
    go.touch()
    result = await task
    assert (result.output, result.exit_code) == ("late\n", 5)
    assert done.exists()


async def test_calls_and_events_after_a_killed_server(manager: SessionManager, session: Session) -> None:
    async with session.events() as events, session.follow() as followed:
        await kill_server(manager)
        assert (await session.refresh()).name == "dev"
        await session.exec("echo again")
        seen: list[type] = []
        got = b""
        async with asyncio.timeout(DEADLINE_SECONDS):
            async for event in events:
                seen.append(type(event))
                if Reconnected in seen:
                    break
            async for data in followed:
                got += data
                if b"again\r\n" in got:
                    break
    status = await manager.status()
    assert [(entry.session, entry.outcome) for entry in status.ledger] == [("dev", "adopted")]


async def test_stopping_with_sessions_kept(manager: SessionManager, session: Session) -> None:
    await session.exec("kept=yes")
    before = (await manager.status()).pid
    assert await manager.stop_server(keep_sessions=True) == []
    assert (await session.exec("echo $kept")).output == "yes\n"
    assert (await manager.status()).pid != before


# the blocking twin in a process of its own

CTRL_C_PROGRAM = """
import sys
from ai_session_tui.blocking import SessionConfig, SessionManager
with SessionManager() as manager:
    session = manager.create(SessionConfig(name="dev"))
    try:
        session.exec(sys.argv[1])
    except KeyboardInterrupt:
        record = session.history()[0]
        print(record.state, record.exit_code, session.exec("echo fine").output.strip())
"""


def test_ctrl_c_interrupts_the_remote_command(real_home: str, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CTRL_C_PROGRAM, INTERRUPTIBLE], stdout=subprocess.PIPE, text=True
    ) as program:
        asyncio.run(until(partial(has_text, tmp_path / "ready")))
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=DEADLINE_SECONDS)
    assert said == "ended 130 fine\n"
    assert program.returncode == 0


def test_twenty_programs_at_once_start_one_server(real_home: str) -> None:
    script = "from ai_session_tui.blocking import SessionManager\nwith SessionManager() as m: print(m.status().pid)"
    programs = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(20)]
    pids = set()
    deadline = time.monotonic() + 2 * DEADLINE_SECONDS
    for program in programs:
        said, _ = program.communicate(timeout=max(1.0, deadline - time.monotonic()))
        assert program.returncode == 0
        pids.add(said)
    assert len(pids) == 1
