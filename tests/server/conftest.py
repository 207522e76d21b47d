"""Servers for the tests: one of its own for a test that breaks it, one for a whole module that does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.server_kit import RunningServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that the test may kill."""
    with running_server(tmp_path / "home") as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that the tests of a module share; each makes sessions of its own."""
    with running_server(tmp_path_factory.mktemp("shared") / "home") as running:
        yield running
