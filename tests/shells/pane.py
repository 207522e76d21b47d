"""A real shell on a real PTY with the integration, for tests: bytes in order, events awaited, never slept for."""

from __future__ import annotations

import os
import re
import secrets
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ptyprocess import PtyProcess

from ai_session_tui.shells import (
    CommandEnded,
    CommandStarted,
    CommandTracker,
    ExecRefused,
    Incomplete,
    MarkScanner,
    PaneState,
    ShellKind,
    SpawnPlan,
    TrackerEvent,
    plan_shell,
    prepare_exec,
    undo_onlcr,
)

DEADLINE_SECONDS = 30.0
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z]|[=>78])")


class ShellPane:
    """Spawn a shell by its plan and follow it as the server does."""

    def __init__(
        self,
        shell: str,
        folder: Path,
        home: Path,
        *,
        login: bool = False,
        env: dict[str, str] | None = None,
        plan: Callable[[str, str, str, dict[str, str]], SpawnPlan] | None = None,
        size: tuple[int, int] = (24, 80),
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            **(env or {}),
        }
        self.nonce = secrets.token_hex(16)
        self.folder = str(folder)
        if plan is None:
            self.plan = plan_shell(shell, self.folder, self.nonce, environment, login=login)
        else:
            self.plan = plan(shell, self.folder, self.nonce, environment)
        self.kind = self.plan.kind
        self.journal = bytearray()
        self.events: list[TrackerEvent] = []
        self.scanner = MarkScanner(self.nonce)
        self.tracker = CommandTracker(self.kind)
        self.exited = False
        self._next_id = 0
        self.process = PtyProcess.spawn(list(self.plan.argv), cwd=str(home), env=self.plan.env, dimensions=size)

    def __enter__(self) -> ShellPane:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.process.isalive():
            os.killpg(os.getpgid(self.process.pid), signal.SIGKILL)
        self.process.close(force=True)

    def pump(self, seconds: float) -> bool:
        """Read what is there within the time; return whether anything came."""
        ready, _, _ = select.select([self.process.fd], [], [], seconds)
        if not ready and not self.process.isalive():
            # Its last words may have come since; what it left behind may hold the terminal open.
            ready, _, _ = select.select([self.process.fd], [], [], 0)
            if not ready:
                self._note_exit()
        if not ready:
            return False
        try:
            data = os.read(self.process.fd, 65536)
        except OSError:
            data = b""
        if not data:
            self._note_exit()
            return False
        self.journal += data
        self.events += self.tracker.feed(self.scanner.feed(data))
        return True

    def _note_exit(self) -> None:
        if not self.exited:
            self.exited = True
            status = self.process.wait() if self.process.isalive() else self.process.exitstatus
            code = status if status is not None else -(self.process.signalstatus or 0)
            self.events += self.tracker.note_exit(len(self.journal), code)

    def until(self, condition: Callable[[], bool], what: str = "condition") -> None:
        """Read until the condition holds; fail after the deadline with what was seen."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            if time.monotonic() > deadline or (self.exited and not condition()):
                raise AssertionError(
                    f"{what} never came; tail: {bytes(self.journal[-1500:])!r} events: {self.events[-5:]}"
                )
            self.pump(0.2)

    def prompt(self) -> ShellPane:
        self.until(lambda: self.tracker.state is PaneState.PROMPT, "a prompt")
        return self

    def write(self, data: bytes) -> None:
        """Write all of the bytes, reading meanwhile so that neither side blocks."""
        view = memoryview(data)
        while view:
            _, writable, _ = select.select([], [self.process.fd], [], 0.01)
            if writable:
                view = view[os.write(self.process.fd, view[:512]) :]
            self.pump(0)

    def type(self, text: str) -> None:
        """Type as a person does; Enter is `\\r`."""
        data = text.encode()
        self.tracker.note_input(data)
        self.write(data)

    def interrupt(self) -> None:
        """Press Ctrl-C until the prompt is back: between two system calls a shell may miss one."""

        def press() -> bool:
            if self.tracker.state is not PaneState.PROMPT and not self.pump(0.3):
                self.type("\x03")
            return self.tracker.state is PaneState.PROMPT

        self.type("\x03")
        self.until(press, "a prompt after Ctrl-C")

    def cancel_line(self) -> None:
        """Press Ctrl-C at the prompt until there is a new one: readline may miss one just before it reads.

        Pressed again only after a long silence, so that none is still under way when the next line is typed.
        """
        ready = self.journal.count(b"133;B;")
        while self.journal.count(b"133;B;") == ready:
            self.type("\x03")
            again = time.monotonic() + 5.0
            while self.journal.count(b"133;B;") == ready and time.monotonic() < again:
                self.pump(0.2)
            assert not self.exited

    def send_exec(self, text: str) -> str:
        self._next_id += 1
        exec_id = f"e{self._next_id}"
        data = prepare_exec(self.kind, self.folder, exec_id, text)
        self.tracker.note_exec_sent(exec_id, text)
        self.write(data)
        return exec_id

    def send_program(self, script: str) -> str:
        """Exec a program (sh) that says when it runs; return once it does."""
        exec_id = self.send_exec(f"sh -c 'echo begun; {script}'")
        self.until(lambda: b"begun\r\n" in self.journal, "the program")
        return exec_id

    def ended(self, exec_id: str) -> CommandEnded | None:
        return next((e for e in self.events if isinstance(e, CommandEnded) and e.exec_id == exec_id), None)

    def wait_end(self, exec_id: str) -> CommandEnded:
        self.until(lambda: self.ended(exec_id) is not None or bool(self.refusals(exec_id)), f"the end of {exec_id}")
        ended = self.ended(exec_id)
        assert ended is not None, self.refusals(exec_id)
        return ended

    def refusals(self, exec_id: str) -> list[TrackerEvent]:
        return [e for e in self.events if isinstance(e, ExecRefused | Incomplete) and e.exec_id == exec_id]

    def run(self, text: str) -> tuple[bytes, int | None]:
        """Exec and return the output as the program wrote it, and the code."""
        self.prompt()
        ended = self.wait_end(self.send_exec(text))
        return self.output(ended), ended.code

    def output(self, ended: CommandEnded) -> bytes:
        return undo_onlcr(bytes(self.journal[ended.start : ended.end]))

    def commands(self) -> list[tuple[CommandStarted, CommandEnded | None]]:
        """Every command so far, with its end."""
        found: list[tuple[CommandStarted, CommandEnded | None]] = []
        for event in self.events:
            if isinstance(event, CommandStarted):
                found.append((event, None))
            elif isinstance(event, CommandEnded):
                assert found[-1][1] is None
                found[-1] = (found[-1][0], event)
        return found

    def typed(self, line: str) -> tuple[CommandStarted, CommandEnded]:
        """Type a line and Enter at the prompt; return its record."""
        self.prompt()
        before = len(self.commands())
        self.type(line + "\r")
        self.until(
            lambda: len(self.commands()) > before and self.commands()[before][1] is not None, f"the record of {line!r}"
        )
        started, ended = self.commands()[before]
        assert ended is not None
        return started, ended

    def text_of(self, started: CommandStarted) -> str:
        """Return the text of a command: the shell's word for it, or its echo without escapes."""
        if started.text is not None:
            return started.text
        assert started.echo is not None
        return _ESCAPES.sub(b"", bytes(self.journal[slice(*started.echo)])).decode().replace("\r", "").strip()


SHELLS = ("bash", "zsh", "fish", "dash")
KINDS = {"bash": ShellKind.BASH, "zsh": ShellKind.ZSH, "fish": ShellKind.FISH, "dash": ShellKind.SH}
