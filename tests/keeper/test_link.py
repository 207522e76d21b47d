"""What a server gets from its keeper: programs, their terminals and their ends."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import termios

import pytest

from ai_session_tui.errors import ServerError, SpawnError
from ai_session_tui.keeper.link import KeeperLink
from ai_session_tui.paths import Home
from tests.keeper.keeper_kit import (
    DEADLINE,
    ENVIRONMENT,
    Server,
    exists,
    is_alive,
    open_files,
    read_all,
    read_until,
    until,
    write_script,
)


async def test_a_program_runs_on_a_terminal_of_the_wished_size(server: Server) -> None:
    spawned = await server.link.spawn("p", ["sh", "-c", "stty size; tty; pwd"], ENVIRONMENT, "/usr", 133, 41)
    words = read_all(spawned.fd).split()
    os.close(spawned.fd)
    assert words[:2] == [b"41", b"133"]
    assert words[2].startswith(b"/dev/")
    assert words[3] == b"/usr"


async def test_exit_codes_and_signals_arrive(server: Server) -> None:
    await server.sh("seven", "exit 7")
    pid, _ = await server.sh("killed", "echo up; exec sleep 1000")
    os.kill(pid, signal.SIGTERM)
    assert (await server.ended("seven")).code == 7
    status = await server.ended("killed")
    assert (status.code, status.signal) == (None, signal.SIGTERM)
    assert not exists(pid), "the keeper left a zombie"


async def test_an_end_is_told_after_the_answer_to_the_spawn(server: Server) -> None:
    for index in range(40):
        pane = f"p{index}"
        await server.sh(pane, "exit 0")
        assert pane not in server.exits  # no turn of the loop in between
        await server.ended(pane)
    assert sorted(server.heard) == sorted(set(server.heard))


async def test_output_after_the_end_can_still_be_read_from_the_list(server: Server) -> None:
    _, fd = await server.sh("p", "printf last-words; exit 3")
    await server.ended("p")
    [kept] = await server.link.panes()
    assert kept.exit is not None and kept.exit.code == 3
    assert kept.fd is not None
    assert read_all(kept.fd) == b"last-words"
    os.close(kept.fd)
    await server.link.forget("p")
    assert await server.link.panes() == []
    assert read_all(fd) == b""


async def test_forget_is_refused_while_the_program_runs(server: Server) -> None:
    await server.sh("p", "exec sleep 1000")
    with pytest.raises(ServerError):
        await server.link.forget("p")
    with pytest.raises(ServerError):
        await server.link.forget("stranger")


async def test_close_hangs_the_program_up_once_nobody_holds_the_master(server: Server) -> None:
    pid, _ = await server.sh("p", "exec sleep 1000")
    await server.link.close("p")
    assert is_alive(pid), "the server still holds the master"
    os.close(server.fds.pop())
    assert (await server.ended("p")).signal == signal.SIGHUP


@pytest.mark.parametrize(
    ("argv", "cwd", "words"),
    [
        (["no-such-program"], "/", "No such file"),
        (["/etc/passwd"], "/", "Permission denied"),
        (["/"], "/", "Permission denied"),
        (["sh"], "/no/such/folder", "the folder '/no/such/folder'"),
        (["sh"], "/etc/passwd", "Not a directory"),
        ([], "/", "No such file"),
        ([""], "/", "No such file"),
        (["sh", "a\0b"], "/", "Invalid argument"),
        (["sh", "x" * 300_000], "/", "Argument list too long"),
    ],
)
async def test_what_cannot_start_says_why_and_leaves_nothing(
    server: Server, argv: list[str], cwd: str, words: str
) -> None:
    keeper_files = open_files(server.link.keeper_pid)
    for _ in range(2):
        with pytest.raises(SpawnError, match=words):
            await server.link.spawn("p", argv, ENVIRONMENT, cwd, 80, 24)
    assert await server.link.panes() == []
    await until(lambda: open_files(server.link.keeper_pid) == keeper_files)
    assert _children(server.link.keeper_pid) == []


async def test_a_script_without_interpreter_and_a_bad_environment_are_errors(server: Server, home: Home) -> None:
    script = os.path.join(home.folder, "script")
    write_script(script, "#!/no/such/interpreter\n")
    with pytest.raises(SpawnError, match="No such file"):
        await server.link.spawn("p", [script], ENVIRONMENT, "/", 80, 24)
    for env in ({"A=B": "c"}, {"": "c"}, {"A": "\0"}, {"A": "\ud800"}):
        with pytest.raises(SpawnError, match="Invalid argument"):
            await server.link.spawn("p", ["sh"], env, "/", 80, 24)
    with pytest.raises(SpawnError, match="no terminal"):
        await server.link.spawn("p", ["sh"], ENVIRONMENT, "/", 80, 70_000)
    assert await server.link.panes() == []


async def test_the_path_of_the_child_decides_and_relative_programs_are_of_its_folder(
    server: Server, home: Home
) -> None:
    os.mkdir(os.path.join(home.folder, "bin"))
    script = os.path.join(home.folder, "bin", "tool")
    write_script(script, "#!/bin/sh\necho found\n")
    for argv, path in ((["tool"], f"{home.folder}/bin"), (["bin/tool"], "/nowhere"), (["tool"], "bin")):
        spawned = await server.link.spawn("p", argv, {"PATH": path}, home.folder, 80, 24)
        assert read_all(spawned.fd) == b"found\r\n"
        os.close(spawned.fd)
        await server.ended("p")
        await server.link.forget("p")
        del server.exits["p"]


async def test_the_environment_is_exact(server: Server) -> None:
    env = {"A": "1", "ODD": "\udcff=ü\n", "PATH": "/usr/bin:/bin"}
    spawned = await server.link.spawn("p", ["cat", "/proc/self/environ"], env, "/", 80, 24)
    printed = read_all(spawned.fd).replace(b"\r\n", b"\n")
    os.close(spawned.fd)
    assert printed == b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in env.items())


async def test_a_child_has_the_terminal_and_nothing_else(server: Server) -> None:
    await server.sh("other", "exec sleep 1000")
    spawned = await server.link.spawn("p", ["ls", "-1", "/proc/self/fd"], ENVIRONMENT, "/", 80, 24)
    assert read_all(spawned.fd).split() == [b"0", b"1", b"2", b"3"]  # 3 is the folder that ls reads
    os.close(spawned.fd)


async def test_a_child_starts_with_default_signals_and_limits(server: Server) -> None:
    script = "grep -E '^Sig(Blk|Ign)' /proc/self/status; ulimit -Sn"
    _, fd = await server.sh("p", script)
    words = read_all(fd).split()
    assert int(words[1], 16) == 0
    # 32 and 33 are the C library's own; its posix_spawn(3) ignores them in every child.
    assert int(words[3], 16) & ~(0b11 << 31) == 0
    import resource

    assert int(words[4]) == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


async def test_the_terminal_erases_whole_characters(server: Server) -> None:
    _, fd = await server.sh("p", "exec sleep 1000")
    assert termios.tcgetattr(fd)[0] & 0o40000


async def test_a_keeper_shares_nothing_with_the_server(server: Server) -> None:
    pid = server.link.keeper_pid
    assert os.getsid(pid) == pid != os.getsid(0)
    assert os.getpgid(pid) == pid
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    targets = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    assert targets.count("/dev/null") == 3
    ours = {os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_pipe(fd)}
    assert not ours & set(targets)
    assert os.stat(Home(_home_of(pid)).keeper_socket).st_mode & 0o777 == 0o600


async def test_three_hundred_panes_are_listed_with_their_terminals(server: Server) -> None:
    ours, theirs = open_files(), open_files(server.link.keeper_pid)
    pids = {}
    for index in range(300):
        spawned = await server.link.spawn(f"p{index}", ["sleep", "1000"], ENVIRONMENT, "/", 80 + index, 24)
        os.close(spawned.fd)
        pids[f"p{index}"] = spawned.pid
    assert open_files() == ours
    await until(lambda: open_files(server.link.keeper_pid) == theirs + 300)
    kept = await server.link.panes()
    assert {pane.pane: pane.pid for pane in kept} == pids
    for pane in kept:
        assert pane.fd is not None
        size = struct.unpack("HHHH", fcntl.ioctl(pane.fd, termios.TIOCGWINSZ, bytes(8)))
        assert size[1] == 80 + int(pane.pane[1:]), "a terminal went to the wrong pane"
        os.close(pane.fd)
    await asyncio.gather(*(server.link.close(pane) for pane in pids))
    await until(lambda: len(server.exits) == 300)
    await asyncio.gather(*(server.link.forget(pane) for pane in pids))
    await until(lambda: open_files(server.link.keeper_pid) == theirs)
    assert open_files() == ours
    assert _children(server.link.keeper_pid) == []


async def test_the_newest_server_wins(server: Server, home: Home) -> None:
    _, fd = await server.sh("p", "echo first; exec cat")
    read_until(fd, b"first")
    newer = Server(await KeeperLink.start(home, []))
    await asyncio.wait_for(server.lost.wait(), DEADLINE)
    with pytest.raises(ServerError):
        await server.link.panes()
    assert newer.link.keeper_pid == server.link.keeper_pid
    [kept] = await newer.link.panes()
    assert kept.fd is not None
    os.write(kept.fd, b"second\n")
    read_until(kept.fd, b"second")
    os.close(kept.fd)
    await newer.link.shutdown(kill=True)


async def test_a_request_that_nobody_waits_for_leaks_no_descriptor_and_no_program(server: Server) -> None:
    ours = open_files()
    for index in range(10):
        spawn = asyncio.create_task(server.sh(f"p{index}", "exec sleep 1000"))
        await asyncio.sleep(0)  # the request is on its way
        spawn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await spawn
    deadline = asyncio.get_running_loop().time() + DEADLINE
    while await _kept_count(server):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)
    assert open_files() == ours


async def test_goodbye_leaves_programs_and_shutdown_takes_them(home: Home) -> None:
    first = Server(await KeeperLink.start(home, ["false"], idle=5))
    pid, fd = await first.sh("p", "trap '' HUP; echo up; while :; do sleep 0.1; done")
    read_until(fd, b"up")
    await first.link.goodbye()
    assert not first.lost.is_set() and is_alive(pid)
    os.close(fd)
    second = Server(await KeeperLink.start(home, []))
    keeper = second.link.keeper_pid
    assert keeper == first.link.keeper_pid
    await second.link.shutdown(kill=True)  # it ignores HUP, so this is the KILL after the grace
    assert not is_alive(pid)
    await until(lambda: not exists(keeper))
    assert os.listdir(home.run) == ["keeper.lock"]


async def test_shutdown_without_kill_leaves_a_program_with_who_holds_its_terminal(home: Home) -> None:
    server = Server(await KeeperLink.start(home, [], idle=5))
    pid, fd = await server.sh("p", "exec cat")
    await server.link.shutdown()
    os.write(fd, b"still here\n")
    read_until(fd, b"still here\r\nstill here")
    os.close(fd)
    await until(lambda: not is_alive(pid))


async def test_a_keeper_with_nothing_to_keep_leaves(home: Home) -> None:
    link = await KeeperLink.start(home, [], idle=0.2)
    keeper = link.keeper_pid
    await asyncio.sleep(0.4)
    assert is_alive(keeper), "a server is there"
    await link.goodbye()
    await until(lambda: not exists(keeper))


def _children(pid: int) -> list[str]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


def _is_pipe(fd: str) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith(("pipe:", "socket:"))
    except FileNotFoundError:
        return False


def _home_of(pid: int) -> str:
    with open(f"/proc/{pid}/cmdline") as file:
        words = file.read().split("\0")
    return words[words.index("--home") + 1]


async def _kept_count(server: Server) -> int:
    kept = await server.link.panes()
    for pane in kept:
        if pane.fd is not None:
            os.close(pane.fd)
    return len(kept)
