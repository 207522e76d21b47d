"""Running one command through `exec.run`, and showing what comes of it.

A server may die in the middle: the next one is started, the command is joined by its key, and the output goes on at
the very byte where it stopped. Invariant: every byte of the output is delivered once.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from ai_session_tui.cli import console, linking, render, targets
from ai_session_tui.cli.aftermath import Aftermath, Wish
from ai_session_tui.cli.signals import Signals
from ai_session_tui.client.connection import ConnectionLostError, Done, Event
from ai_session_tui.errors import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    AiSessionError,
    OutcomeUnknownError,
    ServerError,
    TimeoutExpiredError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_session_tui.cli.shapes import CommandShape, SessionShape
    from ai_session_tui.client.connection import Call, Connection

_JOINS_WITHOUT_PROGRESS = 8


class Position:
    """Where the output stands: what was delivered beyond the last offset that the server named."""

    def __init__(self) -> None:
        self.offset: int | None = None
        self._delivered = 0  # bytes of output delivered, counted from `offset`
        self._received = 0  # bytes of output received over this connection, counted from `offset`

    def reach(self, offset: int) -> None:
        """Note that everything up to a journal offset has been received."""
        self.offset = offset
        self._delivered -= self._received
        self._received = 0

    def restart(self) -> None:
        """Note that the output is sent again from `offset` on (or from its start)."""
        self._received = 0

    def fresh(self, data: bytes) -> bytes:
        """Return the part of received output that was not delivered before."""
        known = max(0, self._delivered - self._received)
        self._received += len(data)
        self._delivered = max(self._delivered, self._received)
        return data[known:] if known else data


class Run:
    """One command on its way through a session."""

    def __init__(self, target: str, command: str, *, timeout: float | None, wait: bool, stream: str = "output") -> None:
        self.target = target
        self.command = command
        self.record: CommandShape | None = None
        self._parameters = {"command": command, "timeout": timeout, "wait": wait, "stream": stream}
        self.is_streamed = stream != "none"
        self._key = os.urandom(16).hex()
        self._position = Position()
        self._connection: Connection | None = None
        self._call: Call | None = None
        self._joins_left = _JOINS_WITHOUT_PROGRESS
        self._cancels = 0

    def connect(self) -> None:
        """Reach the server. Raises `ConflictError` where the command would wait for itself."""
        self._connection = linking.connect()
        if os.environ.get(targets.PANE_ID):
            try:
                session: SessionShape = self._connection.call("session.get", target=self.target)
                targets.refuse_own_pane(targets.pane_of(session, self.target), "run a command while it runs this one")
            except AiSessionError:
                self.close()
                raise

    def ask(self, method: str, **params: object) -> Any:
        """Ask the server something else: before the command begins, or after its end, perhaps of another server."""
        assert self._connection is not None
        try:
            return self._connection.call(method, **params)
        except ConnectionLostError:
            self.close()
            self._connection = linking.connect()
            return self._connection.call(method, **params)

    def begin(self) -> None:
        """Hand the command over."""
        self._open()

    def close(self) -> None:
        """Let go of the server; a command that still runs goes on."""
        if self._connection is not None:
            self._connection.close()

    def cancel(self) -> None:
        """Interrupt the command; a second time, kill it."""
        self._cancels += 1
        self._ask_for_end()

    def _ask_for_end(self) -> None:
        if self._call is not None:
            try:
                self._call.cancel()
            except ConnectionLostError:
                return  # noticed by `receive`, which asks the next server

    def receive(self, also: int) -> Event | bytes | Done | None:
        """Return what comes next; None when the descriptor `also` is readable. Raises how the command failed."""
        while True:
            assert self._call is not None
            try:
                item = self._call.receive(None, also)
            except ConnectionLostError as error:
                self._join(error)
                continue
            if item is not None:
                self._joins_left = _JOINS_WITHOUT_PROGRESS
            if isinstance(item, bytes):
                item = self._position.fresh(item)
                if not item:
                    continue
            elif isinstance(item, Event) and item.name == "offset":
                self._position.reach(int(item.data["offset"]))
                continue
            elif isinstance(item, Done):
                self.record = item.result
            return item

    def _open(self) -> None:
        assert self._connection is not None
        self._call = self._connection.open(
            "exec.run", target=self.target, key=self._key, **self._parameters, **{"from": self._position.offset}
        )

    def _join(self, lost: ServerError) -> None:
        """Find the command again at the next server."""
        while self._joins_left > 0:
            self._joins_left -= 1
            time.sleep(0.05 * (_JOINS_WITHOUT_PROGRESS - self._joins_left - 1))
            self._position.restart()
            self.close()
            try:
                self._connection = linking.connect()
                self._open()
            except ConnectionLostError as error:
                lost = error
            except ServerError as error:
                raise self._unknown(error) from lost
            else:
                for _ in range(self._cancels):
                    self._ask_for_end()
                return
        raise self._unknown(lost) from lost

    def _unknown(self, error: AiSessionError) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            f"the server went away while the command ran, and cannot be reached again: {error.message}",
            f"`ai-session history {self.target}` tells what became of it.",
        )


def show(run: Run, *, capture: bool, as_json: bool, digest: bool = False, wish: Wish | None = None) -> int:
    """Run a command, print what comes of it and return the exit status.

    With `digest` that is what a reader needs of the output, made as is wished.
    """
    has_layout = capture and not as_json
    view = _View(run, capture=has_layout, as_json=as_json)
    aftermath = Aftermath(run, wish)
    interrupts = 0
    run.connect()
    with Signals(signal.SIGINT) as signals:
        try:
            view.open()
            if has_layout:
                aftermath.look_before()
            run.begin()
            while run.record is None:
                item = run.receive(signals.fileno())
                if item is None:
                    for _ in signals.take():
                        interrupts += 1
                        run.cancel()
                    if interrupts > 2:
                        return EXIT_INTERRUPTED
                elif not isinstance(item, Done):
                    view.take(item)
            if has_layout:
                aftermath.measure(run.record)
            elif digest or as_json:
                aftermath.digest(run.record)
        except AiSessionError:
            if interrupts:
                return EXIT_INTERRUPTED
            raise
        finally:
            run.close()
    if digest and not as_json:
        aftermath.say_digest(run.record)
    status = view.close(run.record, aftermath)
    return EXIT_INTERRUPTED if interrupts else status


class _View:
    """What of a run is printed where."""

    def __init__(self, run: Run, *, capture: bool, as_json: bool) -> None:
        self._run = run
        self._has_layout = capture
        self._as_json = as_json
        self._kept: list[bytes] = []
        self._last = b""
        self._is_reader_gone = False

    def open(self) -> None:
        if self._has_layout:
            session = self._run.target
            for line in render.exec_opening(self._run.command, session):
                console.say(line)
            sys.stdout.flush()

    def take(self, item: Event | bytes) -> None:
        if isinstance(item, Event):
            if not self._as_json:
                self._note(item)
        elif self._as_json:
            self._kept.append(item)
        elif not self._is_reader_gone:
            self._last = item
            try:
                console.write(item)
            except BrokenPipeError:  # as if the command itself had lost its reader
                self._is_reader_gone = True
                console.forget_stdout()
                self._run.cancel()

    def close(self, record: CommandShape, aftermath: Aftermath) -> int:
        if self._as_json:
            output = _output(b"".join(self._kept)) if self._run.is_streamed else {}
            console.say_json(record | output | aftermath.values())
        elif self._has_layout:
            if self._last:
                console.say("" if self._last.endswith(b"\n") else "\n")
            for line in render.exec_closing(record, aftermath.tokens):
                console.say(line)
        if record.get("timed_out"):
            if not self._as_json and not self._has_layout:
                console.note("the command ran out of its time and was interrupted")
            return TimeoutExpiredError.exit_status
        code = record["exit_code"]
        if code is not None:
            return code & 0xFF if code else EXIT_OK
        if not self._as_json and not self._has_layout:
            console.note(f"how the command ended is not known{render.why(record)}")
        return OutcomeUnknownError.exit_status

    def _note(self, event: Event) -> None:
        name = console.clean(self._run.target)
        if event.name == "queued":
            running = console.clean(event.data.get("running") or "something else")
            console.note(f"waiting: '{name}' runs {running} ({event.data.get('ahead', 1)} ahead)")
        elif event.name == "screen" and event.data.get("taken"):
            console.note(f"the command took the screen: `ai-session attach {name}` shows it")
        elif event.name == "input":
            console.note(f"the command waits for input: `ai-session attach {name}`, or `ai-session send {name} …`")


def _output(data: bytes) -> dict[str, str]:
    try:
        return {"output": data.decode()}
    except UnicodeDecodeError:
        import base64

        return {"output": data.decode("utf-8", "replace"), "output_base64": base64.b64encode(data).decode("ascii")}
