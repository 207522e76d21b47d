"""A terminal to run interactive subcommands in: a PTY, with a screen to look at what a person would see."""

from __future__ import annotations

import os
import re
import select
import termios
import time
from collections.abc import Iterator
from typing import Any

import ptyprocess
import pyte
import pytest


class Person:
    """Somebody at a terminal of 80x24 in which one program runs."""

    def __init__(self, words: list[str], environ: dict[str, str], cwd: str) -> None:
        self.process = ptyprocess.PtyProcess.spawn(words, env=environ, cwd=cwd, dimensions=(24, 80))
        self.screen = pyte.Screen(80, 24)
        self.raw = b""
        self._stream = pyte.ByteStream(self.screen)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def look(self, seconds: float = 0.05) -> bool:
        """Take in what has been written; return False once the program is gone."""
        if not select.select([self.process.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.process.fd, 65536)
        except OSError:
            return False
        self.raw += data
        # pyte prints parts of some sequences as text; what matters here is what programs print.
        self._stream.feed(re.sub(rb"\x1b\[[<>=][0-9;]*[a-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", b"", data))
        return bool(data)

    def await_text(self, pattern: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            alive = self.look()
            if not alive or time.monotonic() > deadline:
                assert re.search(pattern, self.text), f"{pattern!r} not on the screen:\n{self.text}"

    def type(self, text: str) -> None:
        self.process.write(text.encode())

    def settings(self) -> list[Any]:
        return termios.tcgetattr(self.process.fd)

    def await_end(self, seconds: float = 60) -> int:
        """Return the exit status; negative for a signal."""
        deadline = time.monotonic() + seconds
        while self.look():
            assert time.monotonic() < deadline, f"it does not end:\n{self.text}"
        self.process.wait()
        status = self.process.exitstatus
        return -self.process.signalstatus if status is None else status

    def close(self) -> None:
        self.process.close(force=True)


@pytest.fixture
def person(run_cli: Any) -> Iterator[Any]:
    """`person("attach", "dev")` sits down at a terminal and runs that."""
    seated: list[Person] = []

    def sit(*words: str, wrapped: str | None = None, **env: str) -> Person:
        call = run_cli.words(*words)
        if wrapped is not None:
            call = ["bash", "--norc", "-c", wrapped, "bash", *call]
        seated.append(Person(call, run_cli.environment(env), str(run_cli.user)))
        return seated[-1]

    yield sit
    for one in seated:
        one.close()
