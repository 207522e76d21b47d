"""A terminal that threads read and type to: what the loop sees of it, in which order, within which bounds."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ai_session_tui.journal import JournalWriter
from ai_session_tui.server import local_terminal
from ai_session_tui.server.local_terminal import LocalTerminal
from ai_session_tui.server.windows_holder import LocalHolder
from tests.ptys import fake_winpty
from tests.server.server_kit import is_running

ENVIRONMENT = {"PATH": os.environ["PATH"], "TERM": "xterm"}
SECONDS = 20.0


@pytest.fixture(autouse=True)
def winpty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "winpty", fake_winpty)


@pytest.fixture
def journal(tmp_path: Path) -> JournalWriter:
    return JournalWriter.open(str(tmp_path / "journal"))


class Program:
    """A program, what it printed, and how it ended."""

    def __init__(self, journal: JournalWriter) -> None:
        self.journal = journal
        self.printed = bytearray()
        self.ends: list[int | None] = []
        self.terminal: LocalTerminal

    async def spawn(self, *argv: str) -> Program:
        self.terminal = await LocalTerminal.spawn(argv, ENVIRONMENT, "/", (80, 24), self.ends.append)
        return self

    def watch(self) -> None:
        self.terminal.watch(self.read)

    def read(self) -> None:
        """Record once, as a pane does in its turn."""
        try:
            self.printed += self.terminal.record(self.journal)
        except BlockingIOError:
            return


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.005)


async def test_what_is_printed_is_journaled_and_the_end_comes_once(journal: JournalWriter) -> None:
    program = await Program(journal).spawn("sh", "-c", "seq 100000; exit 7")
    assert program.terminal.started
    program.watch()
    await eventually(lambda: program.ends)
    await eventually(lambda: program.printed.endswith(b"\n100000\r\n"))
    assert bytes(program.printed) == b"".join(b"%d\r\n" % number for number in range(1, 100_001))
    assert b"".join(journal.reader().read(0, journal.end)) == bytes(program.printed)
    await asyncio.sleep(0.05)
    assert program.ends == [7] and program.terminal.has_ended
    program.terminal.close()


async def test_the_end_is_not_told_before_the_spawn_has_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    real, told = LocalTerminal._start, []

    def start_and_linger(self: LocalTerminal, *arguments: object) -> None:
        real(self, *arguments)  # type: ignore[arg-type]
        deadline = time.monotonic() + SECONDS / 4
        while self._end is None and time.monotonic() < deadline:  # until the reader has said that it has ended
            time.sleep(0.005)

    monkeypatch.setattr(LocalTerminal, "_start", start_and_linger)
    holder = LocalHolder(lambda pane, ending: told.append((pane, ending.code)))
    await holder.spawn("p1", ["sh", "-c", "exit 4"], ENVIRONMENT, "/", 80, 24)
    assert told == []
    await eventually(lambda: told)
    assert told == [("p1", 4)]
    await holder.shutdown()


async def test_a_program_waits_while_nobody_records(journal: JournalWriter) -> None:
    program = await Program(journal).spawn("seq", "1000000")
    bound = local_terminal._UNREAD_BYTES
    await eventually(lambda: len(program.terminal._unread) >= bound)
    await asyncio.sleep(0.1)
    assert len(program.terminal._unread) < bound + 64 * 1024 and not program.ends
    program.watch()
    await eventually(lambda: program.ends)
    await eventually(lambda: program.printed.endswith(b"\n1000000\r\n"))
    assert len(program.printed) == sum(len(b"%d\r\n" % number) for number in range(1, 1_000_001))
    program.terminal.close()


async def test_who_stops_watching_is_not_called_and_who_watches_again_misses_nothing(journal: JournalWriter) -> None:
    program = await Program(journal).spawn("cat")
    program.watch()
    program.terminal.write(b"one\r")
    await eventually(lambda: b"one\r\none" in program.printed)
    program.terminal.watch(None)
    program.terminal.write(b"two\r")
    await eventually(lambda: b"two\r\ntwo" in program.terminal._unread)
    assert b"two" not in program.printed
    program.watch()
    await eventually(lambda: b"two\r\ntwo" in program.printed)
    program.terminal.close()


async def test_what_is_typed_to_the_deaf_is_bounded_and_an_interrupt_still_has_room(journal: JournalWriter) -> None:
    script = "stty raw -echo isig; trap 'exit 9' INT; echo ready; while :; do sleep 0.01; done"
    program = await Program(journal).spawn("sh", "-c", script)
    program.watch()
    await eventually(lambda: b"ready" in program.printed)
    accepted = 0
    while taken := program.terminal.write(b"x" * 10_000):
        accepted += taken
        await asyncio.sleep(0.005)
    assert accepted <= 4 * local_terminal._UNTYPED_BYTES
    program.terminal.interrupt()
    assert program.terminal._untyped.endswith(b"\x03")
    program.terminal.close()
    await eventually(lambda: program.ends)


async def test_whoever_waits_to_type_is_called_when_there_is_room(journal: JournalWriter) -> None:
    program = await Program(journal).spawn("sh", "-c", "stty raw -echo; echo ready; head -c 1000000 >/dev/null")
    program.watch()
    await eventually(lambda: b"ready" in program.printed)
    left = bytearray(b"x" * 1_000_000)

    def type_on() -> None:
        while left and (taken := program.terminal.write(bytes(left[:50_000]))):
            del left[:taken]

    program.terminal.watch_writable(type_on)
    await eventually(lambda: program.ends)
    assert program.ends == [0] and not left
    program.terminal.close()


async def test_a_closed_terminal_ends_its_program_and_takes_no_input(journal: JournalWriter) -> None:
    program = await Program(journal).spawn("sleep", "1000")
    pid = program.terminal.pid
    program.terminal.close()
    program.terminal.close()
    await eventually(lambda: not is_running(pid))
    with pytest.raises(OSError):
        program.terminal.write(b"x")


async def test_who_gives_up_while_a_program_starts_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    real, started = LocalTerminal._start, []

    def start(self: LocalTerminal, *arguments: object) -> None:
        loop.call_soon_threadsafe(starting.cancel)
        real(self, *arguments)  # type: ignore[arg-type]
        started.append(self.pid)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(LocalTerminal, "_start", start)
    spawn: Awaitable[LocalTerminal] = LocalTerminal.spawn(["sleep", "1000"], ENVIRONMENT, "/", (80, 24), print)
    starting = asyncio.ensure_future(spawn)
    with pytest.raises(asyncio.CancelledError):
        await starting
    await eventually(lambda: started)
    await eventually(lambda: not is_running(started[0]))


def test_threads_that_outlive_the_loop_keep_quiet(tmp_path: Path) -> None:
    journal = JournalWriter.open(str(tmp_path / "journal"))

    async def begin() -> Program:
        return await Program(journal).spawn("sh", "-c", "while echo x; do :; done")

    program = asyncio.run(begin())
    pid = program.terminal.pid
    program.terminal.close()
    asyncio.run(eventually(lambda: not is_running(pid)))
