"""Fixtures of the terminal's tests: the tmux server that serves as an oracle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.terminal.oracles import TmuxServer


@pytest.fixture(scope="session")
def tmux() -> Iterator[TmuxServer]:
    """A tmux server for the whole run; its panes are reset and used again."""
    server = TmuxServer()
    yield server
    server.close()
