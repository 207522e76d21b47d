"""Managers, sessions and streams against a scripted server."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fake_server import FakeServer, Request

import ai_session_tui
from ai_session_tui import SessionConfig, SessionManager, blocking
from ai_session_tui.client import aio
from ai_session_tui.client.execution import ExecStream
from ai_session_tui.client.happenings import (
    CommandEnded,
    CommandStarted,
    Reconnected,
    SessionChanged,
    SessionGone,
)
from ai_session_tui.client.records import SessionStatus, ShellState
from ai_session_tui.errors import (
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    UsageError,
)
from ai_session_tui.paths import Home
from ai_session_tui.protocol import messages
from ai_session_tui.protocol.frames import encode_control

PANE = {
    "index": 1,
    "id": "p1",
    "pid": 77,
    "columns": 80,
    "rows": 24,
    "status": "running",
    "state": "prompt",
    "journal_end": 1000,
}
SESSION = {"id": "s1", "name": "dev", "status": "idle", "created": 1, "panes": [PANE], "newer_field": True}
COMMAND = {"id": 12, "session": "dev", "session_id": "s1", "command": "make", "state": "running"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"))


def write_settings(home: Home, text: str) -> None:
    home.prepare()
    Path(home.config).write_text(text)


def tell(request: Request, event: str, data: dict[str, object]) -> None:
    request.peer.send(encode_control(messages.event(request.ident, event, data)))


def server_with(home: Home, methods: dict[str, object]) -> FakeServer:
    server = FakeServer(home)
    server.methods = {"session.get": lambda request: SESSION, **methods}  # type: ignore[dict-item]
    return server


async def test_create_sends_the_wishes_and_the_settings(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_SESSION_MAX_TOKENS", "8000")
    write_settings(home, "rows = 33\nshell = 'zsh'\n")
    config = SessionConfig(name="dev", dir="/tmp", columns=100, env={"A": "b"}).with_ai_features(True)
    with server_with(home, {"session.create": lambda request: SESSION}) as server:
        async with SessionManager(home.folder) as manager:
            session = await manager.create(config)
    assert (session.id, session.name, session.status) == ("s1", "dev", SessionStatus.IDLE)
    params = server.seen[0].params
    assert params.pop("env")["AI_SESSION_MAX_TOKENS"] == "8000"
    assert params.pop("base_dir") == os.getcwd()
    assert params == {
        "name": "dev",
        "dir": "/tmp",
        "set_env": {"A": "b"},
        "columns": 100,
        "ai_context": True,
        "variables": {},
        "defaults": {"shell": "zsh", "columns": 80, "rows": 33, "max_tokens": 8000, "compression": True},
    }


@pytest.mark.parametrize(
    "wishes",
    [
        {"name": "a:b"},
        {"name": ""},
        {"columns": 0},
        {"rows": 501},
        {"columns": True},
        {"max_tokens": 0},
        {"max_tokens": "8"},
        {"command": "vim notes"},
        {"command": []},
        {"command": ["a\0b"]},
        {"env": {"": "x"}},
        {"env": {"A=B": "x"}},
        {"env": {"A": 1}},
        {"env": {"A": "x\0"}},
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_at_once(wishes: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        SessionConfig(**wishes)  # type: ignore[arg-type]


async def test_list_get_and_what_a_session_knows(home: Home) -> None:
    def get(request: Request) -> object:
        if request.params["target"] not in ("dev", "s1"):
            raise NotFoundError("no session is called 'x'", "look")
        return SESSION

    with server_with(home, {"session.list": lambda request: {"sessions": [SESSION]}, "session.get": get}) as server:
        async with SessionManager(home.folder) as manager:
            (session,) = await manager.list()
            await manager.list(status=SessionStatus.KILLED)
            assert (await manager.get("dev")).id == session.id
            assert session.info.panes[0].state is ShellState.PROMPT
            assert (await session.refresh()).panes[0].pid == 77
            with pytest.raises(NotFoundError):
                await manager.get("x")
        assert [request.params for request in server.seen[:2]] == [{}, {"status": "killed"}]
        assert len(server.peers) == 1, "one connection serves calls that follow each other"


async def test_send_capture_wait_and_kill_say_what_they_mean(home: Home) -> None:
    screen = {"text": "$ ", "columns": 80, "rows": 24, "cursor": {"column": 2, "row": 0, "visible": True}}
    gone = {"id": "s1", "name": "dev", "gone": [{"pid": 77, "name": "bash"}], "survived": []}
    methods = {
        "pane.send": lambda request: {"bytes": 3},
        "pane.capture": lambda request: {**screen, "title": None, "alternate": False},
        "pane.wait": lambda request: {"pane": PANE},
        "session.kill": lambda request: {"sessions": [gone]},
        "session.rename": lambda request: {**SESSION, "name": "other"},
        "command.list": lambda request: {"commands": [COMMAND]},
    }
    with server_with(home, methods) as server:
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            assert await session.send("ls", keys=["C-c"], enter=True, pane=2) == 3
            assert str(await session.capture(scrollback=-1)) == "$ "
            assert (await session.wait(idle=1.0, timeout=10)).pid == 77
            assert [record.command for record in await session.history(5)] == ["make"]
            await session.rename("other")
            assert session.name == "other"
            assert (await session.kill()).gone[0].name == "bash"
            for wrong in ({}, {"idle": 1, "exit": True}):
                with pytest.raises(UsageError):
                    await session.wait(**wrong)  # type: ignore[arg-type]
            with pytest.raises(UsageError):
                await session.send(keys="C-c")
            with pytest.raises(UsageError):
                await manager.kill()
    sent = {request.method: request.params for request in server.seen}
    assert sent["pane.send"] == {"target": "s1:2", "text": "ls", "keys": ["C-c"], "enter": True, "paste": False}
    assert sent["pane.wait"] == {"target": "s1", "until": "idle", "seconds": 1.0, "timeout": 10}
    assert sent["session.kill"] == {"targets": ["s1"], "force": False}


async def test_output_is_collected_with_what_is_lost(home: Home) -> None:
    def output(request: Request) -> object:
        request.output(b"a" * 200_000)
        return {"bytes": 200_000, "lost": [{"offset": 5, "length": 6, "why": "pruned"}]}

    with server_with(home, {"command.output": output}) as server:
        async with SessionManager(home.folder) as manager:
            found = await (await manager.get("dev")).output(12)
    assert found.text == "a" * 200_000
    assert (found.lost[0].offset, found.lost[0].why) == (5, "pruned")
    assert server.seen[-1].params == {"target": "s1#12", "raw": False}


async def test_reading_survives_a_restart_between_and_during_calls(home: Home) -> None:
    async with SessionManager(home.folder, start_server=False) as manager:
        with server_with(home, {}):
            await manager.get("dev")
        with server_with(home, {}):
            await manager.get("dev")
        calls: list[int] = []

        def die_once(request: Request) -> object:
            calls.append(1)
            if len(calls) == 1:
                request.peer.drop()
                return ...
            return SESSION

        with server_with(home, {"session.get": die_once}):
            assert (await manager.get("dev")).name == "dev"
        assert len(calls) == 2


async def test_writing_is_not_repeated_when_nobody_knows_whether_it_was_done(home: Home) -> None:
    def die(request: Request) -> object:
        request.peer.drop()
        return ...

    with server_with(home, {"pane.send": die}) as server:
        async with SessionManager(home.folder) as manager:
            session = await manager.get("dev")
            with pytest.raises(OutcomeUnknownError, match=r"pane\.send"):
                await session.send("rm -r build", enter=True)
    assert [request.method for request in server.seen].count("pane.send") == 1


async def test_events_are_subscribed_when_the_block_is_entered(home: Home) -> None:
    subscribed: list[Request] = []

    def events(request: Request) -> object:
        subscribed.append(request)
        tell(request, "session", SESSION)
        return ...

    def status(request: Request) -> object:
        # A real server takes requests in order; the fake one has a thread for each.
        for _ in range(2000):
            if subscribed:
                return {}
            threading.Event().wait(0.005)
        raise AssertionError("no subscription")

    with server_with(home, {"events": events, "server.status": status}):
        async with SessionManager(home.folder) as manager:
            async with manager.events() as stream:
                assert subscribed
                tell(subscribed[0], "command_started", COMMAND)
                tell(subscribed[0], "newer", {"x": 1})
                tell(subscribed[0], "command_ended", COMMAND)
                tell(subscribed[0], "session_gone", {"id": "s1", "name": "dev"})
                seen = [await anext(stream) for _ in range(4)]
    assert [type(event) for event in seen] == [SessionChanged, CommandStarted, CommandEnded, SessionGone]


async def test_events_of_one_session_and_after_a_lost_server(home: Home) -> None:
    rounds: list[Request] = []

    def events(request: Request) -> object:
        rounds.append(request)
        request.event("command_started", **{**COMMAND, "session_id": "another"})
        request.event("command_started", **COMMAND)
        return ...

    with server_with(home, {"events": events, "server.status": lambda request: {}}):
        async with SessionManager(home.folder) as manager:
            stream = (await manager.get("dev")).events()
            first = await anext(stream)
            assert isinstance(first, CommandStarted)
            assert first.command.session_id == "s1"
            rounds[0].peer.drop()
            assert isinstance(await anext(stream), Reconnected)
            assert isinstance(await anext(stream), CommandStarted)
            await stream.aclose()


async def test_follow_goes_on_where_it_was(home: Home) -> None:
    text = bytes(range(200))
    asked: list[int] = []

    def follow(request: Request) -> object:
        start = int(request.params["from"])
        asked.append(start)
        if start < 1100:
            request.output(text[start - 1000 : start - 1000 + 60])
            request.peer.drop()
            return ...
        request.output(text[start - 1000 :])
        return {"end": 1200}

    with server_with(home, {"pane.follow": follow}):
        async with SessionManager(home.folder) as manager:
            stream = (await manager.get("dev")).follow()
            assert b"".join([data async for data in stream]) == text
    assert asked == [1000, 1060, 1120]


async def test_a_text_that_has_scrolled_out_between_two_looks_is_found(home: Home) -> None:
    flood = b"".join(b"%d\r\n" % number for number in range(3000)) + b"needle\r\n" + b"x\r\n" * 4000
    looked = threading.Event()
    asked: list[int] = []

    def follow(request: Request) -> object:
        assert looked.wait(60)
        request.output(flood)
        return ...

    def capture(request: Request) -> object:
        asked.append(int(request.params["scrollback"]))
        looked.set()
        lines = flood.decode().split("\r\n") if len(asked) > 1 else [""]
        text = "\n".join(lines[-24 - asked[-1] :])
        return {"text": text, "columns": 80, "rows": 24, "cursor": {"column": 0, "row": 0, "visible": True}}

    with server_with(home, {"pane.follow": follow, "pane.capture": capture}):
        async with SessionManager(home.folder) as manager:
            found = await (await manager.get("dev")).wait_for_text("^needle$", timeout=60)
    assert found[0] == "needle"
    assert asked[0] == 0


async def test_nonsense_from_a_server_is_a_protocol_error(home: Home) -> None:
    with server_with(home, {"session.get": lambda request: {"id": 5}, "session.list": lambda request: []}):
        async with SessionManager(home.folder) as manager:
            with pytest.raises(ProtocolError, match="SessionInfo"):
                await manager.get("dev")
            with pytest.raises(ProtocolError, match="sessions"):
                await manager.list()


async def test_a_server_of_another_version_says_what_to_do(home: Home) -> None:
    server = FakeServer(home)
    server.greeting = {"hello": "ai-session", "role": "server", "protocol": 99, "version": "9.0"}
    with server:
        async with SessionManager(home.folder) as manager:
            with pytest.raises(ProtocolError) as caught:
                await manager.list()
    assert "upgrade this client" in caught.value.hint


async def test_the_library_speaks_tcp_with_the_secret(home: Home) -> None:
    with FakeServer(home, tcp_secret="s3cret") as server:
        server.methods = {"session.list": lambda request: {"sessions": []}}
        async with SessionManager(home.folder, start_server=False) as manager:
            assert await manager.list() == []
        assert server.peers[0].hello["secret"] == "s3cret"


async def test_a_closed_manager_says_so(home: Home) -> None:
    with server_with(home, {}):
        manager = SessionManager(home.folder)
        await manager.get("dev")
        await manager.close()
        with pytest.raises(UsageError, match="closed"):
            await manager.get("dev")


# the blocking twin


def test_the_twins_have_the_same_methods_and_parameters() -> None:
    for asynchronous, blocked in (
        (aio.SessionManager, blocking.SessionManager),
        (aio.Session, blocking.Session),
        (ExecStream, blocking.ExecStream),
    ):
        renamed = {"aclose": "close"}
        names = {renamed.get(name, name) for name in vars(asynchronous) if not name.startswith("_")}
        missing = {name for name in names if not hasattr(blocked, name)} - {"command", "key"}
        assert not missing
        for name in names:
            ours, theirs = getattr(asynchronous, name, None), getattr(blocked, name)
            if inspect.isfunction(ours):
                assert _parameters(ours) == _parameters(theirs), name


def _parameters(function: object) -> list[tuple[str, object, object]]:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    return [(each.name, each.kind, each.default) for each in signature.parameters.values()]


def test_the_blocking_twin_reuses_its_connection_and_notices_a_restart(home: Home) -> None:
    with blocking.SessionManager(home.folder, start_server=False) as manager:
        with server_with(home, {}) as server:
            manager.get("dev")
            manager.get("dev")
            assert len(server.peers) == 1
        with server_with(home, {"pane.send": lambda request: {"bytes": 1}}):
            # Sent over the dead connection this would be an error: it must not be repeated.
            assert blocking.Session(manager._loop, _handle(manager)).send("x") == 1


def _handle(manager: blocking.SessionManager) -> aio.Session:
    from ai_session_tui.client.decoding import decode
    from ai_session_tui.client.records import SessionInfo

    return aio.Session(manager._manager._channels, decode(SESSION, SessionInfo))


async def test_the_blocking_twin_refuses_to_block_a_running_loop(home: Home) -> None:
    manager = blocking.SessionManager(home.folder)
    with pytest.raises(UsageError, match="running event loop"):
        manager.list()
    await asyncio.to_thread(manager.close)


def test_the_blocking_twin_makes_no_threads(home: Home) -> None:
    with server_with(home, {"exec.run": lambda request: {**COMMAND, "exit_code": 0}}):
        with blocking.SessionManager(home.folder, start_server=False) as manager:
            session = manager.get("dev")
            before = {thread.name for thread in threading.enumerate() if thread.name.startswith("asyncio")}
            assert session.exec("make").ok
            after = {thread.name for thread in threading.enumerate() if thread.name.startswith("asyncio")}
    assert before == after == set()


# importing


@pytest.mark.parametrize("statement", ["import ai_session_tui", "import ai_session_tui.client"])
def test_importing_the_package_loads_nothing_slow(statement: str) -> None:
    script = f"import sys; {statement}; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ}
    ).stdout.split()
    slow = {"asyncio", "textual", "pyte", "tiktoken", "msgspec", "typing", "dataclasses", "enum", "socket"}
    assert not slow & set(loaded)


def test_every_public_name_is_there_and_known_to_type_checkers() -> None:
    source = Path(ai_session_tui.__file__).read_text()
    for name in ai_session_tui.__all__:
        assert getattr(ai_session_tui, name) is not None
        assert name == "__version__" or f"import {name} as {name}\n" in source
    assert set(ai_session_tui.__all__) <= set(dir(ai_session_tui))
    with pytest.raises(AttributeError):
        ai_session_tui.no_such_name  # noqa: B018


async def test_conflict_is_told(home: Home) -> None:
    def create(request: Request) -> object:
        raise ConflictError("the name 'dev' is taken")

    with server_with(home, {"session.create": create}):
        async with SessionManager(home.folder) as manager:
            with pytest.raises(ConflictError):
                await manager.create()
