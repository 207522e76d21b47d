"""Records real programs on a real terminal for the tests: `python -m tests.terminal.recipes [CASE…]`.

A recipe's program runs on a PTY in namespaces of its own (host name, processes, /home), so that a recording names
nothing of the machine it was made on. libghostty stands in for the terminal: it answers queries and tells when the
awaited text is there. Needs Linux, root and the recorded programs; the tests need only what was recorded.

A case is a folder of `tests/refs`: `recording` (raw bytes, or `recording.zst`), `size` (columns and rows) and `grid`
(the last screen as text, as both oracles show it).
"""

from __future__ import annotations

import os
import select
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import zstandard
from ptyprocess import PtyProcess

from tests.terminal.oracles import GhosttyOracle

REFS = Path(__file__).parent.parent / "refs"
RAW_LIMIT = 16 * 1024  # a larger recording is kept compressed
AWAIT_SECONDS = 15.0
QUIET_SECONDS = 0.5

_SANDBOX = """
set -e
mount -t tmpfs tmpfs /home
mkdir -p /home/user
hostname example
cp -r "$RECIPE_FILES"/. /home/user
cd /home/user
unset RECIPE_FILES OLDPWD
{ %s
} >prepare.log 2>&1
rm prepare.log
exec %s
"""

_ENVIRONMENT = {
    "HOME": "/home/user",
    "USER": "user",
    "LOGNAME": "user",
    "HOSTNAME": "example",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "PS1": "$ ",
    "SHELL": "/bin/sh",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until the screen shows the text."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """Send keys."""

    keys: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Wait until the program has been silent for a moment."""


@dataclass(frozen=True, slots=True)
class End:
    """Wait until the program has ended."""


Step = Await | Press | Quiet | End


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to record one case: shell words to prepare, the command (`exec`ed by sh), and what to do with it."""

    name: str
    command: str
    steps: tuple[Step, ...]
    size: tuple[int, int] = (80, 24)
    prepare: str = ":"
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded case, as the tests read it."""

    name: str
    recording: bytes
    columns: int
    rows: int
    grid: list[str]


def load(name: str) -> Case:
    """Return a recorded case."""
    folder = REFS / name
    raw = folder / "recording"
    packed = folder / "recording.zst"
    data = raw.read_bytes() if raw.exists() else zstandard.ZstdDecompressor().decompress(packed.read_bytes())
    columns, rows = (int(number) for number in (folder / "size").read_text().split())
    grid = (folder / "grid").read_text(encoding="utf-8").split("\n")[:-1]
    return Case(name, data, columns, rows, grid)


def names() -> list[str]:
    """Return the names of all cases."""
    return sorted(folder.name for folder in REFS.iterdir() if (folder / "size").exists())


def save(name: str, recording: bytes, size: tuple[int, int]) -> None:
    """Write a case; its grid is what libghostty shows, which the tests hold against tmux."""
    folder = REFS / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in ("recording", "recording.zst"):
        (folder / old).unlink(missing_ok=True)
    if len(recording) <= RAW_LIMIT:
        (folder / "recording").write_bytes(recording)
    else:
        (folder / "recording.zst").write_bytes(zstandard.ZstdCompressor(level=19).compress(recording))
    (folder / "size").write_text(f"{size[0]} {size[1]}\n")
    terminal = GhosttyOracle(*size)
    terminal.feed(recording)
    (folder / "grid").write_text("\n".join(terminal.picture().lines) + "\n", encoding="utf-8")


class _Recorder:
    def __init__(self, recipe: Recipe, files: str) -> None:
        self.recorded = bytearray()
        self._terminal = GhosttyOracle(*recipe.size)
        self._answered = 0
        script = _SANDBOX % (recipe.prepare, recipe.command)
        words = ["unshare", "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script]
        columns, rows = recipe.size
        environment = {**_ENVIRONMENT, "RECIPE_FILES": files}
        self._child = PtyProcess.spawn(words, env=environment, dimensions=(rows, columns))

    def read(self, seconds: float) -> bool:
        """Take what the program writes within the time; False when there was nothing, EOFError at its end."""
        if not select.select([self._child.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._child.fd, 65536)
        except OSError as error:
            raise EOFError from error  # Linux says EIO when the last writer is gone
        if not data:
            raise EOFError
        self.recorded += data
        self._terminal.feed(data)
        replies = self._terminal.replies()[self._answered :]
        if replies:
            self._answered += len(replies)
            os.write(self._child.fd, replies)
        return True

    def run(self, step: Step) -> None:
        if isinstance(step, Press):
            os.write(self._child.fd, step.keys.encode())
            return
        deadline = time.monotonic() + AWAIT_SECONDS
        while time.monotonic() < deadline:
            if isinstance(step, Await) and step.text in "\n".join(self._terminal.picture().lines):
                return
            try:
                heard = self.read(QUIET_SECONDS)
            except EOFError:
                if isinstance(step, End):
                    return
                raise
            if isinstance(step, Quiet) and not heard:
                return
        shown = "\n".join(self._terminal.picture().lines)
        raise TimeoutError(f"{step} did not happen; the screen:\n{shown}")

    def close(self) -> None:
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
        self._child.close(force=True)


def record(recipe: Recipe) -> bytes:
    """Run the recipe and return everything that its program wrote."""
    with tempfile.TemporaryDirectory(prefix="recipe-") as files:
        for name, content in recipe.files:
            path = Path(files, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        recorder = _Recorder(recipe, files)
        try:
            for step in recipe.steps:
                recorder.run(step)
        finally:
            recorder.close()
    return bytes(recorder.recorded)
