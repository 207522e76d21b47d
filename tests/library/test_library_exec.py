"""`exec` against a scripted server: what the caller gets when servers die, and of commands nobody wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from fake_server import FakeServer, Request
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_session_tui import SessionManager, limits
from ai_session_tui.blocking import SessionManager as BlockingManager
from ai_session_tui.client.happenings import InputAwaited, Queued, ScreenTaken, Started
from ai_session_tui.errors import (
    BusyError,
    NotFoundError,
    OutcomeUnknownError,
    ServerUnreachableError,
    TimeoutExpiredError,
    UsageError,
)
from ai_session_tui.paths import Home

SESSION = {"id": "s1", "name": "dev", "status": "idle", "created": 1.0, "panes": []}


def command(**more: object) -> dict[str, object]:
    return {"id": 12, "session": "dev", "session_id": "s1", "command": "make", "state": "running", **more}


ENDED = command(state="ended", exit_code=0, duration_s=0.5, cwd="/src")


@pytest.fixture(autouse=True)
def loop_never_blocks() -> Iterator[None]:
    with blockbuster_ctx("ai_session_tui.client") as blockbuster:
        blockbuster.functions["os.path.abspath"].deactivate()  # reads no file
        yield


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"))


@contextmanager
def serving(home: Home, **methods: object) -> Iterator[FakeServer]:
    with FakeServer(home) as server:
        server.methods = {
            "session.get": lambda request: SESSION,
            **{name.replace("_", ".", 1): method for name, method in methods.items()},  # type: ignore[dict-item]
        }
        yield server


def params_of(server: FakeServer, method: str) -> list[dict[str, object]]:
    return [request.params for request in server.seen if request.method == method]


async def test_exec_returns_the_record_and_the_output(home: Home) -> None:
    def run(request: Request) -> object:
        request.event("started", **command())
        request.output(b"caf\xc3")
        request.output(b"\xa9\xff\n")
        return ENDED

    with serving(home, exec_run=run) as server:
        async with SessionManager(home.folder) as manager:
            result = await (await manager.get("dev")).exec("make", timeout=60)
    assert (result.output, result.output_bytes) == ("café\ufffd\n", b"caf\xc3\xa9\xff\n")
    assert (result.id, result.exit_code, result.ok, result.cwd, result.address) == (12, 0, True, "/src", "dev#12")
    (params,) = params_of(server, "exec.run")
    assert (params["target"], params["command"], params["timeout"], params["stream"]) == ("s1", "make", 60, "output")
    assert "from" not in params


async def test_a_stream_gives_whole_characters_and_then_the_result(home: Home) -> None:
    def run(request: Request) -> object:
        for byte in "né\n".encode():
            request.output(bytes([byte]))
        return ENDED

    with serving(home, exec_run=run):
        async with SessionManager(home.folder) as manager:
            stream = (await manager.get("dev")).exec_stream("make")
            with pytest.raises(UsageError):
                _ = stream.result
            assert [chunk async for chunk in stream] == ["n", "é", "\n"]
            assert stream.result.exit_code == 0
            assert [chunk async for chunk in stream] == []


async def test_whoever_waits_hears_why(home: Home) -> None:
    def run(request: Request) -> object:
        request.event("queued", ahead=1, running="vim")
        request.event("started", **command())
        request.event("screen", taken=True)
        request.event("input")
        request.event("something_newer", x=1)
        return ENDED

    heard: list[object] = []
    with serving(home, exec_run=run):
        async with SessionManager(home.folder) as manager:
            await (await manager.get("dev")).exec("make", on_event=heard.append)
    assert [type(event) for event in heard] == [Queued, Started, ScreenTaken, InputAwaited]
    assert heard[0] == Queued(1, "vim")


async def test_a_timeout_carries_the_output_so_far(home: Home) -> None:
    def run(request: Request) -> object:
        request.output(b"half")
        raise TimeoutExpiredError("its time was over", "hint")

    with serving(home, exec_run=run):
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            with pytest.raises(TimeoutExpiredError) as caught:
                await session.exec("make", timeout=1)
    assert caught.value.output == b"half"


async def test_a_record_that_says_timed_out_is_a_timeout_too(home: Home) -> None:
    def run(request: Request) -> object:
        request.output(b"half")
        return command(state="ended", exit_code=130, timed_out=True)

    with serving(home, exec_run=run):
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            with pytest.raises(TimeoutExpiredError, match="within 1 second") as caught:
                await session.exec("make", timeout=1)
    assert (caught.value.output, caught.value.hint) == (b"half", "its record is dev#12.")


async def test_errors_keep_their_class_and_hint(home: Home) -> None:
    def run(request: Request) -> object:
        raise BusyError("dev is busy running 'vim'", "queue behind it.")

    with serving(home, exec_run=run) as server:
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            with pytest.raises(BusyError, match="vim") as caught:
                await session.exec("make", wait=False)
    assert caught.value.hint == "queue behind it."
    assert params_of(server, "exec.run")[0]["wait"] is False


OUTPUT = bytes(range(256)) * 8


class Journal:
    """Servers that die, one after the other, while one command's output is delivered from the same journal."""

    def __init__(self, plan: list[tuple[int, int]]) -> None:
        self.plan = plan  # per server: bytes it delivers, and the distance of the offset it names before them
        self.runs: list[dict[str, object]] = []

    def run(self, request: Request) -> object:
        self.runs.append(request.params)
        start = int(request.params.get("from", 100)) - 100
        request.event("started", **command(start_offset=100))
        if len(self.runs) > len(self.plan):
            request.output(OUTPUT[start:])
            return ENDED
        amount, named = self.plan[len(self.runs) - 1]
        middle = start + max(0, amount - named)
        request.output(OUTPUT[start:middle])
        if named <= amount:
            request.event("offset", offset=100 + min(middle, len(OUTPUT)))
        request.output(OUTPUT[middle : start + amount])
        request.peer.drop()
        return ...


@settings(max_examples=25, deadline=None)
@given(plan=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 1200)), max_size=3))
async def test_every_byte_comes_once_however_often_the_connection_breaks(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[int, int]]
) -> None:
    journal = Journal(plan)
    home = Home(str(tmp_path_factory.mktemp("home")))
    with serving(home, exec_run=journal.run, exec_find=lambda request: command()):
        async with SessionManager(home.folder) as manager:
            result = await (await manager.get("dev")).exec("make")
    assert result.output_bytes == OUTPUT
    assert len(journal.runs) == len(plan) + 1
    assert len({str(params["key"]) for params in journal.runs}) == 1


async def test_a_command_that_started_is_never_run_again(home: Home) -> None:
    runs: list[Request] = []

    def run(request: Request) -> object:
        runs.append(request)
        request.event("started", **command())
        request.peer.drop()
        return ...

    def find(request: Request) -> object:
        raise NotFoundError("no such command")

    with serving(home, exec_run=run, exec_find=find):
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            with pytest.raises(OutcomeUnknownError):
                await session.exec("rm -r build")
    assert len(runs) == 1


async def test_a_server_that_always_hangs_up_is_given_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXEC_REJOINS", 2)

    def run(request: Request) -> object:
        request.peer.drop()
        return ...

    with serving(home, exec_run=run) as server:
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            with pytest.raises(OutcomeUnknownError):
                await session.exec("make")
    assert len(params_of(server, "exec.run")) == 3


async def test_the_next_server_goes_on(home: Home) -> None:
    first = FakeServer(home)
    reached = threading.Event()

    def run_and_hang(request: Request) -> object:
        request.event("started", **command(start_offset=100))
        request.output(b"one ")
        request.event("offset", offset=104)
        reached.set()
        return ...

    first.methods = {"session.get": lambda request: SESSION, "exec.run": run_and_hang}

    def run(request: Request) -> object:
        request.output(b"two")
        return ENDED

    async with SessionManager(home.folder) as manager:
        waiting = asyncio.create_task((await manager.get("dev")).exec("make"))
        await asyncio.to_thread(reached.wait, 20)
        await asyncio.to_thread(first.close)
        with serving(home, exec_run=run, exec_find=lambda request: command()) as second:
            result = await waiting
    assert result.output == "one two"
    assert params_of(second, "exec.run")[0]["from"] == 104


async def test_cancelling_interrupts_the_command_and_waits_for_its_end(home: Home) -> None:
    started = threading.Event()
    order: list[str] = []

    def run(request: Request) -> object:
        request.event("started", **command())
        request.output(b"x" * 300_000)
        started.set()
        request.await_cancel()
        order.append("interrupted")
        return command(state="ended", exit_code=130)

    with serving(home, exec_run=run):
        async with SessionManager(home.folder) as manager:
            task = asyncio.create_task((await manager.get("dev")).exec("make"))
            await asyncio.to_thread(started.wait, 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            order.append("cancelled")
    assert order == ["interrupted", "cancelled"]


async def test_a_command_that_ignores_the_interrupt_is_killed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CANCEL_GRACE_SECONDS", 0.1)
    started = threading.Event()
    cancels: list[int] = []

    def run(request: Request) -> object:
        started.set()
        for number in (1, 2):
            request.await_cancel()
            cancels.append(number)
        return command(state="ended", exit_code=137)

    with serving(home, exec_run=run):
        async with SessionManager(home.folder) as manager:
            task = asyncio.create_task((await manager.get("dev")).exec("make"))
            await asyncio.to_thread(started.wait, 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert cancels == [1, 2]


async def test_cancelling_between_two_servers_interrupts_the_command_with_the_next(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REJOIN_SECONDS", 30.0)  # the pause in which it is cancelled
    runs: list[Request] = []

    def run(request: Request) -> object:
        runs.append(request)
        request.event("started", **command())
        if len(runs) == 1:
            request.peer.drop()
            return ...
        request.await_cancel()
        return command(state="ended", exit_code=130)

    with serving(home, exec_run=run, exec_find=lambda request: command()):
        async with SessionManager(home.folder) as manager:
            stream = (await manager.get("dev")).exec_stream("make")
            task = asyncio.create_task(stream.read())
            async with asyncio.timeout(20):
                while stream.command is None or stream._lease is not None:
                    await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert stream.result.exit_code == 130
    assert len(runs) == 2


async def test_leaving_the_block_early_interrupts_and_detaching_does_not(home: Home) -> None:
    cancelled = threading.Event()
    runs: list[Request] = []

    def run(request: Request) -> object:
        runs.append(request)
        request.output(b"ready\n")
        if len(runs) == 1:
            return ...
        request.await_cancel()
        cancelled.set()
        return command(state="ended", exit_code=130)

    with serving(home, exec_run=run):
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            async with session.exec_stream("serve") as stream:
                assert await stream.read() == b"ready\n"
                stream.detach()
            assert not cancelled.is_set()
            async with session.exec_stream("serve") as stream:
                async for chunk in stream:
                    assert chunk == "ready\n"
                    break
            assert cancelled.is_set()
            assert stream.is_over


async def test_a_reader_that_takes_its_time_does_not_hold_up_other_calls(home: Home) -> None:
    total = 8 * 1024 * 1024

    def run(request: Request) -> object:
        request.output(b"y" * total)
        return ENDED

    with serving(home, exec_run=run):
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            stream = session.exec_stream("yes")
            got = len(await stream.read())
            for _ in range(20):
                await session.refresh()
            while data := await stream.read():
                got += len(data)
    assert got == total


async def test_many_commands_wait_at_once_and_calls_still_get_through(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIBRARY_STREAMS", 3)
    go = threading.Event()

    def run(request: Request) -> object:
        assert go.wait(60)
        return ENDED

    with serving(home, exec_run=run) as server:
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            tasks = [asyncio.create_task(session.exec("make")) for _ in range(10)]
            await session.refresh()
            go.set()
            assert all(result.ok for result in await asyncio.gather(*tasks))
    assert len(server.peers) <= 3 + 2


async def test_without_a_server_and_without_leave_to_start_one(home: Home) -> None:
    async with SessionManager(home.folder, start_server=False) as manager:
        with pytest.raises(ServerUnreachableError, match="no server answers"):
            await manager.get("dev")


def test_the_blocking_twin_gives_the_same(home: Home) -> None:
    def run(request: Request) -> object:
        request.output(b"one\n")
        request.output(b"two\n")
        return ENDED

    with serving(home, exec_run=run), BlockingManager(home.folder) as manager:
        session = manager.get("dev")
        assert session.exec("make").output == "one\ntwo\n"
        stream = session.exec_stream("make")
        assert "".join(stream) == "one\ntwo\n"
        assert stream.result.ok
        with session.exec_stream("make") as stream:
            assert stream.read() == b"one\n"
