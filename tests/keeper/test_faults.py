"""Any one process may be killed: programs go on, their terminals too, and their ends are known."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_session_tui import sockets
from ai_session_tui.keeper.__main__ import EXIT_TAKEN
from ai_session_tui.keeper.link import KeeperLink
from ai_session_tui.limits import KEEPER_RESPAWNS
from ai_session_tui.paths import Home
from tests.keeper import small_server
from tests.keeper.keeper_kit import Server, exists, is_alive, open_files, read_until, until

SMALL_SERVER = str(Path(small_server.__file__))


class Story:
    """What the small servers reported."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self.started: list[subprocess.Popen[bytes]] = []

    def lines(self, what: str, **fields: object) -> list[dict[str, object]]:
        found = [json.loads(line) for line in self.path.read_text().splitlines()]
        return [line for line in found if line["what"] == what and line.items() >= fields.items()]

    async def line(self, what: str, index: int = 0, **fields: object) -> dict[str, object]:
        await until(lambda: len(self.lines(what, **fields)) > index)
        return self.lines(what, **fields)[index]

    def start(self, home: Home, *words: str) -> subprocess.Popen[bytes]:
        # A session of its own, as a server has: so strays are told from the server's own children.
        process = subprocess.Popen(
            [sys.executable, SMALL_SERVER, home.folder, str(self.path), *words], start_new_session=True
        )
        self.started.append(process)
        return process


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    made = Story(tmp_path / "story")
    yield made
    for process in made.started:
        process.kill()
        process.wait()
    for line in made.lines("started"):
        pid = line["pid"]
        assert isinstance(pid, int)
        if is_alive(pid) and SMALL_SERVER in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)


async def test_a_killed_server_is_started_again_and_finds_everything_running(home: Home, story: Story) -> None:
    first = story.start(home)
    flowing = await story.line("flowing")
    first.kill()
    first.wait()
    again = await story.line("flowing", 1)
    assert again["server"] != flowing["server"]
    assert (again["keeper"], again["pids"]) == (flowing["keeper"], flowing["pids"])
    assert again["keeper_files"] == flowing["keeper_files"]
    server = again["server"]
    assert isinstance(server, int)
    assert os.getsid(server) == server, "the new server lives in a session of its own"
    os.kill(server, signal.SIGKILL)
    third = await story.line("flowing", 2)
    assert third["pids"] == flowing["pids"]
    assert third["keeper_files"] == flowing["keeper_files"]


async def test_an_end_without_a_server_is_told_to_the_next(home: Home, story: Story) -> None:
    server = Server(await KeeperLink.start(home, []))
    pid, fd = await server.sh("p", "echo up; read line; exit 9")
    read_until(fd, b"up")
    keeper = server.link.keeper_pid
    server.link._end()  # gone without a goodbye, and nothing to start again
    os.write(fd, b"go\n")
    await until(lambda: not exists(pid))
    next_server = Server(await KeeperLink.start(home, []))
    assert next_server.link.keeper_pid == keeper
    [kept] = await next_server.link.panes()
    assert kept.exit is not None and kept.exit.code == 9
    assert kept.fd is not None
    os.close(kept.fd)
    os.close(fd)
    await next_server.link.shutdown()


async def test_a_killed_keeper_is_replaced_and_ends_are_still_known(home: Home, story: Story) -> None:
    server = story.start(home)
    flowing = await story.line("flowing")
    keeper, pids = flowing["keeper"], flowing["pids"]
    assert isinstance(keeper, int) and isinstance(pids, dict)
    os.kill(keeper, signal.SIGKILL)
    again = await story.line("flowing", 1)
    assert again["keeper"] != keeper and again["pids"] == pids
    assert not exists(keeper), "a zombie of the old keeper"
    # One pidfd a pane, which watches the orphan.
    assert again["files"] == int(str(flowing["files"])) + small_server.PANES

    os.kill(pids["p0"], signal.SIGTERM)
    assert (await story.line("exited", pane="p0"))["raw"] == signal.SIGTERM
    await until(lambda: not exists(pids["p0"]))

    # Now its adopting server dies as well, and with it the parent of the orphans.
    server.kill()
    server.wait()
    third = await story.line("flowing", 2)
    assert third["keeper"] == again["keeper"]
    os.kill(pids["p1"], signal.SIGTERM)
    assert (await story.line("exited", pane="p1"))["raw"] in (signal.SIGTERM, None)


async def test_keeper_and_server_are_killed_in_turn(home: Home, story: Story) -> None:
    story.start(home)
    pids = (await story.line("flowing"))["pids"]
    for turn in range(3):
        flowing = await story.line("flowing", 2 * turn)
        os.kill(int(str(flowing["keeper"])), signal.SIGKILL)
        flowing = await story.line("flowing", 2 * turn + 1)
        assert flowing["pids"] == pids
        os.kill(int(str(flowing["server"])), signal.SIGKILL)
        flowing = await story.line("flowing", 2 * turn + 2)
        assert flowing["pids"] == pids


async def test_the_keeper_gives_up_on_a_server_that_keeps_failing(home: Home, story: Story) -> None:
    quick = [sys.executable, SMALL_SERVER, home.folder, str(story.path), "quick"]
    server = Server(await KeeperLink.start(home, quick))
    pid, fd = await server.sh("p", "exec cat")
    server.link._end()
    await until(lambda: "keeps failing" in _log(home))
    assert len(story.lines("started")) == KEEPER_RESPAWNS
    assert is_alive(pid)
    assert _log(home).count("\n") == 1
    # A server that someone else starts is welcome, and the count begins anew.
    other = Server(await KeeperLink.start(home, quick))
    other.link._end()
    await until(lambda: len(story.lines("started")) > KEEPER_RESPAWNS)
    os.close(fd)


async def test_a_server_program_that_is_not_there_is_tried_too(home: Home) -> None:
    server = Server(await KeeperLink.start(home, ["/no/such/server"]))
    pid, fd = await server.sh("p", "exec cat")
    server.link._end()
    await until(lambda: "keeps failing" in _log(home))
    assert is_alive(pid)
    os.close(fd)


async def test_a_second_keeper_is_refused(server: Server, home: Home) -> None:
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ai_session_tui.keeper", "--home", home.folder, stdout=subprocess.PIPE
    )
    output, _ = await second.communicate()
    assert (second.returncode, output) == (EXIT_TAKEN, b"")
    await server.sh("p", "exit 4")
    assert (await server.ended("p")).code == 4


async def test_two_servers_that_start_a_keeper_at_once_share_it(home: Home) -> None:
    links = await asyncio.gather(*(KeeperLink.start(home, []) for _ in range(4)), return_exceptions=True)
    alive = [link for link in links if isinstance(link, KeeperLink)]
    assert alive
    assert len({link.keeper_pid for link in alive}) == 1
    last = await KeeperLink.start(home, [])
    await last.shutdown()


async def test_a_stale_socket_is_replaced(home: Home) -> None:
    stale = sockets.bind_unix(home.keeper_socket)
    stale.close()
    link = await KeeperLink.start(home, [])
    await link.shutdown()


async def test_a_very_long_home_works(tmp_path: Path) -> None:
    folder = tmp_path / ("long " * 20) / ("ü" * 60) / ("x" * 100)
    home = Home(str(folder))
    home.prepare()
    assert len(os.fsencode(home.keeper_socket)) > 300
    link = await KeeperLink.start(home, [])
    assert os.readlink(f"/proc/{link.keeper_pid}/cwd") == "/"
    again = await KeeperLink.start(home, [])
    assert again.keeper_pid == link.keeper_pid
    await again.shutdown()


GARBAGE = {
    "http": b"GET / HTTP/1.1\r\n\r\n",
    "zeros": b"\0" * 100_000,
    "a list": b"\0\0\0\2[]",
    "nothing": b"\0\0\0\2{}",
    "broken": b"\0\0\0\3nul",
    "no utf-8": b"\0\0\0\2\xff\xfe",
    "too early": b"\0\0\0\x18" + b'{"id":1,"do":"shutdown"}',
    "no descriptors": b"\0\0\0\x0f" + b'{"id":1,"fds":9}',
    "deep": b"\0\1\0\0" + b"[" * 65536,
    "other version": b"\0\0\0\x22" + b'{"id":1,"do":"hello","version":99}',
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_costs_the_sender_its_connection_and_nothing_else(
    server: Server, home: Home, garbage: bytes
) -> None:
    files = open_files(server.link.keeper_pid)
    stranger = sockets.connect_unix(home.keeper_socket, 10.0)
    with stranger:
        await asyncio.to_thread(_talk, stranger, garbage)
    await until(lambda: open_files(server.link.keeper_pid) == files)
    await server.sh("p", "exit 6")
    assert (await server.ended("p")).code == 6


async def test_strangers_cannot_use_the_keeper_up(server: Server, home: Home) -> None:
    crowd = [sockets.connect_unix(home.keeper_socket, 10.0) for _ in range(50)]
    await server.sh("p", "exit 2")
    assert (await server.ended("p")).code == 2
    assert open_files(server.link.keeper_pid) < 40
    for stranger in crowd:
        stranger.close()


async def test_descriptors_that_nobody_wanted_are_closed(server: Server, home: Home) -> None:
    files = open_files(server.link.keeper_pid)
    ours, theirs = os.pipe()
    os.close(theirs)
    for frame in (b'{"id":1,"do":"hello","fds":1}', b'{"id":1,"do":"hello"}', b'{"fds":1}{'):
        with sockets.connect_unix(home.keeper_socket, 10.0) as stranger:
            socket.send_fds(stranger, [len(frame).to_bytes(4, "big") + frame], [ours])
    os.close(ours)
    await until(lambda: open_files(server.link.keeper_pid) == files)


async def test_a_server_that_does_not_read_does_not_stop_the_keeper(home: Home) -> None:
    deaf = sockets.connect_unix(await _keeper_socket(home), 10.0)
    hello = json.dumps({"id": 1, "do": "hello", "version": 1, "pid": 0, "respawn": []}).encode()
    spawn = json.dumps(
        {
            "id": 2,
            "do": "spawn",
            "pane": "p",
            "argv": ["sh", "-c", "exit 5"],
            "env": {"PATH": os.environ["PATH"]},
            "cwd": "/",
            "columns": 80,
            "rows": 24,
        }
    ).encode()
    ask = json.dumps({"id": 3, "do": "list"}).encode()
    with deaf:
        for frame in (hello, spawn):
            deaf.sendall(len(frame).to_bytes(4, "big") + frame)
        deaf.setblocking(False)
        sent = 0
        for _ in range(200_000):
            try:
                sent += deaf.send(len(ask).to_bytes(4, "big") + ask)
            except BlockingIOError:
                break
        else:
            pytest.fail("the keeper went on taking requests whose answers nobody reads")
        server = Server(await KeeperLink.start(home, []))
        [kept] = await server.link.panes()
        assert kept.fd is not None
        os.close(kept.fd)
        status = kept.exit or await server.ended("p")  # as the keeper came to it
        await server.link.shutdown()
        assert status.code == 5


async def _keeper_socket(home: Home) -> str:
    link = await KeeperLink.start(home, [])
    await link.goodbye()
    return home.keeper_socket


def _talk(stranger: socket.socket, garbage: bytes) -> None:
    """Say something wrong and wait until the keeper hangs up."""
    try:
        stranger.sendall(garbage)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(4096):
            pass
    except ConnectionError:
        pass


def _log(home: Home) -> str:
    try:
        return Path(home.log).read_text()
    except FileNotFoundError:
        return ""
