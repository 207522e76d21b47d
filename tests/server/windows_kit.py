"""A server as on Windows, on this system: a real process and real programs, over the stand-ins of windows_stand_in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.server.server_kit import ROOT, RunningServer

STAND_IN = os.path.join(os.path.dirname(__file__), "windows_stand_in.py")
# What pretends to be cmd.exe: a shell that says nothing about its commands.
CMD = """#!/bin/sh
PS1='C:> ' ENV= exec /bin/sh -i
"""
BRIEF = """#!/bin/sh
echo "short life of $1"
exit 5
"""
PROGRAMS = ("sh", "cat", "seq")  # by names that can be found there


class WindowsServer(RunningServer):
    """A home whose server was started by that system's own means."""

    def __init__(self, folder: Path, **environment: str) -> None:
        super().__init__(str(folder / "home"), **environment)
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.python = self.script("python", f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
        self.script("cmd.exe", CMD)
        self.script("brief.exe", BRIEF)
        for name in PROGRAMS:
            (self.bin / f"{name}.exe").symlink_to(str(shutil.which(name)))

    def script(self, name: str, text: str) -> str:
        """Put a program where the panes find it, and return its path."""
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o700)
        return str(path)

    def shell_environment(self) -> dict[str, str]:
        environment = super().shell_environment()
        del environment["SHELL"]
        return {**environment, "PATH": f"{self.bin}:{os.environ['PATH']}", "COMSPEC": str(self.bin / "cmd.exe")}

    def server_environment(self) -> dict[str, str]:
        return {**super().server_environment(), "PYTHONPATH": ROOT, "STAND_IN_PYTHON": self.python}

    def run(self, module: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a module of ours as on Windows."""
        return subprocess.run(
            [self.python, "-m", module, *words],
            env={**self.server_environment(), **self.shell_environment(), "AI_SESSION_HOME": self.home.folder},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def launch(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("ai_session_tui.server", "--home", self.home.folder, *arguments)

    def create(self, name: str | None = None, *, shell: str | None = None, **params: Any) -> Any:
        """Create a session, by default with the shell that COMSPEC names."""
        params.setdefault("env", self.shell_environment())
        params.setdefault("dir", self.user_home)
        if shell is not None:
            params["shell"] = shell
        return self.call("session.create", name=name, **params)


@contextmanager
def windows_server(folder: Path, **environment: str) -> Iterator[WindowsServer]:
    """Run such a server below `folder`, and leave nothing of it."""
    server = WindowsServer(folder, **environment)
    try:
        yield server.start()  # type: ignore[misc]  # it returns itself
    finally:
        server.clean_up()
