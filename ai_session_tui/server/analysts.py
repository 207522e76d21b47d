"""The analyst's processes seen from the server: started for work, ended when there is none, killed when stuck.

Invariant: whatever an output does to an analyst, it costs that one process. A job that kills it is tried once more in
a fresh one, a job that takes too long is not; a job that waits for its turn always leaves one process for who asks.
"""

from __future__ import annotations

import asyncio
import logging
import os
import struct
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import BinaryIO

import msgspec

from ai_session_tui import limits
from ai_session_tui.analyst.messages import Answer, Count, Failed, Job, Order
from ai_session_tui.errors import AiSessionError, BusyError, ServerError, TimeoutExpiredError, from_wire
from ai_session_tui.names import PANE_VARIABLES
from ai_session_tui.paths import Home

logger = logging.getLogger(__name__)

_HEADER = struct.Struct(">I")
_WARM_SECONDS = 30.0
_END_SECONDS = 5.0  # for a process that was told to go


def _open_log(home: Home) -> BinaryIO:
    return open(home.log, "ab")


class AnalystDiedError(ServerError):
    """The process that worked on a job ended in the middle of it."""


class _Worker:
    """One process, for one job at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.idle_timer: asyncio.TimerHandle | None = None

    @classmethod
    async def start(cls, home: Home) -> _Worker:
        # Started from inside a pane it must not pass for a program of that pane.
        env = {name: value for name, value in os.environ.items() if name not in PANE_VARIABLES}
        # -P: a folder called `json` where the user happens to be is not the library
        words = [sys.executable, "-P", "-m", "ai_session_tui.analyst", "--home", home.folder]
        try:
            with _open_log(home) as log:
                return cls(await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=log, env=env))
        except OSError as error:
            raise ServerError(f"cannot start an analyst: {error}", "free some memory or processes.") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        return self._process.returncode is None

    async def work(self, order: Order) -> Answer:
        """Return the answer; raise `AnalystDiedError`, or `TimeoutError` when the time of the order is over."""
        pipes = self._process
        assert pipes.stdin is not None
        assert pipes.stdout is not None
        data = msgspec.msgpack.encode(order)
        try:
            async with asyncio.timeout(order.seconds):
                pipes.stdin.write(_HEADER.pack(len(data)) + data)
                await pipes.stdin.drain()
                (size,) = _HEADER.unpack(await pipes.stdout.readexactly(_HEADER.size))
                if size > limits.ANALYST_FRAME_BYTES:
                    raise AnalystDiedError("an analyst said something that is too long")
                answer: Answer = msgspec.msgpack.decode(await pipes.stdout.readexactly(size), type=Answer)
                return answer
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError) as error:
            raise AnalystDiedError("the process that analyses outputs died over it") from error

    async def end(self, *, at_once: bool) -> None:
        """End the process: by the end of its pipe, or at once."""
        if self.idle_timer is not None:
            self.idle_timer.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()
        if at_once:
            self._kill()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._kill()
            await self._process.wait()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()


class Analysts:
    """At most `limits.ANALYSTS` processes, shared by all jobs; those of the background use one at a time."""

    def __init__(self, home: Home, idle_seconds: float) -> None:
        self._home = home
        self._idle_seconds = idle_seconds
        self._free: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._slots = asyncio.Semaphore(limits.ANALYSTS)
        self._background = asyncio.Lock()
        self._waiting = 0
        self._endings: set[asyncio.Task[None]] = set()
        self._warming: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def pids(self) -> list[int]:
        """The processes that are there now."""
        return [worker.pid for worker in (*self._busy, *self._free)]

    def warm_up(self) -> None:
        """Start a process if there is none: a question is about to come."""
        if self.pids or self._is_closed or self._warming is not None:
            return
        self._warming = asyncio.ensure_future(self._warm())

    async def _warm(self) -> None:
        try:
            await self.run(Count("warm"), _WARM_SECONDS, urgent=True)
        except AiSessionError as error:
            logger.warning("the analyst is not ready: %s", error.message)
        finally:
            self._warming = None

    async def run(self, job: Job, seconds: float, *, urgent: bool, hurry: asyncio.Event | None = None) -> Answer:
        """Return what a job came to; `seconds` count from when it is begun.

        One that is not urgent, and waits for its turn, becomes so when `hurry` is set.
        Raises what the job raised, `TimeoutExpiredError`, `AnalystDiedError` (twice in a row), `BusyError`.
        """
        if self._waiting >= limits.ANALYST_WAITING:
            raise BusyError(f"{self._waiting} questions wait for the analyst already", "ask again later.")
        self._waiting += 1
        try:
            if urgent or not await self._own_turn(hurry):
                return await self._in_turn(job, seconds)
            try:
                return await self._in_turn(job, seconds)
            finally:
                self._background.release()
        finally:
            self._waiting -= 1

    async def _own_turn(self, hurry: asyncio.Event | None) -> bool:
        """Wait until the background has its turn; return False, without it, when there is a hurry before."""
        turn = asyncio.ensure_future(self._background.acquire())
        haste = asyncio.ensure_future(hurry.wait()) if hurry is not None else None
        is_ours = False
        try:
            await asyncio.wait([turn] if haste is None else [turn, haste], return_when=asyncio.FIRST_COMPLETED)
            is_ours = turn.done()
            return is_ours
        finally:
            if haste is not None:
                haste.cancel()
            if turn.done() and not is_ours:  # cancelled in the very moment
                self._background.release()
            turn.cancel()

    async def _in_turn(self, job: Job, seconds: float) -> Answer:
        async with self._slots:
            try:
                answer = await self._attempt(job, seconds)
            except AnalystDiedError as error:
                if self._is_closed:
                    raise
                logger.warning("%s; it is tried once more", error.message)
                answer = await self._attempt(job, seconds)
        if isinstance(answer, Failed):
            raise from_wire({"code": answer.code, "message": answer.message, "hint": answer.hint})
        return answer

    async def _attempt(self, job: Job, seconds: float) -> Answer:
        if self._is_closed:
            raise ServerError("the server is stopping")
        worker = await self._take()
        self._busy.add(worker)
        is_fine = False
        try:
            answer = await worker.work(Order(job, seconds))
            is_fine = True
        except TimeoutError:
            raise TimeoutExpiredError(
                f"it took longer than {seconds:,.0f} second{'' if round(seconds) == 1 else 's'}",
                "raise the setting analysis_seconds to allow more.",
            ) from None
        finally:
            self._busy.discard(worker)
            if is_fine and not self._is_closed:
                self._keep(worker)
            else:
                self._end(worker, at_once=True)
        return answer

    async def _take(self) -> _Worker:
        while self._free:
            worker = self._free.pop()
            if worker.idle_timer is not None:
                worker.idle_timer.cancel()
            if worker.is_usable:
                return worker
        return await _Worker.start(self._home)

    def _keep(self, worker: _Worker) -> None:
        """Let a process wait for more work, for a while: the one that was used last is used first."""
        loop = asyncio.get_running_loop()
        worker.idle_timer = loop.call_later(self._idle_seconds, self._let_go, worker)
        self._free.append(worker)

    def _let_go(self, worker: _Worker) -> None:
        self._free.remove(worker)
        self._end(worker, at_once=False)

    def _end(self, worker: _Worker, *, at_once: bool) -> None:
        task = asyncio.ensure_future(worker.end(at_once=at_once))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def close(self) -> None:
        """End all processes; what they work on is given up."""
        self._is_closed = True
        if self._warming is not None:
            self._warming.cancel()
        workers = [*self._free, *self._busy]
        self._free.clear()
        await asyncio.gather(*(worker.end(at_once=True) for worker in workers), *self._endings)


def is_hopeless(error: AiSessionError) -> bool:
    """Return whether a job would fail in the same way again: not for want of processes, or because all is ending."""
    return isinstance(error, AnalystDiedError | TimeoutExpiredError) or not isinstance(error, ServerError | BusyError)
