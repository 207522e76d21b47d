"""Homes and keepers for the keeper's tests; everything started here is ended here."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ai_session_tui.keeper.link import KeeperLink
from ai_session_tui.paths import Home
from tests.keeper.keeper_kit import Server
from tests.leftovers import end_all


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A prepared home; whatever keeper or server is left in it is killed."""
    made = Home(str(tmp_path))
    made.prepare()
    yield made
    end_all(os.fsencode(made.folder) + b"\0")


@pytest.fixture
async def server(home: Home) -> AsyncIterator[Server]:
    """A server with a keeper of its own."""
    made = Server(await KeeperLink.start(home, [], idle=5))
    yield made
    await made.link.shutdown(kill=True)
    for fd in made.fds:
        os.close(fd)
