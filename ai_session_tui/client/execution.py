"""One command in a session, from the wish to its result, across any number of servers.

The command carries a key of ours. When the connection breaks, the next one joins the command by that key from the
last journal offset that the server named, and what had been delivered after that offset is skipped, so the caller
sees every byte once. Invariant: a command that was seen to start is never sent again; if no server knows it any more
the caller gets `OutcomeUnknownError`, not a second run.
"""

from __future__ import annotations

import asyncio
import codecs
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from ai_session_tui import limits
from ai_session_tui.client.channel import Event
from ai_session_tui.client.channels import Channels, Lease
from ai_session_tui.client.connection import ConnectionLostError
from ai_session_tui.client.decoding import decode
from ai_session_tui.client.happenings import ExecEvent, Started, read_exec_event
from ai_session_tui.client.records import CommandRecord
from ai_session_tui.errors import AiSessionError, NotFoundError, OutcomeUnknownError, TimeoutExpiredError, UsageError


class ExecStream:
    """A command's output while it is written: `async for` gives text, `read` gives bytes; then `result` is there.

    Used with `async with`, leaving the block early interrupts the command. Abandoned without it, the command goes on.
    """

    def __init__(
        self,
        channels: Channels,
        target: str,
        command: str,
        *,
        timeout: float | None = None,
        wait: bool = True,
        stream: str = "output",
        on_event: Callable[[ExecEvent], object] | None = None,
    ) -> None:
        self.key = secrets.token_hex(16)
        self.command: CommandRecord | None = None  # from its start on, its record as last heard of
        self._channels = channels
        self._params = {"target": target, "command": command, "key": self.key, "wait": wait, "stream": stream}
        self._timeout = timeout
        self._on_event = on_event
        self._lease: Lease | None = None
        self._started: float | None = None  # on the monotonic clock
        self._offset: int | None = None  # everything before it in the journal has been delivered,
        self._beyond = 0  # and so many bytes of output after it
        self._to_skip = 0
        self._losses = 0
        self._result: CommandRecord | None = None
        self._error: AiSessionError | None = None
        self._text = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def result(self) -> CommandRecord:
        """The finished command's record; raises the error it ended with, or `UsageError` before its end."""
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise UsageError("the command has not ended yet", "read its output to the end first.")
        return self._result

    @property
    def is_over(self) -> bool:
        """Whether the command has ended, in a result or in an error."""
        return self._result is not None or self._error is not None

    async def read(self) -> bytes:
        """Return the next output as it was written, b"" at the end; raises what the command's end raises.

        Cancelling this interrupts the command, and kills it if it does not end within
        `limits.CANCEL_GRACE_SECONDS`.
        """
        try:
            while not self.is_over:
                data = await self._step()
                if data:
                    return data
        except asyncio.CancelledError:
            await self.aclose()
            raise
        except AiSessionError as error:
            self._finish(error=error)
            raise
        if self._error is not None:
            raise self._error
        return b""

    async def cancel(self) -> None:
        """Withdraw the command if it is queued, interrupt it if it runs, kill it when asked again; then read on."""
        if self._lease is not None:
            await self._lease.channel.cancel()

    async def aclose(self) -> None:
        """Interrupt the command if it has not ended, and let go of it."""
        try:
            for _ in range(2):
                with suppress(TimeoutError):
                    # Not asyncio.timeout: it is deaf in a task that is being cancelled, before Python 3.11.3.
                    await asyncio.wait_for(self._interrupt(), limits.CANCEL_GRACE_SECONDS)
        except AiSessionError as error:
            self._finish(error=error)
        finally:
            self.detach()

    async def _interrupt(self) -> None:
        """Cancel what runs and wait for its end."""
        if self._lease is None and self.command is not None and not self.is_over:
            await self._join()  # cancelled between two servers: the command is with the next one
        if self._lease is None or not self._lease.channel.is_open:
            return
        await self.cancel()
        while not self.is_over:
            self._take(await self._lease.channel.receive())

    def detach(self) -> None:
        """Let go of the command; it runs on, and its record is in the session's history."""
        if self._lease is not None:
            self._lease.end()
            self._lease = None
        if not self.is_over:
            self._error = UsageError("this command was let go of before its end", "its record is in the history.")

    def __aiter__(self) -> ExecStream:
        return self

    async def __anext__(self) -> str:
        while True:
            data = await self.read()
            text = self._text.decode(data, final=not data)
            if text:
                return text
            if not data:
                raise StopAsyncIteration

    async def __aenter__(self) -> ExecStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        lease: Lease | None = getattr(self, "_lease", None)
        if lease is not None:
            lease.end()

    async def _step(self) -> bytes:
        try:
            if self._lease is None:
                await self._join()
            assert self._lease is not None
            said = await self._lease.channel.receive()
        except ConnectionLostError as error:
            await self._lost(error)
            return b""
        self._losses = 0
        return self._take(said)

    def _take(self, said: object) -> bytes:
        """Account for what arrived and return the output in it that is new."""
        if isinstance(said, bytes):
            new = said[self._to_skip :]
            self._to_skip -= len(said) - len(new)
            self._beyond += len(new)
            return new
        if isinstance(said, Event):
            self._note(said)
        else:
            self._end(getattr(said, "value", None))
        return b""

    def _end(self, value: object) -> None:
        self.command = decode(value, CommandRecord)
        if isinstance(value, dict) and value.get("timed_out") is True:
            took = "" if self._timeout is None else f" within {self._timeout:g} seconds"
            hint = f"its record is {self.command.address}."
            self._finish(error=TimeoutExpiredError(f"the command did not end{took} and was interrupted", hint))
        else:
            self._finish(result=self.command)

    def _note(self, event: Event) -> None:
        if event.name == "offset":
            offset = event.data.get("offset")
            if isinstance(offset, int) and not self._to_skip:
                self._offset, self._beyond = offset, 0
            return
        happening = read_exec_event(event.name, event.data)
        if isinstance(happening, Started):
            is_news = self.command is None
            self.command = happening.command
            if not is_news:
                return  # told again after a reconnection
            self._started = time.monotonic()
        if happening is not None and self._on_event is not None:
            self._on_event(happening)

    async def _join(self) -> None:
        """Send the command, or join it where we left it."""
        lease = await self._channels.lease(long=True)
        self._lease = lease
        params: dict[str, object] = dict(self._params)
        if self._timeout is not None:
            spent = 0.0 if self._started is None else time.monotonic() - self._started
            params["timeout"] = max(0.001, self._timeout - spent)
        if self.command is not None:
            await self._look_for_it(lease)
            start = self._offset if self._offset is not None else self.command.start_offset
            if start is not None:
                params["from"] = start
        self._to_skip = self._beyond
        await lease.channel.request("exec.run", params)

    async def _look_for_it(self, lease: Lease) -> None:
        try:
            await lease.channel.call("exec.find", {"target": self._params["target"], "key": self.key})
        except NotFoundError as error:
            raise OutcomeUnknownError(
                "the command was running when the server was lost, and the next one does not know it",
                "look at the session's history and screen before you run it again.",
            ) from error

    async def _lost(self, error: ConnectionLostError) -> None:
        if self._lease is not None:
            self._lease.end()
            self._lease = None
        self._losses += 1
        if self._losses > limits.EXEC_REJOINS:
            raise OutcomeUnknownError(
                f"the connection to the server broke {self._losses} times while the command ran",
                "look at the session's history and at the server's log.",
            ) from error
        await asyncio.sleep(limits.REJOIN_SECONDS * 2**self._losses)

    def _finish(self, *, result: CommandRecord | None = None, error: AiSessionError | None = None) -> None:
        if not self.is_over:
            self._result, self._error = result, error
        if self._lease is not None:
            self._lease.end()
            self._lease = None
