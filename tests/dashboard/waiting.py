"""Waiting for what a test expects: a condition is looked at again after every round of messages, never slept for."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.pilot import Pilot

from tests.dashboard.fakes import FakeLink, FakeWatch

LIMIT_SECONDS = 45.0


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Return once the condition holds; fail after a long while."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        await pilot.pause(0.01)


async def ready(pilot: Pilot[None]) -> None:
    """Return once the pane in focus has the keys."""
    workspace = pilot.app.workspace  # type: ignore[attr-defined]
    await until(pilot, lambda: workspace.pane is not None and workspace.focused is workspace.pane)


async def watched(pilot: Pilot[None], link: FakeLink, target: str) -> FakeWatch:
    """Return the watch of a pane, once the dashboard has asked for its frames."""
    await until(pilot, lambda: target in link.watches)
    return link.watches[target]
