"""Streams as plain iterators: events, what a pane prints, the output of a command."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from ai_session_tui.blocking.loop import Loop
from ai_session_tui.client.execution import ExecStream as AsyncExecStream
from ai_session_tui.client.happenings import ManagerEvent
from ai_session_tui.client.records import CommandRecord

_Item_co = TypeVar("_Item_co", covariant=True)


class _AsyncStream(Protocol[_Item_co]):
    async def __anext__(self) -> _Item_co: ...

    async def __aenter__(self) -> object: ...

    async def aclose(self) -> None: ...


class _Stream(Generic[_Item_co]):
    """A stream, one item a step; use it with `with`, or read it to its end."""

    def __init__(self, loop: Loop, stream: _AsyncStream[_Item_co]) -> None:
        self._loop = loop
        self._stream = stream

    def __iter__(self) -> Iterator[_Item_co]:
        return self

    def __next__(self) -> _Item_co:
        try:
            return self._loop.run(self._stream.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        self._loop.run(self._stream.__aenter__())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the stream."""
        self._loop.run(self._stream.aclose())


class EventStream(_Stream[ManagerEvent]):
    """What happens in all sessions, or in one: `for event in …`, without an end."""


class FollowStream(_Stream[bytes]):
    """The bytes that a pane prints, until it ends."""


class ExecStream(_Stream[str]):
    """A command's output while it is written: iteration gives text, `read` gives bytes; then `result` is there.

    Leaving a `with` block early interrupts the command. Abandoned without it, the command goes on.
    """

    def __init__(self, loop: Loop, stream: AsyncExecStream) -> None:
        super().__init__(loop, stream)
        self._exec = stream

    @property
    def key(self) -> str:
        """The key under which the command can be joined."""
        return self._exec.key

    @property
    def command(self) -> CommandRecord | None:
        """The command's record as last heard of; None before its start."""
        return self._exec.command

    @property
    def result(self) -> CommandRecord:
        """The finished command's record; raises the error it ended with, or `UsageError` before its end."""
        return self._exec.result

    @property
    def is_over(self) -> bool:
        """Whether the command has ended, in a result or in an error."""
        return self._exec.is_over

    def read(self) -> bytes:
        """Return the next output as it was written, b"" at the end."""
        return self._loop.run(self._exec.read())

    def cancel(self) -> None:
        """Withdraw the command if it is queued, interrupt it if it runs, kill it when asked again; then read on."""
        self._loop.run(self._exec.cancel())

    def detach(self) -> None:
        """Let go of the command; it runs on."""
        self._exec.detach()
