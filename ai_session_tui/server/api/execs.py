"""Running commands for clients: `exec.run` and its stream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ai_session_tui.errors import AiSessionError, NotFoundError, OutcomeUnknownError
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.exec_runs import ExecRun
from ai_session_tui.server.pane import Pane
from ai_session_tui.server.params import FindExec, RunExec
from ai_session_tui.server.streams import JournalStream
from ai_session_tui.store import CommandRow, ReadingRow

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server

_INPUT_CHECK_SECONDS = 1.0  # without output, after which it is worth asking whether the program waits for input


@method("exec.run", RunExec)
async def run(server: Server, call: Call, params: RunExec) -> object:
    """Run a command in a pane's own shell, or join one by its key."""
    pane = server.sessions.find_pane(params.target)
    joined = pane.execution.find(params.key) if params.key else None
    if joined is None and params.key:
        row = server.host.store.command_of_key(pane.session.row.id, params.key)
        if row is not None and row.state in ("ended", "lost"):
            return await _replay(call, pane, row, params)
    if params.stream == "none":
        server.host.analyses.analysts.warm_up()  # who does not want the output may ask for its digest
    started = joined or pane.execution.submit(params.command, params.key, wait=params.wait)
    return await _Follower(call, pane, started, params).follow()


@method("exec.find", FindExec)
async def find(server: Server, call: Call, params: FindExec) -> object:
    """Tell about the command that was handed in under a key."""
    session = server.sessions.find(params.target)
    row = server.host.store.command_of_key(session.row.id, params.key)
    if row is None:
        raise NotFoundError("no command was handed in under that key")
    return session.command_to_wire(row)


async def _replay(call: Call, pane: Pane, row: CommandRow, params: RunExec) -> object:
    """Send what a client missed of a command that has ended already."""
    if row.state == "lost":
        raise OutcomeUnknownError(f"nobody can say how {row.text!r} ended: {row.note}")
    call.event("started", pane.session.command_to_wire(row))
    if params.stream != "none" and row.start_offset is not None and row.end_offset is not None:
        start = row.start_offset if params.from_offset is None else params.from_offset
        stream = JournalStream(call, pane, start, raw=params.stream == "raw")
        try:
            await stream.send_up_to(row.end_offset)
            await stream.finish()
        finally:
            _charge(pane, row, stream.position - start)
    return _result(pane, row)


def _result(pane: Pane, row: CommandRow) -> dict[str, object]:
    return {**pane.session.command_to_wire(row), "timed_out": row.timed_out}


def _charge(pane: Pane, row: CommandRow, size: int) -> None:
    """Account for output that was sent to a client."""
    if size > 0:
        pane.host.analyses.accounts.charge(ReadingRow(row.session_id, row.number, raw_bytes=size))


class _Follower:
    """One client that waits for one run."""

    def __init__(self, call: Call, pane: Pane, run: ExecRun, params: RunExec) -> None:
        self._call = call
        self._pane = pane
        self._run = run
        self._params = params
        self._interrupts = 0
        self._is_told_of_input = False
        self._screen_taken = False
        self._stream: JournalStream | None = None

    async def follow(self) -> object:
        """Tell and send everything until the end; return the record."""
        self._call.on_cancel = self._cancel
        self._run.followers += 1
        timer = None
        if self._params.timeout is not None:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self._params.timeout, self._pane.execution.time_out, self._run)
        try:
            await self._wait_in_line()
            return await self._follow_output()
        finally:
            if timer is not None:
                timer.cancel()
            self._run.followers -= 1
            if self._run.is_queued and not self._run.followers:  # the clients are gone, and with them the wish
                self._pane.execution.withdraw(self._run, AiSessionError("withdrawn"))

    async def _wait_in_line(self) -> None:
        run, pane = self._run, self._pane
        if run.is_queued:
            ahead = pane.execution.ahead_of(run)
            if ahead:  # otherwise it only waits for the prompt
                running = pane.running.text if pane.running else None
                self._call.event("queued", {"ahead": ahead, "running": running})
        while run.is_queued:
            await run.progress.wait()

    async def _follow_output(self) -> object:
        run, pane = self._run, self._pane
        while not run.is_done and (run.row is None or run.row.state == "sent"):
            await run.progress.wait()
        row = run.row
        if run.error is not None:
            raise run.error
        assert row is not None  # a run without an error has its record
        self._call.event("started", pane.session.command_to_wire(row))
        try:
            return await self._stream_output(row)
        finally:
            if self._stream is not None:
                _charge(pane, row, self._stream.position - self._stream.start)

    async def _stream_output(self, row: CommandRow) -> object:
        run, pane = self._run, self._pane
        stream = None
        while not self._is_over():
            stream = stream or self._open_stream(row)
            if stream is not None:
                await stream.send_up_to(pane.output.certain_end)
            self._tell_screen()
            if self._is_over() or (stream is not None and stream.position < pane.output.certain_end):
                continue
            if not await pane.progress.wait(_INPUT_CHECK_SECONDS):
                self._quiet(stream)
        if run.error is not None:
            raise run.error
        if row.state == "lost":
            raise OutcomeUnknownError(f"nobody can say how {row.text!r} ended: {row.note}")
        stream = stream or self._open_stream(row)
        if stream is not None and row.end_offset is not None:
            await stream.send_up_to(row.end_offset)
            await stream.finish()
        return _result(pane, row)

    def _is_over(self) -> bool:
        return self._run.is_done

    def _open_stream(self, row: CommandRow) -> JournalStream | None:
        if self._params.stream == "none" or row.start_offset is None:
            return None
        start = row.start_offset if self._params.from_offset is None else self._params.from_offset
        self._stream = JournalStream(self._call, self._pane, start, raw=self._params.stream == "raw")
        return self._stream

    def _tell_screen(self) -> None:
        taken = self._pane.is_screen_taken
        if taken != self._screen_taken:
            self._screen_taken = taken
            self._call.event("screen", {"taken": taken})

    def _quiet(self, stream: JournalStream | None) -> None:
        """No output for a while: tell where we are, and whether the program waits for somebody to type."""
        if stream is not None:
            stream.tell_offset()
        if self._pane.is_screen_taken:
            return
        waits = self._pane.foreground.waits_for_input() is True
        if waits and not self._is_told_of_input:
            self._call.event("input", {})
        self._is_told_of_input = waits

    def _cancel(self) -> None:
        execution, run = self._pane.execution, self._run
        self._interrupts += 1
        if run.is_queued:
            execution.withdraw(run, AiSessionError("withdrawn before it ran"))
        elif self._interrupts == 1:
            execution.interruption.interrupt(run, escalate=False)
        else:
            execution.interruption.kill(run)
