"""A tmux server of the test's own, with real programs in its panes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


class TmuxServer:
    """A tmux server behind a socket of its own."""

    def __init__(self, folder: Path) -> None:
        self.socket = str(folder / "tmux.sock")
        self.folder = folder

    def run(self, *words: str) -> str:
        """Run a tmux command; return what it prints."""
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", self.socket, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"tmux {words}: {done.stderr}"
        return done.stdout

    def new_session(self, name: str, *words: str) -> None:
        """Start a session with a shell that has a plain prompt, at 100x30."""
        self.run("new-session", "-d", "-s", name, "-x", "100", "-y", "30", "-c", str(self.folder), *(words or SHELL))
        if not words:
            self.await_text(name, "$ ")

    def type(self, target: str, text: str, shows: str) -> None:
        """Type a line into a pane and wait for what it shows."""
        self.run("send-keys", "-t", target, "-l", text)
        self.run("send-keys", "-t", target, "Enter")
        self.await_text(target, shows)

    def await_text(self, target: str, text: str, seconds: float = 60) -> None:
        """Wait until a pane shows a text."""
        self._await(text, "capture-pane", "-p", "-J", "-t", target, seconds=seconds)

    def await_state(self, target: str, template: str, value: str, seconds: float = 60) -> None:
        """Wait until a format of tmux's has a value."""
        self._await(value, "display-message", "-p", "-t", target, template, seconds=seconds)

    def split_dead(self, target: str, words: str, exit_code: int) -> None:
        """Split the only pane of a session; in the new one a program has said something and died.

        It dies once tmux has read its words: a tmux without time for both drops what a dead program left in its
        terminal. tmux (3.3a) never learns of a few exit codes, however long one waits: such a pane is made once more.
        """
        self.run("set-option", "-g", "remain-on-exit", "on")
        for _ in range(12):
            self.run("split-window", "-t", target, "sh", "-c", f"echo {words}; read answer; exit {exit_code}")
            self.await_text(f"{target}:0.1", words)
            self.run("send-keys", "-t", f"{target}:0.1", "Enter")
            self.await_state(f"{target}:0.1", "#{pane_dead}", "1")
            if self.run("display-message", "-p", "-t", f"{target}:0.1", "#{pane_dead_status}").strip():
                return
            self.run("kill-pane", "-t", f"{target}:0.1")
        raise AssertionError("tmux never learned of an exit code")

    def _await(self, text: str, *words: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while text not in (shown := self.run(*words)):
            assert time.monotonic() < deadline, shown
            time.sleep(0.02)

    def close(self) -> None:
        """End the server with everything in it."""
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)


SHELL = ("env", "PS1=me@box:\\w$ ", "bash", "--norc", "--noprofile")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[TmuxServer]:
    """A tmux server that ends with the test."""
    server = TmuxServer(tmp_path)
    yield server
    server.close()
