"""The blocking twin of what a session's handle does about its commands."""

from __future__ import annotations

from ai_session_tui.blocking.handle import Handle
from ai_session_tui.blocking.streams import ExecStream
from ai_session_tui.client.commands import OnEvent, StreamKind
from ai_session_tui.client.outputs import Digest, Output, Text
from ai_session_tui.client.records import CommandRecord, CommandResult


class Running(Handle):
    """What a blocking session's handle can do about commands."""

    def exec(
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

        Parameters and errors are those of the asyncio twin. Ctrl-C interrupts the command.
        """
        return self._loop.run(
            self._session.exec(command, timeout=timeout, wait=wait, pane=pane, stream=stream, on_event=on_event)
        )

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
        """Run a command and return its output as an iterator of text, with `result` after its end."""
        running = self._session.exec_stream(
            command, timeout=timeout, wait=wait, pane=pane, stream=stream, on_event=on_event
        )
        return ExecStream(self._loop, running)

    def history(self, limit: int | None = None) -> list[CommandRecord]:
        """Return the session's commands, oldest first; the last `limit` of them."""
        return self._loop.run(self._session.history(limit))

    def command(self, number: int) -> CommandRecord:
        """Return the record of a command by its `id`."""
        return self._loop.run(self._session.command(number))

    def output(self, number: int | None = None, *, raw: bool = False, pane: int | None = None) -> Output:
        """Return what a command wrote (by its `id`), or the whole journal of a pane; `raw` as the terminal got it."""
        return self._loop.run(self._session.output(number, raw=raw, pane=pane))

    def digest(
        self, number: int, *, budget: int | None = None, redact: bool = True, whole_files: bool = False
    ) -> Digest:
        """Return the digest of a command (by its `id`) that has ended, within so many tokens if given."""
        return self._loop.run(self._session.digest(number, budget=budget, redact=redact, whole_files=whole_files))

    def text(
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
        """Return what a command (by its `id`), or a whole pane, has printed, as numbered lines of text."""
        return self._loop.run(
            self._session.text(
                number,
                lines=lines,
                grep=grep,
                ignore_case=ignore_case,
                context=context,
                limit=limit,
                redact=redact,
                pane=pane,
            )
        )
