"""Fixtures for every test: a home of its own, and the command line as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.leftovers import end_all, processes_with, quiet_fish

# Locally every run tries new examples; in continuous integration a run must not depend on luck.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# `fake_server` is shared by the tests of several packages; in importlib mode nothing else puts it on the path.
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "client"))


LEFTOVERS_SECONDS = 15.0  # for what is about to end: shells that were hung up, analysts whose server has gone


# A shell starts what runs in the background deaf to Ctrl-C, `nohup` what it runs to a hang-up; whatever a test starts
# would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class RunCli:
    """Runs `ai-session` against one home: `run_cli("list", "--json")`."""

    def __init__(self, folder: Path) -> None:
        self.user = folder / "user"  # HOME: no start-up files of whoever runs the tests
        self.user.mkdir()
        quiet_fish(self.user)
        self.home = folder / "home"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.user),
            "USER": os.environ.get("USER", "tester"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "SHELL": shutil.which("bash") or "/bin/sh",
            "AI_SESSION_HOME": str(self.home),
        }

    def words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "ai_session_tui", *words]

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        return self.environ | dict(env or {})

    def __call__(
        self,
        *words: str,
        input: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 100,
        cwd: str | os.PathLike[str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run one call; undecodable output is kept by surrogateescape."""
        data = input.encode() if isinstance(input, str) else input
        ran = subprocess.run(
            self.words(*words),
            input=b"" if data is None else data,
            env=self.environment(env),
            capture_output=True,
            timeout=timeout,
            cwd=self.user if cwd is None else cwd,
            check=False,
        )
        out, err = (text.decode("utf-8", "surrogateescape") for text in (ran.stdout, ran.stderr))
        return subprocess.CompletedProcess(ran.args, ran.returncode, out, err)

    def popen(self, *words: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start one call with pipes."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.words(*words), env=self.environment(), cwd=self.user, **{**pipes, **options})

    def json(self, *words: str, **options: Any) -> Any:
        """Run one call with --json that must succeed and return what it printed, decoded."""
        ran = self(*words, "--json", **options)
        assert ran.returncode == 0, ran
        return json.loads(ran.stdout)

    def server_pid(self) -> int:
        return int(self.json("server", "status")["pid"])

    def crash_server(self) -> None:
        """Kill the server as a bug or the kernel would."""
        pid = self.server_pid()
        os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Stop whatever runs for the home: server, keeper, and what a crash may have left between them."""
        if not self.home.exists():
            return
        stopped = self("server", "stop", "--force")
        end_all(f"--home\0{self.home}\0".encode(), f"AI_SESSION_HOME={self.home}\0".encode())
        log = self.home / "server.log"
        assert stopped.returncode == 0, (stopped, log.read_text() if log.exists() else "no log")


@pytest.fixture
def run_cli(tmp_path: Path) -> Iterator[RunCli]:
    """The command line with a home of its own; the server is stopped afterwards."""
    run = RunCli(tmp_path)
    yield run
    run.stop()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait until a condition holds: `eventually(lambda: …)`; fails after a minute."""

    def wait(condition: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)

    return wait


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No process of a test outlives its module: what does is named, ended, and a failure.

    Set up before every other fixture of the module, so done after all of them.
    """
    yield
    if not os.path.isdir("/proc"):
        return
    mark = os.fsencode(tmp_path_factory.getbasetemp()) + b"/"
    deadline = time.monotonic() + LEFTOVERS_SECONDS
    while left := processes_with(mark):
        if time.monotonic() > deadline:
            end_all(mark)
            pytest.fail("left behind: " + "; ".join(f"{pid} {words}" for pid, words in left.items()))
        time.sleep(0.02)
