"""A home with a real server in it, which is stopped with everything it started."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_session_tui.blocking import SessionManager

STOP_SECONDS = 60.0


def is_alive(pid: int) -> bool:
    """Return whether a process runs: a zombie does not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def await_end(*pids: int | None) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for pid in pids:
        while pid is not None and is_alive(pid):
            assert time.monotonic() < deadline, f"process {pid} did not end"
            time.sleep(0.02)


@pytest.fixture
def real_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the folder of a home whose server the library may start."""
    folder = str(tmp_path / "home")
    monkeypatch.setenv("AI_SESSION_HOME", folder)
    monkeypatch.setenv("SHELL", "/bin/bash")
    monkeypatch.setenv("HOME", str(tmp_path))  # nobody's start-up files
    monkeypatch.chdir(tmp_path)
    for name in ("AI_SESSION_ID", "AI_SESSION_PANE", "AI_SESSION_PANE_ID", "AI_SESSION_MAX_TOKENS", "RUST_LOG"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    if not os.path.exists(folder):
        return
    # Where a test left no server, programs may still be with the keeper: the next server ends them.
    with SessionManager(folder) as manager:
        try:
            status = manager.status()
            manager.kill_all(force=True)
        finally:
            manager.stop_server()
        await_end(status.pid, status.keeper_pid)
