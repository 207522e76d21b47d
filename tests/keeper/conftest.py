"""Homes and keepers for the keeper's tests; everything started here is ended here."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ai_session_tui.keeper.link import KeeperLink
from ai_session_tui.paths import Home
from tests.keeper.keeper_kit import Server


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A prepared home; whatever keeper is left in it is killed with its programs."""
    made = Home(str(tmp_path))
    made.prepare()
    yield made
    marker = f"--home\0{made.folder}\0".encode()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                line = file.read()
        except OSError:
            continue
        if marker in line and b"ai_session_tui.keeper" in line:
            os.kill(int(name), signal.SIGKILL)


@pytest.fixture
async def server(home: Home) -> AsyncIterator[Server]:
    """A server with a keeper of its own."""
    made = Server(await KeeperLink.start(home, [], idle=5))
    yield made
    await made.link.shutdown(kill=True)
    for fd in made.fds:
        os.close(fd)
