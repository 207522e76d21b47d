"""The part of a session's handle that is about its commands: running them, their records, what they wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ai_session_tui.client.decoding import decode, field
from ai_session_tui.client.execution import ExecStream
from ai_session_tui.client.handle import Handle
from ai_session_tui.client.happenings import ExecEvent
from ai_session_tui.client.outputs import Digest, LostOutput, Output, Text
from ai_session_tui.client.records import CommandRecord, CommandResult, with_output
from ai_session_tui.errors import TimeoutExpiredError

StreamKind = Literal["output", "raw", "none"]
OnEvent = Callable[[ExecEvent], object]


class Running(Handle):
    """What a handle can do about commands."""

    async def exec(
        self,
        command: str,
        *,
        timeout: float | None = None,
        wait: bool = True,
        pane: int | None = None,
        stream: StreamKind = "output",
        on_event: OnEvent | None = None,
    ) -> CommandResult:
        """Run a command in the session's own shell and return its result with what it wrote.

        A command that fails is a result too: ask `ok` or `exit_code`. Raises `TimeoutExpiredError` (with `output`)
        when it took longer than `timeout` seconds and was interrupted, `BusyError` when something else runs and
        `wait` is false, `OutcomeUnknownError` when nobody can tell how it ended. Cancelling interrupts the command.
        `stream` says what the result holds: the output, the terminal's raw bytes, or nothing. `on_event` is called
        with a `Queued`, `Started`, `ScreenTaken` or `InputAwaited`.
        """
        running = self.exec_stream(command, timeout=timeout, wait=wait, pane=pane, stream=stream, on_event=on_event)
        output = bytearray()
        try:
            while data := await running.read():
                output += data
        except TimeoutExpiredError as error:
            error.output = bytes(output)
            raise
        finally:
            running.detach()
        return with_output(running.result, bytes(output))

    def exec_stream(
        self,
        command: str,
        *,
        timeout: float | None = None,
        wait: bool = True,
        pane: int | None = None,
        stream: StreamKind = "output",
        on_event: OnEvent | None = None,
    ) -> ExecStream:
        """Run a command and return its output as an async iterator of text, with `result` after its end.

        The parameters and errors are those of `exec`; the command is sent when the iteration begins.
        """
        return ExecStream(
            self._channels, self._target(pane), command, timeout=timeout, wait=wait, stream=stream, on_event=on_event
        )

    async def history(self, limit: int | None = None) -> list[CommandRecord]:
        """Return the session's commands, oldest first; the last `limit` of them."""
        params: dict[str, object] = {} if limit is None else {"limit": limit}
        found = await self._call("command.list", params, repeatable=True)
        return field(found, "commands", list[CommandRecord])

    async def command(self, number: int) -> CommandRecord:
        """Return the record of a command by its `id`."""
        params = {"target": self._target(None, number)}
        return decode(await self._channels.call("command.get", params, repeatable=True), CommandRecord)

    async def output(self, number: int | None = None, *, raw: bool = False, pane: int | None = None) -> Output:
        """Return what a command wrote (by its `id`), or the whole journal of a pane; `raw` as the terminal got it."""
        target = self._target(pane, number)
        data, result = await self._channels.collect("command.output", {"target": target, "raw": raw})
        return Output(data, field(result, "lost", tuple[LostOutput, ...]))

    async def digest(
        self, number: int, *, budget: int | None = None, redact: bool = True, whole_files: bool = False
    ) -> Digest:
        """Return the digest of a command (by its `id`) that has ended, within so many tokens if given.

        Waits for the analysis; of an output that cannot be analysed it tells the beginning and the end, and why.
        `redact` masks secrets, `whole_files` lets the output of commands that do nothing but show files pass as it is.
        """
        params: dict[str, object] = {"target": self._target(None, number), "redact": redact, "whole_files": whole_files}
        if budget is not None:
            params["budget"] = budget
        return decode(await self._channels.call("command.digest", params, repeatable=True, long=True), Digest)

    async def text(
        self,
        number: int | None = None,
        *,
        lines: tuple[int, int | None] | None = None,
        grep: str | None = None,
        ignore_case: bool = False,
        context: int = 0,
        limit: int | None = None,
        redact: bool = True,
        pane: int | None = None,
    ) -> Text:
        """Return what a command (by its `id`), or a whole pane, has printed, as numbered lines of text.

        `lines` are the first and the last (`None`: to the end); `grep` is a regular expression of which `limit` matches
        come with `context` lines around each. One answer holds at most 4 MB: ask `truncated`.
        """
        params: dict[str, object] = {
            "target": self._target(pane, number),
            "ignore_case": ignore_case,
            "context": context,
            "redact": redact,
        }
        optional: dict[str, object] = {"lines": lines, "grep": grep, "limit": limit}
        params |= {name: value for name, value in optional.items() if value is not None}
        return decode(await self._channels.call("command.text", params, repeatable=True, long=True), Text)
